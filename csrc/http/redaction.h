/* redaction.h - takes secrets out of texts that are shown: the token, and the user information of URLs. */
#ifndef VSMS_REDACTION_H
#define VSMS_REDACTION_H

#include <stdint.h>

#include "vsms/engine.h"

/* What is known of the token; read-only once made. */
struct vsms_redaction {
  char *token; /* in lower case; NULL: too short to be a secret */
  size_t length;
  uint64_t *pieces; /* every run of 8 octets of it, of its hexadecimal digits and of its base64, sorted */
  size_t piece_count;
  bool is_used[256]; /* octets that stand in it */
};

/* False when memory ran out; *redaction is then empty. */
bool vsms_redaction_make(struct vsms_redaction *redaction, vsms_bytes token);
void vsms_redaction_free(struct vsms_redaction *redaction);

/* Overwrites with '*' the token, every piece of it of 8 octets or more, a shorter one where the text was cut, and what
 * stands before the @ of a URL: as they are, in another case, and as JSON, a URL, HTML, a log or base64 would write
 * them. True when there was something. */
bool vsms_redact(const struct vsms_redaction *redaction, char *text, size_t length);

/* Does the text hold the whole token, however it is written? */
bool vsms_holds_token(const struct vsms_redaction *redaction, vsms_bytes text);

#endif
