/* http_date_test.c - dates as HTTP has them. */
#include "http/http_date.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cmocka_all.h"

static const long long now = 784111777; /* Sun, 06 Nov 1994 08:49:37 GMT */

static void is_time(const char *text, long long expected) {
  long long seconds = -1;
  if (!vsms_http_date((vsms_bytes){text, strlen(text)}, now, &seconds)) fail_msg("'%s' was refused", text);
  assert_int_equal(seconds, expected);
}

static void is_refused(const char *text) {
  long long seconds;
  if (vsms_http_date((vsms_bytes){text, strlen(text)}, now, &seconds)) fail_msg("'%s' was taken", text);
}

static void all_three_forms_are_read(void **state) {
  (void)state;
  is_time("Sun, 06 Nov 1994 08:49:37 GMT", now);
  is_time("Sunday, 06-Nov-94 08:49:37 GMT", now);
  is_time("Sun Nov  6 08:49:37 1994", now);
  is_time("Wed Nov 16 08:49:37 1994", now + 10 * 86400);
}

static void no_time_is_too_late(void **state) {
  (void)state;
  is_time("Tue, 19 Jan 2038 03:14:07 GMT", 2147483647LL);
  is_time("Tue, 19 Jan 2038 03:14:08 GMT", 2147483648LL);
  is_time("Tue, 06 Nov 2096 08:49:37 GMT", 4003030177LL);
  is_time("Sun, 07 Feb 2106 06:28:16 GMT", 4294967296LL);
  is_time("Fri, 31 Dec 9999 23:59:59 GMT", 253402300799LL);
  is_time("Thu, 01 Jan 1970 00:00:00 GMT", 0);
  is_time("Wed, 31 Dec 1969 23:59:59 GMT", -1);
  is_time("Sat, 01 Jan 0000 00:00:00 GMT", -62167219200LL);
}

static void two_digits_are_the_nearest_year(void **state) {
  (void)state;
  is_time("Tuesday, 06-Nov-44 08:49:37 GMT", 2362034977LL); /* 2044, 50 years ahead */
  is_time("Tuesday, 06-Nov-45 08:49:37 GMT", -762189023LL); /* 1945 */
  is_time("Tuesday, 01-Jan-00 00:00:00 GMT", 946684800LL);  /* 2000 */
}

static void leap_years_have_their_day(void **state) {
  (void)state;
  is_time("Thu, 29 Feb 2024 00:00:00 GMT", 1709164800);
  is_time("Tue, 29 Feb 2000 00:00:00 GMT", 951782400);
  is_time("Sat, 31 Dec 2016 23:59:60 GMT", 1483228800);
  is_refused("Wed, 29 Feb 2023 00:00:00 GMT");
  is_refused("Thu, 29 Feb 1900 00:00:00 GMT");
}

/* Each day of two centuries agrees with the C library, where it has the bits for it. */
static void every_day_is_where_the_library_has_it(void **state) {
  (void)state;
  if (sizeof(time_t) < 8) skip();
  for (long long day = -36524; day < 73049; day++) {
    char text[64];
    time_t at = (time_t)(day * 86400 + 86399);
    struct tm fields;
    strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&at, &fields));
    is_time(text, at);
  }
}

static void anything_else_is_refused(void **state) {
  (void)state;
  static const char *const texts[] = {
      "",
      "Sun, 06 Nov",
      "sun, 06 Nov 1994 08:49:37 GMT",
      "Sun, 06 nov 1994 08:49:37 GMT",
      "Sun, 06 Nov 1994 08:49:37 gmt",
      "Sun, 06 Nov 1994 08:49:37 UTC",
      "Sun, 06 Nov 1994 08:49:37 +0000",
      "Sun, 06 Nov 1994 08:49:37",
      "Sun, 06 Nov 1994 08:49:37 GMT ",
      " Sun, 06 Nov 1994 08:49:37 GMT",
      "Sun, 6 Nov 1994 08:49:37 GMT",
      "Sun, 06 Nov 94 08:49:37 GMT",
      "Sun, 06 Nov 19940 08:49:37 GMT",
      "Sun,  06 Nov 1994 08:49:37 GMT",
      "Sun 06 Nov 1994 08:49:37 GMT",
      "Sunday, 06 Nov 1994 08:49:37 GMT",
      "Sun, 06-Nov-94 08:49:37 GMT",
      "Sunday, 06-Nov-1994 08:49:37 GMT",
      "Sun Nov 6 08:49:37 1994",
      "Sun Nov 06 08:49:37 1994 GMT",
      "06 Nov 1994 08:49:37 GMT",
      "1994-11-06T08:49:37Z",
      "Sun, 00 Nov 1994 08:49:37 GMT",
      "Sun, 31 Nov 1994 08:49:37 GMT",
      "Sun, 06 Nov 1994 24:00:00 GMT",
      "Sun, 06 Nov 1994 08:60:00 GMT",
      "Sun, 06 Nov 1994 08:49:61 GMT",
      "Sun, 06 Nov 1994 8:49:37 GMT",
      "Sun, 06 Nov 1994 08:49 GMT",
      "Sun, 06 Xyz 1994 08:49:37 GMT",
      "Sun, 06  No 1994 08:49:37 GMT",
  };
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) is_refused(texts[i]);
}

static void every_cut_is_refused(void **state) {
  (void)state;
  static const char *const texts[] = {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT",
                                      "Sun Nov  6 08:49:37 1994"};
  long long seconds;
  for (size_t i = 0; i < 3; i++) {
    for (size_t length = 0; length < strlen(texts[i]); length++) {
      assert_false(vsms_http_date((vsms_bytes){texts[i], length}, now, &seconds));
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(all_three_forms_are_read),
      cmocka_unit_test(no_time_is_too_late),
      cmocka_unit_test(two_digits_are_the_nearest_year),
      cmocka_unit_test(leap_years_have_their_day),
      cmocka_unit_test(every_day_is_where_the_library_has_it),
      cmocka_unit_test(anything_else_is_refused),
      cmocka_unit_test(every_cut_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
