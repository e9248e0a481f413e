/* failure.c - see failure.h. */
#include "store/failure.h"

#include <stdarg.h>
#include <stdio.h>

bool vsms_store_fail(struct vsms_failure *failure, vsms_store_kind kind, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  failure->kind = kind;
  failure->has_waited = false;
  failure->constraint[0] = '\0';
  vsnprintf(failure->message, sizeof failure->message, format, arguments);
  va_end(arguments);
  return false;
}

bool vsms_store_fail_memory(struct vsms_failure *failure) {
  return vsms_store_fail(failure, VSMS_STORE_EXHAUSTED, "out of memory");
}

bool vsms_store_fail_patience(struct vsms_failure *failure, vsms_store_kind kind) {
  switch (kind) {
    case VSMS_STORE_CANCELLED: return vsms_store_fail(failure, kind, "the step was cancelled");
    case VSMS_STORE_CLOSED: return vsms_store_fail(failure, kind, "the store was closed");
    default: return vsms_store_fail(failure, kind, "the timeout passed before the step was done");
  }
}

bool vsms_store_kind_is_temporary(vsms_store_kind kind) {
  switch (kind) {
    case VSMS_STORE_BUSY:
    case VSMS_STORE_FULL:
    case VSMS_STORE_READ_ONLY: /* a server that is a standby now, a file system that is mounted again */
    case VSMS_STORE_UNREACHABLE:
    case VSMS_STORE_IO:
    case VSMS_STORE_TIMEOUT:
    case VSMS_STORE_EXHAUSTED: return true;
    default: return false;
  }
}

bool vsms_store_kind_is_shared(vsms_store_kind kind) {
  switch (kind) {
    case VSMS_STORE_FULL:
    case VSMS_STORE_READ_ONLY:
    case VSMS_STORE_CORRUPT:
    case VSMS_STORE_FOREIGN:
    case VSMS_STORE_DENIED:
    case VSMS_STORE_UNREACHABLE:
    case VSMS_STORE_NEWER:
    case VSMS_STORE_IO:
    case VSMS_STORE_CLOSED:
    case VSMS_STORE_EXHAUSTED: return true;
    default: return false;
  }
}

const char *vsms_store_kind_name(vsms_store_kind kind) {
#define VSMS_STORE_KIND_WORD(constant, word) word,
  static const char *const words[] = {VSMS_STORE_KINDS(VSMS_STORE_KIND_WORD)};
#undef VSMS_STORE_KIND_WORD
  return (unsigned)kind < VSMS_STORE_KIND_COUNT ? words[kind] : "unknown";
}
