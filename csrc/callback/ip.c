/* ip.c - IP addresses, ranges of them, and whose request came through which proxies. */
#include <arpa/inet.h>
#include <string.h>

#include "base/error.h"
#include "base/number.h"
#include "vsms/callback.h"

enum { ADDRESS_BITS = 128, IPV4_PREFIX_BITS = 96, IPV4_OFFSET = 12 };

static const unsigned char ipv4_prefix[IPV4_OFFSET] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

static bool is_ipv4(const vsms_ip *ip) { return memcmp(ip->octets, ipv4_prefix, sizeof ipv4_prefix) == 0; }

/* inet_pton takes four decimal numbers or RFC 4291 section 2.2, and nothing else: no octal, no short forms, no zone. */
bool vsms_ip_parse(vsms_bytes text, vsms_ip *ip) {
  char copy[VSMS_IP_TEXT];
  if (text.length == 0 || text.length >= sizeof copy || memchr(text.data, '\0', text.length) != NULL) return false;
  memcpy(copy, text.data, text.length);
  copy[text.length] = '\0';
  memcpy(ip->octets, ipv4_prefix, sizeof ipv4_prefix);
  if (inet_pton(AF_INET, copy, ip->octets + IPV4_OFFSET) == 1) return true;
  return inet_pton(AF_INET6, copy, ip->octets) == 1;
}

void vsms_ip_format(const vsms_ip *ip, char out[VSMS_IP_TEXT]) {
  if (is_ipv4(ip)) {
    inet_ntop(AF_INET, ip->octets + IPV4_OFFSET, out, VSMS_IP_TEXT);
  } else {
    inet_ntop(AF_INET6, ip->octets, out, VSMS_IP_TEXT);
  }
}

/* One to three digits without a zero in front. */
static bool parse_bits(vsms_bytes text, unsigned *bits) {
  if (text.length == 0 || text.length > 3 || (text.length > 1 && text.data[0] == '0')) return false;
  *bits = 0;
  for (size_t i = 0; i < text.length; i++) {
    if (!vsms_is_digit(text.data[i])) return false;
    *bits = *bits * 10 + (unsigned)(text.data[i] - '0');
  }
  return true;
}

static unsigned mask_of(unsigned bits, size_t octet) {
  if (bits >= 8 * (octet + 1)) return 0xff;
  if (bits <= 8 * octet) return 0;
  return (0xff00u >> (bits - 8 * octet)) & 0xff;
}

static bool has_bits_behind(const vsms_ip_range *range) {
  for (size_t i = 0; i < sizeof range->first.octets; i++) {
    if ((range->first.octets[i] & ~mask_of(range->bits, i) & 0xff) != 0) return true;
  }
  return false;
}

bool vsms_ip_range_parse(vsms_bytes text, vsms_ip_range *range, vsms_error *error) {
  const char *slash = text.length > 0 ? memchr(text.data, '/', text.length) : NULL;
  vsms_bytes ip = {text.data, slash != NULL ? (size_t)(slash - text.data) : text.length};
  if (!vsms_ip_parse(ip, &range->first)) {
    return vsms_fail(error, VSMS_INVALID_ARGUMENT, NULL,
                     "is not a valid IP address or range, such as 178.33.133.192/28");
  }
  /* ::ffff:1.2.3.4/128 counts all bits, 1.2.3.4/32 those behind the prefix. */
  unsigned before = memchr(ip.data, ':', ip.length) == NULL ? IPV4_PREFIX_BITS : 0;
  range->bits = ADDRESS_BITS;
  if (slash == NULL) return true;
  vsms_bytes bits = {slash + 1, text.length - ip.length - 1};
  if (!parse_bits(bits, &range->bits) || range->bits > ADDRESS_BITS - before) {
    return vsms_fail(error, VSMS_INVALID_ARGUMENT, NULL, "must have a prefix length from 0 to %u behind its slash",
                     ADDRESS_BITS - before);
  }
  range->bits += before;
  if (!has_bits_behind(range)) return true;
  return vsms_fail(error, VSMS_INVALID_ARGUMENT, NULL,
                   "has bits set behind its prefix: the address must be the first one of its range");
}

bool vsms_ip_range_contains(const vsms_ip_range *range, const vsms_ip *ip) {
  if (range->bits < IPV4_PREFIX_BITS && is_ipv4(ip)) return false;
  for (size_t i = 0; i < sizeof ip->octets; i++) {
    unsigned difference = (unsigned)(range->first.octets[i] ^ ip->octets[i]);
    if ((difference & mask_of(range->bits, i)) != 0) return false;
  }
  return true;
}

static bool is_one_of(const vsms_ip_range *ranges, size_t count, const vsms_ip *ip) {
  for (size_t i = 0; i < count; i++) {
    if (vsms_ip_range_contains(&ranges[i], ip)) return true;
  }
  return false;
}

static vsms_bytes trim(vsms_bytes text) {
  while (text.length > 0 && (*text.data == ' ' || *text.data == '\t')) text.data++, text.length--;
  while (text.length > 0 && (text.data[text.length - 1] == ' ' || text.data[text.length - 1] == '\t')) text.length--;
  return text;
}

/* Takes `:` and one to five digits off the end. */
static void cut_port(vsms_bytes *text) {
  size_t digits = 0;
  while (digits < text->length && digits < 5 && vsms_is_digit(text->data[text->length - 1 - digits])) digits++;
  if (digits > 0 && digits < text->length && text->data[text->length - 1 - digits] == ':') text->length -= digits + 1;
}

/* `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:80`. Without brackets what follows the
 * last colon of an IPv6 address is the address's own. */
static bool parse_entry(vsms_bytes entry, vsms_ip *ip) {
  entry = trim(entry);
  if (vsms_ip_parse(entry, ip)) return true;
  cut_port(&entry);
  if (entry.length > 2 && entry.data[0] == '[' && entry.data[entry.length - 1] == ']') {
    vsms_bytes inside = {entry.data + 1, entry.length - 2};
    return vsms_ip_parse(inside, ip) && memchr(inside.data, ':', inside.length) != NULL;
  }
  return entry.length > 0 && memchr(entry.data, ':', entry.length) == NULL && vsms_ip_parse(entry, ip);
}

bool vsms_ip_source(const vsms_ip *connection, vsms_bytes forwarded, const vsms_ip_range *proxies, size_t count,
                    vsms_ip *source) {
  *source = *connection;
  size_t end = forwarded.length;
  for (bool more = forwarded.data != NULL; more && is_one_of(proxies, count, source);) {
    size_t begin = end;
    while (begin > 0 && forwarded.data[begin - 1] != ',') begin--;
    if (!parse_entry((vsms_bytes){forwarded.data + begin, end - begin}, source)) return false;
    more = begin > 0;
    end = begin - (more ? 1 : 0);
  }
  return true;
}
