/* utf8.c - well-formed UTF-8, as RFC 3629 section 4 has it. */
#include "text/utf8.h"

#include <string.h>

size_t vsms_utf8_sequence(const unsigned char *at, size_t left) {
  unsigned char first = at[0];
  if (first < 0x80) return 1;
  size_t length;
  unsigned char low = 0x80, high = 0xBF; /* the bounds of the second octet */
  if (first >= 0xC2 && first <= 0xDF) {
    length = 2;
  } else if (first >= 0xE0 && first <= 0xEF) {
    length = 3;
    if (first == 0xE0) low = 0xA0;  /* shorter forms exist */
    if (first == 0xED) high = 0x9F; /* surrogates */
  } else if (first >= 0xF0 && first <= 0xF4) {
    length = 4;
    if (first == 0xF0) low = 0x90;
    if (first == 0xF4) high = 0x8F; /* above U+10FFFF */
  } else {
    return 0;
  }
  if (left < length || at[1] < low || at[1] > high) return 0;
  for (size_t i = 2; i < length; i++) {
    if (at[i] < 0x80 || at[i] > 0xBF) return 0;
  }
  return length;
}

uint32_t vsms_utf8_decode(const unsigned char *at, size_t length) {
  if (length == 1) return at[0];
  uint32_t codepoint = at[0] & (0xFFu >> (length + 1));
  for (size_t i = 1; i < length; i++) codepoint = codepoint << 6 | (at[i] & 0x3F);
  return codepoint;
}

/* Eight octets at a time, as long as they are ASCII. */
static size_t skip_ascii(const unsigned char *data, size_t offset, size_t length) {
  uint64_t octets;
  while (length - offset >= sizeof octets) {
    memcpy(&octets, data + offset, sizeof octets);
    if ((octets & UINT64_C(0x8080808080808080)) != 0) break;
    offset += sizeof octets;
  }
  return offset;
}

size_t vsms_utf8_check(vsms_bytes text) {
  const unsigned char *data = (const unsigned char *)text.data;
  size_t offset = skip_ascii(data, 0, text.length);
  while (offset < text.length) {
    size_t length = vsms_utf8_sequence(data + offset, text.length - offset);
    if (length == 0) return offset;
    offset += length;
  }
  return offset;
}
