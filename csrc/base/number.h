/* number.h - decimal digits, and numbers as JSON writes them, taken apart where they stand. */
#ifndef VSMS_NUMBER_H
#define VSMS_NUMBER_H

#include "vsms/base.h"

/* Not by the C library: it may ask the host's locale. */
static inline bool vsms_is_digit(char c) { return c >= '0' && c <= '9'; }

struct vsms_number {
  bool is_negative;
  vsms_bytes whole;    /* never empty */
  vsms_bytes fraction; /* empty where there is none */
  bool is_exponent_negative;
  vsms_bytes exponent; /* likewise, without its sign */
};

/* Takes the number that begins at *at (RFC 8259 section 6, and zeros in front of it) and moves *at behind what was right
 * about it. False when that is not a whole number. */
bool vsms_number_take(const char **at, const char *end, struct vsms_number *number);

/* Has it zeros in front, which JSON forbids? */
bool vsms_number_is_padded(const struct vsms_number *number);

#endif
