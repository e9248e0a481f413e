/* error.c - see error.h. */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>

bool vsms_fail(vsms_error *error, vsms_kind kind, const char *field, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  error->kind = kind;
  error->field = field;
  vsnprintf(error->message, sizeof error->message, format, arguments);
  va_end(arguments);
  return false;
}

bool vsms_fail_memory(vsms_error *error) { return vsms_fail(error, VSMS_EXHAUSTED, NULL, "out of memory"); }
