/* answer_fuzz.c - any octets as the answer to a send, by way of libcurl: the send is made once, what is said of it
 * agrees with the status line, what is kept is bounded, and the token can be taken out. */
#include <arpa/inet.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/headers.h"

enum { BODY_BYTES_MAX = 1000 };

static const char token[] = "a/token/for/tests";
static const char request_body[] = "{\"message\":\"x\"}";

static int listener;
static char url[64];
static vsms_bytes answer;
static atomic_int seen; /* requests read whole */
static sem_t served;    /* the server is done with the answer */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *count, char ***arguments);

static void require(bool holds) {
  if (!holds) abort();
}

/* Reads a request to its end, or to the end of the connection. */
static bool read_request(int fd) {
  char request[4096];
  size_t length = 0, tail = sizeof request_body - 1;
  while (length < sizeof request) {
    ssize_t got = read(fd, request + length, sizeof request - length);
    if (got <= 0) return false;
    length += (size_t)got;
    if (length > tail && memcmp(request + length - tail, request_body, tail) == 0) return true;
  }
  return false;
}

/* The connection ends from the other side, so that no octet of the answer is lost. */
static void serve_one(int fd) {
  char sink[256];
  while (read_request(fd)) {
    atomic_fetch_add(&seen, 1);
    if (send(fd, answer.data, answer.length, MSG_NOSIGNAL) < 0) break;
    shutdown(fd, SHUT_WR);
  }
  while (read(fd, sink, sizeof sink) > 0) continue;
  close(fd);
}

static void *serve(void *argument) {
  (void)argument;
  for (int fd; (fd = accept(listener, NULL, NULL)) >= 0; sem_post(&served)) serve_one(fd);
  return NULL;
}

int LLVMFuzzerInitialize(int *count, char ***arguments) {
  (void)count, (void)arguments;
  pthread_t thread;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  socklen_t size = sizeof address;
  listener = socket(AF_INET, SOCK_STREAM, 0);
  require(bind(listener, (struct sockaddr *)&address, size) == 0 && listen(listener, 16) == 0);
  require(getsockname(listener, (struct sockaddr *)&address, &size) == 0);
  snprintf(url, sizeof url, "http://127.0.0.1:%d", ntohs(address.sin_port));
  return sem_init(&served, 0, 0) | pthread_create(&thread, NULL, serve, NULL);
}

/* The octets of the line at `at`, its end included; 0 where there is none. */
static size_t line_octets(const char *at, const char *end) {
  const char *newline = memchr(at, '\n', (size_t)(end - at));
  return newline != NULL ? (size_t)(newline - at) + 1 : 0;
}

/* The status of the first section that is not of an interim response; 0 when there is none. */
static int final_status(const char *at, const char *end) {
  size_t octets;
  while ((octets = line_octets(at, end)) > 0) {
    const char *space = memchr(at, ' ', octets);
    if (space == NULL || octets - (size_t)(space - at) < 4) return 0;
    int status = atoi((char[]){space[1], space[2], space[3], '\0'});
    if (status < 100 || status > 199) return status;
    do {
      at += octets;
      octets = line_octets(at, end);
    } while (octets > 2 || (octets == 2 && *at != '\r'));
    at += octets;
  }
  return 0;
}

static void check(const vsms_response *response) {
  vsms_outcome outcome = vsms_response_verdict(response).outcome;
  int status = final_status(answer.data, answer.data + answer.length);
  require(atomic_load(&seen) == 1 && (outcome != VSMS_NOT_SENT || status == 407));
  if (outcome == VSMS_ACCEPTED) require(status >= 200 && status < 300);
  if (outcome == VSMS_REJECTED) require((status >= 300 && status < 500) || status == 503);
  require(vsms_response_body(response).length <= BODY_BYTES_MAX);
  require(vsms_response_field_count(response) <= VSMS_HEADER_LINES_MAX);
}

static void check_redacted(const vsms_engine *engine) {
  char *text = malloc(answer.length + 1);
  if (text == NULL) abort();
  if (answer.length > 0) memcpy(text, answer.data, answer.length);
  bool found = vsms_engine_redact(engine, text, answer.length);
  require(found || memcmp(text, answer.data, answer.length) == 0);
  require(memmem(text, answer.length, token, sizeof token - 1) == NULL);
  free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  vsms_error error;
  vsms_config config = {.token = {token, sizeof token - 1}, .base_url = {url, strlen(url)}};
  vsms_request request = {.method = {"POST", 4}, .path = {"/sms", 4}, .body = {request_body, sizeof request_body - 1}};
  config.max_response_bytes = BODY_BYTES_MAX;
  config.timeout_ms = 2000;
  answer = (vsms_bytes){(const char *)data, size};
  atomic_store(&seen, 0);
  vsms_engine *engine = vsms_engine_new(&config, &error);
  require(engine != NULL);
  vsms_response *response = vsms_engine_perform(engine, &request, NULL, &error);
  require(response != NULL);
  check(response);
  check_redacted(engine);
  vsms_response_free(response);
  vsms_engine_free(engine);
  while (sem_wait(&served) != 0) continue; /* a signal of the fuzzer's ends it */
  return 0;
}
