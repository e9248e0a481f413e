/* ascii.h - runs of ASCII, which is what most texts are made of. */
#ifndef VSMS_ASCII_H
#define VSMS_ASCII_H

#include <stddef.h>

typedef struct vsms_run {
  size_t octets;
  size_t septets;
} vsms_run;

/* The longest run from `at` of characters that are both ASCII and GSM-7. */
vsms_run vsms_gsm_ascii_run(const unsigned char *at, size_t left);

/* The length of the longest run of ASCII. */
size_t vsms_ascii_length(const unsigned char *at, size_t left);

#endif
