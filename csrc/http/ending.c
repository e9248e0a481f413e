/* ending.c - see ending.h. */
#include "http/ending.h"

#include <stdio.h>

#include "base/descriptor.h"
#include "http/curl_compat.h"
#include "http/failure.h"
#include "http/libcurl.h"
#include "http/sockets.h"

/* Why a proxy made no connection: its word to CONNECT (RFC 9110 section 9.3.6), or a SOCKS proxy's (RFC 1928, RFC 1929).
 * A 5xx, 408 or 429 may pass; any other refusal is about who we are, or where we want to go. */
static bool is_refused_by_proxy(CURL *easy, CURLcode code) {
  long status = 0, reason = CURLPX_OK;
  if (code == CURLE_OK) return false;
  curl_easy_getinfo(easy, CURLINFO_HTTP_CONNECTCODE, &status);
  if (code == CURLE_PROXY) curl_easy_getinfo(easy, CURLINFO_PROXY_ERROR, &reason);
  switch (reason) {
    case CURLPX_USER_REJECTED:
    case CURLPX_NO_AUTH:
    case CURLPX_GSSAPI:
    case CURLPX_GSSAPI_PERMSG:
    case CURLPX_GSSAPI_PROTECTION:
    case CURLPX_IDENTD:
    case CURLPX_IDENTD_DIFFER:
    case CURLPX_REPLY_NOT_ALLOWED: return true;
    default: return status >= 300 && status < 500 && status != 408 && status != 429;
  }
}

static CURLcode explain(struct vsms_exchange *exchange, CURLcode code, const char *why) {
  snprintf(exchange->response.message, sizeof exchange->response.message, "%s", why);
  return code;
}

/* What libcurl calls the abortion of one of our callbacks, by its cause. */
static CURLcode real_code(struct vsms_exchange *exchange, CURLcode code) {
  if (exchange->answered_early && code == CURLE_WRITE_ERROR) {
    return explain(exchange, CURLE_WEIRD_SERVER_REPLY, "an answer came before the server had the request");
  }
  if (exchange->is_too_late && code == CURLE_ABORTED_BY_CALLBACK) {
    return explain(exchange, CURLE_OPERATION_TIMEDOUT, "the time by which it had to leave was over");
  }
  if (exchange->found_unclean && code == CURLE_ABORTED_BY_CALLBACK) {
    return explain(exchange, CURLE_OPERATION_TIMEDOUT,
                   "the connection could not be used, and the timeout passed before there was another");
  }
  return code;
}

static bool is_out_of_memory(const struct vsms_exchange *exchange, CURLcode code) {
  if (code == CURLE_OK) return false;
  if (vsms_libcurl_failed_allocations() > exchange->failures_before) return true;
  return code == CURLE_OUT_OF_MEMORY && exchange->response.facts.headers_complete;
}

/* Without descriptors everything up to the request fails, under whatever name. */
static bool is_out_of_descriptors(const struct vsms_exchange *exchange, CURLcode code) {
  if (code == CURLE_OK || exchange->response.facts.request_started) return false;
  if (vsms_sockets_shortages(exchange->sockets) > exchange->shortages_before) return true;
  return code != CURLE_OPERATION_TIMEDOUT && vsms_descriptor_none_left();
}

static void note_shortage(struct vsms_exchange *exchange, CURLcode code) {
  bool *exhausted = &exchange->response.facts.exhausted;
  bool no_memory = is_out_of_memory(exchange, code), no_descriptor = is_out_of_descriptors(exchange, code);
  if (no_memory || no_descriptor) *exhausted = true;
  if (*exhausted) explain(exchange, code, no_descriptor ? "no file descriptor is left" : "out of memory");
}

void vsms_ending_take(struct vsms_exchange *exchange, CURL *easy, CURLcode code, const char *reason) {
  vsms_facts *facts = &exchange->response.facts;
  if (*reason != '\0') explain(exchange, code, reason);
  code = real_code(exchange, code);
  note_shortage(exchange, code);
  facts->curl_code = (int)code;
  facts->proxy_refused = is_refused_by_proxy(easy, code);
  if (code != CURLE_OK && !facts->exhausted) vsms_failure_explain(easy, exchange);
}
