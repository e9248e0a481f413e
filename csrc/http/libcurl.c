/* libcurl.c - see libcurl.h. */
#include "http/libcurl.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/fork.h"
#include "http/curl_compat.h"
#include "http/tls.h"
#include "vsms/engine.h"

/* ---- the allocator: malloc's memory in any case, so that free() still fits ------ */

static _Thread_local size_t failures;

static void *watched(void *memory) {
  if (memory == NULL) failures++;
  return memory;
}

static void *allocate(size_t size) { return watched(malloc(size)); }

static void *allocate_zeroed(size_t count, size_t size) { return watched(calloc(count, size)); }

static void *reallocate(void *memory, size_t size) {
  void *moved = realloc(memory, size);
  return size > 0 ? watched(moved) : moved; /* of no octets it may be NULL */
}

static char *duplicate(const char *text) {
  size_t size = strlen(text) + 1;
  char *copy = allocate(size);
  return copy != NULL ? memcpy(copy, text, size) : NULL;
}

size_t vsms_libcurl_failed_allocations(void) { return failures; }

/* ---- once in a process ------------------------------------------------------------------------- */

static pthread_once_t once = PTHREAD_ONCE_INIT;
static CURLcode result = CURLE_FAILED_INIT;

static void initialise(void) {
  bool is_watched = vsms_fork_watch();
  vsms_fork_section_enter();
  result = curl_global_init_mem(CURL_GLOBAL_ALL, allocate, free, reallocate, duplicate, allocate_zeroed);
  if (result == CURLE_OK) vsms_tls_find_library();
  vsms_fork_section_leave();
  if (result == CURLE_OK && !is_watched) result = CURLE_OUT_OF_MEMORY;
}

bool vsms_libcurl_ready(vsms_error *error) {
  pthread_once(&once, initialise);
  if (result != CURLE_OK) {
    return vsms_fail(error, VSMS_EXHAUSTED, NULL, "cannot start libcurl: %s", curl_easy_strerror(result));
  }
  const curl_version_info_data *info = curl_version_info(CURLVERSION_NOW);
  if (info->version_num < VSMS_CURL_VERSION_NEEDED) {
    return vsms_fail(error, VSMS_EXHAUSTED, NULL, "libcurl %s is too old: 7.80 or later is needed", info->version);
  }
  return true;
}

/* As curl_version() begins. That one goes on to libldap, which then loads SASL's plugins and looks up the name of this
 * machine, perhaps in the DNS: for every program that merely loads us. */
static char version_text[128];

static void write_version(void) {
  const curl_version_info_data *info = curl_version_info(CURLVERSION_NOW);
  const char *tls = info->ssl_version != NULL ? info->ssl_version : "";
  snprintf(version_text, sizeof version_text, "libcurl/%s%s%s", info->version, *tls != '\0' ? " " : "", tls);
}

const char *vsms_curl_version(void) {
  static pthread_once_t written = PTHREAD_ONCE_INIT;
  pthread_once(&written, write_version);
  return version_text;
}

static const struct feature {
  const char *name; /* as `curl --version` says it */
  int bit;
} features[] = {
    {"AsynchDNS", CURL_VERSION_ASYNCHDNS},
    {"HTTP2", CURL_VERSION_HTTP2},
    {"IPv6", CURL_VERSION_IPV6},
    {"SSL", CURL_VERSION_SSL},
};

const char *vsms_curl_feature(size_t index, bool *is_there) {
  if (index >= sizeof features / sizeof *features) return NULL;
  *is_there = (curl_version_info(CURLVERSION_NOW)->features & features[index].bit) != 0;
  return features[index].name;
}

/* The file goes before the folder, as in every transfer. */
const char *vsms_curl_authorities(void) {
  const curl_version_info_data *info = curl_version_info(CURLVERSION_NOW);
  if (info->version_num < VSMS_CURL_VERSION_NEEDED) return NULL; /* it may not know the fields */
  return info->cainfo != NULL ? info->cainfo : info->capath;
}
