/* fork_test.c - what becomes of engines and tickets in a child process. */
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "engines.h"
#include "base/fork.h"

static void a_forked_child_gets_an_engine_of_its_own(void **state) {
  (void)state;
  vsms_engine *engine = engine_for(listener_url);
  vsms_ticket *ticket = submit(engine);
  int connection = await_request();
  pid_t child = fork();
  if (child == 0) { /* exit code: what went wrong first */
    if (verdict_of(ticket).kind != VSMS_CLOSED || verdict_of(ticket).outcome != VSMS_UNKNOWN) _exit(1);
    vsms_ticket *own = submit(engine);
    int again = await_request();
    if (vsms_ticket_response(own) != NULL) _exit(2);
    vsms_ticket_cancel(own);
    if (!vsms_ticket_wait(own, 5000, NULL)) _exit(3);
    vsms_ticket_free(own);
    vsms_ticket_free(ticket);
    vsms_engine_free(engine);
    close(again);
    _exit(0);
  }
  int status = -1;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
  assert_null(vsms_ticket_response(ticket)); /* still under way here */
  vsms_ticket_cancel(ticket);
  assert_true(vsms_ticket_wait(ticket, 5000, NULL));
  vsms_ticket_free(ticket);
  vsms_engine_free(engine);
  close(connection);
}

static vsms_kind kind_of_performing(vsms_engine *engine) {
  vsms_request request = post();
  vsms_error error;
  vsms_response *response = vsms_engine_perform(engine, &request, NULL, &error);
  vsms_kind kind = response != NULL ? vsms_response_verdict(response).kind : error.kind;
  vsms_response_free(response);
  return kind;
}

static vsms_kind kind_of_submitting(vsms_engine *engine) {
  vsms_request request = post();
  vsms_error error;
  vsms_ticket *ticket = vsms_engine_submit(engine, &request, &error);
  if (ticket == NULL) return error.kind;
  vsms_kind kind = vsms_ticket_wait(ticket, 5000, NULL) ? verdict_of(ticket).kind : VSMS_OK;
  vsms_ticket_free(ticket);
  return kind;
}

/* In a child process that was just forked: 0 when both ways of sending end as `expected`. */
static int child_of(vsms_engine *engine, vsms_kind expected) {
  alarm(10);
  if (kind_of_performing(engine) != expected) return 1;
  if (kind_of_submitting(engine) != expected) return 2;
  vsms_engine_free(engine);
  return 0;
}

static int status_of(pid_t child) {
  int status = -1;
  assert_int_equal(waitpid(child, &status, 0), child);
  return status;
}

static void a_forked_child_is_refused_when_a_thread_could_not_be_paused(void **state) {
  (void)state;
  vsms_engine *engine = engine_for(deaf_url);
  double begun = vsms_clock_ms();
  vsms_fork_section_enter(); /* as a thread that stays in libcurl */
  pid_t child = fork();
  if (child == 0) _exit(child_of(engine, VSMS_CLOSED));
  vsms_fork_section_leave();
  assert_true(vsms_clock_ms() - begun < 3000);
  assert_int_equal(status_of(child), 0);
  assert_int_equal(kind_of_performing(engine), VSMS_CONNECT);
  child = fork();
  if (child == 0) _exit(child_of(engine, VSMS_CONNECT));
  assert_int_equal(status_of(child), 0);
  vsms_engine_free(engine);
}

static void a_forked_child_is_noticed_without_the_handlers_of_fork(void **state) {
  (void)state;
  vsms_engine *engine = engine_for(deaf_url);
  unsigned number = vsms_process_number();
  pid_t child = _Fork();
  if (child == 0) _exit(vsms_process_number() == number ? 3 : child_of(engine, VSMS_CONNECT));
  assert_int_equal(status_of(child), 0);
  vsms_fork_lock(); /* as another thread that forks at that moment */
  vsms_fork_section_enter();
  child = _Fork();
  if (child == 0) _exit(child_of(engine, VSMS_CLOSED));
  vsms_fork_section_leave();
  vsms_fork_unlock();
  assert_int_equal(status_of(child), 0);
  assert_int_equal(vsms_process_number(), number);
  vsms_engine_free(engine);
}

static atomic_bool is_over;

/* These return NULL when all went well. */
static void *performs(void *failure) {
  vsms_engine *engine = engine_for(deaf_url);
  bool is_fine = true;
  while (is_fine && !atomic_load(&is_over)) is_fine = kind_of_performing(engine) == VSMS_CONNECT;
  vsms_engine_free(engine);
  return is_fine ? NULL : failure;
}

static void *opens_and_closes(void *failure) {
  (void)failure;
  while (!atomic_load(&is_over)) {
    vsms_engine *engine = engine_for(deaf_url);
    vsms_ticket_free(submit(engine));
    vsms_engine_free(engine);
  }
  return NULL;
}

static int child_that_sends(vsms_engine *engine) { return child_of(engine, VSMS_CONNECT); }

static int child_that_ends(vsms_engine *engine) {
  (void)engine;
  return 0;
}

static int (*child_work)(vsms_engine *engine);

static void *forks(void *failure) {
  for (int i = 0; i < 25; i++) {
    vsms_engine *engine = engine_for(deaf_url);
    vsms_ticket *ticket = submit(engine);
    pid_t child = fork();
    if (child == 0) _exit(child_work(engine));
    int status = -1;
    if (waitpid(child, &status, 0) != child || status != 0) return failure;
    vsms_ticket_free(ticket);
    vsms_engine_free(engine);
  }
  return NULL;
}

static void fork_from_several_threads(void) {
  void *(*const works[])(void *) = {performs, opens_and_closes, forks, forks};
  pthread_t threads[4];
  void *failures[4];
  atomic_store(&is_over, false);
  for (size_t i = 0; i < 4; i++) assert_int_equal(pthread_create(&threads[i], NULL, works[i], &threads), 0);
  for (size_t i = 4; i-- > 0;) {
    if (i == 1) atomic_store(&is_over, true);
    pthread_join(threads[i], &failures[i]);
  }
  for (size_t i = 0; i < 4; i++) assert_null(failures[i]);
}

static void a_forked_child_can_come_of_any_thread(void **state) {
  (void)state;
  child_work = child_that_sends;
  fork_from_several_threads();
}

static void threads_go_on_after_a_fork(void **state) {
  (void)state;
  child_work = child_that_ends; /* for TSan, which lets a child do no more */
  fork_from_several_threads();
}

static bool listens_on_a_unix_socket(void) {
  for (int fd = 0; fd < 256; fd++) {
    struct sockaddr_storage address;
    socklen_t size = sizeof address, length = sizeof(int);
    int listens = 0;
    if (getsockname(fd, (struct sockaddr *)&address, &size) != 0 || address.ss_family != AF_UNIX) continue;
    if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &length) == 0 && listens) return true;
  }
  return false;
}

static void a_forked_child_lets_go_of_the_parents_socket(void **state) {
  (void)state;
  char path[108];
  vsms_error error;
  vsms_engine *engine = engine_for(listener_url);
  assert_true(vsms_desk_listen(vsms_engine_desk(engine), path, sizeof path, &error));
  assert_true(listens_on_a_unix_socket());
  pid_t child = fork();
  if (child == 0) {
    vsms_desk_counters(vsms_engine_desk(engine)); /* any use */
    _exit(listens_on_a_unix_socket());
  }
  int status = -1;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
  assert_int_equal(access(path, F_OK), 0); /* it is the parent's to remove */
  vsms_engine_free(engine);
  assert_int_equal(access(path, F_OK), -1);
  assert_false(listens_on_a_unix_socket());
}

enum { DESCRIPTORS = 64 };

/* A daemon closes all that it has inherited, and the numbers are soon something else's. */
static void replace_all_descriptors(void) {
  int null = open("/dev/null", O_RDWR);
  for (int fd = STDERR_FILENO + 1; fd < DESCRIPTORS; fd++) {
    if (fd != null) dup2(null, fd);
  }
}

static bool are_all_open(void) {
  for (int fd = STDERR_FILENO + 1; fd < DESCRIPTORS; fd++) {
    if (fcntl(fd, F_GETFD) < 0) return false;
  }
  return true;
}

static void a_forked_child_closes_nothing_that_only_has_the_number_of_a_blocking_calls(void **state) {
  (void)state;
  vsms_engine *engine = engine_for(deaf_url);
  kind_of_performing(engine);
  pid_t child = fork();
  if (child == 0) {
    replace_all_descriptors();
    vsms_desk_counters(vsms_engine_desk(engine)); /* any use */
    _exit(are_all_open() ? 0 : 1);
  }
  assert_int_equal(status_of(child), 0);
  vsms_engine_free(engine);
}

static void a_forked_child_closes_nothing_that_only_has_the_number_of_the_io_threads(void **state) {
  (void)state;
  char path[108];
  vsms_error error;
  vsms_engine *engine = engine_for(deaf_url);
  vsms_desk *desk = vsms_engine_desk(engine);
  assert_true(vsms_desk_listen(desk, path, sizeof path, &error)); /* starts the thread */
  pid_t child = fork();
  if (child == 0) {
    replace_all_descriptors();
    vsms_desk_counters(desk); /* any use */
    _exit(are_all_open() ? 0 : 1);
  }
  assert_int_equal(status_of(child), 0);
  vsms_engine_free(engine);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_forked_child_gets_an_engine_of_its_own),
      cmocka_unit_test(a_forked_child_is_refused_when_a_thread_could_not_be_paused),
      cmocka_unit_test(a_forked_child_is_noticed_without_the_handlers_of_fork),
      cmocka_unit_test(a_forked_child_can_come_of_any_thread),
      cmocka_unit_test(threads_go_on_after_a_fork),
      cmocka_unit_test(a_forked_child_lets_go_of_the_parents_socket),
      cmocka_unit_test(a_forked_child_closes_nothing_that_only_has_the_number_of_a_blocking_calls),
      cmocka_unit_test(a_forked_child_closes_nothing_that_only_has_the_number_of_the_io_threads),
  };
  skip_unwanted();
  return cmocka_run_group_tests(tests, start_listener, NULL);
}
