/* text_fuzz.c - any octets as a text and as a header, against counts that are plain and slow.
 *
 * clang -fsanitize=fuzzer,address,undefined -Icsrc csrc/fuzz/text_fuzz.c csrc/{text,gsm,ascii,utf8,udh,error}.c */
#include <stdlib.h>
#include <string.h>

#include "text/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds) {
  if (!holds) abort();
}

static size_t units_of(vsms_coding coding, uint32_t codepoint) {
  if (coding == VSMS_GSM7) return vsms_gsm_septets(codepoint);
  return codepoint > 0xFFFF ? 2 : 1;
}

/* Every character once more, one by one. */
static void check_counts(vsms_bytes text, const vsms_text *found) {
  const unsigned char *data = (const unsigned char *)text.data;
  size_t chars = 0, units = 0;
  bool foreign = false;
  for (size_t at = 0, octets; at < text.length; at += octets) {
    octets = vsms_utf8_sequence(data + at, text.length - at);
    uint32_t codepoint = vsms_utf8_decode(data + at, octets);
    chars++;
    units += units_of(found->coding, codepoint);
    if (!foreign && vsms_gsm_septets(codepoint) == 0) {
      foreign = true;
      require(found->culprit.codepoint == codepoint && found->culprit.position == chars);
      require(found->culprit.offset == at && found->culprit.octets == octets);
    }
  }
  require(found->chars == chars && found->units == units && foreign == (found->coding == VSMS_UCS2));
}

/* Parts cover the text, none is overfull, and none could have taken the first character of the next. */
static void check_parts(vsms_bytes text, const vsms_text *found) {
  const unsigned char *data = (const unsigned char *)text.data;
  vsms_part part = {0, 0, 0, 0};
  size_t end = 0, units = 0, number = 0;
  while (vsms_text_next_part(text, found, &part)) {
    require(part.number == ++number && part.offset == end && part.units <= found->part_units);
    end += part.octets;
    units += part.units;
    if (end == text.length) continue;
    size_t octets = vsms_utf8_sequence(data + end, text.length - end);
    require(octets > 0 &&
            part.units + units_of(found->coding, vsms_utf8_decode(data + end, octets)) > found->part_units);
  }
  require(number == found->parts && end == text.length && units == found->units);
  require(found->left == found->part_units - part.units);
}

static void fuzz_text(vsms_bytes text, int bits) {
  vsms_text found;
  vsms_error error;
  bool ok = vsms_text_analyze(text, bits, &found, &error);
  bool is_utf8 = vsms_utf8_check(text) == text.length;
  if (ok) {
    require(is_utf8 && found.parts >= 1 && found.parts <= VSMS_PARTS_MAX);
    check_counts(text, &found);
    check_parts(text, &found);
  } else {
    require(error.kind == VSMS_INVALID_ARGUMENT && (!is_utf8 || text.length > VSMS_PARTS_MAX * 66));
  }
}

/* A header that passes is built anew from its elements, octet for octet, and survives writing and reading. */
static void fuzz_header(vsms_bytes header) {
  vsms_concatenation concatenation;
  vsms_error error;
  if (!vsms_udh_check(header, &concatenation, &error)) return;
  vsms_element elements[VSMS_USER_DATA_OCTETS];
  size_t count = 0, offset = 1, built_octets, read_octets;
  while (vsms_udh_next(header, &offset, &elements[count])) count++;
  unsigned char built[VSMS_USER_DATA_OCTETS], read[VSMS_USER_DATA_OCTETS];
  require(vsms_udh_build(elements, count, built, &built_octets, &error));
  require(built_octets == header.length && memcmp(built, header.data, built_octets) == 0);
  char written[3 * VSMS_USER_DATA_OCTETS];
  size_t length = vsms_udh_encode(header, written);
  require(vsms_udh_decode((vsms_bytes){written, length}, read, &read_octets, &error));
  require(read_octets == header.length && memcmp(read, header.data, read_octets) == 0);
}

static void fuzz_written_header(vsms_bytes written) {
  unsigned char octets[VSMS_USER_DATA_OCTETS];
  size_t length;
  vsms_error error;
  if (vsms_udh_decode(written, octets, &length, &error)) require(length > 0 && length <= VSMS_USER_DATA_OCTETS);
}

/* The first octet says how often the rest is repeated, so that short inputs make long texts. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0) return 0;
  size_t times = 1 + data[0] / 2, length = (size - 1) * times;
  int bits = data[0] % 2 ? 16 : 8;
  char *text = malloc(length + 1);
  if (text == NULL) return 0;
  for (size_t i = 0; i < times; i++) memcpy(text + i * (size - 1), data + 1, size - 1);
  fuzz_text((vsms_bytes){text, length}, bits);
  free(text);
  fuzz_header((vsms_bytes){(const char *)data, size});
  fuzz_written_header((vsms_bytes){(const char *)data, size});
  return 0;
}
