/* settings.h - the checked configuration of an engine, read-only once made and shared by its threads. */
#ifndef VSMS_SETTINGS_H
#define VSMS_SETTINGS_H

#include <curl/curl.h>

#include "http/redaction.h"

struct vsms_settings {
  char *base_url; /* without a slash at the end */
  char *alternate_base_url;
  char *user_agent;
  char *ca_file;    /* NULL: libcurl's */
  char *proxy;      /* "" : none */
  char *token_line; /* the whole header line */
  struct vsms_redaction redaction;
  bool has_plain_http;   /* one of the base URLs */
  bool has_secure_proxy; /* TLS within TLS */
  long timeout_ms, connect_timeout_ms, max_idle_ms;
  size_t max_response_bytes, concurrency, queue_limit;
  struct curl_slist *fields;           /* what every request carries */
  struct curl_slist *fields_with_body; /* and one with a body */
};

/* Checks and copies. False with *error filled; *settings is then empty and needs no free. */
bool vsms_settings_make(struct vsms_settings *settings, const vsms_config *config, vsms_error *error);
void vsms_settings_free(struct vsms_settings *settings);

/* A new list of the fields above; NULL when memory ran out. */
struct curl_slist *vsms_settings_fields(const struct vsms_settings *settings, bool with_body);

#endif
