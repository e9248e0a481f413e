/* integer.c - an integer is an integer however it is written: 1200000001.0, 1.2e9.  By its digits, because a double holds
 * 53 bits and a locale may have another decimal point. */
#include <string.h>

#include "vsms/base.h"

struct number {
  vsms_bytes whole, fraction;
  bool is_negative;
  long exponent;
};

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static bool take(vsms_bytes *text, const char *any) {
  if (text->length == 0 || *text->data == '\0' || strchr(any, *text->data) == NULL) return false;
  text->data++, text->length--;
  return true;
}

static vsms_bytes take_digits(vsms_bytes *text) {
  vsms_bytes digits = {text->data, 0};
  while (text->length > 0 && is_digit(*text->data)) text->data++, text->length--, digits.length++;
  return digits;
}

/* No integer that identifies something needs a larger one. */
enum { EXPONENT_MAX = 999 };

static bool take_exponent(vsms_bytes *text, long *exponent) {
  bool is_negative = text->length > 0 && *text->data == '-';
  take(text, "+-");
  vsms_bytes digits = take_digits(text);
  for (size_t i = 0; i < digits.length && *exponent <= EXPONENT_MAX; i++) {
    *exponent = *exponent * 10 + (digits.data[i] - '0');
  }
  if (digits.length == 0 || *exponent > EXPONENT_MAX) return false;
  if (is_negative) *exponent = -*exponent;
  return true;
}

/* RFC 8259 section 6, and zeros in front of it. */
static bool read_number(vsms_bytes text, struct number *number) {
  memset(number, 0, sizeof *number);
  number->is_negative = take(&text, "-");
  number->whole = take_digits(&text);
  if (number->whole.length == 0) return false;
  if (take(&text, ".")) {
    number->fraction = take_digits(&text);
    if (number->fraction.length == 0) return false;
  }
  if (take(&text, "eE") && !take_exponent(&text, &number->exponent)) return false;
  return text.length == 0;
}

/* The digit `place` places left of the point; those right of it are negative, the first is -1. */
static char digit_at(const struct number *number, long place) {
  long from_left = (long)number->whole.length - 1 - (place - number->exponent);
  if (from_left < 0) return '0';
  size_t i = (size_t)from_left;
  if (i < number->whole.length) return number->whole.data[i];
  i -= number->whole.length;
  return i < number->fraction.length ? number->fraction.data[i] : '0';
}

static bool has_fraction(const struct number *number) {
  long last = number->exponent - (long)number->fraction.length;
  for (long place = -1; place >= last; place--) {
    if (digit_at(number, place) != '0') return true;
  }
  return false;
}

/* Digits alone are left as they are: an ID may begin with zeros. */
static bool is_plain(vsms_bytes text) {
  for (size_t i = 0; i < text.length; i++) {
    if (!is_digit(text.data[i])) return false;
  }
  return text.length > 0;
}

size_t vsms_integer_digits(vsms_bytes text, char out[VSMS_INTEGER_TEXT]) {
  struct number number;
  if (text.length <= VSMS_INTEGER_TEXT && is_plain(text)) {
    memcpy(out, text.data, text.length);
    return text.length;
  }
  if (text.length > VSMS_INTEGER_TEXT || !read_number(text, &number) || has_fraction(&number)) return 0;
  long place = (long)number.whole.length + number.exponent - 1;
  while (place > 0 && digit_at(&number, place) == '0') place--;
  if (place < 0) place = 0;
  if (place + 1 + number.is_negative > VSMS_INTEGER_TEXT) return 0;
  size_t length = 0;
  if (number.is_negative && (place > 0 || digit_at(&number, 0) != '0')) out[length++] = '-';
  for (; place >= 0; place--) out[length++] = digit_at(&number, place);
  return length;
}
