/* ip_fuzz.c - any octets as an IP address or a range: what is read is written and read again the same, and is in the
 * range of its own that it stands for. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "vsms.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds) {
  if (!holds) abort();
}

static void check_address(vsms_bytes text) {
  char written[VSMS_IP_TEXT];
  vsms_ip ip, again;
  if (!vsms_ip_parse(text, &ip)) return;
  vsms_ip_format(&ip, written);
  require(vsms_ip_parse((vsms_bytes){written, strlen(written)}, &again));
  require(memcmp(&ip, &again, sizeof ip) == 0);
  for (size_t i = 0; i < text.length; i++) require(strchr("0123456789abcdefABCDEF.:", text.data[i]) != NULL);
}

static void check_range(vsms_bytes text) {
  vsms_ip_range range;
  vsms_error error;
  vsms_ip next;
  if (!vsms_ip_range_parse(text, &range, &error)) {
    require(error.kind == VSMS_INVALID_ARGUMENT && memchr(error.message, '\0', sizeof error.message) != NULL);
    return;
  }
  require(range.bits <= 128);
  next = range.first;
  if (range.bits < 128) next.octets[15] ^= 1; /* the last bit is free */
  if (range.bits >= 96 || memcmp(next.octets, "\0\0\0\0\0\0\0\0\0\0\xff\xff", 12) != 0) {
    require(vsms_ip_range_contains(&range, &range.first) && vsms_ip_range_contains(&range, &next));
  }
  if (range.bits == 0) return;
  next.octets[(range.bits - 1) / 8] = (unsigned char)(next.octets[(range.bits - 1) / 8] ^ 0x80 >> (range.bits - 1) % 8);
  require(!vsms_ip_range_contains(&range, &next));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  vsms_bytes text = {(const char *)data, size};
  check_address(text);
  check_range(text);
  return 0;
}
