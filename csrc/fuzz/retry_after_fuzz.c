/* retry_after_fuzz.c - any octets as a Retry-After field. */
#include <stdint.h>
#include <stdlib.h>

#include "vsms.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  long milliseconds = vsms_retry_after_ms((vsms_bytes){(const char *)data, size}, 784111777);
  if (milliseconds < -1 || milliseconds > 24L * 3600 * 1000) abort();
  return 0;
}
