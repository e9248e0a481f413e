/* integer.c - an integer is an integer however it is written: 1200000001.0, 1.2e9. By its digits, because a double holds
 * 53 bits and a locale may have another decimal point. */
#include <string.h>

#include "base/number.h"

/* No integer that identifies something needs a larger one. */
enum { EXPONENT_MAX = 999 };

struct integer {
  struct vsms_number number;
  long exponent;
};

static bool read_exponent(const struct vsms_number *number, long *exponent) {
  *exponent = 0;
  for (size_t i = 0; i < number->exponent.length && *exponent <= EXPONENT_MAX; i++) {
    *exponent = *exponent * 10 + (number->exponent.data[i] - '0');
  }
  if (*exponent > EXPONENT_MAX) return false;
  if (number->is_exponent_negative) *exponent = -*exponent;
  return true;
}

static bool read_number(vsms_bytes text, struct integer *integer) {
  const char *at = text.data, *end = text.data + text.length;
  return vsms_number_take(&at, end, &integer->number) && at == end &&
         read_exponent(&integer->number, &integer->exponent);
}

/* The digit `place` places left of the point; those right of it are negative, the first is -1. */
static char digit_at(const struct integer *integer, long place) {
  vsms_bytes whole = integer->number.whole, fraction = integer->number.fraction;
  long from_left = (long)whole.length - 1 - (place - integer->exponent);
  if (from_left < 0) return '0';
  size_t i = (size_t)from_left;
  if (i < whole.length) return whole.data[i];
  i -= whole.length;
  return i < fraction.length ? fraction.data[i] : '0';
}

static bool has_fraction(const struct integer *integer) {
  long last = integer->exponent - (long)integer->number.fraction.length;
  for (long place = -1; place >= last; place--) {
    if (digit_at(integer, place) != '0') return true;
  }
  return false;
}

/* Digits alone are left as they are: an ID may begin with zeros. */
static bool is_plain(vsms_bytes text) {
  for (size_t i = 0; i < text.length; i++) {
    if (!vsms_is_digit(text.data[i])) return false;
  }
  return text.length > 0;
}

static size_t write_digits(const struct integer *integer, char out[VSMS_INTEGER_TEXT]) {
  bool is_negative = integer->number.is_negative;
  long place = (long)integer->number.whole.length + integer->exponent - 1;
  while (place > 0 && digit_at(integer, place) == '0') place--;
  if (place < 0) place = 0;
  if (place + 1 + is_negative > VSMS_INTEGER_TEXT) return 0;
  size_t length = 0;
  if (is_negative && (place > 0 || digit_at(integer, 0) != '0')) out[length++] = '-';
  for (; place >= 0; place--) out[length++] = digit_at(integer, place);
  return length;
}

size_t vsms_integer_digits(vsms_bytes text, char out[VSMS_INTEGER_TEXT]) {
  struct integer integer;
  if (text.length > VSMS_INTEGER_TEXT) return 0;
  if (is_plain(text)) {
    memcpy(out, text.data, text.length);
    return text.length;
  }
  return read_number(text, &integer) && !has_fraction(&integer) ? write_digits(&integer, out) : 0;
}
