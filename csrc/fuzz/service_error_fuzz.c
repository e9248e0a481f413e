/* service_error_fuzz.c - any octets as the body of a 503: VertexSMS's own is an object with a message or an error in it,
 * with a byte order mark before it or without, and is not any more once its end is cut off. */
#include "http/service_error.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds) {
  if (!holds) abort();
}

static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  vsms_bytes body = {(const char *)data, size};
  if (!vsms_is_service_error(body)) return 0;
  while (is_space(body.data[body.length - 1])) body.length--;
  require(body.data[body.length - 1] == '}' && memchr(body.data, '{', body.length) != NULL);
  for (size_t length = 0; length < body.length; length++) {
    require(!vsms_is_service_error((vsms_bytes){body.data, length}));
  }
  return 0;
}
