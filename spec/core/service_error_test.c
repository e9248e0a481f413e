/* service_error_test.c - whose error a body is. */
#include "http/service_error.h"

#include <stdio.h>
#include <string.h>

#include "cmocka_all.h"

static bool is_own(const char *body) { return vsms_is_service_error((vsms_bytes){body, strlen(body)}); }

static void both_shapes_are_known(void **state) {
  (void)state;
  static const char *const bodies[] = {
      "{\"message\":\"Down for maintenance, please try again\"}",
      "\xef\xbb\xbf { \"message\" : \"overloaded\" }\n",
      "{\"message\":\"Service unavailable: the queue is full\"}",
      "{\"error\":{\"code\":\"MAINTENANCE\",\"message\":\"Service Unavailable\",\"retryable\":true}}",
      "{\"error\":{\"message\":\"x\",\"code\":\"OVERLOADED\"},\"message\":\"Service Unavailable\"}",
      "{\"m\\u0065ssage\":\"\\u017dinut\\u0117\"}",
  };
  for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
    if (!is_own(bodies[i])) fail_msg("%s was taken for a gateway's", bodies[i]);
  }
}

static void what_a_gateway_says_is_not_the_services(void **state) {
  (void)state;
  static const char *const texts[] = {
      "Service Unavailable",
      "service unavailable.",
      " SERVICE UNAVAILABLE! ",
      "Service Temporarily Unavailable",
      "\\u0053ervice Unavailable",
      "failure to get a peer from the ring-balancer",
      "name resolution failed",
      "The upstream server is timing out",
      "An invalid response was received from the upstream server",
      "upstream connect error or disconnect/reset before headers. reset reason: connection termination",
      "no healthy upstream",
      "Backend fetch failed",
      "No server is available to handle this request.",
      "503 SERVICE_UNAVAILABLE \\\"Unable to find instance for sms\\\"",
      "",
      " . ",
      "503",
      "first byte timeout",
      "backend read error",
      "Connection prematurely closed BEFORE response",
      "Connection timed out: no further information: sms/10.0.0.1:80",
      "Read timed out",
      "Request timeout",
      "upstream_reset_before_response_started{connection_termination}",
      "remote connection failure, transport failure reason: delayed connect error: 111",
      "Service Unavailable: Back-end server is at capacity",
      "The service is unavailable.",
      "HTTP Error 503. The service is unavailable.",
      "The origin server is unavailable",
      "Our services aren't available right now",
      "No instances available for sms",
      "Runtime Error",
      "The server is temporarily unable to service your request due to maintenance downtime or capacity problems.",
      "The requested service is temporarily unavailable. It is either overloaded or under maintenance.",
      "no route to host",
      "Service Temporarily Unavailable. Please try again later.",
      "Service is unavailable, please retry",
      "Please try again later",
      "Server Error",
      "Something went wrong",
      "error code: 503",
      "HTTP Logical service in fail-fast",
      "Application failed to respond",
      "socket hang up",
      "connect ECONNREFUSED 127.0.0.1:80",
      "getaddrinfo EAI_AGAIN sms",
      "fetch failed",
      "Premature close",
      "cURL error 52: Empty reply from server",
      "EOF",
      "error reading from server: EOF",
      "context deadline exceeded",
      "context canceled",
      "An error occurred while sending the request.",
      "The response ended prematurely.",
      "The operation was canceled.",
      "The remote server returned an error: (503) Server Unavailable.",
      "Max retries exceeded with url: /sms",
      "Remote end closed without response",
      "stream terminated by RST_STREAM with error code: CANCEL",
      "transport is closing",
  };
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    char body[256];
    snprintf(body, sizeof body, "{\"message\":\"%s\"}", texts[i]);
    if (is_own(body)) fail_msg("%s was taken for VertexSMS's", body);
  }
}

static void anything_else_is_not_either(void **state) {
  (void)state;
  static const char *const bodies[] = {
      "",
      "upstream connect error or disconnect/reset before headers",
      "<html><body><h1>503 Service Unavailable</h1></body></html>",
      "null",
      "[\"message\"]",
      "\"message\"",
      "{}",
      "{\"message\":null}",
      "{\"message\":503}",
      "{\"message\":{\"message\":\"overloaded\"}}",
      "{\"error\":\"overloaded\"}",
      "{\"error\":null}",
      "{\"error\":[{\"code\":\"OVERLOADED\"}]}",
      "{\"error\":{\"code\":503,\"message\":\"The service is currently unavailable.\",\"status\":\"UNAVAILABLE\"}}",
      "{\"error\":{\"code\":null}}",
      "{\"error\":{\"code\":\"\"}}",
      "{\"error\":{\"code\":\"ServiceUnavailable\"}}",
      "{\"error\":{\"status\":\"UNAVAILABLE\"}}",
      "{\"code\":\"OVERLOADED\"}",
      "{\"message\":\"overloaded\"",
      "{\"message\":\"overloaded\"}}",
      "{\"message\":\"overloa",
      "{\"message\":\"overloaded\",}",
      "{\"x\":{\"message\":\"overloaded\"}}",
  };
  for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
    if (is_own(bodies[i])) fail_msg("'%s' was taken for VertexSMS's", bodies[i]);
  }
}

static void what_stands_beside_a_gateways_message_gives_it_away(void **state) {
  (void)state;
  static const char *const members[] = {
      "\"timestamp\":\"2026-01-01\"", "\"path\":\"/sms\"",        "\"status\":503",         "\"statusCode\":503",
      "\"error\":\"Busy\"",           "\"code\":\"101503\"",      "\"request_id\":\"5f0\"", "\"requestId\":\"5f0\"",
      "\"type\":\"Status report\"",   "\"http_status_code\":503", "\"title\":\"Busy\"",     "\"details\":[]",
      "\"traceId\":\"5f0\"",          "\"success\":false",        "\"error\":null",
  };
  for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
    char body[256];
    snprintf(body, sizeof body, "{%s,\"message\":\"overloaded\"}", members[i]);
    if (is_own(body)) fail_msg("%s was taken for VertexSMS's", body);
  }
  assert_true(is_own(" { \"message\" : \"overloaded, busy\" } "));
}

static void a_code_in_another_style_is_not_the_services(void **state) {
  (void)state;
  static const char *const codes[] = {
      "503",         "ServerTimeout",       "OperationTimedOut",   "BackendConnectionFailure",
      "timeout",     "GATEWAY_TIMEOUT",     "UPSTREAM_ERROR",      "FUNCTION_THROTTLED",
      "UNAVAILABLE", "SERVICE_UNAVAILABLE", "serviceNotAvailable", "CONNECTION_FAILED",
      "ECONNRESET",  "ETIMEDOUT",           "ERR_NETWORK",         "UND_ERR_SOCKET",
      "ABORTED",     "DEADLINE_EXCEEDED",   "INTERNAL_ERROR",      "ROUTER_EXTERNAL_TARGET_ERROR"};
  for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
    char body[256];
    snprintf(body, sizeof body, "{\"error\":{\"code\":\"%s\",\"message\":\"x\"}}", codes[i]);
    if (is_own(body)) fail_msg("%s was taken for VertexSMS's", body);
  }
  assert_true(is_own("{\"error\":{\"code\":\"VERTEX_SEND_FAILED\",\"message\":\"x\"}}"));
}

static void of_two_messages_neither_counts(void **state) {
  (void)state;
  assert_false(is_own("{\"message\":\"Service Unavailable\",\"message\":\"overloaded\"}"));
  assert_false(is_own("{\"message\":\"overloaded\",\"message\":\"Service Unavailable\"}"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(both_shapes_are_known),
      cmocka_unit_test(what_a_gateway_says_is_not_the_services),
      cmocka_unit_test(anything_else_is_not_either),
      cmocka_unit_test(what_stands_beside_a_gateways_message_gives_it_away),
      cmocka_unit_test(a_code_in_another_style_is_not_the_services),
      cmocka_unit_test(of_two_messages_neither_counts),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
