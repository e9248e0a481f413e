/* url.h - what a URL of the configuration says, read by libcurl's own parser: it connects to what was looked at. */
#ifndef VSMS_URL_H
#define VSMS_URL_H

#include "vsms/base.h"

struct vsms_url {
  char *scheme;   /* in lower case */
  char *host;     /* never empty */
  bool has_user;  /* or a password */
  bool has_path;  /* other than "/" */
  bool has_query; /* or a fragment */
};

typedef enum vsms_url_result { VSMS_URL_OK, VSMS_URL_INVALID, VSMS_URL_EXHAUSTED } vsms_url_result;

/* *url is to be freed, whatever the result. */
vsms_url_result vsms_url_parse(const char *text, struct vsms_url *url);
void vsms_url_free(struct vsms_url *url);

/* Does only this machine have that host? */
bool vsms_url_is_loopback(const struct vsms_url *url);

/* Is the scheme one of these? The list ends with NULL. */
bool vsms_url_has_scheme(const struct vsms_url *url, const char *const *schemes);

#endif
