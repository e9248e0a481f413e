/* What must not be shown, in every spelling and cut that a server or libcurl has for it. */
#include "http/redaction.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmocka_all.h"

static const char token[] = "S3cr3t/T0ken+of\"tests&x";

static vsms_bytes bytes(const char *text) { return (vsms_bytes){text, strlen(text)}; }

static struct vsms_redaction redaction_of(const char *text) {
  struct vsms_redaction redaction;
  assert_true(vsms_redaction_make(&redaction, bytes(text)));
  return redaction;
}

static void assert_redacted(const char *secret, const char *text, const char *expected) {
  struct vsms_redaction redaction = redaction_of(secret);
  char *copy = strdup(text);
  assert_int_equal(vsms_redact(&redaction, copy, strlen(copy)), strcmp(text, expected) != 0);
  assert_string_equal(copy, expected);
  free(copy);
  vsms_redaction_free(&redaction);
}

/* Writes one octet of the token in a spelling of its own. */
typedef void write_octet(char *out, unsigned char c);

static void as_is(char *out, unsigned char c) { sprintf(out, "%c", c); }
static void in_capitals(char *out, unsigned char c) { sprintf(out, "%c", c >= 'a' && c <= 'z' ? c - 32 : c); }
static void in_json(char *out, unsigned char c) { sprintf(out, strchr("/\"", c) != NULL ? "\\%c" : "%c", c); }
static void as_unicode(char *out, unsigned char c) { sprintf(out, "\\u%04x", c); }
static void as_capital_unicode(char *out, unsigned char c) { sprintf(out, "\\u%04X", c); }
static void as_unicode_twice(char *out, unsigned char c) { sprintf(out, "\\\\u%04x", c); }
static void as_hex(char *out, unsigned char c) { sprintf(out, "\\x%02x", c); }
static void in_percent(char *out, unsigned char c) { sprintf(out, "%%%02X", c); }
static void in_percent_twice(char *out, unsigned char c) { sprintf(out, "%%25%02x", c); }
static void in_percent_unicode(char *out, unsigned char c) { sprintf(out, "%%u%04x", c); }
static void in_percent_in_json(char *out, unsigned char c) { sprintf(out, "\\u0025%02x", c); }
static void as_decimal_entity(char *out, unsigned char c) { sprintf(out, "&#%d;", c); }
static void as_hex_entity(char *out, unsigned char c) { sprintf(out, "&#x%X;", c); }
static void as_padded_entity(char *out, unsigned char c) { sprintf(out, "&#%012d;", c); }
static void as_open_entity(char *out, unsigned char c) { sprintf(out, "&#%d", c); }
static void as_octal(char *out, unsigned char c) { sprintf(out, "\\%03o", c); }
static void as_long_unicode(char *out, unsigned char c) { sprintf(out, "\\U%08x", c); }
static void as_braced_unicode(char *out, unsigned char c) { sprintf(out, "\\u{%x}", c); }
static void in_html(char *out, unsigned char c) {
  sprintf(out, c == '&' ? "&amp;" : c == '"' ? "&quot;" : c == '/' ? "&#x2F;" : "%c", c);
}
static void now_and_then(char *out, unsigned char c) { (c % 2 == 0 ? in_percent : as_is)(out, c); }

static write_octet *const spellings[] = {
    as_is,           in_capitals,      in_json,          as_unicode,         as_capital_unicode, as_unicode_twice,
    as_hex,          in_percent,       in_percent_twice, in_percent_unicode, in_percent_in_json, as_decimal_entity,
    as_hex_entity,   in_html,          now_and_then,     as_padded_entity,   as_open_entity,     as_octal,
    as_long_unicode, as_braced_unicode};

enum { SPELLINGS = sizeof spellings / sizeof *spellings };

static void spell(char *out, write_octet *write, const char *text) {
  for (; *text != '\0'; text++, out += strlen(out)) write(out, (unsigned char)*text);
}

static void every_spelling_is_taken_out(void **state) {
  (void)state;
  for (size_t i = 0; i < SPELLINGS; i++) {
    char spelled[400], text[1300], expected[1300];
    spell(spelled, spellings[i], token);
    snprintf(text, sizeof text, "<a> %s, \"%s\"%s", spelled, spelled, spelled);
    memset(spelled, '*', strlen(spelled));
    snprintf(expected, sizeof expected, "<a> %s, \"%s\"%s", spelled, spelled, spelled);
    assert_redacted(token, text, expected);
  }
}

static void every_spelling_is_known(void **state) {
  (void)state;
  struct vsms_redaction redaction = redaction_of(token);
  for (size_t i = 0; i < SPELLINGS; i++) {
    char spelled[400], text[500];
    spell(spelled, spellings[i], token);
    snprintf(text, sizeof text, "/x/%s", spelled);
    assert_true(vsms_holds_token(&redaction, bytes(text)));
    spell(spelled, spellings[i], "S3cr3t/T0ken+of\"tests&");
    assert_false(vsms_holds_token(&redaction, bytes(spelled)));
  }
  assert_false(vsms_holds_token(&redaction, bytes("")));
  vsms_redaction_free(&redaction);
}

/* Nothing of four octets or more is left where the text begins or ends, of eight or more anywhere. */
static void a_piece_is_taken_out(void **state) {
  (void)state;
  assert_redacted("abcdefghijklmnop", "x bcdefghi x", "x ******** x");
  assert_redacted("abcdefghijklmnop", "x bcdefgh x", "x bcdefgh x");
  assert_redacted("abcdefghijklmnop", "x abcdefghijk... x", "x ***********... x");
  assert_redacted("abcdefghijklmnop", "it was abcd", "it was ****");
  assert_redacted("abcdefghijklmnop", "it was abcdefg", "it was *******");
  assert_redacted("abcdefghijklmnop", "it was abc", "it was abc");
  assert_redacted("abcdefghijklmnop", "mnop was it", "**** was it");
  assert_redacted("abcdefghijklmnop", "jklmnop was it", "******* was it");
  assert_redacted("abcdefghijklmnop", "nop was it", "nop was it");
  assert_redacted("abcdefghijklmnop", "\\u0061\\u0062%63d", "****************");
}

static void a_token_of_percent_signs_is_still_a_token(void **state) {
  (void)state;
  assert_redacted("%41%42%43%44", "x %41%42%43%44 y", "x ************ y");
  assert_redacted("\\u0041\\\\//&amp;", "x \\u0041\\\\//&amp; y", "x *************** y");
}

/* The ends of base64 depend on what stands beside the token. */
static void its_hexadecimal_digits_and_its_base64_are_taken_out(void **state) {
  (void)state;
  assert_redacted("S3cr3t/T0ken", "<533363723374>", "<************>");
  assert_redacted("S3cr3t/T0ken", "5333637233742F54306B656E", "************************");
  assert_redacted("abcdefghi", "YWJjZGVmZ2hp", "************");
  assert_redacted("abcdefghi", "Basic eGFiY2RlZmdoaXg=", "Basic eGFi********aXg=");
  assert_redacted("abcdefghi", "616263", "616263");
}

static void a_short_token_is_no_secret(void **state) {
  (void)state;
  struct vsms_redaction redaction = redaction_of("1234567");
  assert_false(vsms_holds_token(&redaction, bytes("/order/1234567")));
  vsms_redaction_free(&redaction);
  assert_redacted("1234567", "order 1234567", "order 1234567");
}

static void the_user_of_a_url_is_taken_out(void **state) {
  (void)state;
  static const char *const cases[][2] = {
      {"Unsupported proxy scheme for 'htp://me:password@127.0.0.1:9'",
       "Unsupported proxy scheme for 'htp://***********@127.0.0.1:9'"},
      {"see HTTPS://me@host/path@x and http://host/me@x", "see HTTPS://**@host/path@x and http://host/me@x"},
      {"a://u:p@ss@host", "a://******@host"},
      {"{\"a\":\"http:\\/\\/me:pw@host\"}", "{\"a\":\"http:\\/\\/*****@host\"}"},
      {"http%3A%2F%2Fme:pw@host", "http%3A%2F%2F*****@host"},
      {"http://host, me@host", "http://host, me@host"},
      {"http://host\", \"me@host", "http://host\", \"me@host"},
      {"http://host?a=me@host http://host#me@host", "http://host?a=me@host http://host#me@host"},
      {"mail me@host: //me@host", "mail me@host: //me@host"},
      {"http://@host", "http://@host"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) assert_redacted("", cases[i][0], cases[i][1]);
}

/* Escapes that are not, or are cut short, hide nothing and read nothing beyond the end. */
static void a_broken_escape_is_text(void **state) {
  (void)state;
  static const char *const texts[] = {"%",           "%4",    "%u",  "%u004",  "\\",   "\\u",       "\\u00",
                                      "\\x4",        "&",     "&#",  "&#;",    "&#x;", "&am",       "&;",
                                      "&#99999999;", "&#xG;", "%%%", "\\\\\\", "&&&",  "&quotquot;"};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    char text[100], expected[100];
    snprintf(text, sizeof text, "x%s%s", token, texts[i]);
    snprintf(expected, sizeof expected, "x%.*s%s", (int)strlen(token), "**************************", texts[i]);
    assert_redacted(token, text, expected);
    assert_redacted(token, texts[i], texts[i]);
  }
  assert_redacted(token, "", "");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_spelling_is_taken_out),
      cmocka_unit_test(every_spelling_is_known),
      cmocka_unit_test(a_piece_is_taken_out),
      cmocka_unit_test(a_token_of_percent_signs_is_still_a_token),
      cmocka_unit_test(a_short_token_is_no_secret),
      cmocka_unit_test(the_user_of_a_url_is_taken_out),
      cmocka_unit_test(a_broken_escape_is_text),
      cmocka_unit_test(its_hexadecimal_digits_and_its_base64_are_taken_out),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
