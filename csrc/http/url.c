/* url.c - see url.h. */
#include "http/url.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#include "base/fold.h"

/* What libcurl has taken apart, and whether memory was missing for it. */
struct parts {
  CURLU *from;
  bool is_exhausted;
};

/* NULL when there is no such part, or no memory; otherwise for curl_free(). */
static char *part_of(struct parts *parts, CURLUPart part) {
  char *value = NULL;
  CURLUcode code = curl_url_get(parts->from, part, &value, 0);
  if (code == CURLUE_OUT_OF_MEMORY) parts->is_exhausted = true;
  return code == CURLUE_OK ? value : NULL;
}

/* A copy that is free()'s. */
static char *copy_part(struct parts *parts, CURLUPart part) {
  char *value = part_of(parts, part), *copy = value != NULL ? strdup(value) : NULL;
  if (value != NULL && copy == NULL) parts->is_exhausted = true;
  curl_free(value);
  return copy;
}

static bool has_part(struct parts *parts, CURLUPart part) {
  char *value = part_of(parts, part);
  bool there = value != NULL && strcmp(value, "/") != 0;
  curl_free(value);
  return there;
}

static bool take_parts(struct parts *parts, struct vsms_url *url) {
  url->scheme = copy_part(parts, CURLUPART_SCHEME);
  url->host = copy_part(parts, CURLUPART_HOST);
  url->has_user = has_part(parts, CURLUPART_USER) || has_part(parts, CURLUPART_PASSWORD);
  url->has_path = has_part(parts, CURLUPART_PATH);
  url->has_query = has_part(parts, CURLUPART_QUERY) || has_part(parts, CURLUPART_FRAGMENT);
  if (parts->is_exhausted || url->scheme == NULL || url->host == NULL) return false;
  for (char *c = url->scheme; *c != '\0'; c++) *c = vsms_fold(*c);
  return true;
}

vsms_url_result vsms_url_parse(const char *text, struct vsms_url *url) {
  memset(url, 0, sizeof *url);
  struct parts parts = {curl_url(), false};
  CURLUcode code = parts.from == NULL ? CURLUE_OUT_OF_MEMORY
                                      : curl_url_set(parts.from, CURLUPART_URL, text, CURLU_NON_SUPPORT_SCHEME);
  bool is_taken = code == CURLUE_OK && take_parts(&parts, url);
  curl_url_cleanup(parts.from);
  if (code == CURLUE_OUT_OF_MEMORY || parts.is_exhausted) return VSMS_URL_EXHAUSTED;
  return is_taken && *url->host != '\0' ? VSMS_URL_OK : VSMS_URL_INVALID;
}

void vsms_url_free(struct vsms_url *url) {
  free(url->scheme);
  free(url->host);
  memset(url, 0, sizeof *url);
}

bool vsms_url_is_loopback(const struct vsms_url *url) {
  struct in_addr address;
  if (vsms_is_name((vsms_bytes){url->host, strlen(url->host)}, "localhost") || strcmp(url->host, "[::1]") == 0)
    return true;
  return inet_pton(AF_INET, url->host, &address) == 1 && (ntohl(address.s_addr) >> 24) == 127;
}

bool vsms_url_has_scheme(const struct vsms_url *url, const char *const *schemes) {
  for (; *schemes != NULL; schemes++) {
    if (strcmp(url->scheme, *schemes) == 0) return true;
  }
  return false;
}
