/* text_test.c - texts at the edge of readable memory, every octet at every place of a block, headers. */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cmocka_all.h"
#include "text/ascii.h"
#include "text/gsm.h"
#include "vsms.h"

static vsms_text analyze(const char *data, size_t length) {
  vsms_text text;
  vsms_error error;
  assert_true(vsms_text_analyze((vsms_bytes){data, length}, 8, &text, &error));
  return text;
}

static size_t naive_septets(const char *text, size_t length) {
  size_t septets = 0;
  for (size_t i = 0; i < length; i++) septets += vsms_gsm_septets((unsigned char)text[i]);
  return septets;
}

static void every_ascii_octet_counts_at_every_place(void **state) {
  (void)state;
  char text[150];
  for (size_t length = 1; length <= sizeof text; length += 1 + length / 40) {
    for (size_t place = 0; place < length; place++) {
      memset(text, 'x', sizeof text);
      for (int octet = 0; octet < 0x80; octet++) {
        text[place] = (char)octet;
        vsms_text found = analyze(text, length);
        bool foreign = vsms_gsm_septets((uint32_t)octet) == 0;
        assert_int_equal(found.coding, foreign ? VSMS_UCS2 : VSMS_GSM7);
        assert_int_equal(found.units, foreign ? length : naive_septets(text, length));
        assert_int_equal(found.chars, length);
        if (foreign) assert_int_equal(found.culprit.offset, place);
      }
    }
  }
}

static void every_high_octet_alone_is_named(void **state) {
  (void)state;
  char text[100];
  for (size_t place = 0; place < sizeof text; place++) {
    memset(text, place % 2 ? 'x' : '`', sizeof text);
    for (int octet = 0x80; octet < 0x100; octet++) {
      vsms_text found;
      vsms_error error;
      text[place] = (char)octet;
      assert_false(vsms_text_analyze((vsms_bytes){text, sizeof text}, 8, &found, &error));
      assert_int_equal(error.kind, VSMS_INVALID_ARGUMENT);
      char reason[64];
      snprintf(reason, sizeof reason, "is not valid UTF-8 at byte %zu", place + 1);
      assert_string_equal(error.message, reason);
    }
  }
}

/* A read beyond the text would be a signal. */
static void nothing_beyond_the_text_is_read(void **state) {
  (void)state;
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  char *memory = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  assert_ptr_not_equal(memory, MAP_FAILED);
  assert_int_equal(mprotect(memory + page, page, PROT_NONE), 0);
  static const char *const endings[] = {"", "x", "[", "`", "\xE2\x82\xAC", "\xC3\x87", "\xF0\x9F\x98\x80"};
  static const char *const cuts[] = {"\xE2\x82", "\xC3", "\xF0\x9F\x98", "\xFF"};
  for (size_t length = 0; length < 400; length++) {
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
      size_t ending = strlen(endings[i]);
      char *text = memory + page - length - ending;
      memset(text, 'x', length);
      memcpy(text + length, endings[i], ending);
      analyze(text, length + ending);
    }
    for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
      vsms_text found;
      vsms_error error;
      size_t cut = strlen(cuts[i]);
      char *text = memory + page - length - cut;
      memset(text, 'x', length);
      memcpy(text + length, cuts[i], cut);
      assert_false(vsms_text_analyze((vsms_bytes){text, length + cut}, 8, &found, &error));
    }
  }
  munmap(memory, 2 * page);
}

static void an_absent_text_is_an_empty_one(void **state) {
  (void)state;
  vsms_text found = analyze(NULL, 0);
  vsms_part part = {0, 0, 0, 0};
  assert_int_equal(found.parts, 1);
  assert_int_equal(found.left, 160);
  assert_true(vsms_text_next_part((vsms_bytes){NULL, 0}, &found, &part));
  assert_int_equal(part.octets, 0);
  assert_false(vsms_text_next_part((vsms_bytes){NULL, 0}, &found, &part));
}

static void parts_hold_what_a_header_leaves(void **state) {
  (void)state;
  char text[300];
  for (int foreign = 0; foreign < 2; foreign++) {
    memset(text, foreign ? '`' : 'x', sizeof text);
    vsms_coding coding = foreign ? VSMS_UCS2 : VSMS_GSM7;
    vsms_text found;
    vsms_error error;
    assert_int_equal(analyze(text, 1).part_units, vsms_udh_capacity(coding, 0));
    assert_int_equal(analyze(text, sizeof text).part_units, vsms_udh_capacity(coding, 6));
    assert_true(vsms_text_analyze((vsms_bytes){text, sizeof text}, 16, &found, &error));
    assert_int_equal(found.part_units, vsms_udh_capacity(coding, 7));
  }
}

static void a_reference_has_8_or_16_bits(void **state) {
  (void)state;
  vsms_text found;
  vsms_error error;
  assert_false(vsms_text_analyze((vsms_bytes){"x", 1}, 0, &found, &error));
  assert_string_equal(error.field, "reference");
}

/* Linear: ten megabytes are over before anybody notices, whatever they are made of. */
static void long_texts_end(void **state) {
  (void)state;
  enum { LENGTH = 10 * 1000 * 1000 };
  char *text = test_malloc(LENGTH);
  static const char fills[] = {'x', '[', '`', '\xFF'};
  for (size_t i = 0; i < sizeof fills; i++) {
    vsms_text found;
    vsms_error error;
    memset(text, fills[i], LENGTH);
    assert_false(vsms_text_analyze((vsms_bytes){text, LENGTH}, 8, &found, &error));
    assert_int_equal(error.kind, VSMS_INVALID_ARGUMENT);
  }
  test_free(text);
}

static void headers_are_checked(void **state) {
  (void)state;
  vsms_concatenation found;
  vsms_error error;
  assert_true(vsms_udh_check((vsms_bytes){"\x05\x00\x03\xCC\x02\x01", 6}, &found, &error));
  assert_int_equal(found.bits, 8);
  assert_int_equal(found.reference, 0xCC);
  assert_false(vsms_udh_check((vsms_bytes){"\x05\x00\x03\xCC\x02", 5}, &found, &error));
  assert_false(vsms_udh_check((vsms_bytes){"", 0}, &found, &error));
  assert_true(vsms_udh_check((vsms_bytes){"\x00", 1}, &found, &error));
  assert_int_equal(found.bits, 0);
}

static void concatenations_are_written(void **state) {
  (void)state;
  unsigned char out[VSMS_CONCATENATION_OCTETS];
  assert_int_equal(vsms_udh_concatenate(&(vsms_concatenation){8, 0xCC, 2, 1}, out), 6);
  assert_memory_equal(out, "\x05\x00\x03\xCC\x02\x01", 6);
  assert_int_equal(vsms_udh_concatenate(&(vsms_concatenation){16, 0x1CC, 2, 1}, out), 7);
  assert_memory_equal(out, "\x06\x08\x04\x01\xCC\x02\x01", 7);
  assert_int_equal(vsms_udh_concatenate(&(vsms_concatenation){8, 256, 2, 1}, out), 0);
  assert_int_equal(vsms_udh_concatenate(&(vsms_concatenation){16, 65536, 2, 1}, out), 0);
  assert_int_equal(vsms_udh_concatenate(&(vsms_concatenation){8, 1, 2, 3}, out), 0);
  assert_int_equal(vsms_udh_concatenate(&(vsms_concatenation){8, 1, 2, 0}, out), 0);
  assert_int_equal(vsms_udh_concatenate(&(vsms_concatenation){8, 1, 256, 1}, out), 0);
  assert_int_equal(vsms_udh_concatenate(&(vsms_concatenation){12, 1, 2, 1}, out), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_ascii_octet_counts_at_every_place),
      cmocka_unit_test(every_high_octet_alone_is_named),
      cmocka_unit_test(nothing_beyond_the_text_is_read),
      cmocka_unit_test(an_absent_text_is_an_empty_one),
      cmocka_unit_test(parts_hold_what_a_header_leaves),
      cmocka_unit_test(a_reference_has_8_or_16_bits),
      cmocka_unit_test(long_texts_end),
      cmocka_unit_test(headers_are_checked),
      cmocka_unit_test(concatenations_are_written),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
