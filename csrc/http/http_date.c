/* http_date.c - see http_date.h. */
#include "http/http_date.h"

#include <string.h>

struct date {
  int year, month, day, hour, minute, second; /* month: 1 to 12 */
};

static const char days[] = "Sun Mon Tue Wed Thu Fri Sat ";
static const char months[] = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec ";
static const char *const long_days[] = {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};

static bool take(vsms_bytes *text, const char *expected) {
  size_t length = strlen(expected);
  if (text->length < length || memcmp(text->data, expected, length) != 0) return false;
  text->data += length, text->length -= length;
  return true;
}

static bool take_digits(vsms_bytes *text, int count, int *value) {
  *value = 0;
  for (int i = 0; i < count; i++, text->data++, text->length--) {
    if (text->length == 0 || *text->data < '0' || *text->data > '9') return false;
    *value = *value * 10 + (*text->data - '0');
  }
  return true;
}

/* One of a list of names of three letters with a space behind each; its place, from 1. */
static bool take_name(vsms_bytes *text, const char *names, int *place) {
  for (*place = 1; *names != '\0'; names += 4, ++*place) {
    if (text->length < 3 || memcmp(text->data, names, 3) != 0) continue;
    text->data += 3, text->length -= 3;
    return true;
  }
  return false;
}

static bool take_long_day(vsms_bytes *text) {
  for (size_t i = 0; i < sizeof long_days / sizeof *long_days; i++) {
    if (take(text, long_days[i])) return true;
  }
  return false;
}

static bool take_time(vsms_bytes *text, struct date *date) {
  return take_digits(text, 2, &date->hour) && take(text, ":") && take_digits(text, 2, &date->minute) &&
         take(text, ":") && take_digits(text, 2, &date->second);
}

/* Sun, 06 Nov 1994 08:49:37 GMT */
static bool take_fixdate(vsms_bytes text, struct date *date) {
  int day_name;
  return take_name(&text, days, &day_name) && take(&text, ", ") && take_digits(&text, 2, &date->day) &&
         take(&text, " ") && take_name(&text, months, &date->month) && take(&text, " ") &&
         take_digits(&text, 4, &date->year) && take(&text, " ") && take_time(&text, date) && take(&text, " GMT") &&
         text.length == 0;
}

/* Sun Nov  6 08:49:37 1994 */
static bool take_asctime(vsms_bytes text, struct date *date) {
  int day_name;
  return take_name(&text, days, &day_name) && take(&text, " ") && take_name(&text, months, &date->month) &&
         take(&text, " ") && take_digits(&text, take(&text, " ") ? 1 : 2, &date->day) && take(&text, " ") &&
         take_time(&text, date) && take(&text, " ") && take_digits(&text, 4, &date->year) && text.length == 0;
}

/* Sunday, 06-Nov-94 08:49:37 GMT; the century is open. */
static bool take_rfc850(vsms_bytes text, struct date *date) {
  return take_long_day(&text) && take(&text, ", ") && take_digits(&text, 2, &date->day) && take(&text, "-") &&
         take_name(&text, months, &date->month) && take(&text, "-") && take_digits(&text, 2, &date->year) &&
         take(&text, " ") && take_time(&text, date) && take(&text, " GMT") && text.length == 0;
}

static bool is_leap(int year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

/* 60 is a leap second. */
static bool exists(const struct date *date) {
  static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  int last = lengths[date->month - 1] + (date->month == 2 && is_leap(date->year) ? 1 : 0);
  return date->day >= 1 && date->day <= last && date->hour <= 23 && date->minute <= 59 && date->second <= 60;
}

/* Days since 1970-01-01 of the Gregorian calendar: 365 or 366 a year, which for this sum begins in March, and
 * 146097 in 400 years, so that no year is negative. */
static long long days_since_1970(const struct date *date) {
  long long year = date->year + 400, month = date->month;
  if (month <= 2) year--, month += 12;
  return 365 * year + year / 4 - year / 100 + year / 400 + (153 * (month - 3) + 2) / 5 + date->day - 719469 - 146097;
}

static long long seconds_since_1970(const struct date *date) {
  return days_since_1970(date) * 86400 + date->hour * 3600LL + date->minute * 60LL + date->second;
}

static int year_of(long long seconds) {
  int year = 1970 + (int)(seconds / 31556952); /* the mean year: at most one off */
  while (seconds_since_1970(&(struct date){year + 1, 1, 1, 0, 0, 0}) <= seconds) year++;
  while (seconds_since_1970(&(struct date){year, 1, 1, 0, 0, 0}) > seconds) year--;
  return year;
}

/* More than 50 years ahead is the last one in the past (RFC 9110 section 5.6.7). */
static int whole_year(int two_digits, long long now) {
  int this_year = year_of(now), year = this_year - this_year % 100 + two_digits;
  if (year > this_year + 50) return year - 100;
  return year + 100 <= this_year + 50 ? year + 100 : year;
}

bool vsms_http_date(vsms_bytes text, long long now, long long *seconds) {
  struct date date;
  if (take_rfc850(text, &date)) {
    date.year = whole_year(date.year, now);
  } else if (!take_fixdate(text, &date) && !take_asctime(text, &date)) {
    return false;
  }
  if (!exists(&date)) return false;
  *seconds = seconds_since_1970(&date);
  return true;
}
