/*
 * callback.h - VertexSMS calling us: where a call came from, what it says and whether to believe it. Part of vsms.h,
 * whose conventions hold.
 */
#ifndef VSMS_PUBLIC_CALLBACK_H
#define VSMS_PUBLIC_CALLBACK_H

#include <stdint.h>

#include "vsms/base.h"

/* ---- IP addresses: who calls ------------------------------------------------------------------- */

/* In network order. An IPv4 address is held as ::ffff:a.b.c.d (RFC 4291 section 2.5.5.2), so that it is the same
 * address whether the server's socket is of IPv4 or of both. */
typedef struct vsms_ip {
  unsigned char octets[16];
} vsms_ip;

enum { VSMS_IP_TEXT = 46 }; /* what the longest text of an address needs, the NUL included */

/* Reads `178.32.167.92`, `2001:db8::1` or `::ffff:178.32.167.92`, and nothing around them: no zone, no brackets, no
 * space. False when it is anything else. */
bool vsms_ip_parse(vsms_bytes text, vsms_ip *ip);

/* Writes it in the shortest form, an IPv4 address with dots, and a NUL. */
void vsms_ip_format(const vsms_ip *ip, char out[VSMS_IP_TEXT]);

/* The addresses that share their first `bits` bits with `first`. */
typedef struct vsms_ip_range {
  vsms_ip first;
  unsigned bits; /* 0 to 128, of an IPv4 range 96 to 128 */
} vsms_ip_range;

/* Reads an address, or an address, a slash and the length of the prefix: `178.33.133.192/28`. False with *error filled
 * for anything else, and for an address with bits set behind the prefix, which is a slip of the pen. */
bool vsms_ip_range_parse(vsms_bytes text, vsms_ip_range *range, vsms_error *error);

/* IPv4 addresses are only in IPv4 ranges: `::/0` is every IPv6 address. */
bool vsms_ip_range_contains(const vsms_ip_range *range, const vsms_ip *ip);

/* Whose request it is. `connection` is the address of the connection; while the address found so far is one of the
 * proxies, it is the next entry of X-Forwarded-For (`forwarded`, absent when there is none) from the right: what stands
 * further left was written by the client that the last proxy talked to. An entry may have a port, and an IPv6 one brackets.
 * False when an entry that counts is not an address. */
bool vsms_ip_source(const vsms_ip *connection, vsms_bytes forwarded, const vsms_ip_range *proxies, size_t count,
                    vsms_ip *source);

/* ---- reports: what a call says ------------------------------------------------------------------ */

/* The fields that are looked at, wherever they stand in the body's outermost object. */
typedef enum vsms_report_field {
  VSMS_REPORT_ID,
  VSMS_REPORT_STATUS,
  VSMS_REPORT_ERROR,
  VSMS_REPORT_MCC,
  VSMS_REPORT_MNC,
  VSMS_REPORT_IMSI,
  VSMS_REPORT_COUNTRY,
  VSMS_REPORT_OPERATOR_ID,
  VSMS_REPORT_OPERATOR,
  VSMS_REPORT_PORTED,
  VSMS_REPORT_FIELDS
} vsms_report_field;

typedef struct vsms_report {
  vsms_value values[VSMS_REPORT_FIELDS]; /* of a field that comes twice, the last */
} vsms_report;

enum { VSMS_REPORT_BYTES = 64 * 1024 };

/* Reads a JSON object (RFC 8259, to the letter, but any octets are taken for UTF-8) of at most VSMS_REPORT_BYTES,
 * not nested too deeply; a byte order mark before it is skipped. False with *error filled for anything else. */
bool vsms_report_read(vsms_bytes body, vsms_report *report, vsms_error *error);

/* ---- queries: what the URL that we gave carries -------------------------------------------------- */

/* The value of the parameter in a request's URI, as it stands there. False when there is none, or more than one, because
 * there is no way to tell which counts. */
bool vsms_query_parameter(vsms_bytes uri, vsms_bytes name, vsms_bytes *value);

/* Writes the octets that %XX stands for (RFC 3986 section 2.1), and all else as it is. `out` holds text.length
 * octets. Returns how many. */
size_t vsms_percent_decode(vsms_bytes text, char *out);

/* ---- secrets ----------------------------------------------------------------------------------- */

/* Takes a time that depends on the lengths alone. */
bool vsms_equal_constant_time(vsms_bytes a, vsms_bytes b);

enum { VSMS_HMAC_TEXT = 65 }; /* lower-case hexadecimal digits, the NUL included */

/* HMAC-SHA256 (RFC 2104). False with *error filled when this core was built without libcrypto. */
bool vsms_hmac_sha256(vsms_bytes key, vsms_bytes data, char out[VSMS_HMAC_TEXT], vsms_error *error);

/* Tells texts apart, unless they were chosen with malice (64-bit FNV-1a). */
uint64_t vsms_fingerprint(vsms_bytes text);

#endif
