/* url.c - see url.h. */
#include "http/url.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#include "base/fold.h"

/* A copy that is free()'s; NULL when there is no such part, or no memory. */
static char *copy_part(CURLU *from, CURLUPart part) {
  char *value = NULL, *copy = NULL;
  if (curl_url_get(from, part, &value, 0) == CURLUE_OK) copy = strdup(value);
  curl_free(value);
  return copy;
}

static bool has_part(CURLU *from, CURLUPart part) {
  char *value = NULL;
  bool there = curl_url_get(from, part, &value, 0) == CURLUE_OK && strcmp(value, "/") != 0;
  curl_free(value);
  return there;
}

static bool take_parts(CURLU *from, struct vsms_url *url) {
  url->scheme = copy_part(from, CURLUPART_SCHEME);
  url->host = copy_part(from, CURLUPART_HOST);
  url->has_user = has_part(from, CURLUPART_USER) || has_part(from, CURLUPART_PASSWORD);
  url->has_path = has_part(from, CURLUPART_PATH);
  url->has_query = has_part(from, CURLUPART_QUERY) || has_part(from, CURLUPART_FRAGMENT);
  if (url->scheme == NULL || url->host == NULL) return false;
  for (char *c = url->scheme; *c != '\0'; c++) *c = vsms_fold(*c);
  return true;
}

vsms_url_result vsms_url_parse(const char *text, struct vsms_url *url) {
  memset(url, 0, sizeof *url);
  CURLU *from = curl_url();
  CURLUcode code =
      from == NULL ? CURLUE_OUT_OF_MEMORY : curl_url_set(from, CURLUPART_URL, text, CURLU_NON_SUPPORT_SCHEME);
  bool is_taken = code == CURLUE_OK && take_parts(from, url);
  curl_url_cleanup(from);
  if (code == CURLUE_OUT_OF_MEMORY) return VSMS_URL_EXHAUSTED;
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
