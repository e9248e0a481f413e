/* gsm.h - the septets of the commonest characters. */
#ifndef VSMS_GSM_H
#define VSMS_GSM_H

/* Septets of U+0000 to U+00FF; see vsms_gsm_septets. */
extern const unsigned char vsms_gsm_latin1[256];

#endif
