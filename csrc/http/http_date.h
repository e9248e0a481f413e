/* http_date.h - dates as HTTP has them, in 64 bits wherever this runs. */
#ifndef VSMS_HTTP_DATE_H
#define VSMS_HTTP_DATE_H

#include "vsms/engine.h"

/* Reads an HTTP-date (RFC 9110 section 5.6.7), to the letter, in any of its three forms:
 *
 *     Sun, 06 Nov 1994 08:49:37 GMT
 *     Sunday, 06-Nov-94 08:49:37 GMT
 *     Sun Nov  6 08:49:37 1994
 *
 * `now` tells which century a year of two digits is of. Both times are seconds since 1970. False for anything else, and
 * for a day that does not exist; whether the day of the week is the right one is not looked at. */
bool vsms_http_date(vsms_bytes text, long long now, long long *seconds);

#endif
