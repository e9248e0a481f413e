/* number.c - see number.h. */
#include "base/number.h"

#include <string.h>

static bool take(const char **at, const char *end, char c) {
  if (*at == end || **at != c) return false;
  ++*at;
  return true;
}

static bool take_digits(const char **at, const char *end, vsms_bytes *digits) {
  digits->data = *at;
  while (*at < end && vsms_is_digit(**at)) ++*at;
  digits->length = (size_t)(*at - digits->data);
  return digits->length > 0;
}

static bool take_exponent(const char **at, const char *end, struct vsms_number *number) {
  number->is_exponent_negative = take(at, end, '-');
  if (!number->is_exponent_negative) take(at, end, '+');
  return take_digits(at, end, &number->exponent);
}

bool vsms_number_take(const char **at, const char *end, struct vsms_number *number) {
  memset(number, 0, sizeof *number);
  number->is_negative = take(at, end, '-');
  if (!take_digits(at, end, &number->whole)) return false;
  if (take(at, end, '.') && !take_digits(at, end, &number->fraction)) return false;
  return !(take(at, end, 'e') || take(at, end, 'E')) || take_exponent(at, end, number);
}

bool vsms_number_is_padded(const struct vsms_number *number) {
  return number->whole.length > 1 && *number->whole.data == '0';
}
