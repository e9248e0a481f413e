/* memory.c - see memory.h.  The memory is malloc's in any case, so that whoever frees it may do as before. */
#include "http/memory.h"

#include <stdlib.h>
#include <string.h>

static _Thread_local size_t failures;

static void *watched(void *memory) {
  if (memory == NULL) failures++;
  return memory;
}

static void *allocate(size_t size) { return watched(malloc(size)); }

static void *allocate_zeroed(size_t count, size_t size) { return watched(calloc(count, size)); }

static void *reallocate(void *memory, size_t size) {
  void *moved = realloc(memory, size);
  return size > 0 ? watched(moved) : moved; /* of no octets it may be NULL */
}

static char *duplicate(const char *text) {
  size_t size = strlen(text) + 1;
  char *copy = allocate(size);
  return copy != NULL ? memcpy(copy, text, size) : NULL;
}

CURLcode vsms_memory_init_curl(void) {
  return curl_global_init_mem(CURL_GLOBAL_ALL, allocate, free, reallocate, duplicate, allocate_zeroed);
}

size_t vsms_memory_failures(void) { return failures; }
