/* secret_test.c - comparing, signing, telling apart. */
#include <string.h>

#include "cmocka_all.h"
#include "vsms.h"

static vsms_bytes bytes(const char *text) { return (vsms_bytes){text, strlen(text)}; }

static void equal_is_equal_in_every_octet(void **state) {
  (void)state;
  char a[64], b[64];
  assert_true(vsms_equal_constant_time(bytes(""), bytes("")));
  assert_true(vsms_equal_constant_time((vsms_bytes){"a\0b", 3}, (vsms_bytes){"a\0b", 3}));
  assert_false(vsms_equal_constant_time((vsms_bytes){"a\0b", 3}, (vsms_bytes){"a\0c", 3}));
  assert_false(vsms_equal_constant_time(bytes("secret"), bytes("secre")));
  assert_false(vsms_equal_constant_time(bytes("secre"), bytes("secret")));
  assert_false(vsms_equal_constant_time(bytes("secret"), bytes("")));
  assert_false(vsms_equal_constant_time(bytes(""), bytes("secret")));
  memset(a, 'x', sizeof a);
  for (size_t i = 0; i < sizeof a; i++) {
    memcpy(b, a, sizeof b);
    b[i] = (char)(b[i] ^ 1);
    assert_false(vsms_equal_constant_time((vsms_bytes){a, sizeof a}, (vsms_bytes){b, sizeof b}));
    b[i] = a[i];
    assert_true(vsms_equal_constant_time((vsms_bytes){a, sizeof a}, (vsms_bytes){b, sizeof b}));
  }
}

/* RFC 4231 sections 4.2, 4.3 and 4.7. */
static void signatures_are_those_of_the_standard(void **state) {
  (void)state;
  char key[131], out[VSMS_HMAC_TEXT];
  vsms_error error;
  if (!vsms_hmac_sha256(bytes("Jefe"), bytes(""), out, &error)) { /* built without */
    assert_non_null(strstr(error.message, "libcrypto"));
    skip();
  }
  memset(key, 0x0b, 20);
  assert_true(vsms_hmac_sha256((vsms_bytes){key, 20}, bytes("Hi There"), out, &error));
  assert_string_equal(out, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  assert_true(vsms_hmac_sha256(bytes("Jefe"), bytes("what do ya want for nothing?"), out, &error));
  assert_string_equal(out, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  memset(key, 0xaa, sizeof key);
  assert_true(vsms_hmac_sha256((vsms_bytes){key, sizeof key},
                               bytes("Test Using Larger Than Block-Size Key - Hash Key First"), out, &error));
  assert_string_equal(out, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

/* http://www.isthe.com/chongo/tech/comp/fnv/ */
static void fingerprints_are_fnv(void **state) {
  (void)state;
  assert_true(vsms_fingerprint(bytes("")) == 0xcbf29ce484222325u);
  assert_true(vsms_fingerprint(bytes("foobar")) == 0x85944171f73967e8u);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(equal_is_equal_in_every_octet),
      cmocka_unit_test(signatures_are_those_of_the_standard),
      cmocka_unit_test(fingerprints_are_fnv),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
