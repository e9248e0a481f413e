/* json_test.c - numbers put in quotes. */
#include <stdlib.h>
#include <string.h>

#include "cmocka_all.h"
#include "vsms.h"

static void expect(const char *json, const char *quoted) {
  vsms_bytes text = {json, strlen(json)};
  size_t size = vsms_json_quoted_size(text);
  char *out = malloc(size + 1);
  assert_non_null(out);
  out[vsms_json_quote_numbers(text, out)] = '\0';
  assert_string_equal(out, quoted);
  assert_int_equal(size, strlen(quoted));
  free(out);
}

static void numbers_are_quoted(void **state) {
  (void)state;
  expect("[1281532560]", "[\"1281532560\"]");
  expect("[12815325601281532560, -0.035e+2]", "[\"12815325601281532560\", \"-0.035e+2\"]");
  expect("{\"a\":1,\"b\":[0,10]}", "{\"a\":\"1\",\"b\":[\"0\",\"10\"]}");
  expect("7", "\"7\"");
}

static void strings_and_words_are_left_alone(void **state) {
  (void)state;
  expect("[\"1\", \"a\\\"2\", \"\\\\\", true, null]", "[\"1\", \"a\\\"2\", \"\\\\\", true, null]");
  expect("", "");
  expect("[\"never closed 1", "[\"never closed 1");
  expect("[\"ends in \\", "[\"ends in \\");
}

static void what_is_no_number_is_left_for_the_decoder(void **state) {
  (void)state;
  expect("[01]", "[01]");
  expect("[1.]", "[1.]");
  expect("[-]", "[-]");
  expect("[1e]", "[1e]");
  expect("[1.2.3]", "[1.2.3]");
  expect("[x1]", "[x1]");
}

static void numbers_and_strings_are_told_apart(void **state) {
  (void)state;
  static const char json[] = "{\"a\":1.5,\"\":[\"#1\",-0e1,true,null,\"\\\"\"]}";
  static const char tagged[] = "{\"$a\":\"#1.5\",\"$\":[\"$#1\",\"#-0e1\",true,null,\"$\\\"\"]}";
  char out[sizeof tagged];
  vsms_bytes text = {json, sizeof json - 1};
  assert_int_equal(vsms_json_tagged_size(text), sizeof tagged - 1);
  assert_int_equal(vsms_json_tag(text, out), sizeof tagged - 1);
  assert_memory_equal(out, tagged, sizeof tagged - 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(numbers_are_quoted),
      cmocka_unit_test(strings_and_words_are_left_alone),
      cmocka_unit_test(what_is_no_number_is_left_for_the_decoder),
      cmocka_unit_test(numbers_and_strings_are_told_apart),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
