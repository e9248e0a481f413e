/* json_write.c - strings as JSON text. */
#include <string.h>

#include "base/hex.h"
#include "vsms/base.h"

static const bool is_escaped[256] = {[0 ... 0x1f] = true, ['"'] = true, ['\\'] = true, [0x7f] = true};

/* At most VSMS_JSON_ESCAPE_OCTETS. */
static size_t escape(char *out, unsigned char c) {
  static const char named[] = "\"\"\\\\\nn\rr\tt";
  for (size_t i = 0; i < sizeof named - 1; i += 2) {
    if ((unsigned char)named[i] != c) continue;
    out[0] = '\\';
    out[1] = named[i + 1];
    return 2;
  }
  memcpy(out, "\\u00", 4);
  vsms_hex_write(c, out + 4);
  return VSMS_JSON_ESCAPE_OCTETS;
}

size_t vsms_json_write_string(vsms_bytes text, char *out) {
  char *at = out;
  *at++ = '"';
  for (size_t i = 0; i < text.length;) {
    size_t from = i;
    while (i < text.length && !is_escaped[(unsigned char)text.data[i]]) i++;
    memcpy(at, text.data + from, i - from);
    at += i - from;
    if (i < text.length) at += escape(at, (unsigned char)text.data[i++]);
  }
  *at++ = '"';
  return (size_t)(at - out);
}
