/* tls.h - what the TLS library under libcurl keeps to itself. */
#ifndef VSMS_TLS_H
#define VSMS_TLS_H

#include <curl/curl.h>
#include <stdbool.h>

/* Finds the TLS library's own functions, once, before any other thread uses libcurl. */
void vsms_tls_find_library(void);

/* True when the connection that the handle is on has decrypted octets that were not read yet: no poll shows them.
 * libcurl reads no more than an answer's Content-Length, and a TLS record may hold more. False where there is no TLS, or
 * the library cannot be asked (OpenSSL and its kin, GnuTLS). */
bool vsms_tls_holds_octets(CURL *easy);

/* True when the library is one of those, so that the answer above is certain. */
bool vsms_tls_can_be_asked(void);

/* True when no TLS library writes to a socket by itself, but through libcurl: then no write of it raises SIGPIPE. */
bool vsms_tls_writes_through_libcurl(void);

#endif
