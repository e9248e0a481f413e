/* response.c - see response.h and vsms.h. */
#include "http/response.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/grow.h"
#include "http/http_date.h"
#include "http/redaction.h"
#include "http/service_error.h"

vsms_response *vsms_response_new(void) { return calloc(1, sizeof(vsms_response)); }

void vsms_response_clear(vsms_response *response) {
  vsms_headers_clear(&response->headers);
  if (response->body != response->first_body) free(response->body);
}

void vsms_response_free(vsms_response *response) {
  if (response != NULL) vsms_response_clear(response);
  free(response);
}

static bool reserve_body(vsms_response *response, size_t needed, size_t most) {
  if (response->body == NULL) {
    response->body = response->first_body;
    response->body_capacity = sizeof response->first_body;
  }
  if (needed <= response->body_capacity) return true;
  size_t capacity = response->body_capacity;
  while (capacity < needed) capacity *= 2;
  if (capacity > most) capacity = most;
  char *body = vsms_grow(response->body, response->first_body, response->body_length, capacity);
  if (body == NULL) return false;
  response->body = body;
  response->body_capacity = capacity;
  return true;
}

bool vsms_response_add_body(vsms_response *response, const char *data, size_t length, size_t most) {
  size_t room = most - response->body_length;
  if (length > room) {
    response->facts.too_large = true;
    length = room;
  }
  if (length > 0) {
    if (!reserve_body(response, response->body_length + length, most)) {
      response->facts.exhausted = true;
      return false;
    }
    memcpy(response->body + response->body_length, data, length);
    response->body_length += length;
  }
  return !response->facts.too_large;
}

/* What libcurl says where it says something; else words for what only the facts know. */
static const char *reason(const vsms_response *response) {
  const vsms_facts *facts = &response->facts;
  const char *detail = response->message;
  switch (response->verdict.kind) {
    case VSMS_CONNECT:
      if (facts->headers_complete)
        return "the proxy refuses the credentials (HTTP status 407): check user and password in the option proxy";
      break;
    case VSMS_CANCELLED: return "the caller cancelled the request";
    case VSMS_CLOSED: return "the client was closed before the request had ended";
    case VSMS_TOO_LARGE: return "the answer is too large (the bound of its body is max_response_bytes)";
    case VSMS_EXHAUSTED: return facts->exhausted && *detail != '\0' ? detail : "out of memory";
    case VSMS_PROTOCOL:
      if (facts->headers_complete && *detail == '\0') return "the answer has no valid HTTP status";
      break;
    default: break;
  }
  if (facts->curl_code == CURLE_ABORTED_BY_CALLBACK) return "the connection ended without an answer";
  if (*detail != '\0') return detail;
  if (facts->curl_code != CURLE_OK) return curl_easy_strerror((CURLcode)facts->curl_code);
  return "the connection ended inside the answer";
}

/* For an answer that says no more than its status. */
static const char *hint(vsms_kind kind) {
  switch (kind) {
    case VSMS_UNAUTHORIZED: return ": the token is wrong, or not allowed from this address";
    case VSMS_REDIRECT: return ": redirects are not followed, because the token would go along; check base_url";
    default: return "";
  }
}

static void write_reason(vsms_response *response) {
  static const struct vsms_redaction users_of_urls; /* libcurl repeats a proxy's URL, password and all */
  const char *text = reason(response);
  if (text != response->message) snprintf(response->message, sizeof response->message, "%s", text);
  vsms_redact(&users_of_urls, response->message, strlen(response->message));
}

void vsms_response_conclude(vsms_response *response) {
  vsms_facts *facts = &response->facts;
  bool is_whole = facts->headers_complete && facts->curl_code == CURLE_OK && !facts->too_large && !facts->exhausted;
  facts->service_error = is_whole && facts->status >= 400 && vsms_is_service_error(vsms_response_body(response));
  response->verdict = vsms_judge(&response->facts);
  vsms_kind kind = response->verdict.kind;
  if (kind == VSMS_OK) {
    response->message[0] = '\0';
  } else if (response->facts.headers_complete && kind >= VSMS_INVALID_REQUEST && kind <= VSMS_REDIRECT) {
    snprintf(response->message, sizeof response->message, "HTTP status %d%s", response->facts.status, hint(kind));
  } else {
    write_reason(response);
  }
}

vsms_verdict vsms_response_verdict(const vsms_response *response) { return response->verdict; }

vsms_facts vsms_response_facts(const vsms_response *response) { return response->facts; }

const char *vsms_response_message(const vsms_response *response) { return response->message; }

vsms_bytes vsms_response_body(const vsms_response *response) {
  return (vsms_bytes){response->body != NULL ? response->body : "", response->body_length};
}

vsms_timings vsms_response_timings(const vsms_response *response) { return response->timings; }

bool vsms_response_reused(const vsms_response *response) { return response->reused; }

size_t vsms_response_field_count(const vsms_response *response) { return response->headers.count; }

vsms_field vsms_response_field(const vsms_response *response, size_t index) {
  return vsms_headers_at(&response->headers, index);
}

vsms_bytes vsms_response_header(const vsms_response *response, const char *name, size_t nth) {
  return vsms_headers_find(&response->headers, name, nth);
}

/* A date counts from the answer's own idea of the time where it gives one. */
static long long answer_time(const vsms_response *response) {
  long long now = (long long)time(NULL), then;
  vsms_bytes date = vsms_response_header(response, "Date", 0);
  return date.data != NULL && vsms_http_date(date, now, &then) ? then : now;
}

long vsms_response_retry_after_ms(const vsms_response *response) {
  vsms_bytes value = vsms_response_header(response, "Retry-After", 0);
  return value.data == NULL ? -1 : vsms_retry_after_ms(value, answer_time(response));
}
