/* headers.h - a bounded store of response header fields, filled line by line. Full of zeros it is empty; it must not be
 * copied. */
#ifndef VSMS_HEADERS_H
#define VSMS_HEADERS_H

#include "vsms/engine.h"

enum {
  VSMS_HEADER_BYTES_MAX = 64 * 1024, /* over all header sections of one request, interim responses included */
  VSMS_HEADER_LINES_MAX = 200,       /* likewise */
  VSMS_HEADER_BYTES_INSIDE = 320,    /* enough for most answers to a send */
  VSMS_HEADER_FIELDS_INSIDE = 12     /* likewise */
};

struct vsms_header_entry {
  unsigned name, name_length, value, value_length; /* offsets into the text, and lengths */
};

struct vsms_headers {
  char *text; /* the fields: name in lower case, NUL, value, NUL */
  size_t text_length, text_capacity;
  struct vsms_header_entry *entries;
  size_t count, capacity;
  size_t bytes_seen, lines_seen;
  char first_text[VSMS_HEADER_BYTES_INSIDE]; /* for as long as they are enough */
  struct vsms_header_entry first_entries[VSMS_HEADER_FIELDS_INSIDE];
};

typedef enum vsms_headers_result {
  VSMS_HEADERS_OK,
  VSMS_HEADERS_TOO_LARGE,
  VSMS_HEADERS_EXHAUSTED
} vsms_headers_result;

/* Adds one line as it came, its CR LF included. A line that is not a field (no colon, an empty name) only
 * counts; a continuation line (obs-fold, RFC 9112 section 5.2) belongs to the field before it. */
vsms_headers_result vsms_headers_add(struct vsms_headers *headers, const char *line, size_t length);

/* Counts a line that is not kept, such as one of a trailer section. */
vsms_headers_result vsms_headers_count(struct vsms_headers *headers, size_t length);

/* Forgets the fields, not what was counted: another header section follows an interim one. */
void vsms_headers_restart(struct vsms_headers *headers);

/* Gives back what lies elsewhere; the rest is as it was. */
void vsms_headers_clear(struct vsms_headers *headers);

vsms_field vsms_headers_at(const struct vsms_headers *headers, size_t index);
vsms_bytes vsms_headers_find(const struct vsms_headers *headers, const char *name, size_t nth);

/* May the octets be a header field's name (RFC 9110 section 5.6.2) or value (section 5.5)? No CR, LF or NUL. */
bool vsms_header_name_is_valid(vsms_bytes name);
bool vsms_header_value_is_valid(vsms_bytes value);

#endif
