/* engine_test.c - engines, tickets and their lives, against a listener of this process that never answers. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "engines.h"

static void a_bad_configuration_names_its_field(void **state) {
  (void)state;
  const struct {
    const char *token, *base_url, *ca_file, *proxy, *field;
  } cases[] = {
      {"", "", NULL, NULL, "token"},
      {"two words", "", NULL, NULL, "token"},
      {"line\nbreak", "", NULL, NULL, "token"},
      {"t", "api.vertexsms.com", NULL, NULL, "base_url"},
      {"t", "ftp://api.vertexsms.com", NULL, NULL, "base_url"},
      {"t", "http://api.vertexsms.com", NULL, NULL, "base_url"},
      {"t", "http://127.0.0.1.example.com", NULL, NULL, "base_url"},
      {"t", "https://user:pass@api.vertexsms.com", NULL, NULL, "base_url"},
      {"t", "https://api.vertexsms.com/?at=1", NULL, NULL, "base_url"},
      {"t", "https://api.vertexsms.com/#x", NULL, NULL, "base_url"},
      {"t", "https://", NULL, NULL, "base_url"},
      {"t", "https://a b", NULL, NULL, "base_url"},
      {"t", "https://api.vertexsms.com", "/no/such/file", NULL, "ca_file"},
      {"t", "https://api.vertexsms.com", "/", NULL, "ca_file"},
      {"t", "https://api.vertexsms.com", NULL, "http://a b", "proxy"},
      {"t", "http://127.0.0.1", NULL, "http://127.0.0.1:3128", "proxy"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    vsms_config config = config_for(cases[i].base_url);
    config.token = bytes(cases[i].token);
    if (cases[i].ca_file != NULL) config.ca_file = bytes(cases[i].ca_file);
    if (cases[i].proxy != NULL) config.proxy = bytes(cases[i].proxy);
    vsms_error error = {VSMS_OK, NULL, ""};
    assert_null(vsms_engine_new(&config, &error));
    assert_int_equal(error.kind, VSMS_INVALID_ARGUMENT);
    assert_string_equal(error.field, cases[i].field);
  }
}

static void loopback_may_be_plain_http(void **state) {
  (void)state;
  const char *const urls[] = {"http://127.0.0.1:1", "http://127.9.9.9", "http://localhost:80/prefix/",
                              "http://[::1]:80", "https://api.vertexsms.com/"};
  for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) vsms_engine_free(engine_for(urls[i]));
  vsms_engine *engine = engine_for("https://api.vertexsms.com//");
  assert_string_equal(vsms_engine_base_url(engine), "https://api.vertexsms.com");
  vsms_engine_free(engine);
}

static void a_bad_request_names_its_field(void **state) {
  (void)state;
  vsms_engine *engine = engine_for(listener_url);
  vsms_field bad_value = {bytes("X-Trace"), bytes("a\r\nX-Evil: 1")}, bad_name = {bytes("X Trace"), bytes("a")};
  vsms_field reserved = {bytes("x-vertexsms-token"), bytes("a")};
  vsms_request requests[8];
  const char *fields[8] = {"method", "path", "path", "path", "query", "headers", "headers", "headers"};
  for (size_t i = 0; i < 8; i++) requests[i] = post();
  requests[0].method = bytes("GET /");
  requests[1].path = bytes("sms");
  requests[2].path = bytes("/sms/../rates");
  requests[3].path = bytes("/sms HTTP/1.1\r\nX-Evil: 1");
  requests[4].query = bytes("a=\n");
  requests[5].fields = &bad_value, requests[5].field_count = 1;
  requests[6].fields = &bad_name, requests[6].field_count = 1;
  requests[7].fields = &reserved, requests[7].field_count = 1;
  for (size_t i = 0; i < 8; i++) {
    vsms_error error = {VSMS_OK, NULL, ""};
    assert_null(vsms_engine_perform(engine, &requests[i], NULL, &error));
    assert_int_equal(error.kind, VSMS_INVALID_ARGUMENT);
    assert_string_equal(error.field, fields[i]);
    assert_null(vsms_engine_submit(engine, &requests[i], &error));
    assert_string_equal(error.field, fields[i]);
  }
  vsms_engine_free(engine);
}

static void a_timeout_after_the_start_is_unknown(void **state) {
  (void)state;
  vsms_engine *engine = engine_for(listener_url);
  vsms_request request = post();
  request.timeout_ms = 400;
  vsms_error error;
  vsms_response *response = vsms_engine_perform(engine, &request, NULL, &error);
  assert_non_null(response);
  assert_int_equal(vsms_response_verdict(response).kind, VSMS_TIMEOUT);
  assert_int_equal(vsms_response_verdict(response).outcome, VSMS_UNKNOWN);
  vsms_response_free(response);
  vsms_ticket *ticket = vsms_engine_submit(engine, &request, &error);
  assert_true(vsms_ticket_wait(ticket, -1, NULL));
  assert_int_equal(verdict_of(ticket).kind, VSMS_TIMEOUT);
  assert_int_equal(verdict_of(ticket).outcome, VSMS_UNKNOWN);
  vsms_ticket_free(ticket);
  vsms_engine_free(engine);
  close(await_request());
  close(await_request());
}

static void a_ticket_can_be_cancelled_in_flight(void **state) {
  (void)state;
  vsms_engine *engine = engine_for(listener_url);
  vsms_ticket *ticket = submit(engine);
  int connection = await_request();
  assert_null(vsms_ticket_response(ticket));
  vsms_ticket_cancel(ticket);
  assert_true(vsms_ticket_wait(ticket, 5000, NULL));
  assert_int_equal(verdict_of(ticket).kind, VSMS_CANCELLED);
  assert_int_equal(verdict_of(ticket).outcome, VSMS_UNKNOWN);
  vsms_ticket_cancel(ticket);
  vsms_ticket_free(ticket);
  vsms_engine_free(engine);
  close(connection);
}

static void a_queued_ticket_is_cancelled_unsent(void **state) {
  (void)state;
  vsms_config config = config_for(listener_url);
  config.concurrency = 1;
  config.queue_limit = 2;
  vsms_error error;
  vsms_engine *engine = vsms_engine_new(&config, &error);
  vsms_ticket *first = submit(engine);
  int connection = await_request();
  vsms_ticket *second = submit(engine), *third = submit(engine);
  vsms_request request = post();
  assert_null(vsms_engine_submit(engine, &request, &error));
  assert_int_equal(error.kind, VSMS_EXHAUSTED);
  vsms_ticket_cancel(third);
  assert_true(vsms_ticket_wait(third, 5000, NULL));
  assert_int_equal(verdict_of(third).kind, VSMS_CANCELLED);
  assert_int_equal(verdict_of(third).outcome, VSMS_NOT_SENT);
  vsms_ticket_free(third);
  vsms_engine_close(engine);
  assert_int_equal(verdict_of(first).outcome, VSMS_UNKNOWN);
  assert_int_equal(verdict_of(second).kind, VSMS_CLOSED);
  assert_int_equal(verdict_of(second).outcome, VSMS_NOT_SENT);
  vsms_ticket_free(first);
  vsms_ticket_free(second);
  vsms_engine_free(engine);
  close(connection);
}

static void waiting_in_the_queue_counts_as_time(void **state) {
  (void)state;
  vsms_config config = config_for(listener_url);
  config.concurrency = 1;
  vsms_error error;
  vsms_engine *engine = vsms_engine_new(&config, &error);
  vsms_ticket *first = submit(engine);
  vsms_request request = post();
  request.timeout_ms = 30;
  vsms_ticket *second = vsms_engine_submit(engine, &request, &error);
  assert_true(vsms_ticket_wait(second, 5000, NULL));
  assert_int_equal(verdict_of(second).kind, VSMS_TIMEOUT);
  assert_int_equal(verdict_of(second).outcome, VSMS_NOT_SENT);
  assert_null(vsms_ticket_response(first));
  vsms_ticket_free(first);
  vsms_ticket_free(second);
  vsms_engine_free(engine);
  close(await_request());
}

static bool is_readable(int fd, int timeout_ms) {
  struct pollfd poller = {.fd = fd, .events = POLLIN};
  return poll(&poller, 1, timeout_ms) == 1;
}

static void the_descriptor_is_readable_while_there_is_something(void **state) {
  (void)state;
  vsms_engine *engine = engine_for(deaf_url);
  vsms_error error;
  int fd = vsms_desk_fd(vsms_engine_desk(engine), &error);
  assert_true(fd >= 0);
  assert_false(is_readable(fd, 0));
  assert_null(vsms_desk_collect(vsms_engine_desk(engine)));
  vsms_ticket *tickets[3];
  for (size_t i = 0; i < 3; i++) tickets[i] = submit(engine);
  for (size_t i = 0; i < 3; i++) assert_true(vsms_ticket_wait(tickets[i], 5000, NULL));
  assert_false(is_readable(fd, 0)); /* a ticket that was waited for is not collected */
  for (size_t i = 0; i < 3; i++) vsms_ticket_free(tickets[i]);
  for (size_t i = 0; i < 3; i++) tickets[i] = submit(engine);
  for (size_t found = 0; found < 3;) {
    assert_true(is_readable(fd, 5000));
    vsms_ticket *ticket = vsms_desk_collect(vsms_engine_desk(engine));
    if (ticket == NULL) continue;
    assert_int_equal(verdict_of(ticket).kind, VSMS_CONNECT);
    found++;
  }
  assert_null(vsms_desk_collect(vsms_engine_desk(engine)));
  assert_false(is_readable(fd, 0));
  for (size_t i = 0; i < 3; i++) vsms_ticket_free(tickets[i]);
  vsms_engine_free(engine);
}

static void the_descriptor_is_readable_of_what_finished_before_it_was_asked_for(void **state) {
  (void)state;
  vsms_engine *engine = engine_for(deaf_url);
  vsms_ticket *tickets[2];
  vsms_error error;
  for (size_t i = 0; i < 2; i++) tickets[i] = submit(engine);
  while (vsms_desk_counters(vsms_engine_desk(engine)).uncollected < 2) sched_yield();
  int fd = vsms_desk_fd(vsms_engine_desk(engine), &error);
  for (size_t i = 0; i < 2; i++) {
    assert_true(is_readable(fd, 0));
    assert_non_null(vsms_desk_collect(vsms_engine_desk(engine)));
  }
  assert_false(is_readable(fd, 0));
  for (size_t i = 0; i < 2; i++) vsms_ticket_free(tickets[i]);
  vsms_engine_free(engine);
}

static atomic_bool is_write_late;

ssize_t __real_write(int fd, const void *data, size_t size);
ssize_t __wrap_write(int fd, const void *data, size_t size);

ssize_t __wrap_write(int fd, const void *data, size_t size) {
  if (is_write_late) poll(NULL, 0, 20);
  return __real_write(fd, data, size);
}

static void the_descriptor_does_not_stay_readable_when_the_host_was_faster_than_what_tells_it(void **state) {
  (void)state;
  vsms_engine *engine = engine_for(deaf_url);
  vsms_desk *desk = vsms_engine_desk(engine);
  vsms_error error;
  int fd = vsms_desk_fd(desk, &error);
  is_write_late = true;
  vsms_ticket *ticket = submit(engine);
  while (vsms_desk_collect(desk) != ticket) sched_yield();
  is_write_late = false;
  if (is_readable(fd, 100)) assert_null(vsms_desk_collect(desk)); /* nearly always: who is faster is up to the system */
  assert_false(is_readable(fd, 40));
  vsms_ticket_free(ticket);
  vsms_engine_free(engine);
}

static void tickets_outlive_their_engine(void **state) {
  (void)state;
  vsms_engine *engine = engine_for(listener_url);
  vsms_ticket *ticket = submit(engine), *abandoned = submit(engine);
  vsms_ticket_free(abandoned);
  vsms_engine_close(engine);
  vsms_engine_close(engine);
  vsms_engine_free(engine);
  assert_int_equal(verdict_of(ticket).kind, VSMS_CLOSED);
  vsms_ticket_free(ticket);
  fcntl(listener, F_SETFL, O_NONBLOCK); /* whatever came through */
  for (int fd; (fd = accept(listener, NULL, NULL)) >= 0;) close(fd);
  fcntl(listener, F_SETFL, 0);
}

static void a_closed_engine_takes_nothing(void **state) {
  (void)state;
  vsms_engine *engine = engine_for(listener_url);
  vsms_engine_close(engine);
  vsms_request request = post();
  vsms_error error;
  assert_null(vsms_engine_perform(engine, &request, NULL, &error));
  assert_int_equal(error.kind, VSMS_CLOSED);
  assert_null(vsms_engine_submit(engine, &request, &error));
  assert_int_equal(error.kind, VSMS_CLOSED);
  assert_int_equal(vsms_desk_fd(vsms_engine_desk(engine), &error), -1);
  vsms_engine_free(engine);
}

static volatile sig_atomic_t alarms;

static void on_alarm(int number) {
  (void)number;
  alarms = alarms + 1;
}

static bool was_alarmed(void *context) { return alarms > *(int *)context; }

/* One alarm, in 20 ms. */
static void set_alarm(void) {
  struct itimerval soon = {.it_value = {.tv_usec = 20000}};
  setitimer(ITIMER_REAL, &soon, NULL);
}

static void a_signal_ends_a_blocking_call(void **state) {
  (void)state;
  vsms_engine *engine = engine_for(listener_url);
  int heard = 0;
  vsms_interrupt interrupt = {was_alarmed, &heard};
  vsms_ticket *ticket = submit(engine);
  struct sigaction action = {.sa_handler = on_alarm}, before;
  sigaction(SIGALRM, &action, &before);
  set_alarm();
  assert_false(vsms_ticket_wait(ticket, 10000, &interrupt));
  assert_int_equal(alarms, 1);
  heard = alarms;
  set_alarm();
  vsms_request request = post();
  vsms_error error;
  vsms_response *response = vsms_engine_perform(engine, &request, &interrupt, &error);
  assert_int_equal(vsms_response_verdict(response).kind, VSMS_CANCELLED);
  vsms_response_free(response);
  sigaction(SIGALRM, &before, NULL);
  vsms_ticket_free(ticket);
  vsms_engine_free(engine);
  close(await_request());
  fcntl(listener, F_SETFL, O_NONBLOCK);
  for (int fd; (fd = accept(listener, NULL, NULL)) >= 0;) close(fd);
  fcntl(listener, F_SETFL, 0);
}

enum { FDS = 256 };

static bool is_inherited(int fd) {
  int flags = fcntl(fd, F_GETFD);
  return flags >= 0 && (flags & FD_CLOEXEC) == 0;
}

static int connect_to(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
  assert_return_code(connect(fd, (struct sockaddr *)&address, sizeof address), errno);
  return fd;
}

static void a_program_that_the_host_starts_inherits_no_descriptor(void **state) {
  (void)state;
  bool before[FDS];
  for (int fd = 0; fd < FDS; fd++) before[fd] = is_inherited(fd);
  vsms_engine *engine = engine_for(listener_url);
  char path[108];
  vsms_error error;
  assert_true(vsms_desk_listen(vsms_engine_desk(engine), path, sizeof path, &error));
  int host = connect_to(path);
  assert_true(vsms_desk_accept(vsms_engine_desk(engine), &error));
  vsms_request request = post();
  request.timeout_ms = 50;
  vsms_response_free(vsms_engine_perform(engine, &request, NULL, &error));
  vsms_ticket *ticket = submit(engine);
  close(await_request());
  int connection = await_request();
  before[connection] = true; /* this test's own */
  for (int fd = 0; fd < FDS; fd++) assert_int_equal(is_inherited(fd), before[fd]);
  vsms_ticket_free(ticket);
  vsms_engine_free(engine);
  close(host);
  close(connection);
}

/* Takes every descriptor but `left`. */
static int take_descriptors(int taken[FDS], int left) {
  int count = 0;
  while (count < FDS && (taken[count] = fcntl(listener, F_DUPFD_CLOEXEC, 0)) >= 0) count++;
  for (; left > 0 && count > 0; left--) close(taken[--count]);
  return count;
}

static vsms_verdict perform_or_submit(vsms_engine *engine, bool submits) {
  vsms_request request = post();
  request.timeout_ms = 100;
  vsms_error error;
  vsms_verdict verdict = {.kind = VSMS_EXHAUSTED, .outcome = VSMS_NOT_SENT};
  vsms_ticket *ticket = submits ? vsms_engine_submit(engine, &request, &error) : NULL;
  vsms_response *response = submits ? NULL : vsms_engine_perform(engine, &request, NULL, &error);
  if (ticket != NULL) assert_true(vsms_ticket_wait(ticket, 5000, NULL));
  if (ticket != NULL) verdict = verdict_of(ticket);
  if (response != NULL) verdict = vsms_response_verdict(response);
  if (ticket == NULL && response == NULL) assert_int_equal(error.kind, VSMS_EXHAUSTED);
  vsms_ticket_free(ticket);
  vsms_response_free(response);
  return verdict;
}

/* A connection, the file of certificates, the files that a name is looked up in: each may be the one too many. */
static vsms_kind check_with_descriptors_left(const char *url, int left, bool submits) {
  int taken[FDS];
  vsms_engine *engine = engine_for(url);
  int count = take_descriptors(taken, left);
  vsms_verdict verdict = perform_or_submit(engine, submits);
  while (count > 0) close(taken[--count]);
  vsms_engine_free(engine);
  if (verdict.kind == VSMS_TIMEOUT) return VSMS_TIMEOUT; /* there were enough */
  assert_int_equal(verdict.kind, VSMS_EXHAUSTED);
  assert_int_equal(verdict.outcome, VSMS_NOT_SENT);
  return VSMS_EXHAUSTED;
}

static void descriptors_that_run_out_are_told_as_such(void **state) {
  (void)state;
  char urls[3][64];
  struct rlimit before, lower;
  const char *port = strrchr(listener_url, ':');
  snprintf(urls[0], sizeof urls[0], "http://127.0.0.1%s", port);
  snprintf(urls[1], sizeof urls[1], "https://127.0.0.1%s", port);
  snprintf(urls[2], sizeof urls[2], "http://localhost%s", port);
  vsms_engine_free(engine_for(urls[0])); /* what is opened once in a process */
  assert_return_code(getrlimit(RLIMIT_NOFILE, &before), errno);
  lower = before;
  lower.rlim_cur = 100;
  assert_return_code(setrlimit(RLIMIT_NOFILE, &lower), errno);
  assert_int_equal(check_with_descriptors_left(urls[0], 0, false), VSMS_EXHAUSTED);
  assert_int_equal(check_with_descriptors_left(urls[0], 15, false), VSMS_TIMEOUT);
  for (int left = 0; left < 16; left++) {
    for (size_t i = 0; i < 6; i++) check_with_descriptors_left(urls[i / 2], left, i % 2);
  }
  setrlimit(RLIMIT_NOFILE, &before);
  fcntl(listener, F_SETFL, O_NONBLOCK); /* whatever came through */
  for (int fd; (fd = accept(listener, NULL, NULL)) >= 0;) close(fd);
  fcntl(listener, F_SETFL, 0);
}

static void the_token_is_taken_out_of_texts(void **state) {
  (void)state;
  vsms_engine *engine = engine_for(listener_url);
  char text[] = "x a-token-for-tests a-token-for-test a-token-for-testsa-token-for-tests";
  assert_true(vsms_engine_redact(engine, text, strlen(text)));
  assert_string_equal(text, "x ***************** **************** **********************************");
  assert_false(vsms_engine_redact(engine, text, strlen(text)));
  vsms_engine_free(engine);
}

static void a_token_that_anybody_could_guess_is_not(void **state) {
  (void)state;
  vsms_config config = config_for(listener_url);
  config.token = bytes("1234567");
  vsms_error error;
  vsms_engine *engine = vsms_engine_new(&config, &error);
  char text[] = "order 1234567";
  assert_int_equal(strlen("1234567"), VSMS_REDACTED_TOKEN_MIN - 1);
  assert_false(vsms_engine_redact(engine, text, strlen(text)));
  assert_string_equal(text, "order 1234567");
  vsms_engine_free(engine);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_bad_configuration_names_its_field),
      cmocka_unit_test(loopback_may_be_plain_http),
      cmocka_unit_test(a_bad_request_names_its_field),
      cmocka_unit_test(a_timeout_after_the_start_is_unknown),
      cmocka_unit_test(a_ticket_can_be_cancelled_in_flight),
      cmocka_unit_test(a_queued_ticket_is_cancelled_unsent),
      cmocka_unit_test(waiting_in_the_queue_counts_as_time),
      cmocka_unit_test(the_descriptor_is_readable_while_there_is_something),
      cmocka_unit_test(the_descriptor_is_readable_of_what_finished_before_it_was_asked_for),
      cmocka_unit_test(the_descriptor_does_not_stay_readable_when_the_host_was_faster_than_what_tells_it),
      cmocka_unit_test(tickets_outlive_their_engine),
      cmocka_unit_test(a_closed_engine_takes_nothing),
      cmocka_unit_test(a_signal_ends_a_blocking_call),
      cmocka_unit_test(a_program_that_the_host_starts_inherits_no_descriptor),
      cmocka_unit_test(descriptors_that_run_out_are_told_as_such),
      cmocka_unit_test(the_token_is_taken_out_of_texts),
      cmocka_unit_test(a_token_that_anybody_could_guess_is_not),
  };
  skip_unwanted();
  return cmocka_run_group_tests(tests, start_listener, NULL);
}
