/* json.c - number tokens of JSON text put in quotes, so that no digit is lost on the way through a double, and none is
 * read with the decimal point of the host's locale. */
#include <string.h>

#include "base/number.h"

/* Takes a copy of each octet when `out` is set; counts in any case. */
struct writer {
  char *out;
  size_t length;
  bool has_tags;
};

static void put(struct writer *writer, char c) {
  if (writer->out != NULL) writer->out[writer->length] = c;
  writer->length++;
}

/* What a string is to be known by. */
static void put_tag(struct writer *writer, char tag) {
  if (writer->has_tags) put(writer, tag);
}

static bool is_number_octet(char c) { return vsms_is_digit(c) || (c != '\0' && strchr("+-.eE", c) != NULL); }

/* Copies the rest of a string, its opening quote behind us; an escaped octet never ends it. */
static size_t copy_string(struct writer *writer, vsms_bytes json, size_t at) {
  while (at < json.length) {
    char c = json.data[at++];
    put(writer, c);
    if (c == '"') break;
    if (c == '\\' && at < json.length) put(writer, json.data[at++]);
  }
  return at;
}

/* All of it, and nothing else. */
static bool is_number(const char *data, size_t length) {
  struct vsms_number number;
  const char *at = data, *end = data + length;
  return vsms_number_take(&at, end, &number) && at == end && !vsms_number_is_padded(&number);
}

/* A run inside a word (the e of true) is not a number; a run that is malformed is left for the decoder to refuse. */
static size_t copy_run(struct writer *writer, vsms_bytes json, size_t at) {
  size_t end = at;
  while (end < json.length && is_number_octet(json.data[end])) end++;
  bool quote = is_number(json.data + at, end - at);
  if (quote) put(writer, '"');
  if (quote) put_tag(writer, '#');
  while (at < end) put(writer, json.data[at++]);
  if (quote) put(writer, '"');
  return end;
}

static bool is_word_octet(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

static size_t copy_word(struct writer *writer, vsms_bytes json, size_t at) {
  while (at < json.length && (is_word_octet(json.data[at]) || vsms_is_digit(json.data[at]))) {
    put(writer, json.data[at++]);
  }
  return at;
}

static size_t quote_numbers(vsms_bytes json, char *out, bool has_tags) {
  struct writer writer = {out, 0, has_tags};
  size_t at = 0;
  while (at < json.length) {
    char c = json.data[at];
    if (c == '"') {
      put(&writer, c);
      put_tag(&writer, '$');
      at = copy_string(&writer, json, at + 1);
    } else if (vsms_is_digit(c) || c == '-') {
      at = copy_run(&writer, json, at);
    } else if (is_word_octet(c)) {
      at = copy_word(&writer, json, at);
    } else {
      put(&writer, c);
      at++;
    }
  }
  return writer.length;
}

size_t vsms_json_quoted_size(vsms_bytes json) { return quote_numbers(json, NULL, false); }

size_t vsms_json_quote_numbers(vsms_bytes json, char *out) { return quote_numbers(json, out, false); }

size_t vsms_json_tagged_size(vsms_bytes json) { return quote_numbers(json, NULL, true); }

size_t vsms_json_tag(vsms_bytes json, char *out) { return quote_numbers(json, out, true); }
