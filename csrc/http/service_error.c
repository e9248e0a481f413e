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
    "internal server error", /* AWS API Gateway, INTEGRATION_FAILURE */
    "network error communicating with endpoint",
    /* Google's front ends and Endpoints, Apigee (messaging.adaptors.http.flow.ServiceUnavailable) */
    "the service is currently unavailable",
    "the service is temporarily unavailable",
    "service is unavailable",
    "service is temporarily unavailable",
    "service is currently unavailable",
    "the service is unavailable", /* http.sys */
    "the server is unavailable",
    "the server is currently unavailable",
    "our services aren't available right now", /* Azure Front Door */
    "http 503 service unavailable",
    "service not available",
    "temporary failure",
    "no available server", /* Traefik (pkg/server/service/loadbalancer) */
    "no server available",
    "error", /* Spring's and Express's default error objects */
    "no message available",
    /* and those of other frameworks (Laravel, Django, ASP.NET), of Go, Cloudflare and Envoy, which know no more than that
     * something failed */
    "server error",
    "internal error",
    "server unavailable",
    "unknown error",
    "unexpected error",
    "an error occurred",
    "an error has occurred",
    "something went wrong",
    "sorry, something went wrong",
    "oops, something went wrong",
    "request failed",
    "failed",
    "eof",
    "unexpected eof",
    "http 503",
    "status 503",
    "error 503",
    "error code: 503",
    "overflow",
};

/* What a gateway's text has in it, before or behind what went wrong this time. */
static const char *const phrases[] = {
    /* Kong (kong/runloop/balancer, kong/error_handlers.lua), Envoy, Istio and Google's ESP (source/common/router/router.cc, the
     * texts of local replies), Varnish (bin/varnishd/builtin.vcl), Fastly ("Common 503 errors"), nginx: the words for what is
     * behind them */
    "upstream",
    "backend",
    "back-end",
    "back end",
    "gateway",
    "origin server",
    "origin is",
    "proxy",
    "balancer",
    "name resolution",
    "no peers are available",
    "no healthy",
    "no_healthy",
    "cluster not found",
    "envoy overloaded",
    "first byte timeout",
    "guru meditation",
    "an unexpected error occurred",
    /* and for what became of the request there; so do those who pass on an error of their HTTP library: Spring Cloud Gateway,
     * Apigee, Mule, gRPC's transcoders */
    "timed out",
    "timeout",
    "time-out",
    "connection",
    "connect error",
    "connect failure",
    "disconnect",
    "broken pipe",
    "unreachable",
    "no route to host",
    "circuit",
    "runtime error", /* WSO2 */
    /* HAProxy (the page for 503 in src/http.c), Traefik, Spring Cloud (NotFoundException, ResponseStatusException) */
    "no server is available",
    "unable to find instance",
    "no instances available",
    "503 service_unavailable",
    /* the pages of Apache (modules/http/http_protocol.c), http.sys and Tengine */
    "capacity problems",
    "http error",
    "overloaded or under maintenance",
    /* Eclipse Ditto's gateway */
    "the service you wanted to reach is currently not available",
    /* Linkerd, Cloudflare, Fastly, Akamai, WSO2, Railway, Google's functions */
    "fail-fast",
    "web server is down",
    "host error",
    "loop detected",
    "max restarts",
    "zero size object",
    "suspended",
    "failed to respond",
    "function execution",
    "endpoint",
    "target",
    /* What the HTTP libraries say when an answer did not come: Node (net, undici, axios, http-proxy), Guzzle and all others on
     * libcurl, Go (net/http, grpc), .NET (HttpClient, in YARP and Ocelot), Python (urllib3, requests), Java (Netty) */
    "econn",
    "etimedout",
    "enotfound",
    "ehost",
    "epipe",
    "eai_",
    "hang up",
    "fetch",
    "socket",
    "network",
    "premature",
    "abort",
    "cancel",
    "reset",
    "curl error",
    "empty reply",
    "receiving data",
    "to connect",
    "not connect",
    "no such host",
    "dns",
    "handshake",
    "certificate",
    "deadline",
    "stream",
    ": eof",
    "transport",
    "remote ",
    "while sending",
    "max retries",
    "retry limit",
    "retries exhausted",
    "no response",
    "not respond",
    "not get any response",
    "not get response",
    "invalid response",
    "forward",
    "channel closed",
    "io exception",
    "ioexception",
    "read failed",
    "read error",
    "fallback",
};

/* What follows any of them, and says nothing. */
static const char *const advice[] = {"please try", "try again", "please retry"};

/* The same in codes that are words: Vercel's, Azure's, those of gateways that write VertexSMS's shape. */
static const char *const code_phrases[] = {
    "timeout", "timed_out", "unavailable", "upstream", "gateway",    "backend", "connection",    "connect_failed",
    "origin",  "proxy",     "function_",   "external", "deployment", "network", "internal",      "server_error",
    "econn",   "etimedout", "enotfound",   "ehost",    "epipe",      "eproto",  "eai_",          "err_",
    "socket",  "abort",     "cancel",      "deadline", "reset",      "unknown", "generic_error", "503"};

enum { TEXT_BYTES_MAX = 1024 };

static bool is_around(char c) { return c != '\0' && strchr(" \t\r\n.,;:!-", c) != NULL; }

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

static bool holds(vsms_bytes text, const char *phrase) {
  for (; text.length > 0; text.data++, text.length--) {
    if (begins_with(text, phrase)) return true;
  }
  return false;
}

static bool holds_any(vsms_bytes text, const char *const *list, size_t count) {
  for (size_t i = 0; i < count; i++) {
    if (holds(text, list[i])) return true;
  }
  return false;
}

static vsms_bytes without_advice(vsms_bytes text) {
  for (size_t i = 0; i < text.length; i++) {
    for (size_t j = 0; j < sizeof advice / sizeof *advice; j++) {
      if (begins_with((vsms_bytes){text.data + i, text.length - i}, advice[j])) return (vsms_bytes){text.data, i};
    }
  }
  return text;
}

static bool is_gateway_text(vsms_bytes text) {
  if (holds_any(text, phrases, sizeof phrases / sizeof *phrases)) return true;
  for (size_t i = 0; i < sizeof whole_texts / sizeof *whole_texts; i++) {
    if (begins_with(text, whole_texts[i]) && strlen(whole_texts[i]) == text.length) return true;
  }
  return false;
}

/* Of a text, not of a number. */
static bool has_letter(vsms_bytes text) {
  for (size_t i = 0; i < text.length; i++) {
    if ((lower(text.data[i]) >= 'a' && lower(text.data[i]) <= 'z') || (unsigned char)text.data[i] >= 0x80) return true;
  }
  return false;
}

/* A string that says something, and not what a gateway says; one that is too long to be looked at does not count. */
static bool is_own_text(const vsms_value *value) {
  char unescaped[TEXT_BYTES_MAX];
  vsms_bytes text = value->text;
  if (!value->is_string || text.length > sizeof unescaped) return false;
  if (value->is_escaped) text = (vsms_bytes){unescaped, vsms_json_unescape(text, unescaped)};
  text = trimmed(without_advice(text));
  return has_letter(text) && !is_gateway_text(text);
}

#define NAME(text) \
  { text, sizeof text - 1 }
enum { MESSAGE, ERROR, NAMES };
static const vsms_bytes body_names[NAMES] = {NAME("message"), NAME("error")};
static const vsms_bytes error_names[] = {NAME("code")};
#undef NAME

/* VertexSMS's codes are words in capitals (AUTH_INVALID); Google's front ends write the same shape with a number, Azure's
 * with another kind of word. */
static bool is_own_code(const vsms_value *code) {
  if (!is_own_text(code)) return false;
  for (size_t i = 0; i < code->text.length; i++) {
    char c = code->text.data[i];
    if (!(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') && c != '_') return false;
  }
  return !holds_any(code->text, code_phrases, sizeof code_phrases / sizeof *code_phrases);
}

static bool has_own_code(const vsms_value *error) {
  vsms_value code = {0};
  size_t wrong;
  return error->is_nested && vsms_json_read_object(error->text, error_names, 1, &code, &wrong) && is_own_code(&code);
}

/* VertexSMS's message stands alone; the others stand beside those of Spring, WSO2, Azure, Google's ESP, Kong, Gravitee and
 * all that speak RFC 9457. Between two members is a comma. */
static bool stands_alone(vsms_bytes body, vsms_bytes message) {
  size_t before = (size_t)(message.data - body.data), behind = before + message.length;
  vsms_bytes start = {body.data, before}, end = {body.data + behind, body.length - behind};
  return !holds(start, ",") && !holds(end, ",");
}

bool vsms_is_service_error(vsms_bytes body) {
  vsms_value values[NAMES] = {0};
  size_t wrong;
  if (!vsms_json_read_object(body, body_names, NAMES, values, &wrong)) return false;
  if (has_own_code(&values[ERROR])) return true;
  return is_own_text(&values[MESSAGE]) && stands_alone(body, values[MESSAGE].text);
}
