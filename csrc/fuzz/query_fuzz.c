/* query_fuzz.c - any octets as a request's URI: a parameter that is found lies inside it, and one more of the same name
 * makes it not found. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "vsms.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds) {
  if (!holds) abort();
}

static const vsms_bytes name = {"secret", 6};

static void check_value(vsms_bytes uri, vsms_bytes value) {
  char *out = malloc(value.length + 1);
  if (out == NULL) abort();
  require(value.data > uri.data && value.data + value.length <= uri.data + uri.length);
  require(vsms_percent_decode(value, out) <= value.length);
  free(out);
}

static void check_repeated(vsms_bytes uri) {
  static const char more[] = "&secret=x";
  vsms_bytes value;
  char *twice = malloc(uri.length + sizeof more);
  if (twice == NULL) abort();
  memcpy(twice, uri.data, uri.length);
  memcpy(twice + uri.length, more, sizeof more - 1);
  bool found = vsms_query_parameter((vsms_bytes){twice, uri.length + sizeof more - 1}, name, &value);
  require(!found || memchr(uri.data, '#', uri.length) != NULL);
  free(twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  vsms_bytes uri = {(const char *)data, size}, value;
  if (size == 0 || !vsms_query_parameter(uri, name, &value)) return 0;
  check_value(uri, value);
  check_repeated(uri);
  return 0;
}
