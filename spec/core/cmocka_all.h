/* cmocka_all.h - cmocka with the headers that it wants before itself. */
#ifndef VSMS_CMOCKA_ALL_H
#define VSMS_CMOCKA_ALL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

/* A sanitizer that cannot bear a test names it: VSMS_SKIP='a_forked_child*'. */
static inline void skip_unwanted(void) {
  if (getenv("VSMS_SKIP") != NULL) cmocka_set_skip_filter(getenv("VSMS_SKIP"));
}

#endif
