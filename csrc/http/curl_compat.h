/* curl_compat.h - the one place that knows versions of libcurl. */
#ifndef VSMS_CURL_COMPAT_H
#define VSMS_CURL_COMPAT_H

#include <curl/curl.h>

/* CURLOPT_PREREQFUNCTION is what keeps libcurl from repeating a send by itself; there is no doing without. */
#if LIBCURL_VERSION_NUM < 0x075000
#error "vertexsms needs libcurl 7.80 or newer"
#endif
#define VSMS_CURL_VERSION_NEEDED 0x075000

/* Since 7.87 OpenSSL and GnuTLS get functions of libcurl's to write with, and no socket. */
#define VSMS_CURL_VERSION_WRITES_FOR_TLS 0x075700

enum { VSMS_CURLE_TOO_LARGE = 100 }; /* CURLE_TOO_LARGE of 8.6 */

static inline CURLcode vsms_curl_allow_protocols(CURL *easy) {
#if LIBCURL_VERSION_NUM >= 0x075500
  return curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
#else
  return curl_easy_setopt(easy, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
}

/* Without it, ending a transfer waits for a name server that does not answer (10 s and more). */
static inline CURLcode vsms_curl_quick_exit(CURL *easy) {
#if LIBCURL_VERSION_NUM >= 0x075700
  return curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
#else
  (void)easy;
  return CURLE_OK;
#endif
}

#endif
