/* receive.c - see receive.h. */
#include "http/receive.h"

#include <string.h>

#include "http/connection.h"

/* "HTTP/1.1 200 OK": the three digits after the first space; 0 when there are none. */
static int status_of_line(const char *line, size_t length) {
  if (length <= 5 || memcmp(line, "HTTP/", 5) != 0) return 0;
  const char *space = memchr(line, ' ', length);
  if (space == NULL || length - (size_t)(space - line) < 4) return 0;
  int status = 0;
  for (int i = 1; i <= 3; i++) {
    if (space[i] < '0' || space[i] > '9') return 0;
    status = status * 10 + (space[i] - '0');
  }
  return status;
}

static bool is_blank_line(const char *line, size_t length) {
  return (length == 2 && memcmp(line, "\r\n", 2) == 0) || (length == 1 && *line == '\n');
}

/* What was said before the server had the request says nothing about it. */
static void take_status(struct vsms_exchange *exchange, int status) {
  exchange->answered_early = !vsms_connection_answers_us(exchange, status);
  exchange->response.facts.status = exchange->answered_early ? 0 : status;
}

/* Interim responses (1xx) come first, each with a section of its own; only the last section is the answer's. The first
 * line of a section is its status line, and no other is, whatever it looks like. */
static vsms_headers_result take_line(struct vsms_exchange *exchange, const char *line, size_t length) {
  vsms_facts *facts = &exchange->response.facts;
  struct vsms_headers *headers = &exchange->response.headers;
  if (facts->headers_complete) return vsms_headers_count(headers, length); /* a trailer section of a chunked answer */
  if (!exchange->in_section) {
    int status = status_of_line(line, length);
    exchange->in_section = true;
    exchange->interim = status >= 100 && status < 200;
    if (!exchange->interim) take_status(exchange, status);
    vsms_headers_restart(headers);
    return vsms_headers_count(headers, length);
  }
  if (!is_blank_line(line, length)) return vsms_headers_add(headers, line, length);
  exchange->in_section = false;
  facts->headers_complete = !exchange->interim;
  if (facts->headers_complete) vsms_connection_judge_head(exchange);
  return vsms_headers_add(headers, line, length);
}

bool vsms_receive_line(struct vsms_exchange *exchange, const char *line, size_t length) {
  vsms_headers_result result = take_line(exchange, line, length);
  if (exchange->answered_early) return false;
  if (result == VSMS_HEADERS_TOO_LARGE) exchange->response.facts.too_large = true;
  if (result == VSMS_HEADERS_EXHAUSTED) exchange->response.facts.exhausted = true;
  return result == VSMS_HEADERS_OK;
}

bool vsms_receive_body(struct vsms_exchange *exchange, const char *data, size_t length) {
  return vsms_response_add_body(&exchange->response, data, length, exchange->settings->max_response_bytes);
}
