/* fold.h - ASCII without its case. Schemes, hosts and names of header fields are compared so, and never by the C
 * library, whose letters are those of the host's locale. */
#ifndef VSMS_FOLD_H
#define VSMS_FOLD_H

#include <string.h>

#include "vsms/base.h"

static inline char vsms_fold(char c) { return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c; }

/* Does it begin with this, in any case? */
static inline bool vsms_begins_with(const char *text, const char *name) {
  while (*name != '\0' && vsms_fold(*text) == vsms_fold(*name)) text++, name++;
  return *name == '\0';
}

/* Is it this name, in any case? */
static inline bool vsms_is_name(vsms_bytes text, const char *name) {
  if (text.length != strlen(name)) return false;
  if (memcmp(text.data, name, text.length) == 0) return true; /* most are written as they are asked for */
  for (size_t i = 0; i < text.length; i++) {
    if (vsms_fold(text.data[i]) != vsms_fold(name[i])) return false;
  }
  return true;
}

#endif
