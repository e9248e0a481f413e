/* gsm.c - the GSM 7 bit default alphabet and its extension table, 3GPP TS 23.038 section 6.2.1. */
#include "text/gsm.h"

#include "vsms/text.h"

/* One row of 16 code points a line. 2: extension table. C with cedilla (U+00C7) is 09 of the alphabet; the small
 * one (U+00E7), which older character tables have there, is not in it. */
const unsigned char vsms_gsm_latin1[256] = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 2, 1, 0, 0, /* LF, FF, CR */
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* ESC is not a character */
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, /* SP ! " # $ % & ' ( ) * + , - . / */
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, /* 0 to 9 : ; < = > ? */
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, /* @ A to O */
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 1, /* P to Z, extension [ \ ] ^, _ */
    0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, /* no grave accent, a to o */
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 0, /* p to z, extension { | } ~ */
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* U+0080 */
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* U+0090 */
    0, 1, 0, 1, 1, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, /* inverted !, pound, currency, yen, section */
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, /* inverted ? */
    0, 0, 0, 0, 1, 1, 1, 1, 0, 1, 0, 0, 0, 0, 0, 0, /* Ä Å Æ Ç É */
    0, 1, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 1, 0, 0, 1, /* Ñ Ö Ø Ü ß */
    1, 0, 0, 0, 1, 1, 1, 0, 1, 1, 0, 0, 1, 0, 0, 0, /* à ä å æ è é ì */
    0, 1, 1, 0, 0, 0, 1, 0, 1, 1, 0, 0, 1, 0, 0, 0, /* ñ ò ö ø ù ü */
};

/* The Greek capitals that no Latin letter looks like, as bits from U+0390. */
static const uint32_t greek = 1u << (0x393 - 0x390) | 1u << (0x394 - 0x390) | 1u << (0x398 - 0x390) |
                              1u << (0x39B - 0x390) | 1u << (0x39E - 0x390) | 1u << (0x3A0 - 0x390) |
                              1u << (0x3A3 - 0x390) | 1u << (0x3A6 - 0x390) | 1u << (0x3A8 - 0x390) |
                              1u << (0x3A9 - 0x390);

unsigned vsms_gsm_septets(uint32_t codepoint) {
  if (codepoint < 0x100) return vsms_gsm_latin1[codepoint];
  if (codepoint >= 0x390 && codepoint < 0x3B0) return greek >> (codepoint - 0x390) & 1;
  return codepoint == 0x20AC ? 2 : 0; /* the euro sign, 65 of the extension table */
}
