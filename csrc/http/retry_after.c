/* retry_after.c - the Retry-After field, RFC 9110 section 10.2.3: delay-seconds or an HTTP-date. */
#include "base/number.h"
#include "http/http_date.h"

enum { DAY_SECONDS = 24 * 3600 };

static long in_range(long long seconds) {
  if (seconds < 0) seconds = 0;
  return (long)(seconds > DAY_SECONDS ? DAY_SECONDS : seconds) * 1000;
}

static long delay_seconds(vsms_bytes value) {
  long long seconds = 0;
  for (size_t i = 0; i < value.length; i++) {
    if (!vsms_is_digit(value.data[i])) return -1;
    if (seconds <= DAY_SECONDS) seconds = seconds * 10 + (value.data[i] - '0');
  }
  return in_range(seconds);
}

long vsms_retry_after_ms(vsms_bytes value, long long now) {
  long long then;
  if (value.length == 0) return -1;
  if (vsms_is_digit(value.data[0])) return delay_seconds(value);
  return vsms_http_date(value, now, &then) ? in_range(then - now) : -1;
}
