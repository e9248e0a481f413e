/* headers_fuzz.c - any octets as response header lines: bounds hold, names are in lower case, lookups find what is there. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "http/headers.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds) {
  if (!holds) abort();
}

static void check_fields(const struct vsms_headers *headers) {
  require(headers->count <= VSMS_HEADER_LINES_MAX);
  require(headers->text_length <= VSMS_HEADER_BYTES_MAX + 2 * VSMS_HEADER_LINES_MAX);
  for (size_t i = 0; i < headers->count; i++) {
    vsms_field field = vsms_headers_at(headers, i);
    require(field.name.data[field.name.length] == '\0' && field.value.data[field.value.length] == '\0');
    for (size_t j = 0; j < field.name.length; j++) require(field.name.data[j] < 'A' || field.name.data[j] > 'Z');
    if (strlen(field.name.data) == field.name.length)
      require(vsms_headers_find(headers, field.name.data, 0).data != NULL);
    vsms_header_name_is_valid(field.name);
    vsms_header_value_is_valid(field.value);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct vsms_headers headers;
  memset(&headers, 0, sizeof headers);
  const char *line = (const char *)data, *end = line + size;
  while (line < end) {
    const char *newline = memchr(line, '\n', (size_t)(end - line));
    size_t length = newline != NULL ? (size_t)(newline - line) + 1 : (size_t)(end - line);
    if (length > 5 && memcmp(line, "HTTP/", 5) == 0) vsms_headers_restart(&headers);
    if (vsms_headers_add(&headers, line, length) != VSMS_HEADERS_OK) break;
    line += length;
  }
  check_fields(&headers);
  vsms_headers_clear(&headers);
  return 0;
}
