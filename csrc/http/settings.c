/* settings.c - see settings.h. */
#include "http/settings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "http/headers.h"
#include "http/url.h"

enum { TOKEN_BYTES_MAX = 4096, URL_BYTES_MAX = 2000, TIMEOUT_MS_MAX = 24 * 3600 * 1000 };

static const char default_base_url[] = "https://api.vertexsms.com";
static const char user_agent_name[] = "User-Agent: ";
static const char default_user_agent[] = "vertexsms-lua/" VSMS_VERSION;

static char *copy_bytes(vsms_bytes bytes) {
  char *copy = malloc(bytes.length + 1);
  if (copy == NULL) return NULL;
  if (bytes.length > 0) memcpy(copy, bytes.data, bytes.length);
  copy[bytes.length] = '\0';
  return copy;
}

/* A header line that is free()'s. */
static char *make_line(const char *name, vsms_bytes value) {
  size_t length = strlen(name);
  char *line = malloc(length + value.length + 1);
  if (line == NULL) return NULL;
  memcpy(line, name, length);
  memcpy(line + length, value.data, value.length);
  line[length + value.length] = '\0';
  return line;
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
  if (token.data == NULL || token.length == 0) {
    return vsms_fail(error, VSMS_INVALID_ARGUMENT, "token", "must not be empty");
  }
  if (token.length > TOKEN_BYTES_MAX) {
    return vsms_fail(error, VSMS_INVALID_ARGUMENT, "token", "must be at most %d octets long", (int)TOKEN_BYTES_MAX);
  }
  if (!is_visible(token)) {
    return vsms_fail(error, VSMS_INVALID_ARGUMENT, "token",
                     "must not have a space, a line break or a control character in it, nor at its end");
  }
  settings->token_line = make_line("X-VertexSMS-Token: ", token);
  if (settings->token_line == NULL) return vsms_fail_memory(error);
  return vsms_redaction_make(&settings->redaction, token) || vsms_fail_memory(error);
}

static bool check_base_url(const struct vsms_url *url, const char *field, vsms_error *error) {
  static const char *const schemes[] = {"https", "http", NULL}, *const plain[] = {"http", NULL};
  if (!vsms_url_has_scheme(url, schemes)) {
    return vsms_fail(error, VSMS_INVALID_ARGUMENT, field, "must begin with https://, such as %s", default_base_url);
  }
  if (url->has_user) {
    return vsms_fail(error, VSMS_INVALID_ARGUMENT, field, "must not have a user name or a password in it");
  }
  if (url->has_query) return vsms_fail(error, VSMS_INVALID_ARGUMENT, field, "must not have a query or a fragment");
  if (vsms_url_has_scheme(url, plain) && !vsms_url_is_loopback(url)) {
    return vsms_fail(
        error, VSMS_INVALID_ARGUMENT, field,
        "must begin with https:// (http:// is for 127.0.0.1 and localhost only: others could read the token)");
  }
  return true;
}

/* libcurl would take a host's other letters for those of the locale that is set when it connects. */
static bool is_ascii(vsms_bytes bytes) {
  for (size_t i = 0; i < bytes.length; i++) {
    if ((unsigned char)bytes.data[i] >= 0x80) return false;
  }
  return true;
}

/* A copy of it in *out, its parts in *url, which is to be freed in any case. */
static bool take_url(char **out, struct vsms_url *url, vsms_bytes text, const char *field, const char *example,
                     vsms_error *error) {
  memset(url, 0, sizeof *url);
  if (!is_visible(text) || text.length > URL_BYTES_MAX) {
    return vsms_fail(error, VSMS_INVALID_ARGUMENT, field, "must be a valid URL, such as %s", example);
  }
  if (!is_ascii(text)) {
    return vsms_fail(error, VSMS_INVALID_ARGUMENT, field, "must be ASCII: write a host of other letters as xn--...");
  }
  *out = copy_bytes(text);
  vsms_url_result result = *out == NULL ? VSMS_URL_EXHAUSTED : vsms_url_parse(*out, url);
  if (result == VSMS_URL_EXHAUSTED) return vsms_fail_memory(error);
  return result == VSMS_URL_OK ||
         vsms_fail(error, VSMS_INVALID_ARGUMENT, field, "must be a valid URL, such as %s", example);
}

static bool take_base_url(struct vsms_settings *settings, char **out, vsms_bytes text, const char *field,
                          vsms_error *error) {
  struct vsms_url url;
  while (text.length > 0 && text.data[text.length - 1] == '/') text.length--;
  bool ok = take_url(out, &url, text, field, default_base_url, error) && check_base_url(&url, field, error);
  if (ok) settings->has_plain_http = settings->has_plain_http || strcmp(url.scheme, "http") == 0;
  vsms_url_free(&url);
  if (ok && vsms_holds_token(&settings->redaction, text)) {
    return vsms_fail(error, VSMS_INVALID_ARGUMENT, field, "contains the token, which must not be part of a URL");
  }
  return ok;
}

static bool take_base_urls(struct vsms_settings *settings, const vsms_config *config, vsms_error *error) {
  vsms_bytes base_url = or_default(config->base_url, default_base_url);
  vsms_bytes alternate = config->alternate_base_url.data != NULL ? config->alternate_base_url : base_url;
  return take_base_url(settings, &settings->base_url, base_url, "base_url", error) &&
         take_base_url(settings, &settings->alternate_base_url, alternate, "status_base_url", error);
}

/* What libcurl speaks with a proxy. A path is a password with a slash in it that was not percent-encoded: what stands
 * before the slash would be taken for the host, and shown. */
static bool check_proxy(const struct vsms_url *url, vsms_error *error) {
  static const char *const schemes[] = {"http", "https", "socks4", "socks4a", "socks5", "socks5h", NULL};
  if (!vsms_url_has_scheme(url, schemes)) {
    return vsms_fail(error, VSMS_INVALID_ARGUMENT, "proxy",
                     "must begin with http://, https://, socks4://, socks4a://, socks5:// or socks5h://");
  }
  if (url->has_path || url->has_query) {
    return vsms_fail(
        error, VSMS_INVALID_ARGUMENT, "proxy",
        "must end after its host and port, such as http://proxy:3128 (percent-encode '/', '?' and '#' in a password)");
  }
  return true;
}

/* The value may hold a password, so no message shows it. Plain http goes to a loopback host only, and to reach
 * that through a proxy would show the token to the proxy. */
static bool take_proxy(struct vsms_settings *settings, vsms_bytes given, vsms_error *error) {
  struct vsms_url url;
  if (given.data == NULL || given.length == 0) {
    settings->proxy = strdup("");
    return settings->proxy != NULL || vsms_fail_memory(error);
  }
  bool ok = take_url(&settings->proxy, &url, given, "proxy", "http://proxy:3128", error) && check_proxy(&url, error);
  settings->has_secure_proxy = ok && strcmp(url.scheme, "https") == 0;
  vsms_url_free(&url);
  if (!ok || !settings->has_plain_http) return ok;
  return vsms_fail(error, VSMS_INVALID_ARGUMENT, "proxy",
                   "cannot be used with a base_url of http://: the proxy could read the token");
}

static bool take_ca_file(struct vsms_settings *settings, vsms_bytes given, vsms_error *error) {
  if (given.data == NULL) return true;
  if (given.length == 0 || memchr(given.data, '\0', given.length) != NULL) {
    return vsms_fail(error, VSMS_INVALID_ARGUMENT, "ca_file",
                     "must be the path of a PEM file, such as /etc/ssl/certs/ca-certificates.crt");
  }
  settings->ca_file = copy_bytes(given);
  if (settings->ca_file == NULL) return vsms_fail_memory(error);
  FILE *file = fopen(settings->ca_file, "re");
  bool readable = file != NULL && fgetc(file) != EOF;
  int reason = errno;
  if (file != NULL) fclose(file);
  if (readable) return true;
  return vsms_fail(error, VSMS_INVALID_ARGUMENT, "ca_file", "cannot be read (%s)",
                   file == NULL ? strerror(reason) : "it is empty, or not a file");
}

static bool take_user_agent(struct vsms_settings *settings, vsms_bytes given, vsms_error *error) {
  vsms_bytes agent = or_default(given, default_user_agent);
  if (agent.length == 0 || agent.length > 256 || !vsms_header_value_is_valid(agent)) {
    return vsms_fail(error, VSMS_INVALID_ARGUMENT, "user_agent",
                     "must be 1 to 256 octets without control characters, such as MyShop/1.0");
  }
  settings->user_agent_line = make_line(user_agent_name, agent);
  if (settings->user_agent_line == NULL) return vsms_fail_memory(error);
  settings->user_agent = settings->user_agent_line + sizeof user_agent_name - 1;
  return true;
}

static bool take_time(long *out, long given, long fallback, const char *field, vsms_error *error) {
  *out = given == 0 ? fallback : given;
  if (*out > 0 && *out <= TIMEOUT_MS_MAX) return true;
  return vsms_fail(error, VSMS_INVALID_ARGUMENT, field, "must be above 0 and at most 86400 seconds");
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

enum vsms_body_size vsms_body_size(const char *body, size_t length) {
  if (body == NULL) return VSMS_BODY_NONE;
  return length <= VSMS_BODY_OCTETS_SMALL ? VSMS_BODY_SMALL : VSMS_BODY_LARGE;
}

static bool append(struct curl_slist **list, const char *line) {
  struct curl_slist *longer = curl_slist_append(*list, line);
  if (longer != NULL) *list = longer;
  return longer != NULL;
}

/* libcurl writes a field of the list once, and formats one that it makes itself twice. */
struct curl_slist *vsms_settings_fields(const struct vsms_settings *settings, enum vsms_body_size size) {
  struct curl_slist *list = NULL;
  bool ok = append(&list, settings->token_line) && append(&list, settings->user_agent_line) &&
            append(&list, "Accept: application/json");
  if (size != VSMS_BODY_NONE) ok = ok && append(&list, "Content-Type: application/json");
  /* An empty Expect keeps libcurl from asking 100-continue, which it answers to a 417 by repeating the request. */
  if (size == VSMS_BODY_LARGE) ok = ok && append(&list, "Expect:");
  if (ok) return list;
  curl_slist_free_all(list);
  return NULL;
}

static bool make_fields(struct vsms_settings *settings, vsms_error *error) {
  bool ok = true;
  for (int size = 0; size < VSMS_BODY_SIZES; size++) {
    settings->fields[size] = vsms_settings_fields(settings, (enum vsms_body_size)size);
    ok = ok && settings->fields[size] != NULL;
  }
  return ok || vsms_fail_memory(error);
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
  free(settings->user_agent_line);
  free(settings->ca_file);
  free(settings->proxy);
  free(settings->token_line);
  vsms_redaction_free(&settings->redaction);
  for (int size = 0; size < VSMS_BODY_SIZES; size++) curl_slist_free_all(settings->fields[size]);
  memset(settings, 0, sizeof *settings);
}
