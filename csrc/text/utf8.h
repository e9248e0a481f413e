/* utf8.h - one UTF-8 sequence at a time. */
#ifndef VSMS_UTF8_H
#define VSMS_UTF8_H

#include "vsms/text.h"

/* The length of the well-formed sequence at `at`, or 0. `left` > 0 octets may be read. */
size_t vsms_utf8_sequence(const unsigned char *at, size_t left);

/* The code point of a well-formed sequence of that length. */
uint32_t vsms_utf8_decode(const unsigned char *at, size_t length);

#endif
