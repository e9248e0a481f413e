/* ip_test.c - IP addresses, ranges, and whose request came through which proxies. */
#include <string.h>

#include "cmocka_all.h"
#include "vsms.h"

static vsms_bytes bytes(const char *text) { return (vsms_bytes){text, text != NULL ? strlen(text) : 0}; }

static vsms_ip_range range(const char *text) {
  vsms_ip_range parsed;
  vsms_error error;
  assert_true(vsms_ip_range_parse(bytes(text), &parsed, &error));
  return parsed;
}

static bool contains(const char *where, const char *what) {
  vsms_ip_range outer = range(where);
  vsms_ip ip;
  assert_true(vsms_ip_parse(bytes(what), &ip));
  return vsms_ip_range_contains(&outer, &ip);
}

static void reads_as(const char *text, const char *written) {
  char out[VSMS_IP_TEXT];
  vsms_ip ip;
  assert_true(vsms_ip_parse(bytes(text), &ip));
  vsms_ip_format(&ip, out);
  assert_string_equal(out, written);
}

static void addresses_are_read(void **state) {
  (void)state;
  reads_as("178.32.167.92", "178.32.167.92");
  reads_as("::ffff:178.32.167.92", "178.32.167.92");
  reads_as("::ffff:b220:a75c", "178.32.167.92");
  reads_as("0:0:0:0:0:FFFF:178.32.167.92", "178.32.167.92");
  reads_as("2001:DB8::1", "2001:db8::1");
  reads_as("::", "::");
  reads_as("2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1");
  reads_as("0000:0000:0000:0000:0000:ffff:255.255.255.255", "255.255.255.255"); /* the longest */
}

static void what_is_no_address_is_refused(void **state) {
  (void)state;
  static const char *const texts[] = {
      "",
      " ",
      "178.32.167",
      "178.32.167.92.1",
      "178.32.167.256",
      "178.32.167.092",
      "0xb2.32.167.92",
      "2989533020",
      " 178.32.167.92",
      "178.32.167.92 ",
      "178.32.167.92\n",
      "178.32.167.92:80",
      "178.32.167.92/32",
      "[::1]",
      "fe80::1%eth0",
      "::1::2",
      ":::",
      "1:2:3:4:5:6:7:8:9",
      "12345::",
      "::ffff:178.32.167.256",
      "localhost",
      "unix:",
      "-1.2.3.4",
      "+1.2.3.4",
      "1..2.3",
      "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000",
      "0000:0000:0000:0000:0000:ffff:255.255.255.255 ",
  };
  vsms_ip ip;
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    if (vsms_ip_parse(bytes(texts[i]), &ip)) fail_msg("'%s' is an address", texts[i]);
  }
  assert_false(vsms_ip_parse((vsms_bytes){"1.2.3.4\0.5", 10}, &ip));
}

static void ranges_hold_what_they_should(void **state) {
  (void)state;
  assert_true(contains("178.33.133.192/28", "178.33.133.192"));
  assert_true(contains("178.33.133.192/28", "178.33.133.207"));
  assert_true(contains("178.33.133.192/28", "::ffff:178.33.133.200"));
  assert_false(contains("178.33.133.192/28", "178.33.133.191"));
  assert_false(contains("178.33.133.192/28", "178.33.133.208"));
  assert_false(contains("178.33.133.192/28", "178.32.133.200"));
  assert_true(contains("178.32.167.92", "178.32.167.92"));
  assert_false(contains("178.32.167.92", "178.32.167.93"));
  assert_true(contains("0.0.0.0/0", "255.255.255.255"));
  assert_true(contains("::ffff:178.33.133.192/124", "178.33.133.207"));
  assert_true(contains("2001:db8::/32", "2001:db8:ffff::1"));
  assert_false(contains("2001:db8::/32", "2001:db9::"));
}

/* A range of one family says nothing about the other: a user who lets every IPv6 address in did not mean IPv4. */
static void families_do_not_mix(void **state) {
  (void)state;
  assert_true(contains("::/0", "2001:db8::1"));
  assert_false(contains("::/0", "178.32.167.92"));
  assert_false(contains("0.0.0.0/0", "2001:db8::1"));
  assert_false(contains("178.32.167.92", "::178.32.167.92")); /* IPv4-compatible is not IPv4-mapped */
  assert_false(contains("178.33.133.192/28", "b221:85c0::"));
}

static void every_prefix_length_cuts_where_it_says(void **state) {
  (void)state;
  vsms_ip ip;
  for (unsigned bits = 0; bits <= 128; bits++) {
    vsms_ip_range tested = {{{0}}, bits};
    for (unsigned bit = 0; bit < 128; bit++) {
      memset(&ip, 0, sizeof ip);
      ip.octets[bit / 8] = (unsigned char)(0x80 >> (bit % 8));
      assert_int_equal(vsms_ip_range_contains(&tested, &ip), bit >= bits);
    }
  }
}

static void refused(const char *text, const char *reason) {
  vsms_ip_range parsed;
  vsms_error error;
  if (vsms_ip_range_parse(bytes(text), &parsed, &error)) fail_msg("'%s' is a range", text);
  assert_int_equal(error.kind, VSMS_INVALID_ARGUMENT);
  assert_non_null(strstr(error.message, reason));
}

static void what_is_no_range_is_refused(void **state) {
  (void)state;
  refused("", "is not a valid IP address");
  refused("example.com", "is not a valid IP address");
  refused("178.33.133/28", "is not a valid IP address");
  refused("/28", "is not a valid IP address");
  refused("178.33.133.192/", "must have a prefix length from 0 to 32");
  refused("178.33.133.192/33", "must have a prefix length from 0 to 32");
  refused("178.33.133.192/028", "must have a prefix length");
  refused("178.33.133.192/-1", "must have a prefix length");
  refused("178.33.133.192/28 ", "must have a prefix length");
  refused("178.33.133.192/28/28", "must have a prefix length");
  refused("178.33.133.192/255.255.255.240", "must have a prefix length");
  refused("::/129", "must have a prefix length from 0 to 128");
  refused("178.33.133.193/28", "bits set behind");
  refused("2001:db8::1/64", "bits set behind");
}

/* The proxies of these tests: 10.0.0.0/8 and 2001:db8::/32. NULL: the source is unknown. */
static void comes_from(const char *connection, const char *forwarded, const char *expected) {
  vsms_ip_range proxies[2] = {range("10.0.0.0/8"), range("2001:db8::/32")};
  vsms_ip from, found;
  char out[VSMS_IP_TEXT];
  assert_true(vsms_ip_parse(bytes(connection), &from));
  bool known = vsms_ip_source(&from, bytes(forwarded), proxies, 2, &found);
  assert_int_equal(known, expected != NULL);
  if (!known) return;
  vsms_ip_format(&found, out);
  assert_string_equal(out, expected);
}

static void strangers_cannot_forward(void **state) {
  (void)state;
  comes_from("203.0.113.9", "178.32.167.92", "203.0.113.9");
  comes_from("203.0.113.9", "garbage", "203.0.113.9");
  comes_from("203.0.113.9", NULL, "203.0.113.9");
}

static void the_header_is_read_from_the_right(void **state) {
  (void)state;
  comes_from("10.0.0.1", "178.32.167.92", "178.32.167.92");
  comes_from("10.0.0.1", "178.32.167.92, 203.0.113.9", "203.0.113.9");
  comes_from("10.0.0.1", "178.32.167.92, 203.0.113.9, 10.2.3.4", "203.0.113.9");
  comes_from("10.0.0.1", "178.32.167.92,2001:db8::5 ,\t10.2.3.4", "178.32.167.92");
  comes_from("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"); /* proxies alone */
  comes_from("::ffff:10.0.0.1", "::ffff:178.32.167.92", "178.32.167.92");
  comes_from("10.0.0.1", NULL, "10.0.0.1");
  /* what stands left of the source does not matter, however broken */
  comes_from("10.0.0.1", ",,;garbage, 178.32.167.92", "178.32.167.92");
}

static void an_entry_may_have_a_port(void **state) {
  (void)state;
  comes_from("10.0.0.1", "178.32.167.92:4711", "178.32.167.92");
  comes_from("10.0.0.1", "203.0.113.9, [2001:db8::5]:4711", "203.0.113.9");
  comes_from("10.0.0.1", "203.0.113.9, [2001:db8::5]", "203.0.113.9");
  comes_from("10.0.0.1", "2001:db9::4711", "2001:db9::4711");
}

static void a_broken_entry_is_nobody(void **state) {
  (void)state;
  static const char *const headers[] = {
      "",
      ",",
      "178.32.167.92,",
      "unknown",
      "_hidden",
      "178.32.167.92:",
      "178.32.167.92:x",
      "178.32.167.92:123456",
      "[178.32.167.92]",
      "[178.32.167.92]:80",
      "[]",
      "[",
      "[::1",
      "\"178.32.167.92\"",
      "178.32.167.92 178.32.167.92",
      "for=178.32.167.92",
      "178.32.167.92\n",
      "2001:db9::1:2:3:4:5:6:7:80:9",
      "1:2:3:4:5:6:7:8:80",
  };
  for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) comes_from("10.0.0.1", headers[i], NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(addresses_are_read),
      cmocka_unit_test(what_is_no_address_is_refused),
      cmocka_unit_test(ranges_hold_what_they_should),
      cmocka_unit_test(families_do_not_mix),
      cmocka_unit_test(every_prefix_length_cuts_where_it_says),
      cmocka_unit_test(what_is_no_range_is_refused),
      cmocka_unit_test(strangers_cannot_forward),
      cmocka_unit_test(the_header_is_read_from_the_right),
      cmocka_unit_test(an_entry_may_have_a_port),
      cmocka_unit_test(a_broken_entry_is_nobody),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
