/* outcome_test.c - the table of errors, row by row. */
#include <curl/curl.h>
#include <string.h>

#include "cmocka_all.h"
#include "vsms.h"

static vsms_verdict judge_status(int status) {
  vsms_facts facts = {.status = status, .headers_complete = true, .request_started = true};
  return vsms_judge(&facts);
}

/* `temporary`: the cause may pass; the request is a send, so it is retryable unless the outcome is unknown. */
static void expect(vsms_verdict verdict, vsms_kind kind, vsms_outcome outcome, bool temporary) {
  assert_string_equal(vsms_kind_name(verdict.kind), vsms_kind_name(kind));
  assert_string_equal(vsms_outcome_name(verdict.outcome), vsms_outcome_name(outcome));
  assert_int_equal(verdict.temporary, temporary);
  assert_int_equal(verdict.retryable, temporary && outcome != VSMS_UNKNOWN);
}

static void every_status_has_its_row(void **state) {
  (void)state;
  for (int status = 100; status <= 599; status++) {
    vsms_kind kind = VSMS_PROTOCOL;
    vsms_outcome outcome = VSMS_UNKNOWN;
    bool temporary = false;
    if (status >= 200) kind = VSMS_OK, outcome = VSMS_ACCEPTED;
    if (status >= 300) kind = VSMS_REDIRECT, outcome = VSMS_REJECTED;
    if (status >= 400) kind = VSMS_INVALID_REQUEST;
    if (status >= 500) kind = VSMS_SERVER_ERROR, outcome = VSMS_UNKNOWN, temporary = true;
    switch (status) {
      case 401: kind = VSMS_UNAUTHORIZED; break;
      case 403: kind = VSMS_FORBIDDEN; break;
      case 404: kind = VSMS_NOT_FOUND; break;
      case 405: kind = VSMS_METHOD_NOT_ALLOWED; break;
      case 407: kind = VSMS_CONNECT, outcome = VSMS_NOT_SENT; break;
      case 408:
      case 499: outcome = VSMS_UNKNOWN, temporary = true; break;
      case 409: kind = VSMS_CONFLICT; break;
      case 429: kind = VSMS_RATE_LIMITED, temporary = true; break;
      case 502:
      case 504: kind = VSMS_GATEWAY; break;
      case 503: kind = VSMS_UNAVAILABLE; break;
      default: break;
    }
    expect(judge_status(status), kind, outcome, temporary);
  }
}

static void a_status_outside_http_is_no_answer(void **state) {
  (void)state;
  expect(judge_status(0), VSMS_PROTOCOL, VSMS_UNKNOWN, false);
  expect(judge_status(600), VSMS_PROTOCOL, VSMS_UNKNOWN, false);
  expect(judge_status(999), VSMS_PROTOCOL, VSMS_UNKNOWN, false);
}

static vsms_verdict judge_curl(int code, bool started) {
  vsms_facts facts = {.curl_code = code, .request_started = started};
  return vsms_judge(&facts);
}

static void before_the_start_nothing_was_sent(void **state) {
  (void)state;
  expect(judge_curl(CURLE_COULDNT_RESOLVE_HOST, false), VSMS_DNS, VSMS_NOT_SENT, true);
  expect(judge_curl(CURLE_COULDNT_RESOLVE_PROXY, false), VSMS_DNS, VSMS_NOT_SENT, true);
  expect(judge_curl(CURLE_COULDNT_CONNECT, false), VSMS_CONNECT, VSMS_NOT_SENT, true);
  expect(judge_curl(CURLE_OPERATION_TIMEDOUT, false), VSMS_TIMEOUT, VSMS_NOT_SENT, true);
  expect(judge_curl(CURLE_SSL_CONNECT_ERROR, false), VSMS_TLS, VSMS_NOT_SENT, true);
  expect(judge_curl(CURLE_PEER_FAILED_VERIFICATION, false), VSMS_TLS, VSMS_NOT_SENT, false);
  expect(judge_curl(CURLE_SSL_CACERT_BADFILE, false), VSMS_TLS, VSMS_NOT_SENT, false);
}

static void every_transport_code_keeps_the_two_promises(void **state) {
  (void)state;
  for (int code = 1; code < CURL_LAST; code++) {
    assert_int_equal(judge_curl(code, false).outcome, VSMS_NOT_SENT);
    vsms_verdict after = judge_curl(code, true);
    assert_int_equal(after.outcome, VSMS_UNKNOWN);
    /* these names promise that nothing left */
    assert_true(after.kind != VSMS_DNS && after.kind != VSMS_CONNECT && after.kind != VSMS_TLS);
  }
  expect(judge_curl(CURLE_OPERATION_TIMEDOUT, true), VSMS_TIMEOUT, VSMS_UNKNOWN, true);
  expect(judge_curl(CURLE_RECV_ERROR, true), VSMS_NETWORK, VSMS_UNKNOWN, true);
  expect(judge_curl(CURLE_GOT_NOTHING, true), VSMS_NETWORK, VSMS_UNKNOWN, true);
  expect(judge_curl(CURLE_COULDNT_CONNECT, true), VSMS_NETWORK, VSMS_UNKNOWN, true);
  expect(judge_curl(CURLE_UNSUPPORTED_PROTOCOL, true), VSMS_PROTOCOL, VSMS_UNKNOWN, false);
  expect(judge_curl(100, true), VSMS_TOO_LARGE, VSMS_UNKNOWN, false); /* CURLE_TOO_LARGE of libcurl 8.6 */
}

static void a_refusal_stands_even_with_its_body_cut(void **state) {
  (void)state;
  vsms_facts facts = {
      .status = 400, .headers_complete = true, .request_started = true, .curl_code = CURLE_PARTIAL_FILE};
  expect(vsms_judge(&facts), VSMS_INVALID_REQUEST, VSMS_REJECTED, false);
  facts.status = 503, facts.curl_code = CURLE_OPERATION_TIMEDOUT; /* whose 503 it is cannot be seen */
  expect(vsms_judge(&facts), VSMS_UNAVAILABLE, VSMS_UNKNOWN, true);
}

static void a_503_is_a_refusal_in_the_words_of_the_service(void **state) {
  (void)state;
  vsms_facts facts = {.status = 503, .headers_complete = true, .request_started = true, .service_error = true};
  expect(vsms_judge(&facts), VSMS_UNAVAILABLE, VSMS_REJECTED, true);
  facts.status = 500;
  expect(vsms_judge(&facts), VSMS_SERVER_ERROR, VSMS_UNKNOWN, true);
}

static void a_read_may_be_repeated_whatever_became_of_it(void **state) {
  (void)state;
  for (int status = 100; status <= 599; status++) {
    vsms_facts facts = {.status = status, .headers_complete = true, .request_started = true, .repeatable = true};
    vsms_verdict verdict = vsms_judge(&facts);
    assert_int_equal(verdict.retryable, verdict.temporary);
  }
}

static void a_proxy_that_refuses_will_refuse_again(void **state) {
  (void)state;
  vsms_facts facts = {.curl_code = CURLE_RECV_ERROR, .proxy_refused = true};
  expect(vsms_judge(&facts), VSMS_CONNECT, VSMS_NOT_SENT, false);
  facts.proxy_refused = false;
  expect(vsms_judge(&facts), VSMS_CONNECT, VSMS_NOT_SENT, true);
}

static void what_is_not_tls_stays_so(void **state) {
  (void)state;
  vsms_facts facts = {.curl_code = CURLE_SSL_CONNECT_ERROR, .not_tls = true};
  expect(vsms_judge(&facts), VSMS_TLS, VSMS_NOT_SENT, false);
  facts.not_tls = false;
  expect(vsms_judge(&facts), VSMS_TLS, VSMS_NOT_SENT, true);
}

static void a_success_must_be_complete(void **state) {
  (void)state;
  vsms_facts facts = {
      .status = 200, .headers_complete = true, .request_started = true, .curl_code = CURLE_PARTIAL_FILE};
  expect(vsms_judge(&facts), VSMS_PROTOCOL, VSMS_UNKNOWN, false);
  assert_true(vsms_judge(&facts).likely_accepted);
  facts.curl_code = CURLE_OPERATION_TIMEDOUT;
  expect(vsms_judge(&facts), VSMS_TIMEOUT, VSMS_UNKNOWN, true);
  assert_true(vsms_judge(&facts).likely_accepted);
}

static void a_header_section_that_was_cut_decides_nothing(void **state) {
  (void)state;
  const int statuses[] = {200, 400, 503};
  for (size_t i = 0; i < 3; i++) {
    vsms_facts facts = {.status = statuses[i], .request_started = true};
    expect(vsms_judge(&facts), VSMS_NETWORK, VSMS_UNKNOWN, true);
  }
}

static void local_causes_name_the_kind_and_the_status_the_outcome(void **state) {
  (void)state;
  vsms_facts facts = {.cancelled = true};
  expect(vsms_judge(&facts), VSMS_CANCELLED, VSMS_NOT_SENT, false);
  facts.request_started = true;
  expect(vsms_judge(&facts), VSMS_CANCELLED, VSMS_UNKNOWN, false);
  facts = (vsms_facts){.closed = true, .request_started = true};
  expect(vsms_judge(&facts), VSMS_CLOSED, VSMS_UNKNOWN, false);
  facts = (vsms_facts){.too_large = true, .request_started = true, .headers_complete = true, .status = 200};
  expect(vsms_judge(&facts), VSMS_TOO_LARGE, VSMS_UNKNOWN, false);
  assert_true(vsms_judge(&facts).likely_accepted);
  facts.status = 400;
  expect(vsms_judge(&facts), VSMS_TOO_LARGE, VSMS_REJECTED, false);
  facts = (vsms_facts){.exhausted = true};
  expect(vsms_judge(&facts), VSMS_EXHAUSTED, VSMS_NOT_SENT, true);
}

static void every_kind_has_a_name(void **state) {
  (void)state;
  for (int kind = VSMS_OK; kind < VSMS_KIND_COUNT; kind++)
    assert_string_not_equal(vsms_kind_name((vsms_kind)kind), "unknown");
  assert_string_equal(vsms_kind_name(VSMS_KIND_COUNT), "unknown");
  assert_string_equal(vsms_kind_name((vsms_kind)-1), "unknown");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_status_has_its_row),
      cmocka_unit_test(a_status_outside_http_is_no_answer),
      cmocka_unit_test(before_the_start_nothing_was_sent),
      cmocka_unit_test(every_transport_code_keeps_the_two_promises),
      cmocka_unit_test(a_refusal_stands_even_with_its_body_cut),
      cmocka_unit_test(a_503_is_a_refusal_in_the_words_of_the_service),
      cmocka_unit_test(a_read_may_be_repeated_whatever_became_of_it),
      cmocka_unit_test(a_proxy_that_refuses_will_refuse_again),
      cmocka_unit_test(what_is_not_tls_stays_so),
      cmocka_unit_test(a_success_must_be_complete),
      cmocka_unit_test(a_header_section_that_was_cut_decides_nothing),
      cmocka_unit_test(local_causes_name_the_kind_and_the_status_the_outcome),
      cmocka_unit_test(every_kind_has_a_name),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
