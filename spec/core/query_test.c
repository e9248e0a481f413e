/* query_test.c - a parameter of a URI's query is found once or not at all, and decoded. */
#include <string.h>

#include "cmocka_all.h"
#include "vsms.h"

static vsms_bytes bytes(const char *text) { return (vsms_bytes){text, strlen(text)}; }

static void holds(const char *uri, const char *expected) {
  vsms_bytes value;
  assert_true(vsms_query_parameter(bytes(uri), bytes("secret"), &value));
  assert_int_equal(value.length, strlen(expected));
  assert_memory_equal(value.data, expected, value.length);
}

static void holds_none(const char *uri) {
  vsms_bytes value;
  assert_false(vsms_query_parameter(bytes(uri), bytes("secret"), &value));
}

static void parameters_are_found(void **state) {
  (void)state;
  holds("/?secret=a", "a");
  holds("/dlr?x=1&secret=a%20b&y=2", "a%20b");
  holds("?secret=", "");
  holds("/?secret==a=", "=a=");
  holds("/?a?secret=b&secret=c", "c");
  holds("/?secret=a#secret=b", "a");
  holds("/?secret=a&&", "a");
  holds("/?secret&secret=a", "a");
}

static void nothing_else_is(void **state) {
  (void)state;
  holds_none("");
  holds_none("/");
  holds_none("/?");
  holds_none("/?secret");
  holds_none("/?secre=a");
  holds_none("/?secrets=a");
  holds_none("/?xsecret=a");
  holds_none("/?Secret=a");
  holds_none("/secret=a");
  holds_none("/&secret=a");
  holds_none("/?x#secret=a");
  holds_none("/#?secret=a");
}

static void what_stands_twice_is_nobodys(void **state) {
  (void)state;
  holds_none("/?secret=a&secret=a");
  holds_none("/?secret=a&x&secret=");
  holds_none("/?secret=a&secret=b&secret=c");
}

static void decodes_to(const char *text, const char *expected, size_t length) {
  char out[64];
  assert_int_equal(vsms_percent_decode(bytes(text), out), length);
  assert_memory_equal(out, expected, length);
}

static void octets_are_decoded(void **state) {
  char out[4];
  (void)state;
  decodes_to("", "", 0);
  decodes_to("a%20%2F%2f%c3%A4", "a //\xc3\xa4", 6);
  decodes_to("%00", "\0", 1);
  decodes_to("%2525", "%25", 3);
  decodes_to("100%", "100%", 4);
  assert_int_equal(vsms_percent_decode((vsms_bytes){"%20", 2}, out), 2); /* what follows is not its own */
  decodes_to("%zz%2g%g2%", "%zz%2g%g2%", 10);
  decodes_to("a+b", "a+b", 3);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(parameters_are_found),
      cmocka_unit_test(nothing_else_is),
      cmocka_unit_test(what_stands_twice_is_nobodys),
      cmocka_unit_test(octets_are_decoded),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
