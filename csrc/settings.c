/* settings.c - see settings.h. */
#include "settings.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "error.h"
#include "headers.h"

enum { TOKEN_BYTES_MAX = 4096, TIMEOUT_MS_MAX = 24 * 3600 * 1000 };

static const char default_base_url[] = "https://api.vertexsms.com";
static const char default_user_agent[] = "vertexsms-lua/" VSMS_VERSION;

static char *copy_bytes(vsms_bytes bytes) {
  char *copy = malloc(bytes.length + 1);
  if (copy == NULL) return NULL;
  if (bytes.length > 0) memcpy(copy, bytes.data, bytes.length);
  copy[bytes.length] = '\0';
  return copy;
}

static vsms_bytes or_default(vsms_bytes bytes, const char *text) {
  return bytes.data != NULL ? bytes : (vsms_bytes){text, strlen(text)};
}

/* No control character, no space: what a URL may hold at most. */
static bool is_visible(vsms_bytes bytes) {
  for (size_t i = 0; i < bytes.length; i++) {
    unsigned char c = (unsigned char)bytes.data[i];
    if (c <= 0x20 || c == 0x7f) return false;
  }
  return bytes.length > 0;
}

static bool take_token(struct vsms_settings *settings, vsms_bytes token, vsms_error *error) {
  static const char name[] = "X-VertexSMS-Token: ";
  if (token.data == NULL || token.length == 0) {
    return vsms_fail(error, VSMS_INVALID_ARGUMENT, "token", "is missing");
  }
  if (token.length > TOKEN_BYTES_MAX) {
    return vsms_fail(error, VSMS_INVALID_ARGUMENT, "token", "longer than %d octets", (int)TOKEN_BYTES_MAX);
  }
  if (!is_visible(token)) {
    return vsms_fail(error, VSMS_INVALID_ARGUMENT, "token", "holds a space, a line break or a control character");
  }
  settings->token_line = malloc(sizeof name + token.length);
  if (settings->token_line == NULL) return vsms_fail_memory(error);
  memcpy(settings->token_line, name, sizeof name - 1);
  memcpy(settings->token_line + sizeof name - 1, token.data, token.length);
  settings->token_line[sizeof name - 1 + token.length] = '\0';
  settings->token = settings->token_line + sizeof name - 1;
  return true;
}

static bool host_is_loopback(const char *host) {
  struct in_addr address;
  if (strcasecmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0) return true;
  return inet_pton(AF_INET, host, &address) == 1 && (ntohl(address.s_addr) >> 24) == 127;
}

static bool has_part(CURLU *url, CURLUPart part) {
  char *value = NULL;
  bool there = curl_url_get(url, part, &value, 0) == CURLUE_OK;
  curl_free(value);
  return there;
}

static bool check_base_url_parts(CURLU *url, const char *scheme, const char *host, const char *field,
                                 vsms_error *error) {
  bool plain = strcmp(scheme, "http") == 0;
  if (!plain && strcmp(scheme, "https") != 0) {
    return vsms_fail(error, VSMS_INVALID_ARGUMENT, field, "must begin with https://");
  }
  if (has_part(url, CURLUPART_USER) || has_part(url, CURLUPART_PASSWORD)) {
    return vsms_fail(error, VSMS_INVALID_ARGUMENT, field, "must not hold a user name or a password");
  }
  if (has_part(url, CURLUPART_QUERY) || has_part(url, CURLUPART_FRAGMENT)) {
    return vsms_fail(error, VSMS_INVALID_ARGUMENT, field, "must not hold a query or a fragment");
  }
  if (plain && !host_is_loopback(host)) {
    return vsms_fail(error, VSMS_INVALID_ARGUMENT, field,
                     "must be https; with plain http, for loopback hosts only, the token is readable on the way");
  }
  return true;
}

static bool parse_base_url(const char *text, CURLU *url, const char *field, vsms_error *error) {
  char *scheme = NULL, *host = NULL;
  bool ok = false;
  CURLUcode code = curl_url_set(url, CURLUPART_URL, text, CURLU_NON_SUPPORT_SCHEME);
  if (code == CURLUE_OUT_OF_MEMORY) {
    vsms_fail_memory(error);
  } else if (code != CURLUE_OK || curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK ||
             curl_url_get(url, CURLUPART_HOST, &host, 0) != CURLUE_OK || *host == '\0') {
    vsms_fail(error, VSMS_INVALID_ARGUMENT, field, "is no URL such as %s", default_base_url);
  } else {
    ok = check_base_url_parts(url, scheme, host, field, error);
  }
  curl_free(scheme);
  curl_free(host);
  return ok;
}

static bool take_base_url(char **out, vsms_bytes text, const char *field, vsms_error *error) {
  while (text.length > 0 && text.data[text.length - 1] == '/') text.length--;
  if (!is_visible(text) || text.length > 2000) {
    return vsms_fail(error, VSMS_INVALID_ARGUMENT, field, "is no URL such as %s", default_base_url);
  }
  *out = copy_bytes(text);
  CURLU *url = curl_url();
  bool ok = *out != NULL && url != NULL ? parse_base_url(*out, url, field, error) : vsms_fail_memory(error);
  curl_url_cleanup(url);
  return ok;
}

static bool take_base_urls(struct vsms_settings *settings, const vsms_config *config, vsms_error *error) {
  vsms_bytes base_url = or_default(config->base_url, default_base_url);
  vsms_bytes alternate = config->alternate_base_url.data != NULL ? config->alternate_base_url : base_url;
  return take_base_url(&settings->base_url, base_url, "base_url", error) &&
         take_base_url(&settings->alternate_base_url, alternate, "status_base_url", error);
}

static bool is_plain_http(const char *url) { return strncmp(url, "http:", 5) == 0; }

/* The value may hold a password, so no message shows it.  Plain http goes to a loopback host only, and to reach
 * that through a proxy would show the token to the proxy. */
static bool take_proxy(struct vsms_settings *settings, vsms_bytes given, vsms_error *error) {
  vsms_bytes proxy = or_default(given, "");
  if (proxy.length > 0) {
    if (!is_visible(proxy)) return vsms_fail(error, VSMS_INVALID_ARGUMENT, "proxy", "is no URL");
    if (is_plain_http(settings->base_url) || is_plain_http(settings->alternate_base_url)) {
      return vsms_fail(error, VSMS_INVALID_ARGUMENT, "proxy", "is not used with a plain http base_url");
    }
  }
  settings->proxy = copy_bytes(proxy);
  if (settings->proxy == NULL) return vsms_fail_memory(error);
  if (proxy.length == 0) return true;
  CURLU *url = curl_url();
  CURLUcode code =
      url == NULL ? CURLUE_OUT_OF_MEMORY : curl_url_set(url, CURLUPART_URL, settings->proxy, CURLU_NON_SUPPORT_SCHEME);
  curl_url_cleanup(url);
  if (code == CURLUE_OUT_OF_MEMORY) return vsms_fail_memory(error);
  return code == CURLUE_OK || vsms_fail(error, VSMS_INVALID_ARGUMENT, "proxy", "is no URL such as http://proxy:3128");
}

static bool take_ca_file(struct vsms_settings *settings, vsms_bytes given, vsms_error *error) {
  if (given.data == NULL) return true;
  if (given.length == 0 || memchr(given.data, '\0', given.length) != NULL) {
    return vsms_fail(error, VSMS_INVALID_ARGUMENT, "ca_file", "is no path");
  }
  settings->ca_file = copy_bytes(given);
  if (settings->ca_file == NULL) return vsms_fail_memory(error);
  FILE *file = fopen(settings->ca_file, "re");
  bool readable = file != NULL && fgetc(file) != EOF;
  int reason = errno;
  if (file != NULL) fclose(file);
  if (readable) return true;
  return vsms_fail(error, VSMS_INVALID_ARGUMENT, "ca_file", "cannot be read: %s",
                   file == NULL ? strerror(reason) : "empty, or no file");
}

static bool take_user_agent(struct vsms_settings *settings, vsms_bytes given, vsms_error *error) {
  vsms_bytes agent = or_default(given, default_user_agent);
  if (agent.length == 0 || agent.length > 256 || !vsms_header_value_is_valid(agent)) {
    return vsms_fail(error, VSMS_INVALID_ARGUMENT, "user_agent", "must be 1 to 256 octets without control characters");
  }
  settings->user_agent = copy_bytes(agent);
  return settings->user_agent != NULL || vsms_fail_memory(error);
}

static bool take_time(long *out, long given, long fallback, const char *field, vsms_error *error) {
  *out = given == 0 ? fallback : given;
  if (*out > 0 && *out <= TIMEOUT_MS_MAX) return true;
  return vsms_fail(error, VSMS_INVALID_ARGUMENT, field, "must be above 0 and at most a day");
}

static bool take_size(size_t *out, size_t given, size_t fallback, size_t most, const char *field, vsms_error *error) {
  *out = given == 0 ? fallback : given;
  return *out <= most || vsms_fail(error, VSMS_INVALID_ARGUMENT, field, "must be at most %zu", most);
}

static bool take_numbers(struct vsms_settings *settings, const vsms_config *config, vsms_error *error) {
  return take_time(&settings->timeout_ms, config->timeout_ms, 30000, "timeout", error) &&
         take_time(&settings->connect_timeout_ms, config->connect_timeout_ms, 10000, "connect_timeout", error) &&
         take_time(&settings->max_idle_ms, config->max_idle_ms, 15000, "max_idle", error) &&
         take_size(&settings->max_response_bytes, config->max_response_bytes, 1u << 20, 1u << 30, "max_response_bytes",
                   error) &&
         take_size(&settings->concurrency, config->concurrency, 100, 10000, "concurrency", error) &&
         take_size(&settings->queue_limit, config->queue_limit, 10000, 10000000, "queue_limit", error);
}

struct curl_slist *vsms_settings_fields(const struct vsms_settings *settings, bool with_body) {
  /* An empty Expect keeps libcurl from asking 100-continue, which it answers to a 417 by repeating the request. */
  const char *const lines[] = {settings->token_line, "Accept: application/json",
                               "Expect:", with_body ? "Content-Type: application/json" : NULL};
  struct curl_slist *list = NULL;
  for (size_t i = 0; i < sizeof lines / sizeof *lines && lines[i] != NULL; i++) {
    struct curl_slist *longer = curl_slist_append(list, lines[i]);
    if (longer == NULL) {
      curl_slist_free_all(list);
      return NULL;
    }
    list = longer;
  }
  return list;
}

static bool make_fields(struct vsms_settings *settings, vsms_error *error) {
  settings->fields = vsms_settings_fields(settings, false);
  settings->fields_with_body = vsms_settings_fields(settings, true);
  return (settings->fields != NULL && settings->fields_with_body != NULL) || vsms_fail_memory(error);
}

bool vsms_settings_make(struct vsms_settings *settings, const vsms_config *config, vsms_error *error) {
  memset(settings, 0, sizeof *settings);
  if (take_token(settings, config->token, error) && take_base_urls(settings, config, error) &&
      take_proxy(settings, config->proxy, error) && take_ca_file(settings, config->ca_file, error) &&
      take_user_agent(settings, config->user_agent, error) && take_numbers(settings, config, error) &&
      make_fields(settings, error)) {
    return true;
  }
  vsms_settings_free(settings);
  return false;
}

void vsms_settings_free(struct vsms_settings *settings) {
  free(settings->base_url);
  free(settings->alternate_base_url);
  free(settings->user_agent);
  free(settings->ca_file);
  free(settings->proxy);
  free(settings->token_line);
  curl_slist_free_all(settings->fields);
  curl_slist_free_all(settings->fields_with_body);
  memset(settings, 0, sizeof *settings);
}
