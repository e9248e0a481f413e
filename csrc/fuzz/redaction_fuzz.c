/* redaction_fuzz.c - any octets as what a server says: afterwards the token is not in it, nor eight octets of it, in any
 * spelling, and what was not a secret is still there. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "http/redaction.h"

enum { PIECE = 8 };

static const char token[] = "ab/%41&\\u0042cd";
static struct vsms_redaction redaction, pieces[sizeof token - PIECE];

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *count, char ***arguments);

static void require(bool holds) {
  if (!holds) abort();
}

int LLVMFuzzerInitialize(int *count, char ***arguments) {
  (void)count, (void)arguments;
  require(vsms_redaction_make(&redaction, (vsms_bytes){token, sizeof token - 1}));
  for (size_t i = 0; i + PIECE < sizeof token; i++) {
    require(vsms_redaction_make(&pieces[i], (vsms_bytes){token + i, PIECE}));
  }
  return 0;
}

static void check_hidden(const char *text, size_t size) {
  for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
    require(!vsms_holds_token(&pieces[i], (vsms_bytes){text, size}));
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  char *text = malloc(size + 1);
  if (text == NULL) abort();
  if (size > 0) memcpy(text, data, size);
  bool held = vsms_holds_token(&redaction, (vsms_bytes){text, size});
  bool found = vsms_redact(&redaction, text, size);
  require(found || (size == 0 || memcmp(text, data, size) == 0));
  require(found || !held);
  for (size_t i = 0; i < size; i++) require(text[i] == '*' || (uint8_t)text[i] == data[i]);
  check_hidden(text, size);
  free(text);
  return 0;
}
