/* report_test.c - the fields of a call's body. */
#include <string.h>

#include "cmocka_all.h"
#include "vsms.h"

static bool read_text(const char *text, vsms_report *report) {
  vsms_error error;
  bool ok = vsms_report_read((vsms_bytes){text, strlen(text)}, report, &error);
  if (!ok) assert_string_equal(error.field, "body");
  return ok;
}

static void field_is(const char *body, vsms_report_field field, const char *expected) {
  vsms_report report;
  char out[64];
  if (!read_text(body, &report)) fail_msg("%s was refused", body);
  vsms_bytes text = report.values[field].text;
  if (expected == NULL) {
    assert_null(text.data);
    return;
  }
  if (report.values[field].is_escaped) text = (vsms_bytes){out, vsms_json_unescape(text, out)};
  assert_int_equal(text.length, strlen(expected));
  assert_memory_equal(text.data, expected, text.length);
}

static void fields_are_found(void **state) {
  (void)state;
  static const char body[] =
      " {\"x\":{\"id\":\"no\"},\"id\":\"1281532560\" ,\n\"status\":1,\"error\":-0.5e+3,\"mcc\":\"\",\"mnc\":null,"
      "\"imsi\":true,\"operatorId\":7,\"ported\":[ { } ]}\t";
  field_is(body, VSMS_REPORT_ID, "1281532560");
  field_is(body, VSMS_REPORT_STATUS, "1");
  field_is(body, VSMS_REPORT_ERROR, "-0.5e+3");
  field_is(body, VSMS_REPORT_MCC, "");
  field_is(body, VSMS_REPORT_MNC, NULL);
  field_is(body, VSMS_REPORT_IMSI, NULL);
  field_is(body, VSMS_REPORT_OPERATOR_ID, "7");
  field_is(body, VSMS_REPORT_OPERATOR, NULL);
  field_is(body, VSMS_REPORT_PORTED, "[ { } ]");
  field_is("{}", VSMS_REPORT_ID, NULL);
}

static void a_byte_order_mark_is_skipped(void **state) {
  (void)state;
  field_is("\xef\xbb\xbf{\"id\":7}", VSMS_REPORT_ID, "7");
  field_is("\xef\xbb\xbf \n{\"id\":7}", VSMS_REPORT_ID, "7");
}

static void the_last_of_two_counts(void **state) {
  (void)state;
  field_is("{\"id\":1,\"id\":2}", VSMS_REPORT_ID, "2");
  field_is("{\"id\":1,\"id\":null}", VSMS_REPORT_ID, NULL);
}

static void escapes_are_written_out(void **state) {
  (void)state;
  field_is("{\"\\u0069d\":\"a\\\"\\\\\\/\\b\\f\\n\\r\\t\"}", VSMS_REPORT_ID, "a\"\\/\b\f\n\r\t");
  field_is("{\"id\":\"\\u0041\\u00e4\\u20AC\\ud83d\\uDE00\"}", VSMS_REPORT_ID, "A\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80");
}

static void what_is_no_object_is_refused(void **state) {
  (void)state;
  static const char *const bodies[] = {
      "",
      " ",
      "{",
      "}",
      "[]",
      "1",
      "null",
      "\"x\"",
      "{}x",
      "{}{}",
      "{\"id\"}",
      "{\"id\":}",
      "{\"id\":1,}",
      "{,}",
      "{\"id\":1 \"x\":2}",
      "{id:1}",
      "{'id':1}",
      "{\"id\":01}",
      "{\"id\":-}",
      "{\"id\":1.}",
      "{\"id\":.5}",
      "{\"id\":1e}",
      "{\"id\":+1}",
      "{\"id\":0x1}",
      "{\"id\":NaN}",
      "{\"id\":Infinity}",
      "{\"id\":tru}",
      "{\"id\":nulll}",
      "{\"id\":[1,]}",
      "{\"id\":[1 2]}",
      "{\"id\":[}",
      "{\"id\":\"x}",
      "{\"id\":\"\\x\"}",
      "{\"id\":\"\\u12g4\"}",
      "{\"id\":\"\\ud83d\"}",
      "{\"id\":\"\\ude00\"}",
      "{\"id\":\"\\ud83d\\u0041\"}",
      "{\"id\":\"\\ud83d\\n\"}",
      "{\"id\":\"\n\"}",
      "{\"id\":\"\x1f\"}",
      "\xef\xbb{}",
      "\xef\xbb\xbf\xef\xbb\xbf{}",
      "{}\xef\xbb\xbf",
      "\xef\xbb\xbf",
      "{\"id\":\"\\",
      "{\"id\":\"\\u00",
  };
  vsms_report report;
  for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
    if (read_text(bodies[i], &report)) fail_msg("'%s' was taken", bodies[i]);
  }
}

static bool reads_depth(size_t depth) {
  char body[128] = "{\"x\":";
  vsms_report report;
  memset(body + 5, '[', depth - 1);
  memset(body + 4 + depth, ']', depth - 1);
  body[3 + 2 * depth] = '}';
  return read_text(body, &report);
}

static void depth_and_length_have_bounds(void **state) {
  (void)state;
  vsms_report report;
  vsms_error error;
  char *body = malloc(VSMS_REPORT_BYTES + 1);
  assert_non_null(body);
  assert_true(reads_depth(VSMS_JSON_DEPTH));
  assert_false(reads_depth(VSMS_JSON_DEPTH + 1));
  memset(body, ' ', VSMS_REPORT_BYTES + 1);
  memcpy(body, "{}", 2);
  assert_true(vsms_report_read((vsms_bytes){body, VSMS_REPORT_BYTES}, &report, &error));
  assert_false(vsms_report_read((vsms_bytes){body, VSMS_REPORT_BYTES + 1}, &report, &error));
  memset(body, '[', VSMS_REPORT_BYTES);
  assert_false(vsms_report_read((vsms_bytes){body, VSMS_REPORT_BYTES}, &report, &error));
  free(body);
}

static const char *integer_of(const char *text) {
  static char digits[VSMS_INTEGER_TEXT + 1];
  size_t length = vsms_integer_digits((vsms_bytes){text, strlen(text)}, digits);
  digits[length] = '\0';
  return digits;
}

static void an_integer_is_one_however_it_is_written(void **state) {
  (void)state;
  assert_string_equal(integer_of("0"), "0");
  assert_string_equal(integer_of("007"), "007");
  assert_string_equal(integer_of("-0.00"), "0");
  assert_string_equal(integer_of("-12.0"), "-12");
  assert_string_equal(integer_of("0012.0"), "12");
  assert_string_equal(integer_of("1200000001.000"), "1200000001");
  assert_string_equal(integer_of("1.200000001E+9"), "1200000001");
  assert_string_equal(integer_of("12e0"), "12");
  assert_string_equal(integer_of("120e-1"), "12");
  assert_string_equal(integer_of("0e999"), "0");
  assert_string_equal(integer_of("0.000e-999"), "0");
  assert_string_equal(integer_of("1e63"), "1000000000000000000000000000000000000000000000000000000000000000");
}

static void what_is_no_integer_has_no_digits(void **state) {
  (void)state;
  static const char *const texts[] = {"",
                                      "-",
                                      "1.",
                                      ".5",
                                      "1.5",
                                      "12e-1",
                                      "1e",
                                      "1e+",
                                      "1e64",
                                      "-1e63",
                                      "1e999",
                                      "1e1000",
                                      "1e99999999999999999999",
                                      "1e-1",
                                      "+1",
                                      " 1",
                                      "1 ",
                                      "0x1",
                                      "1,0",
                                      "1.0.0",
                                      "1e1e1",
                                      "a",
                                      "delivered"};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) assert_string_equal(integer_of(texts[i]), "");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(fields_are_found),
      cmocka_unit_test(an_integer_is_one_however_it_is_written),
      cmocka_unit_test(what_is_no_integer_has_no_digits),
      cmocka_unit_test(a_byte_order_mark_is_skipped),
      cmocka_unit_test(the_last_of_two_counts),
      cmocka_unit_test(escapes_are_written_out),
      cmocka_unit_test(what_is_no_object_is_refused),
      cmocka_unit_test(depth_and_length_have_bounds),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
