/* outcome_fuzz.c - any facts: the promises of the table of errors hold for all of them. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "vsms.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds) {
  if (!holds) abort();
}

static void check(const vsms_facts *facts) {
  vsms_verdict verdict = vsms_judge(facts);
  bool success = facts->status >= 200 && facts->status < 300;
  require(strcmp(vsms_kind_name(verdict.kind), "unknown") != 0);
  require((verdict.outcome == VSMS_ACCEPTED) == (verdict.kind == VSMS_OK));
  if (verdict.outcome == VSMS_ACCEPTED) require(success && facts->headers_complete && facts->curl_code == 0);
  if (verdict.outcome == VSMS_REJECTED) require(facts->headers_complete && facts->status >= 300 && facts->status < 600);
  if (verdict.outcome == VSMS_NOT_SENT) require(!facts->request_started || facts->status == 407);
  if (verdict.outcome == VSMS_REJECTED && facts->status == 503) require(facts->service_error);
  if (verdict.retryable) require(verdict.temporary && (facts->repeatable || verdict.outcome != VSMS_UNKNOWN));
  if (verdict.kind == VSMS_DNS || verdict.kind == VSMS_CONNECT || verdict.kind == VSMS_TLS) {
    require(verdict.outcome == VSMS_NOT_SENT);
  }
  if (verdict.likely_accepted) require(success && verdict.outcome == VSMS_UNKNOWN);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size < 4) return 0;
  vsms_facts facts;
  memset(&facts, 0, sizeof facts);
  facts.status = data[0] * 4;
  facts.curl_code = data[1] > 128 ? 0 : data[1];
  facts.headers_complete = data[2] & 1;
  facts.too_large = data[2] & 2;
  facts.cancelled = data[2] & 4;
  facts.closed = data[2] & 8;
  facts.exhausted = data[2] & 16;
  facts.service_error = data[2] & 32;
  facts.proxy_refused = data[2] & 64;
  facts.not_tls = data[3] & 2;
  facts.repeatable = data[2] & 128;
  /* an answer can only follow a request */
  facts.request_started = (data[3] & 1) || facts.headers_complete || facts.status != 0;
  check(&facts);
  return 0;
}
