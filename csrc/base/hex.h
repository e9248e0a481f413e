/* hex.h - hexadecimal digits, in either case where they are read. */
#ifndef VSMS_HEX_H
#define VSMS_HEX_H

/* The value of a digit, or -1. */
static inline int vsms_hex_value(int c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The octet that two digits stand for, or -1. */
static inline int vsms_hex_octet(const char digits[2]) {
  int high = vsms_hex_value(digits[0]), low = vsms_hex_value(digits[1]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/* The two digits of an octet. */
static inline void vsms_hex_write(unsigned char octet, char out[2]) {
  static const char digits[] = "0123456789abcdef";
  out[0] = digits[octet >> 4];
  out[1] = digits[octet & 15];
}

static inline void vsms_hex_write_upper(unsigned char octet, char out[2]) {
  static const char digits[] = "0123456789ABCDEF";
  out[0] = digits[octet >> 4];
  out[1] = digits[octet & 15];
}

#endif
