/*
 * text.h - texts and what they cost. Part of vsms.h, whose conventions hold.
 */
#ifndef VSMS_PUBLIC_TEXT_H
#define VSMS_PUBLIC_TEXT_H

#include <stdint.h>

#include "vsms/base.h"

/* ---- text: what an SMS costs ------------------------------------------------------------------- */

/* Text is well-formed UTF-8. It is counted in code points ("chars"), and in units: septets of GSM-7, octets of
 * 8-bit data, UTF-16 code units of UCS-2. Nothing here allocates, normalises, or keeps a pointer but where it says so. */

/* How user data goes over the air; the numbers of VertexSMS's field `coding`. */
typedef enum vsms_coding {
  VSMS_GSM7 = 0,   /* 3GPP TS 23.038 section 6.2.1, default alphabet and extension table */
  VSMS_OCTETS = 1, /* 8-bit data */
  VSMS_UCS2 = 2    /* UTF-16 in fact: handsets show surrogate pairs */
} vsms_coding;

enum {
  VSMS_USER_DATA_OCTETS = 140,  /* of one SMS, the header included: 3GPP TS 23.040 section 9.2.3.24 */
  VSMS_PARTS_MAX = 255,         /* the concatenation header counts in one octet: section 9.2.3.24.1 */
  VSMS_CONCATENATION_OCTETS = 7 /* the longest user data header with nothing but a concatenation in it */
};

/* The septets of a code point in GSM-7: 1, 2 (by way of the extension table), or 0 when it is not in the alphabet.
 * ESC (U+001B) is not: it is the switch to the extension table, no character. */
unsigned vsms_gsm_septets(uint32_t codepoint);

/* A code point and where it stands. `octets == 0`: there is none. */
typedef struct vsms_culprit {
  uint32_t codepoint;
  size_t position; /* in code points, from 1 */
  size_t offset;   /* in octets, from 0 */
  size_t octets;   /* its length in UTF-8 */
} vsms_culprit;

/* A text and what it costs. */
typedef struct vsms_text {
  vsms_coding coding;   /* VSMS_GSM7 when every character is in that alphabet, VSMS_UCS2 otherwise */
  size_t chars;         /* code points */
  size_t units;         /* of `coding` */
  size_t parts;         /* 1 to VSMS_PARTS_MAX; an empty text is one part of no units */
  size_t part_units;    /* what one of these parts holds at most */
  size_t left;          /* units that still fit without another part */
  vsms_culprit culprit; /* the first character that is not GSM-7 */
} vsms_text;

/* Counts. Parts are filled one after the other: an escape and what it escapes stay together (3GPP TS 23.040 section
 * 9.2.3.24.1), a surrogate pair too. A part of several holds what a concatenation header leaves: 153 septets or 67
 * code units with a reference of 8 bits, 152 or 66 with 16 (`reference_bits`).
 * False with *error filled when `reference_bits` is neither, for what is not well-formed UTF-8 (it names the octet,
 * from 1), and for more than VSMS_PARTS_MAX parts; the text is read to its end before the parts are counted. */
bool vsms_text_analyze(vsms_bytes text, int reference_bits, vsms_text *result, vsms_error *error);

/* One part of a text. All zero before the first. */
typedef struct vsms_part {
  size_t number; /* from 1 */
  size_t offset; /* in octets of the text, from 0 */
  size_t octets;
  size_t units;
} vsms_part;

/* Goes on to the next part of a text that was analysed; false after the last. */
bool vsms_text_next_part(vsms_bytes text, const vsms_text *analysis, vsms_part *part);

/* ---- user data headers: 3GPP TS 23.040 section 9.2.3.24 ---------------------------------------- */

/* A header is octets: its length without the first one (UDHL), then information elements of identifier (IEI),
 * length and data. VertexSMS writes each octet as a % and two hexadecimal digits. */

typedef struct vsms_element {
  unsigned char iei;
  vsms_bytes data; /* points into the header */
} vsms_element;

/* Which part of which text. `bits == 0`: of none. */
typedef struct vsms_concatenation {
  int bits;           /* of the reference: 8 (IEI 00) or 16 (IEI 08) */
  unsigned reference; /* the same for all parts of a text */
  unsigned parts;     /* 1 to VSMS_PARTS_MAX */
  unsigned part;      /* 1 to `parts` */
} vsms_concatenation;

/* What user data holds beside a header of that many octets (UDHL included, 0: no header), in units of the coding.
 * Septets begin at the next septet boundary. */
size_t vsms_udh_capacity(vsms_coding coding, size_t header_octets);

/* Reads `%05%00%03%CC%02%01`, the same digits without a %, or with 0x in front of them all as /sms/status has it.
 * `out` holds VSMS_USER_DATA_OCTETS. False with *error filled when it is none of these, or longer. */
bool vsms_udh_decode(vsms_bytes written, unsigned char *out, size_t *octets, vsms_error *error);

/* Writes it the way VertexSMS wants it, in upper case. `out` holds 3 octets for each. Returns how many were written. */
size_t vsms_udh_encode(vsms_bytes header, char *out);

/* Is this a header: as long as its UDHL says, elements that end where it ends, and every concatenation one that a
 * handset may act on? The last concatenation is the one that counts. False with *error filled. */
bool vsms_udh_check(vsms_bytes header, vsms_concatenation *concatenation, vsms_error *error);

/* Goes on to the next element of a header that was checked.  *offset is 1 before the first. False after the last. */
bool vsms_udh_next(vsms_bytes header, size_t *offset, vsms_element *element);

/* Puts a header together. `out` holds VSMS_USER_DATA_OCTETS. False with *error filled when it is too long, or no
 * header that vsms_udh_check lets pass. */
bool vsms_udh_build(const vsms_element *elements, size_t count, unsigned char *out, size_t *octets, vsms_error *error);

/* The header of one part. `out` holds VSMS_CONCATENATION_OCTETS. Returns its octets (6 or 7), or 0 when a value is
 * out of its range. */
size_t vsms_udh_concatenate(const vsms_concatenation *concatenation, unsigned char *out);

/* ---- addresses: recipients and senders ---------------------------------------------------------- */

/* ASCII digits and letters only, and nothing around them: a space, a dash, a line end or a digit of another script is
 * refused, not repaired, because a repaired number may be another person's. */

/* Is it a telephone number in international form, country code first, with or without a plus in front?  *digits is the
 * part of `text` that goes over the wire; false with *reason, which is static: "must be digits only, ...". */
bool vsms_msisdn(vsms_bytes text, vsms_bytes *digits, const char **reason);

/* Is it a sender ID: an MSISDN, or 1 to 11 Latin letters, digits, spaces and dots?  *sender is an MSISDN without its
 * plus, anything else as it is. */
bool vsms_sender(vsms_bytes text, vsms_bytes *sender, const char **reason);

/* ---- UTF-8 ------------------------------------------------------------------------------------- */

/* The offset of the first octet that begins no well-formed UTF-8 sequence (RFC 3629: no overlong form, no
 * surrogate, nothing above U+10FFFF), or text.length when all is well. */
size_t vsms_utf8_check(vsms_bytes text);

#endif
