/* exchange.c - see exchange.h. */
#include "http/exchange.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/fold.h"

enum { PATH_BYTES_MAX = 4096, QUERY_BYTES_MAX = 16384, FIELD_COUNT_MAX = 64 };

/* A larger body, such as that of many messages, has memory of its own: the response stays until a collector comes to it,
 * and the body need not. */
enum { BODY_INSIDE_MAX = 4096 };

static const char *const method_names[] = {
    [VSMS_GET] = "GET", [VSMS_HEAD] = "HEAD",   [VSMS_POST] = "POST",
    [VSMS_PUT] = "PUT", [VSMS_PATCH] = "PATCH", [VSMS_DELETE] = "DELETE",
};

const char *vsms_method_name(vsms_method method) { return method_names[method]; }

static bool take_method(struct vsms_exchange *exchange, vsms_bytes method, vsms_error *error) {
  for (size_t i = 0; i < sizeof method_names / sizeof *method_names; i++) {
    if (strlen(method_names[i]) == method.length && memcmp(method_names[i], method.data, method.length) == 0) {
      exchange->method = (vsms_method)i;
      return true;
    }
  }
  return vsms_fail(error, VSMS_INVALID_ARGUMENT, "method", "must be GET, HEAD, POST, PUT, PATCH or DELETE");
}

/* What may stand in a path or query as it goes over the wire: visible ASCII that needs no encoding, and '%'. */
static bool is_encoded(vsms_bytes text, const char *forbidden) {
  for (size_t i = 0; i < text.length; i++) {
    unsigned char c = (unsigned char)text.data[i];
    if (c <= 0x20 || c >= 0x7f || strchr(forbidden, c) != NULL) return false;
  }
  return true;
}

/* A segment of only dots would be resolved on the way and reach another resource (RFC 3986 section 5.2.4). */
static bool has_dot_segment(vsms_bytes path) {
  size_t start = 1;
  for (size_t i = 1; i <= path.length; i++) {
    if (i < path.length && path.data[i] != '/') continue;
    size_t length = i - start;
    if ((length == 1 || length == 2) && memcmp(path.data + start, "..", length) == 0) return true;
    start = i + 1;
  }
  return false;
}

static bool hides_token(const struct vsms_settings *settings, vsms_bytes text, const char *field, vsms_error *error) {
  if (!vsms_holds_token(&settings->redaction, text)) return true;
  return vsms_fail(error, VSMS_INVALID_ARGUMENT, field,
                   "contains the token: leave it out, it is sent in a header by itself");
}

static bool check_target(const struct vsms_settings *settings, const vsms_request *request, vsms_error *error) {
  vsms_bytes path = request->path, query = request->query;
  if (path.length == 0 || path.data[0] != '/') {
    return vsms_fail(error, VSMS_INVALID_ARGUMENT, "path", "must begin with '/', such as /sms");
  }
  if (has_dot_segment(path)) {
    return vsms_fail(error, VSMS_INVALID_ARGUMENT, "path", "must not have '.' or '..' between two slashes");
  }
  if (path.length > PATH_BYTES_MAX || !is_encoded(path, "?#<>\"\\^`{|}")) {
    return vsms_fail(error, VSMS_INVALID_ARGUMENT, "path", "must be percent-encoded, and at most %d octets long",
                     (int)PATH_BYTES_MAX);
  }
  if (query.length > QUERY_BYTES_MAX || !is_encoded(query, "#<>\"")) {
    return vsms_fail(error, VSMS_INVALID_ARGUMENT, "query", "must be percent-encoded, and at most %d octets long",
                     (int)QUERY_BYTES_MAX);
  }
  return hides_token(settings, path, "path", error) && hides_token(settings, query, "query", error);
}

static char *append(char *end, const char *data, size_t length) {
  if (length > 0) memcpy(end, data, length);
  return end + length;
}

static const char *base_url_of(const struct vsms_settings *settings, const vsms_request *request) {
  return request->alternate ? settings->alternate_base_url : settings->base_url;
}

static size_t url_size(const struct vsms_settings *settings, const vsms_request *request) {
  return strlen(base_url_of(settings, request)) + request->path.length + 1 + request->query.length + 1;
}

static bool take_url(struct vsms_exchange *exchange, const vsms_request *request, vsms_error *error) {
  if (!check_target(exchange->settings, request, error)) return false;
  const char *base_url = base_url_of(exchange->settings, request);
  char *end = append(exchange->url, base_url, strlen(base_url));
  end = append(end, request->path.data, request->path.length);
  if (request->query.length > 0) *end++ = '?';
  end = append(end, request->query.data, request->query.length);
  *end = '\0';
  return true;
}

static bool take_body(struct vsms_exchange *exchange, const vsms_request *request, vsms_error *error) {
  vsms_bytes body = request->body;
  if (body.data == NULL) return true;
  if (exchange->method == VSMS_GET || exchange->method == VSMS_HEAD) {
    return vsms_fail(error, VSMS_INVALID_ARGUMENT, "body", "cannot be sent with the method %s",
                     vsms_method_name(exchange->method));
  }
  if (body.length > BODY_INSIDE_MAX) {
    exchange->body = exchange->own_body = malloc(body.length);
    if (exchange->body == NULL) return vsms_fail_memory(error);
  } else {
    exchange->body = exchange->url + url_size(exchange->settings, request);
  }
  append(exchange->body, body.data, body.length);
  exchange->body_length = body.length;
  return true;
}

/* Fields that the core sets, or that decide where a message ends. */
static bool is_reserved(vsms_bytes name) {
  static const char *const names[] = {
      "X-VertexSMS-Token",  "Host",   "Content-Length", "Content-Type", "Accept", "Transfer-Encoding",
      "Connection",         "Expect", "User-Agent",     "Upgrade",      "TE",     "Trailer",
      "Proxy-Authorization"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    if (vsms_is_name(name, names[i])) return true;
  }
  return false;
}

static bool append_field(struct vsms_exchange *exchange, const vsms_field *field, vsms_error *error) {
  bool empty = field->value.length == 0; /* libcurl sends an empty field for "Name;" and none for "Name:" */
  size_t size = field->name.length + field->value.length + 3;
  char *line = malloc(size);
  if (line == NULL) return vsms_fail_memory(error);
  snprintf(line, size, "%.*s%s%.*s", (int)field->name.length, field->name.data, empty ? ";" : ": ",
           (int)field->value.length, empty ? "" : field->value.data);
  struct curl_slist *longer = curl_slist_append(exchange->own_fields, line);
  free(line);
  if (longer == NULL) return vsms_fail_memory(error);
  exchange->own_fields = longer;
  return true;
}

static bool take_fields(struct vsms_exchange *exchange, const vsms_request *request, vsms_error *error) {
  if (request->field_count == 0) return true;
  if (request->field_count > FIELD_COUNT_MAX) {
    return vsms_fail(error, VSMS_INVALID_ARGUMENT, "headers", "must have at most %d entries", (int)FIELD_COUNT_MAX);
  }
  exchange->own_fields =
      vsms_settings_fields(exchange->settings, vsms_body_size(exchange->body, exchange->body_length));
  if (exchange->own_fields == NULL) return vsms_fail_memory(error);
  for (size_t i = 0; i < request->field_count; i++) {
    const vsms_field *field = &request->fields[i];
    if (!vsms_header_name_is_valid(field->name) || field->name.length > 128) {
      return vsms_fail(error, VSMS_INVALID_ARGUMENT, "headers",
                       "must have names of letters, digits and - (RFC 9110 section 5.6.2), at most 128 octets long");
    }
    if (!hides_token(exchange->settings, field->name, "headers", error)) return false;
    if (is_reserved(field->name)) {
      return vsms_fail(error, VSMS_INVALID_ARGUMENT, "headers", "must not have %.*s, which the client sets by itself",
                       (int)field->name.length, field->name.data);
    }
    if (!vsms_header_value_is_valid(field->value) || field->value.length > 8192) {
      return vsms_fail(error, VSMS_INVALID_ARGUMENT, "headers",
                       "must not have a control character in the value of %.*s, nor more than 8192 octets",
                       (int)field->name.length, field->name.data);
    }
    if (!append_field(exchange, field, error)) return false;
  }
  return true;
}

static bool take_timeout(struct vsms_exchange *exchange, long timeout_ms, vsms_error *error) {
  exchange->timeout_ms = timeout_ms == 0 ? exchange->settings->timeout_ms : timeout_ms;
  return exchange->timeout_ms > 0 ||
         vsms_fail(error, VSMS_INVALID_ARGUMENT, "timeout", "must be above 0 and at most 86400 seconds");
}

static bool fill(struct vsms_exchange *exchange, const vsms_request *request, vsms_error *error) {
  exchange->repeatable = request->repeatable;
  exchange->leave_by_ms = request->leave_by_ms;
  exchange->response.facts.repeatable = request->repeatable;
  return take_method(exchange, request->method, error) && take_url(exchange, request, error) &&
         take_body(exchange, request, error) && take_fields(exchange, request, error) &&
         take_timeout(exchange, request->timeout_ms, error);
}

size_t vsms_exchange_size(const struct vsms_settings *settings, const vsms_request *request) {
  size_t body_inside = request->body.length > BODY_INSIDE_MAX ? 0 : request->body.length;
  return sizeof(struct vsms_exchange) + url_size(settings, request) + body_inside + 1;
}

bool vsms_exchange_make(struct vsms_exchange *exchange, const struct vsms_settings *settings,
                        const vsms_request *request, vsms_error *error) {
  memset(exchange, 0, sizeof *exchange);
  exchange->url = (char *)(exchange + 1);
  exchange->settings = settings;
  exchange->handed_over_ms = vsms_clock_ms();
  if (fill(exchange, request, error)) return true;
  vsms_exchange_clear(exchange);
  return false;
}

static void clear_request(struct vsms_exchange *exchange) {
  curl_slist_free_all(exchange->own_fields);
  free(exchange->own_body);
  exchange->own_fields = NULL;
  exchange->own_body = NULL;
}

void vsms_exchange_clear(struct vsms_exchange *exchange) {
  clear_request(exchange);
  vsms_response_clear(&exchange->response);
}

struct vsms_exchange *vsms_exchange_new(const struct vsms_settings *settings, const vsms_request *request,
                                        vsms_error *error) {
  struct vsms_exchange *exchange = malloc(vsms_exchange_size(settings, request));
  if (exchange == NULL) {
    vsms_fail_memory(error);
    return NULL;
  }
  if (vsms_exchange_make(exchange, settings, request, error)) return exchange;
  free(exchange);
  return NULL;
}

void vsms_exchange_free(struct vsms_exchange *exchange) { vsms_response_free(vsms_exchange_keep_response(exchange)); }

vsms_response *vsms_exchange_keep_response(struct vsms_exchange *exchange) {
  clear_request(exchange);
  return &exchange->response;
}
