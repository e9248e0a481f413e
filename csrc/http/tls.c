/* tls.c - see tls.h.
 *
 * The core does not link a TLS library: it would have to be the very one that libcurl was built with. That one is looked
 * up through libcurl's own dependencies. */
#include "http/tls.h"

#include <dlfcn.h>
#include <string.h>

#include "base/fold.h"
#include "http/curl_compat.h"

typedef int openssl_pending(const void *ssl);       /* SSL_pending(3) */
typedef size_t gnutls_check_pending(void *session); /* gnutls_record_check_pending(3) */

static openssl_pending *ask_openssl;
static gnutls_check_pending *ask_gnutls;
static bool can_be_asked, writes_through_libcurl;

/* libcurl as it is loaded; the whole process where it is part of the program. */
static void *open_libcurl(void) {
  Dl_info info;
  CURLcode (*member)(CURL *) = curl_easy_perform;
  const void *address;
  memcpy(&address, &member, sizeof address);
  if (dladdr(address, &info) == 0) return NULL;
  void *library = dlopen(info.dli_fname, RTLD_LAZY | RTLD_NOLOAD);
  return library != NULL ? library : dlopen(NULL, RTLD_LAZY);
}

/* ISO C knows no conversion from an object's pointer to a function's; POSIX promises that they are alike. */
static void find(void *library, const char *name, void *function) {
  void *symbol = dlsym(library, name);
  memcpy(function, &symbol, sizeof symbol);
}

static void find_functions(void) {
  void *library = open_libcurl();
  if (library == NULL) return;
  find(library, "SSL_pending", &ask_openssl);
  find(library, "gnutls_record_check_pending", &ask_gnutls);
  dlclose(library); /* libcurl stays: we are linked with it */
}

/* A library that is there but not in use has its name in brackets. */
void vsms_tls_find_library(void) {
  const curl_version_info_data *version = curl_version_info(CURLVERSION_NOW);
  const char *name = version->ssl_version != NULL ? version->ssl_version : "";
  bool is_openssl = vsms_begins_with(name, "OpenSSL/"), is_gnutls = vsms_begins_with(name, "GnuTLS/");
  find_functions();
  can_be_asked = (is_openssl && ask_openssl != NULL) || (is_gnutls && ask_gnutls != NULL);
  writes_through_libcurl = (is_openssl || is_gnutls) && version->version_num >= VSMS_CURL_VERSION_WRITES_FOR_TLS;
}

bool vsms_tls_can_be_asked(void) { return can_be_asked; }

bool vsms_tls_writes_through_libcurl(void) { return writes_through_libcurl; }

bool vsms_tls_holds_octets(CURL *easy) {
  struct curl_tlssessioninfo *session = NULL;
  if (curl_easy_getinfo(easy, CURLINFO_TLS_SSL_PTR, &session) != CURLE_OK || session == NULL) return false;
  if (session->internals == NULL) return false;
  switch (session->backend) {
    case CURLSSLBACKEND_OPENSSL: return ask_openssl != NULL && ask_openssl(session->internals) > 0;
    case CURLSSLBACKEND_GNUTLS: return ask_gnutls != NULL && ask_gnutls(session->internals) > 0;
    default: return false;
  }
}
