/* crypto_compat.h - the one place that knows whether there is an OpenSSL to hash with. */
#ifndef VSMS_CRYPTO_COMPAT_H
#define VSMS_CRYPTO_COMPAT_H

#include <limits.h>
#include <stdbool.h>

#include "vsms/base.h"

enum { VSMS_SHA256_OCTETS = 32 };

/* Defined by the Makefile where pkg-config finds libcrypto. */
#ifdef VSMS_HAVE_LIBCRYPTO
#include <openssl/evp.h>
#include <openssl/hmac.h>

static inline bool vsms_crypto_hmac_sha256(vsms_bytes key, vsms_bytes data, unsigned char out[VSMS_SHA256_OCTETS]) {
  unsigned length = 0;
  if (key.length > INT_MAX) return false;
  return HMAC(EVP_sha256(), key.data, (int)key.length, (const unsigned char *)data.data, data.length, out, &length) !=
         NULL;
}
#else
static inline bool vsms_crypto_hmac_sha256(vsms_bytes key, vsms_bytes data, unsigned char out[VSMS_SHA256_OCTETS]) {
  (void)key;
  (void)data;
  (void)out;
  return false;
}
#endif

#endif
