/* query.c - one parameter of the query in a request's URI. */
#include <string.h>

#include "base/hex.h"
#include "vsms/callback.h"

static const char *end_of(const char *from, const char *end, char c) {
  const char *found = memchr(from, c, (size_t)(end - from));
  return found != NULL ? found : end;
}

bool vsms_query_parameter(vsms_bytes uri, vsms_bytes name, vsms_bytes *value) {
  const char *end = end_of(uri.data, uri.data + uri.length, '#');
  const char *at = end_of(uri.data, end, '?');
  bool found = false;
  while (at < end) {
    const char *first = at + 1; /* behind the ? or & */
    at = end_of(first, end, '&');
    size_t length = (size_t)(at - first);
    if (length <= name.length || memcmp(first, name.data, name.length) != 0 || first[name.length] != '=') continue;
    if (found) return false;
    found = true;
    *value = (vsms_bytes){first + name.length + 1, length - name.length - 1};
  }
  return found;
}

size_t vsms_percent_decode(vsms_bytes text, char *out) {
  size_t length = 0;
  for (size_t i = 0; i < text.length; i++) {
    bool has_digits = text.data[i] == '%' && text.length - i > 2;
    int octet = has_digits ? vsms_hex_octet(text.data + i + 1) : -1;
    out[length++] = octet >= 0 ? (char)octet : text.data[i];
    if (octet >= 0) i += 2;
  }
  return length;
}
