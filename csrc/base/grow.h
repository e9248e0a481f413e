/* grow.h - memory that begins inside a structure, and moves to malloc's when there is no room any more. */
#ifndef VSMS_GROW_H
#define VSMS_GROW_H

#include <stdlib.h>
#include <string.h>

/* `used` octets of `memory`, which is `first` or malloc's, in `size` octets of malloc's. NULL, and `memory` as it was,
 * when memory ran out. */
static inline void *vsms_grow(void *memory, const void *first, size_t used, size_t size) {
  if (memory != first) return realloc(memory, size);
  void *larger = malloc(size);
  if (larger != NULL) memcpy(larger, memory, used);
  return larger;
}

#endif
