/* service_error.c - see service_error.h. */
#include "http/service_error.h"

#include <string.h>

#include "base/json_read.h"

/* What gateways write into `{"message": …}` by themselves, some of them after they handed the request on; in lower case.
 * VertexSMS's own words for a 503 are not documented: should they be among these, the outcome is unknown and nothing is
 * sent twice. */

/* Texts that a gateway says so, and nothing after it but a full stop. */
static const char *const whole_texts[] = {
    /* The reason phrase (RFC 9110 section 15.6.4): AWS API Gateway ("Gateway responses" and "Troubleshooting HTTP APIs"
     * of its developer guide), Kong (kong/error_handlers.lua, kong/pdk/response.lua), Azure API Management, Gravitee. */
    "service unavailable",
    "503 service unavailable",
    "serviceunavailable",  /* Azure's code of it */
    "service_unavailable", /* Heroku's, Spring's */
    /* nginx's phrase for 503 (ngx_http_header_filter_module.c), and so of what is built upon it */
    "service temporarily unavailable",
    "503 service temporarily unavailable",
    "temporarily unavailable",
    /* what an error page template says when it has no words of its own for 503 */
    "unavailable",
    "bad gateway",
    "gateway timeout",
    "gateway time-out",
    "internal server error",      /* AWS API Gateway, INTEGRATION_FAILURE */
    "endpoint request timed out", /* the same, INTEGRATION_TIMEOUT */
    "network error communicating with endpoint",
    /* Google's front ends and Endpoints, Apigee (messaging.adaptors.http.flow.ServiceUnavailable) */
    "the service is currently unavailable",
    "the service is temporarily unavailable",
    "upstream service unavailable",
    "there was a problem proxying the request", /* Tyk (gateway/reverse_proxy.go) */
    "no available server",                      /* Traefik (pkg/server/service/loadbalancer) */
    "no server available",
    "error", /* Spring's and Express's default error objects */
    "no message available",
};

/* Texts that go on after this with what went wrong this time. */
static const char *const beginnings[] = {
    /* Kong (kong/runloop/balancer, kong/error_handlers.lua) */
    "failure to get a peer from the ring-balancer",
    "name resolution failed",
    "no peers are available",
    "balancer is unhealthy",
    "the upstream server is",
    "an invalid response was received from the upstream server",
    "an unexpected error occurred",
    /* Envoy and Istio (source/common/router/router.cc, the texts of local replies), which a template makes JSON */
    "upstream connect error or disconnect/reset before",
    "upstream request timeout",
    "upstream response timeout",
    "upstream reset",
    "no healthy upstream",
    "no_healthy_upstream",
    "cluster not found",
    "envoy overloaded",
    /* Varnish and Fastly (bin/varnishd/builtin.vcl) */
    "backend fetch failed",
    "error 503 backend fetch failed",
    "503 backend fetch failed",
    "guru meditation",
    /* HAProxy (the page for 503 in src/http.c) */
    "no server is available to handle this request",
    /* Spring Cloud Gateway (NotFoundException, ResponseStatusException) */
    "503 service_unavailable",
    "unable to find instance for",
    "connection refused",
    /* Eclipse Ditto's gateway */
    "the service you wanted to reach is currently not available",
};

enum { TEXT_BYTES_MAX = 1024 };

static bool is_around(char c) { return c != '\0' && strchr(" \t\r\n.!", c) != NULL; }

static vsms_bytes trimmed(vsms_bytes text) {
  while (text.length > 0 && is_around(*text.data)) text.data++, text.length--;
  while (text.length > 0 && is_around(text.data[text.length - 1])) text.length--;
  return text;
}

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c; }

static bool begins_with(vsms_bytes text, const char *start) {
  size_t length = strlen(start);
  if (text.length < length) return false;
  for (size_t i = 0; i < length; i++) {
    if (lower(text.data[i]) != start[i]) return false;
  }
  return true;
}

static bool is_gateway_text(vsms_bytes text) {
  for (size_t i = 0; i < sizeof beginnings / sizeof *beginnings; i++) {
    if (begins_with(text, beginnings[i])) return true;
  }
  for (size_t i = 0; i < sizeof whole_texts / sizeof *whole_texts; i++) {
    if (begins_with(text, whole_texts[i]) && strlen(whole_texts[i]) == text.length) return true;
  }
  return false;
}

/* A string that says something, and not what a gateway says; one that is too long to be looked at does not count. */
static bool is_own_text(const vsms_value *value) {
  char unescaped[TEXT_BYTES_MAX];
  vsms_bytes text = value->text;
  if (!value->is_string || text.length > sizeof unescaped) return false;
  if (value->is_escaped) text = (vsms_bytes){unescaped, vsms_json_unescape(text, unescaped)};
  text = trimmed(text);
  return text.length > 0 && !is_gateway_text(text);
}

#define NAME(text) \
  { text, sizeof text - 1 }
enum { MESSAGE, ERROR };
static const vsms_bytes body_names[] = {NAME("message"), NAME("error")};
static const vsms_bytes error_names[] = {NAME("code")};
#undef NAME

/* VertexSMS's codes are words (AUTH_INVALID); Google's front ends write the same shape with a number. */
static bool has_own_code(const vsms_value *error) {
  vsms_value code = {0};
  size_t wrong;
  return error->is_nested && vsms_json_read_object(error->text, error_names, 1, &code, &wrong) && is_own_text(&code);
}

bool vsms_is_service_error(vsms_bytes body) {
  vsms_value values[2] = {0};
  size_t wrong;
  if (!vsms_json_read_object(body, body_names, 2, values, &wrong)) return false;
  return has_own_code(&values[ERROR]) || is_own_text(&values[MESSAGE]);
}
