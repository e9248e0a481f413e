/* json_read.c - see json_read.h. */
#include "base/json_read.h"

#include <string.h>

#include "base/hex.h"
#include "base/number.h"

struct reader {
  const char *at, *end;
  const vsms_bytes *names; /* of the outermost object's fields that are looked for */
  vsms_value *values;      /* where they go */
  size_t count;
};

static char peek(const struct reader *reader) { return reader->at < reader->end ? *reader->at : '\0'; }

static bool take(struct reader *reader, char c) {
  if (reader->at == reader->end || *reader->at != c) return false;
  reader->at++;
  return true;
}

static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

static inline void skip_space(struct reader *reader) {
  while (reader->at < reader->end && (unsigned char)*reader->at <= ' ' && is_space(*reader->at)) reader->at++;
}

/* Four hexadecimal digits; -1 when they are not. */
static long hex_unit(const char *at, const char *end) {
  if (end - at < 4) return -1;
  int high = vsms_hex_octet(at), low = vsms_hex_octet(at + 2);
  return high < 0 || low < 0 ? -1 : high * 256L + low;
}

static bool is_high(long unit) { return unit >= 0xd800 && unit <= 0xdbff; }

static bool is_low(long unit) { return unit >= 0xdc00 && unit <= 0xdfff; }

/* What follows \u: a surrogate only as one of a pair. */
static bool take_unicode(struct reader *reader) {
  long unit = hex_unit(reader->at, reader->end);
  if (unit < 0 || is_low(unit)) return false;
  reader->at += 4;
  if (!is_high(unit)) return true;
  if (!take(reader, '\\') || !take(reader, 'u') || !is_low(hex_unit(reader->at, reader->end))) return false;
  reader->at += 4;
  return true;
}

static bool take_escape(struct reader *reader) {
  char c = peek(reader);
  if (c == '\0' || strchr("\"\\/bfnrtu", c) == NULL) return false;
  reader->at++;
  return c != 'u' || take_unicode(reader);
}

/* Octets that do not stand for themselves in a string. */
static const bool is_special[256] = {[0 ... 0x1f] = true, ['"'] = true, ['\\'] = true};

static const char *skip_plain(const char *at, const char *end) {
  while (at < end && !is_special[(unsigned char)*at]) at++;
  return at;
}

static bool take_string(struct reader *reader, vsms_value *value) {
  if (!take(reader, '"')) return false;
  value->text.data = reader->at;
  value->is_string = true;
  value->is_escaped = false;
  for (;;) {
    reader->at = skip_plain(reader->at, reader->end);
    if (take(reader, '"')) {
      value->text.length = (size_t)(reader->at - 1 - value->text.data);
      return true;
    }
    if (!take(reader, '\\') || !take_escape(reader)) return false;
    value->is_escaped = true;
  }
}

static bool take_number(struct reader *reader, vsms_value *value) {
  struct vsms_number number;
  value->text.data = reader->at;
  bool ok = vsms_number_take(&reader->at, reader->end, &number);
  if (vsms_number_is_padded(&number)) {
    reader->at = number.whole.data + 1; /* where it is wrong */
    return false;
  }
  value->text.length = (size_t)(reader->at - value->text.data);
  return ok;
}

static bool take_word(struct reader *reader, const char *word) {
  size_t length = strlen(word);
  if ((size_t)(reader->end - reader->at) < length || memcmp(reader->at, word, length) != 0) return false;
  reader->at += length;
  return true;
}

static bool take_value(struct reader *reader, unsigned depth, vsms_value *value);

static bool take_array(struct reader *reader, unsigned depth) {
  vsms_value item;
  skip_space(reader);
  if (take(reader, ']')) return true;
  do {
    skip_space(reader);
    if (!take_value(reader, depth, &item)) return false;
    skip_space(reader);
  } while (take(reader, ','));
  return take(reader, ']');
}

static bool is_equal(vsms_bytes name, vsms_bytes text) {
  return name.length == text.length && *name.data == *text.data && memcmp(name.data, text.data, text.length) == 0;
}

enum { NAME_BYTES_MAX = 64 };

/* Where the value of this name goes, or NULL. */
static vsms_value *find_value(const struct reader *reader, const vsms_value *name) {
  char unescaped[NAME_BYTES_MAX];
  vsms_bytes text = name->text;
  if (text.length > sizeof unescaped) return NULL;
  if (name->is_escaped) text = (vsms_bytes){unescaped, vsms_json_unescape(name->text, unescaped)};
  for (size_t i = 0; i < reader->count; i++) {
    if (is_equal(reader->names[i], text)) return &reader->values[i];
  }
  return NULL;
}

static bool take_object(struct reader *reader, unsigned depth) {
  vsms_value name, value;
  skip_space(reader);
  if (take(reader, '}')) return true;
  do {
    skip_space(reader);
    if (!take_string(reader, &name)) return false;
    skip_space(reader);
    if (!take(reader, ':')) return false;
    skip_space(reader);
    if (!take_value(reader, depth, &value)) return false;
    vsms_value *wanted = depth == 1 ? find_value(reader, &name) : NULL;
    if (wanted != NULL) *wanted = value;
    skip_space(reader);
  } while (take(reader, ','));
  return take(reader, '}');
}

static bool take_nested(struct reader *reader, unsigned depth, vsms_value *value) {
  value->text.data = reader->at;
  value->is_nested = true;
  if (depth > VSMS_JSON_DEPTH) return false;
  bool ok = *reader->at++ == '{' ? take_object(reader, depth) : take_array(reader, depth);
  value->text.length = (size_t)(reader->at - value->text.data);
  return ok;
}

/* `depth` is that of the object or array around it. */
static bool take_value(struct reader *reader, unsigned depth, vsms_value *value) {
  memset(value, 0, sizeof *value);
  switch (peek(reader)) {
    case '"': return take_string(reader, value);
    case '{':
    case '[': return take_nested(reader, depth + 1, value);
    case 't': return take_word(reader, "true");
    case 'f': return take_word(reader, "false");
    case 'n': return take_word(reader, "null");
    default: return take_number(reader, value);
  }
}

vsms_bytes vsms_json_without_bom(vsms_bytes json) {
  bool has_bom = json.length >= 3 && memcmp(json.data, "\xef\xbb\xbf", 3) == 0;
  return has_bom ? (vsms_bytes){json.data + 3, json.length - 3} : json;
}

bool vsms_json_read_object(vsms_bytes json, const vsms_bytes *names, size_t count, vsms_value *values, size_t *wrong) {
  vsms_bytes text = vsms_json_without_bom(json);
  struct reader reader = {text.data, text.data + text.length, names, values, count};
  memset(values, 0, count * sizeof *values);
  skip_space(&reader);
  bool ok = take(&reader, '{') && take_object(&reader, 1);
  skip_space(&reader);
  if (ok && reader.at == reader.end) return true;
  *wrong = (size_t)(reader.at - json.data) + 1;
  return false;
}

/* A code point of at most U+10FFFF that is not a surrogate (RFC 3629 section 3). */
static size_t write_utf8(char *out, unsigned long codepoint) {
  static const unsigned char leads[] = {0, 0x00, 0xc0, 0xe0, 0xf0};
  size_t length = codepoint < 0x80 ? 1 : codepoint < 0x800 ? 2 : codepoint < 0x10000 ? 3 : 4;
  for (size_t i = length - 1; i > 0; i--, codepoint >>= 6) out[i] = (char)(0x80 | (codepoint & 0x3f));
  out[0] = (char)(leads[length] | codepoint);
  return length;
}

/* What follows \u; *at is moved behind it. Six octets of an escape become three at most, twelve become four. */
static size_t unescape_unicode(const char **at, const char *end, char *out) {
  unsigned long unit = (unsigned long)hex_unit(*at, end);
  *at += 4;
  if (is_high((long)unit)) {
    unit = 0x10000 + ((unit - 0xd800) << 10) + (unsigned long)hex_unit(*at + 2, end) - 0xdc00;
    *at += 6;
  }
  return write_utf8(out, unit);
}

size_t vsms_json_unescape(vsms_bytes text, char *out) {
  static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
  const char *at = text.data, *end = text.data + text.length;
  size_t length = 0;
  while (at < end) {
    char c = *at++;
    if (c != '\\') {
      out[length++] = c;
      continue;
    }
    c = *at++;
    const char *letter = strchr(from, c);
    if (c == 'u') {
      length += unescape_unicode(&at, end, out + length);
    } else {
      out[length++] = letter != NULL ? to[letter - from] : c;
    }
  }
  return length;
}
