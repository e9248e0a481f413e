/* error.h - the one place that fills a vsms_error. */
#ifndef VSMS_ERROR_H
#define VSMS_ERROR_H

#include "vsms/base.h"

/* Fills *error; always false, so that a check can end with `return vsms_fail(...)`. `format` as in printf. */
__attribute__((format(printf, 4, 5))) bool vsms_fail(vsms_error *error, vsms_kind kind, const char *field,
                                                     const char *format, ...);

/* The same for memory that ran out. */
bool vsms_fail_memory(vsms_error *error);

#endif
