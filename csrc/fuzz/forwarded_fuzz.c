/* forwarded_fuzz.c - any octets as X-Forwarded-For: a stranger is always himself, and behind a proxy whatever stands
 * left of the first entry that is not a proxy changes nothing. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "vsms.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds) {
  if (!holds) abort();
}

static vsms_ip ip(const char *text) {
  vsms_ip parsed;
  require(vsms_ip_parse((vsms_bytes){text, strlen(text)}, &parsed));
  return parsed;
}

/* What an attacker can do is to write something in front of what the last proxy adds. */
static void check_spoofing(vsms_bytes header, const vsms_ip_range *proxy, const vsms_ip *inside) {
  static const char added[] = ",203.0.113.9";
  vsms_ip found, attacker = ip("203.0.113.9");
  char *spoofed = malloc(header.length + sizeof added);
  if (spoofed == NULL) abort();
  if (header.length > 0) memcpy(spoofed, header.data, header.length);
  memcpy(spoofed + header.length, added, sizeof added - 1);
  vsms_bytes whole = {spoofed, header.length + sizeof added - 1};
  require(vsms_ip_source(inside, whole, proxy, 1, &found));
  require(memcmp(&found, &attacker, sizeof found) == 0);
  free(spoofed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  vsms_bytes header = {(const char *)data, size};
  vsms_ip_range proxy;
  vsms_error error;
  require(vsms_ip_range_parse((vsms_bytes){"10.0.0.0/8", 10}, &proxy, &error));
  vsms_ip inside = ip("10.0.0.1"), stranger = ip("203.0.113.9"), found;
  require(vsms_ip_source(&stranger, header, &proxy, 1, &found));
  require(memcmp(&found, &stranger, sizeof found) == 0);
  vsms_ip_source(&inside, header, &proxy, 1, &found);
  check_spoofing(header, &proxy, &inside);
  return 0;
}
