/* secret.c - what shows that a caller knows a secret. */
#include "base/error.h"
#include "base/fork.h"
#include "base/hex.h"
#include "callback/crypto_compat.h"
#include "vsms/callback.h"

/* volatile: without it a compiler may leave the loop at the first difference. */
bool vsms_equal_constant_time(vsms_bytes a, vsms_bytes b) {
  if (a.length != b.length) return false;
  volatile unsigned char difference = 0;
  for (size_t i = 0; i < a.length; i++) difference = (unsigned char)(difference | (a.data[i] ^ b.data[i]));
  return difference == 0;
}

bool vsms_hmac_sha256(vsms_bytes key, vsms_bytes data, char out[VSMS_HMAC_TEXT], vsms_error *error) {
  unsigned char octets[VSMS_SHA256_OCTETS];
  vsms_fork_section_enter();
  bool is_done = vsms_crypto_hmac_sha256(key, data, octets);
  vsms_fork_section_leave();
  if (!is_done) {
    return vsms_fail(error, VSMS_INVALID_ARGUMENT, NULL,
                     "needs a core that was built with OpenSSL: install libssl-dev, then build again");
  }
  for (size_t i = 0; i < sizeof octets; i++) vsms_hex_write(octets[i], out + 2 * i);
  out[VSMS_HMAC_TEXT - 1] = '\0';
  return true;
}

/* draft-eastlake-fnv section 2. */
uint64_t vsms_fingerprint(vsms_bytes text) {
  uint64_t hash = 0xcbf29ce484222325u;
  for (size_t i = 0; i < text.length; i++) hash = (hash ^ (unsigned char)text.data[i]) * 0x100000001b3u;
  return hash;
}
