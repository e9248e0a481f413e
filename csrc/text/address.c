/* address.c - recipients and senders.
 *
 * 15 digits are the bound of ITU-T E.164 section 6.2. It has no lower one; 7 are the shortest numbers that exist (+683
 * and +690, four digits after the country code). */
#include "base/number.h"
#include "vsms/text.h"

enum { DIGITS_MIN = 7, DIGITS_MAX = 15, SENDER_OCTETS_MAX = 11 };

static bool fail(const char **reason, const char *words) {
  *reason = words;
  return false;
}

static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool vsms_msisdn(vsms_bytes text, vsms_bytes *digits, const char **reason) {
  *digits = text;
  if (text.length > 0 && text.data[0] == '+') {
    digits->data++;
    digits->length--;
  }
  bool is_number = digits->length > 0;
  for (size_t i = 0; i < digits->length; i++) is_number = is_number && vsms_is_digit(digits->data[i]);
  if (!is_number) return fail(reason, "must be digits only, such as 37069912345");
  if (digits->data[0] == '0') return fail(reason, "must begin with a country code, such as 370");
  if (digits->length >= DIGITS_MIN && digits->length <= DIGITS_MAX) return true;
  return fail(reason, "must have 7 to 15 digits, such as 37069912345");
}

static bool is_word(vsms_bytes text) {
  if (text.length == 0 || text.length > SENDER_OCTETS_MAX) return false;
  for (size_t i = 0; i < text.length; i++) {
    char c = text.data[i];
    if (!vsms_is_digit(c) && !is_letter(c) && c != ' ' && c != '.') return false;
  }
  return true;
}

bool vsms_sender(vsms_bytes text, vsms_bytes *sender, const char **reason) {
  *sender = text;
  if (is_word(text) || vsms_msisdn(text, sender, reason)) return true;
  return fail(reason, "must be a phone number, such as 37069912345, or 1 to 11 of A-Z, a-z, 0-9, space and dot");
}
