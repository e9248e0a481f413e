/* json_fuzz.c - any octets as JSON: as long as announced, and nothing but quotes is added. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "vsms.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t copy_without_quotes(char *out, const char *text, size_t length) {
  size_t kept = 0;
  for (size_t i = 0; i < length; i++) {
    if (text[i] != '"') out[kept++] = text[i];
  }
  return kept;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  vsms_bytes json = {(const char *)data, size};
  size_t announced = vsms_json_quoted_size(json);
  char *out = malloc(announced + 1), *before = malloc(size + 1), *after = malloc(announced + 1);
  if (out == NULL || before == NULL || after == NULL) abort();
  size_t written = vsms_json_quote_numbers(json, out);
  if (written != announced) abort();
  size_t kept = copy_without_quotes(before, json.data, size);
  if (copy_without_quotes(after, out, written) != kept || memcmp(before, after, kept) != 0) abort();
  free(out);
  free(before);
  free(after);
  return 0;
}
