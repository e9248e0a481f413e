/* json_write.c - strings as JSON text. */
#include <string.h>

#include "vsms/base.h"

static const bool escaped_ascii[0x80] = {
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,         1,          1,          1,
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, ['"'] = 1, ['\\'] = 1, [0x7f] = 1,
};

static bool is_escaped(unsigned char c) { return c < 0x80 && escaped_ascii[c]; }

/* At most VSMS_JSON_ESCAPE_OCTETS. */
static size_t escape(char *out, unsigned char c) {
  static const char named[] = "\"\"\\\\\nn\rr\tt", hex[] = "0123456789abcdef";
  for (size_t i = 0; i < sizeof named - 1; i += 2) {
    if ((unsigned char)named[i] != c) continue;
    out[0] = '\\';
    out[1] = named[i + 1];
    return 2;
  }
  memcpy(out, "\\u00", 4);
  out[4] = hex[c >> 4];
  out[5] = hex[c & 15];
  return VSMS_JSON_ESCAPE_OCTETS;
}

size_t vsms_json_write_string(vsms_bytes text, char *out) {
  char *at = out;
  *at++ = '"';
  for (size_t i = 0; i < text.length;) {
    size_t from = i;
    while (i < text.length && !is_escaped((unsigned char)text.data[i])) i++;
    memcpy(at, text.data + from, i - from);
    at += i - from;
    if (i < text.length) at += escape(at, (unsigned char)text.data[i++]);
  }
  *at++ = '"';
  return (size_t)(at - out);
}
