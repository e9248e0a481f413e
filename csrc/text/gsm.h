/* gsm.h - runs of ASCII, which is what most texts are made of; see ascii.c. */
#ifndef VSMS_GSM_H
#define VSMS_GSM_H

#include "vsms/text.h"

/* Septets of U+0000 to U+00FF; see vsms_gsm_septets. */
extern const unsigned char vsms_gsm_latin1[256];

typedef struct vsms_run {
  size_t octets;
  size_t septets;
} vsms_run;

/* The longest run from `at` of characters that are both ASCII and GSM-7. */
vsms_run vsms_gsm_ascii_run(const unsigned char *at, size_t left);

/* The length of the longest run of ASCII. */
size_t vsms_ascii_length(const unsigned char *at, size_t left);

#endif
