/* outcome.c - from the facts of a finished request to its verdict: kind, outcome, temporary, retryable. */
#include <curl/curl.h>

#include "http/curl_compat.h"
#include "vsms/engine.h"

#define WORD(constant, word) word,
static const char *const kind_names[] = {VSMS_KINDS(WORD)};
#undef WORD

const char *vsms_kind_name(vsms_kind kind) {
  size_t index = (size_t)kind;
  return index < VSMS_KIND_COUNT ? kind_names[index] : "unknown";
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

typedef struct {
  int status;
  vsms_kind kind;
  vsms_outcome outcome;
  bool temporary;
} status_row;

/* What a status says of a request that was sent. 400 to 405, 409, 500, 501 and 503 are in VertexSMS's own table; the
 * others come from gateways in front of it, and those that can be said after the request was handed on leave it open. */
static const status_row rows[] = {
    {400, VSMS_INVALID_REQUEST, VSMS_REJECTED, false},    /* VertexSMS: domain validation, missing data */
    {401, VSMS_UNAUTHORIZED, VSMS_REJECTED, false},       /* VertexSMS: fix the token */
    {403, VSMS_FORBIDDEN, VSMS_REJECTED, false},          /* VertexSMS: should not be repeated */
    {404, VSMS_NOT_FOUND, VSMS_REJECTED, false},          /* VertexSMS: not said whether for good */
    {405, VSMS_METHOD_NOT_ALLOWED, VSMS_REJECTED, false}, /* VertexSMS */
    /* The proxy has kept the request to itself (RFC 9110 section 15.5.8), and will until it gets credentials. */
    {407, VSMS_CONNECT, VSMS_NOT_SENT, false},
    /* A server waited in vain for a whole request (section 15.5.9); for ours, or for the one that a gateway made of it. */
    {408, VSMS_INVALID_REQUEST, VSMS_UNKNOWN, true},
    {409, VSMS_CONFLICT, VSMS_REJECTED, false}, /* VertexSMS */
    /* Said of a request by its size, address, arrival or fields, before anything is done with it; the same again is
     * refused again: RFC 9110 sections 15.5.14, 15.5.15, 15.5.20, RFC 8470 section 5.2, RFC 6585 section 5. */
    {413, VSMS_INVALID_REQUEST, VSMS_REJECTED, false},
    {414, VSMS_INVALID_REQUEST, VSMS_REJECTED, false},
    {421, VSMS_INVALID_REQUEST, VSMS_REJECTED, false},
    {425, VSMS_INVALID_REQUEST, VSMS_REJECTED, false},
    {431, VSMS_INVALID_REQUEST, VSMS_REJECTED, false},
    {429, VSMS_RATE_LIMITED, VSMS_REJECTED, true}, /* RFC 6585 section 4: counted, not handled */
    /* nginx: its client has gone while the request was with the server behind it. A gateway was that client. */
    {499, VSMS_INVALID_REQUEST, VSMS_UNKNOWN, true},
    {500, VSMS_SERVER_ERROR, VSMS_UNKNOWN, true}, /* VertexSMS: try again; but it may have failed after queueing */
    {501, VSMS_SERVER_ERROR, VSMS_UNKNOWN, true}, /* likewise */
    /* A gateway that had no answer, or lost it: the server behind it may have acted. */
    {502, VSMS_GATEWAY, VSMS_UNKNOWN, true},
    {504, VSMS_GATEWAY, VSMS_UNKNOWN, true},
    /* Gateways say it of a request that they have handed on, too. In VertexSMS's own words it is a refusal: below. */
    {503, VSMS_UNAVAILABLE, VSMS_UNKNOWN, true},
};

/* The statuses without a row of their own, by their class (RFC 9110 section 15). */
static status_row row_of_class(int status) {
  if (status >= 200 && status < 300) return (status_row){status, VSMS_OK, VSMS_ACCEPTED, false};
  if (status >= 300 && status < 400) return (status_row){status, VSMS_REDIRECT, VSMS_REJECTED, false};
  if (status >= 400 && status < 500) return (status_row){status, VSMS_INVALID_REQUEST, VSMS_REJECTED, false};
  if (status >= 500 && status < 600) return (status_row){status, VSMS_SERVER_ERROR, VSMS_UNKNOWN, true};
  return (status_row){status, VSMS_PROTOCOL, VSMS_UNKNOWN, false};
}

static status_row row_of(const vsms_facts *facts) {
  status_row row = row_of_class(facts->status);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    if (rows[i].status == facts->status) row = rows[i];
  }
  if (row.kind == VSMS_UNAVAILABLE && facts->service_error) row.outcome = VSMS_REJECTED;
  return row;
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

/* A message without its whole header section is incomplete (RFC 9112 section 8) and decides nothing. With it, a
 * refusal stands even when its body was cut; a success must be complete to count. */
static bool status_decides(const vsms_facts *facts) {
  if (!facts->headers_complete) return false;
  return !is_success(facts->status) || facts->curl_code == CURLE_OK;
}

static vsms_kind judge_kind(const vsms_facts *facts) {
  vsms_kind local = kind_of_local_cause(facts);
  if (local != VSMS_OK) return local;
  if (status_decides(facts)) return row_of(facts).kind;
  if (facts->curl_code == CURLE_OK) return VSMS_NETWORK; /* ended inside the header section */
  vsms_kind kind = kind_of_curl_code(facts->curl_code, facts->request_started);
  if (kind == VSMS_NETWORK && facts->headers_complete) return VSMS_PROTOCOL; /* a 2xx, cut in its body */
  return kind;
}

static vsms_outcome judge_outcome(const vsms_facts *facts, vsms_kind kind) {
  if (kind == VSMS_OK) return VSMS_ACCEPTED;
  if (!facts->request_started) return VSMS_NOT_SENT;
  if (facts->headers_complete && !is_success(facts->status)) return row_of(facts).outcome;
  return VSMS_UNKNOWN;
}

static bool judge_temporary(const vsms_facts *facts, vsms_kind kind) {
  if (kind_of_local_cause(facts) == VSMS_OK && status_decides(facts)) return row_of(facts).temporary;
  switch (kind) {
    case VSMS_DNS:
    case VSMS_TIMEOUT:
    case VSMS_NETWORK:
    case VSMS_EXHAUSTED: return true;
    case VSMS_CONNECT: return !facts->proxy_refused;
    case VSMS_TLS: return !facts->not_tls && !is_certificate_problem(facts->curl_code);
    default: return false;
  }
}

vsms_verdict vsms_judge(const vsms_facts *facts) {
  vsms_verdict verdict;
  verdict.kind = judge_kind(facts);
  verdict.outcome = judge_outcome(facts, verdict.kind);
  verdict.temporary = judge_temporary(facts, verdict.kind);
  verdict.retryable = verdict.temporary && (facts->repeatable || verdict.outcome != VSMS_UNKNOWN);
  verdict.likely_accepted = verdict.outcome == VSMS_UNKNOWN && is_success(facts->status);
  return verdict;
}
