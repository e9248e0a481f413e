/* settings.h - the checked configuration of an engine, read-only once made and shared by its threads. */
#ifndef VSMS_SETTINGS_H
#define VSMS_SETTINGS_H

#include <curl/curl.h>

#include "http/redaction.h"

/* libcurl has never asked 100-continue for so little; it was 1024 octets before 7.57, and is a million now. */
enum { VSMS_BODY_OCTETS_SMALL = 1024 };

enum vsms_body_size { VSMS_BODY_NONE, VSMS_BODY_SMALL, VSMS_BODY_LARGE, VSMS_BODY_SIZES };

enum vsms_body_size vsms_body_size(const char *body, size_t length);

struct vsms_settings {
  char *base_url; /* without a slash at the end */
  char *alternate_base_url;
  char *ca_file;                      /* NULL: libcurl's */
  char *proxy;                        /* "" : none */
  char *token_line, *user_agent_line; /* whole header lines */
  const char *user_agent;             /* in that one */
  struct vsms_redaction redaction;
  bool has_plain_http;   /* one of the base URLs */
  bool has_secure_proxy; /* TLS within TLS */
  long timeout_ms, connect_timeout_ms, max_idle_ms;
  size_t max_response_bytes, concurrency, queue_limit;
  struct curl_slist *fields[VSMS_BODY_SIZES]; /* what every request with such a body carries */
};

/* Checks and copies. False with *error filled; *settings is then empty and needs no free. */
bool vsms_settings_make(struct vsms_settings *settings, const vsms_config *config, vsms_error *error);
void vsms_settings_free(struct vsms_settings *settings);

/* A new list of such fields; NULL when memory ran out. */
struct curl_slist *vsms_settings_fields(const struct vsms_settings *settings, enum vsms_body_size size);

#endif
