/* headers_test.c - the bounded store of response header fields. */
#include "http/headers.h"

#include <stdio.h>
#include <string.h>

#include "cmocka_all.h"

static vsms_headers_result add(struct vsms_headers *headers, const char *line) {
  return vsms_headers_add(headers, line, strlen(line));
}

static void assert_value(const struct vsms_headers *headers, const char *name, size_t nth, const char *value) {
  vsms_bytes found = vsms_headers_find(headers, name, nth);
  if (value == NULL) {
    assert_null(found.data);
  } else {
    assert_non_null(found.data);
    assert_int_equal(found.length, strlen(value));
    assert_memory_equal(found.data, value, found.length);
  }
}

static void fields_are_found_whatever_their_case(void **state) {
  (void)state;
  struct vsms_headers headers = {0};
  add(&headers, "HTTP/1.1 200 OK\r\n");
  add(&headers, "Content-Type:  application/json \t\r\n");
  add(&headers, "SET-COOKIE: a\r\n");
  add(&headers, "Set-Cookie: b\r\n");
  add(&headers, "Empty:\r\n");
  assert_value(&headers, "content-type", 0, "application/json");
  assert_value(&headers, "CONTENT-TYPE", 0, "application/json");
  assert_value(&headers, "set-cookie", 0, "a");
  assert_value(&headers, "set-cookie", 1, "b");
  assert_value(&headers, "set-cookie", 2, NULL);
  assert_value(&headers, "empty", 0, "");
  assert_value(&headers, "http/1.1 200 ok", 0, NULL);
  assert_int_equal(headers.count, 4);
  assert_string_equal(vsms_headers_at(&headers, 1).name.data, "set-cookie");
  vsms_headers_clear(&headers);
}

static void a_folded_line_continues_its_field(void **state) {
  (void)state;
  struct vsms_headers headers = {0};
  add(&headers, " no field before\r\n");
  add(&headers, "A: one\r\n");
  add(&headers, "\t two\r\n");
  add(&headers, "  \r\n");
  add(&headers, "B: three\r\n");
  assert_value(&headers, "a", 0, "one two");
  assert_value(&headers, "b", 0, "three");
  assert_int_equal(headers.count, 2);
  vsms_headers_clear(&headers);
}

static void lines_that_are_no_field_are_left_out(void **state) {
  (void)state;
  struct vsms_headers headers = {0};
  assert_int_equal(add(&headers, "no colon\r\n"), VSMS_HEADERS_OK);
  assert_int_equal(add(&headers, ": no name\r\n"), VSMS_HEADERS_OK);
  assert_int_equal(add(&headers, "\r\n"), VSMS_HEADERS_OK);
  assert_int_equal(vsms_headers_add(&headers, "", 0), VSMS_HEADERS_OK);
  assert_int_equal(headers.count, 0);
  vsms_headers_clear(&headers);
}

static void lines_are_bounded_over_all_sections(void **state) {
  (void)state;
  struct vsms_headers headers = {0};
  for (int i = 0; i < VSMS_HEADER_LINES_MAX; i++) {
    if (i % 10 == 0) vsms_headers_restart(&headers);
    assert_int_equal(add(&headers, "A: b\r\n"), VSMS_HEADERS_OK);
  }
  assert_int_equal(add(&headers, "A: b\r\n"), VSMS_HEADERS_TOO_LARGE);
  vsms_headers_clear(&headers);
}

static void octets_are_bounded(void **state) {
  (void)state;
  struct vsms_headers headers = {0};
  static char line[VSMS_HEADER_BYTES_MAX];
  memset(line, 'x', sizeof line);
  line[1] = ':';
  assert_int_equal(vsms_headers_add(&headers, line, sizeof line), VSMS_HEADERS_OK);
  assert_int_equal(vsms_headers_add(&headers, line, 1), VSMS_HEADERS_TOO_LARGE);
  vsms_headers_clear(&headers);
}

static bool name_ok(const char *text, size_t length) { return vsms_header_name_is_valid((vsms_bytes){text, length}); }
static bool value_ok(const char *text, size_t length) { return vsms_header_value_is_valid((vsms_bytes){text, length}); }

static void nothing_that_ends_a_line_becomes_a_field(void **state) {
  (void)state;
  assert_true(name_ok("X-Trace", 7));
  assert_false(name_ok("", 0));
  assert_false(name_ok("X Trace", 7));
  assert_false(name_ok("X:Trace", 7));
  assert_false(name_ok("X\0Trace", 7));
  assert_true(value_ok("", 0));
  assert_true(value_ok("a b\tc \xC3\xA9", 8));
  assert_false(value_ok("a\rb", 3));
  assert_false(value_ok("a\nb", 3));
  assert_false(value_ok("a\0b", 3));
  assert_false(value_ok("a\x7f", 2));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(fields_are_found_whatever_their_case),
      cmocka_unit_test(a_folded_line_continues_its_field),
      cmocka_unit_test(lines_that_are_no_field_are_left_out),
      cmocka_unit_test(lines_are_bounded_over_all_sections),
      cmocka_unit_test(octets_are_bounded),
      cmocka_unit_test(nothing_that_ends_a_line_becomes_a_field),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
