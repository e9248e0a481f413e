/* outcome.c - from the facts of a finished request to its verdict: kind, outcome, retryable. */
#include <curl/curl.h>

#include "curl_compat.h"
#include "vsms.h"

static const char *const kind_names[] = {
    [VSMS_OK] = "ok",
    [VSMS_INVALID_ARGUMENT] = "invalid_argument",
    [VSMS_INVALID_REQUEST] = "invalid_request",
    [VSMS_UNAUTHORIZED] = "unauthorized",
    [VSMS_FORBIDDEN] = "forbidden",
    [VSMS_NOT_FOUND] = "not_found",
    [VSMS_METHOD_NOT_ALLOWED] = "method_not_allowed",
    [VSMS_CONFLICT] = "conflict",
    [VSMS_RATE_LIMITED] = "rate_limited",
    [VSMS_SERVER_ERROR] = "server_error",
    [VSMS_UNAVAILABLE] = "unavailable",
    [VSMS_GATEWAY] = "gateway",
    [VSMS_REDIRECT] = "redirect",
    [VSMS_PROTOCOL] = "protocol",
    [VSMS_DNS] = "dns",
    [VSMS_CONNECT] = "connect",
    [VSMS_TLS] = "tls",
    [VSMS_TIMEOUT] = "timeout",
    [VSMS_NETWORK] = "network",
    [VSMS_CANCELLED] = "cancelled",
    [VSMS_CLOSED] = "closed",
    [VSMS_TOO_LARGE] = "too_large",
    [VSMS_EXHAUSTED] = "exhausted",
};

const char *vsms_kind_name(vsms_kind kind) {
  size_t index = (size_t)kind;
  return index < sizeof kind_names / sizeof *kind_names ? kind_names[index] : "unknown";
}

const char *vsms_outcome_name(vsms_outcome outcome) {
  switch (outcome) {
    case VSMS_ACCEPTED: return "accepted";
    case VSMS_NOT_SENT: return "not_sent";
    case VSMS_REJECTED: return "rejected";
    case VSMS_UNKNOWN: break;
  }
  return "unknown";
}

/* VertexSMS's own table for 400 to 503; 429, 502 and 504 come from gateways in front of it. */
static vsms_kind kind_of_status(int status) {
  switch (status) {
    case 401: return VSMS_UNAUTHORIZED;
    case 403: return VSMS_FORBIDDEN;
    case 404: return VSMS_NOT_FOUND;
    case 405: return VSMS_METHOD_NOT_ALLOWED;
    case 409: return VSMS_CONFLICT;
    case 429: return VSMS_RATE_LIMITED;
    case 502:
    case 504: return VSMS_GATEWAY;
    case 503: return VSMS_UNAVAILABLE;
    default: break;
  }
  if (status >= 200 && status < 300) return VSMS_OK;
  if (status >= 300 && status < 400) return VSMS_REDIRECT;
  if (status >= 400 && status < 500) return VSMS_INVALID_REQUEST;
  if (status >= 500 && status < 600) return VSMS_SERVER_ERROR;
  return VSMS_PROTOCOL;
}

/* A 500 may come after the message was queued, a 502 or 504 from a gateway that lost the real answer. */
static vsms_outcome outcome_of_status(int status) {
  switch (kind_of_status(status)) {
    case VSMS_OK: return VSMS_ACCEPTED;
    case VSMS_SERVER_ERROR:
    case VSMS_GATEWAY:
    case VSMS_PROTOCOL: return VSMS_UNKNOWN;
    default: return VSMS_REJECTED;
  }
}

static bool is_certificate_problem(int curl_code) {
  switch (curl_code) {
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CRL_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_CLIENTCERT: return true;
    default: return false;
  }
}

static bool is_tls_problem(int curl_code) {
  switch (curl_code) {
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ENGINE_NOTFOUND:
    case CURLE_SSL_ENGINE_SETFAILED:
    case CURLE_SSL_ENGINE_INITFAILED:
    case CURLE_SSL_SHUTDOWN_FAILED:
    case CURLE_USE_SSL_FAILED: return true;
    default: return is_certificate_problem(curl_code);
  }
}

/* The names of the connection phase (dns, connect, tls) promise that nothing left, so they are given only when
 * nothing did: libcurl can fail to connect while it repeats a request that had already started. */
static vsms_kind kind_of_curl_code(int curl_code, bool request_started) {
  switch (curl_code) {
    case CURLE_OPERATION_TIMEDOUT: return VSMS_TIMEOUT;
    case CURLE_FAILED_INIT: return VSMS_EXHAUSTED;
    case VSMS_CURLE_TOO_LARGE:
    case CURLE_OUT_OF_MEMORY: /* before 8.6 the word, too, for a header line beyond libcurl's own bound of 100 KiB */
      return request_started ? VSMS_TOO_LARGE : VSMS_EXHAUSTED;
    default: break;
  }
  if (request_started) {
    switch (curl_code) {
      case CURLE_UNSUPPORTED_PROTOCOL: /* an answer in HTTP/0.9 or an unknown version */
      case CURLE_WEIRD_SERVER_REPLY:
      case CURLE_BAD_CONTENT_ENCODING: return VSMS_PROTOCOL;
      default: return VSMS_NETWORK;
    }
  }
  if (curl_code == CURLE_COULDNT_RESOLVE_HOST || curl_code == CURLE_COULDNT_RESOLVE_PROXY) return VSMS_DNS;
  return is_tls_problem(curl_code) ? VSMS_TLS : VSMS_CONNECT;
}

static vsms_kind kind_of_local_cause(const vsms_facts *facts) {
  if (facts->cancelled) return VSMS_CANCELLED;
  if (facts->closed) return VSMS_CLOSED;
  if (facts->too_large) return VSMS_TOO_LARGE;
  if (facts->exhausted) return VSMS_EXHAUSTED;
  return VSMS_OK;
}

static bool is_success(int status) { return status >= 200 && status < 300; }

/* A message without its whole header section is incomplete (RFC 9112 section 8) and decides nothing.  With it, a
 * refusal stands even when its body was cut; a success must be complete to count. */
static bool status_decides(const vsms_facts *facts) {
  if (!facts->headers_complete) return false;
  return !is_success(facts->status) || facts->curl_code == CURLE_OK;
}

static vsms_kind judge_kind(const vsms_facts *facts) {
  vsms_kind local = kind_of_local_cause(facts);
  if (local != VSMS_OK) return local;
  if (status_decides(facts)) return kind_of_status(facts->status);
  if (facts->curl_code == CURLE_OK) return VSMS_NETWORK; /* ended inside the header section */
  vsms_kind kind = kind_of_curl_code(facts->curl_code, facts->request_started);
  if (kind == VSMS_NETWORK && facts->headers_complete) return VSMS_PROTOCOL; /* a 2xx, cut in its body */
  return kind;
}

static vsms_outcome judge_outcome(const vsms_facts *facts, vsms_kind kind) {
  if (kind == VSMS_OK) return VSMS_ACCEPTED;
  if (!facts->request_started) return VSMS_NOT_SENT;
  if (facts->headers_complete && !is_success(facts->status)) return outcome_of_status(facts->status);
  return VSMS_UNKNOWN;
}

static bool judge_retryable(const vsms_facts *facts, vsms_kind kind) {
  switch (kind) {
    case VSMS_RATE_LIMITED:
    case VSMS_SERVER_ERROR:
    case VSMS_UNAVAILABLE:
    case VSMS_GATEWAY:
    case VSMS_DNS:
    case VSMS_CONNECT:
    case VSMS_TIMEOUT:
    case VSMS_NETWORK:
    case VSMS_EXHAUSTED: return true;
    case VSMS_TLS: return !is_certificate_problem(facts->curl_code);
    default: return false;
  }
}

vsms_verdict vsms_judge(const vsms_facts *facts) {
  vsms_verdict verdict;
  verdict.kind = judge_kind(facts);
  verdict.outcome = judge_outcome(facts, verdict.kind);
  verdict.retryable = judge_retryable(facts, verdict.kind);
  verdict.likely_accepted = verdict.outcome == VSMS_UNKNOWN && is_success(facts->status);
  return verdict;
}
