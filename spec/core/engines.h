/* engines.h - engines, requests and a listener that never answers, for the tests of the core. */
#ifndef ENGINES_H
#define ENGINES_H

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cmocka_all.h"
#include "vsms.h"

static int listener = -1, deaf = -1;
static char listener_url[64], deaf_url[64];

static inline vsms_bytes bytes(const char *text) { return (vsms_bytes){text, strlen(text)}; }

/* A socket with a port of its own, and its URL. */
static inline int bind_any_port(char url[64]) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  socklen_t size = sizeof address;
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  assert_return_code(bind(fd, (struct sockaddr *)&address, size), errno);
  assert_return_code(getsockname(fd, (struct sockaddr *)&address, &size), errno);
  snprintf(url, 64, "http://127.0.0.1:%d", ntohs(address.sin_port));
  return fd;
}

/* The deaf one keeps its port from everybody else, and refuses connections. */
static inline int start_listener(void **state) {
  (void)state;
  deaf = bind_any_port(deaf_url);
  listener = bind_any_port(listener_url);
  return listen(listener, 512);
}

static inline vsms_config config_for(const char *base_url) {
  vsms_config config;
  memset(&config, 0, sizeof config);
  config.token = bytes("a-token-for-tests");
  config.base_url = bytes(base_url);
  return config;
}

static inline vsms_engine *engine_for(const char *base_url) {
  vsms_config config = config_for(base_url);
  vsms_error error;
  vsms_engine *engine = vsms_engine_new(&config, &error);
  assert_non_null(engine);
  return engine;
}

static inline vsms_request post(void) {
  vsms_request request;
  memset(&request, 0, sizeof request);
  request.method = bytes("POST");
  request.path = bytes("/sms");
  request.body = bytes("{}");
  return request;
}

static inline vsms_ticket *submit(vsms_engine *engine) {
  vsms_request request = post();
  vsms_error error;
  vsms_ticket *ticket = vsms_engine_submit(engine, &request, &error);
  assert_non_null(ticket);
  return ticket;
}

static inline vsms_verdict verdict_of(vsms_ticket *ticket) {
  const vsms_response *response = vsms_ticket_response(ticket);
  assert_non_null(response);
  return vsms_response_verdict(response);
}

/* Waits until the listener has a connection: the request is then under way. */
static inline int await_request(void) {
  char head[256];
  int connection = accept(listener, NULL, NULL);
  assert_true(connection >= 0);
  assert_true(read(connection, head, sizeof head) > 0);
  return connection;
}

#endif
