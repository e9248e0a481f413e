/* redaction.c - see redaction.h.
 *
 * A server that repeats what it was sent may escape it, some twice (JSON in JSON), and may cut it anywhere. So a text
 * is read three times: as it is, with its escapes resolved, and with the escapes in that resolved as well. Every
 * reading is one pass, whatever a server wrote. */
#include "http/redaction.h"

#include <stdlib.h>
#include <string.h>

#include "base/fold.h"
#include "base/hex.h"

enum { PIECE = 8, CUT_MIN = 4, LAYERS = 3, ROUNDS_MAX = 8 };
enum { END = -1, OTHER = 0x100 }; /* OTHER: a character beyond an octet */

/* ---- the token --------------------------------------------------------------------------------- */

static int compare_pieces(const void *a, const void *b) {
  uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return (x > y) - (x < y);
}

static uint64_t piece_at(const char *text) {
  uint64_t piece = 0;
  for (size_t i = 0; i < PIECE; i++) piece = piece << 8 | (unsigned char)text[i];
  return piece;
}

/* What a server that shows its log or its memory may write for the token: hexadecimal, and base64 from each of the three
 * places in a group, as far as the token alone decides it. */
enum { BASE64_STARTS = 3, SPELLINGS = 2 + 2 * BASE64_STARTS };

static size_t write_hex(vsms_bytes token, char *out) {
  for (size_t i = 0; i < token.length; i++) vsms_hex_write((unsigned char)token.data[i], out + 2 * i);
  return 2 * token.length;
}

static size_t write_base64(vsms_bytes token, size_t start, const char *last_two, char *out) {
  static const char letters[] =
      "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz0123456789"; /* without their case */
  size_t length = 0;
  for (size_t i = start; i + 3 <= token.length; i += 3) {
    const unsigned char *octets = (const unsigned char *)token.data + i;
    unsigned group = (unsigned)octets[0] << 16 | (unsigned)octets[1] << 8 | octets[2];
    for (int shift = 18; shift >= 0; shift -= 6) {
      unsigned index = group >> shift & 63;
      out[length++] = index < 62 ? letters[index] : last_two[index - 62];
    }
  }
  return length;
}

static size_t write_folded(vsms_bytes token, char *out) {
  for (size_t i = 0; i < token.length; i++) out[i] = vsms_fold(token.data[i]);
  return token.length;
}

static size_t write_spelling(vsms_bytes token, int spelling, char *out) {
  if (spelling == 0) return write_folded(token, out);
  if (spelling == 1) return write_hex(token, out);
  return write_base64(token, (size_t)(spelling - 2) % BASE64_STARTS, spelling - 2 < BASE64_STARTS ? "+/" : "-_", out);
}

static void add_pieces(struct vsms_redaction *redaction, const char *text, size_t length) {
  for (size_t i = 0; i < length; i++) redaction->is_used[(unsigned char)text[i]] = true;
  for (size_t i = 0; i + PIECE <= length; i++) redaction->pieces[redaction->piece_count++] = piece_at(text + i);
}

bool vsms_redaction_make(struct vsms_redaction *redaction, vsms_bytes token) {
  memset(redaction, 0, sizeof *redaction);
  if (token.length < VSMS_REDACTED_TOKEN_MIN) return true;
  char *text = malloc(2 * token.length);
  redaction->token = malloc(token.length);
  redaction->pieces = malloc(SPELLINGS * 2 * token.length * sizeof *redaction->pieces);
  bool ok = text != NULL && redaction->token != NULL && redaction->pieces != NULL;
  if (ok) {
    redaction->length = write_folded(token, redaction->token);
    for (int i = 0; i < SPELLINGS; i++) add_pieces(redaction, text, write_spelling(token, i, text));
    qsort(redaction->pieces, redaction->piece_count, sizeof *redaction->pieces, compare_pieces);
  } else {
    vsms_redaction_free(redaction);
  }
  free(text);
  return ok;
}

void vsms_redaction_free(struct vsms_redaction *redaction) {
  free(redaction->token);
  free(redaction->pieces);
  memset(redaction, 0, sizeof *redaction);
}

/* ---- reading ----------------------------------------------------------------------------------- */

struct reader {
  const char *at, *end;
};

static int read_octet(struct reader *reader, int layer);

/* A character beyond an octet is one, however large it is. */
static int with_digit(int code, int base, int value) { return code < OTHER ? code * base + value : OTHER; }

/* `count` digits; END when they are not there. */
static int read_digits(struct reader *reader, int layer, int base, int count) {
  int code = 0;
  for (int i = 0; i < count; i++) {
    int value = vsms_hex_value(read_octet(reader, layer));
    if (value < 0 || value >= base) return END;
    code = with_digit(code, base, value);
  }
  return code < OTHER ? code : OTHER;
}

static int read_hex(struct reader *reader, int layer, int count) { return read_digits(reader, layer, 16, count); }

enum { NUMBER_DIGITS_MAX = 16 };

/* As many digits as there are, and what ends them where it is there. */
static int read_number(struct reader *reader, int layer, int base, int end) {
  int code = 0;
  for (int digits = 0; digits <= NUMBER_DIGITS_MAX; digits++) {
    struct reader before = *reader;
    int c = read_octet(reader, layer), value = vsms_hex_value(c);
    if (value >= 0 && value < base) {
      code = with_digit(code, base, value);
      continue;
    }
    if (digits == 0) return END;
    if (c != end) *reader = before;
    return code < OTHER ? code : OTHER;
  }
  return END;
}

/* \u0041 or \u{41} */
static int read_unicode(struct reader *reader, int layer) {
  struct reader before = *reader;
  if (read_octet(reader, layer) == '{') return read_number(reader, layer, 16, '}');
  *reader = before;
  return read_hex(reader, layer, 4);
}

/* After a backslash: a character, \U00000041, \x41, \101, or the octet itself, \/ for instance. */
static int read_backslashed(struct reader *reader, int layer) {
  struct reader before = *reader;
  int c = read_octet(reader, layer), octal = END;
  if (c == 'u') return read_unicode(reader, layer);
  if (c == 'U') return read_hex(reader, layer, 8);
  if (c == 'x') return read_hex(reader, layer, 2);
  if (c < '0' || c > '3') return c;
  struct reader after = *reader;
  *reader = before;
  octal = read_digits(reader, layer, 8, 3);
  if (octal != END) return octal;
  *reader = after;
  return c;
}

/* After a percent sign: %41, or %u0041. */
static int read_percent(struct reader *reader, int layer) {
  struct reader before = *reader;
  if (read_octet(reader, layer) == 'u') return read_hex(reader, layer, 4);
  *reader = before;
  return read_hex(reader, layer, 2);
}

/* After "&#": 65; or x41; and browsers read them without the semicolon, too. */
static int read_numbered(struct reader *reader, int layer) {
  struct reader before = *reader;
  int c = read_octet(reader, layer);
  if (c == 'x' || c == 'X') return read_number(reader, layer, 16, ';');
  *reader = before;
  return read_number(reader, layer, 10, ';');
}

/* After an ampersand. */
static int read_entity(struct reader *reader, int layer) {
  static const struct {
    const char *name;
    char octet;
  } entities[] = {{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}};
  char name[8];
  size_t length = 0;
  int c = read_octet(reader, layer);
  if (c == '#') return read_numbered(reader, layer);
  for (; c != ';'; c = read_octet(reader, layer)) {
    if (c < 'a' || c > 'z' || length == sizeof name) return END;
    name[length++] = (char)c;
  }
  for (size_t i = 0; i < sizeof entities / sizeof *entities; i++) {
    if (vsms_is_name((vsms_bytes){name, length}, entities[i].name)) return entities[i].octet;
  }
  return END;
}

/* The next octet of the text, with as many layers of escapes resolved; END after the last. */
static int read_octet(struct reader *reader, int layer) {
  if (layer == 0) return reader->at < reader->end ? (unsigned char)*reader->at++ : END;
  int c = read_octet(reader, layer - 1), escaped = END;
  struct reader after = *reader;
  if (c == '\\') escaped = read_backslashed(&after, layer - 1);
  if (c == '%') escaped = read_percent(&after, layer - 1);
  if (c == '&') escaped = read_entity(&after, layer - 1);
  if (escaped == END) return c;
  *reader = after;
  return escaped;
}

/* ---- finding ----------------------------------------------------------------------------------- */

/* One reading of a text, and what of it is to be hidden: an octet of `marks` for each of its own. */
struct search {
  const struct vsms_redaction *redaction;
  char *marks;
  bool found;
  size_t starts[PIECE]; /* where the last octets began, the latest at count % PIECE */
  size_t count;         /* octets read */
  size_t run;           /* the last of them that stand in the token, in a row */
  uint64_t piece;       /* the last eight */
  int slashes;          /* of "://": 1 after the colon, 3 after the second slash */
  size_t authority;     /* where what follows that begins */
};

static void mark(struct search *search, size_t from, size_t to) {
  memset(search->marks + from, 1, to - from);
  search->found = search->found || to > from;
}

static size_t start_of_last(const struct search *search, size_t octets) {
  return search->starts[(search->count - octets) % PIECE];
}

static bool is_piece(const struct vsms_redaction *redaction, uint64_t piece) {
  return redaction->token != NULL &&
         bsearch(&piece, redaction->pieces, redaction->piece_count, sizeof *redaction->pieces, compare_pieces) != NULL;
}

/* Are the last octets, or of the first eight the first, these? */
static bool ends_in(uint64_t piece, const char *text, size_t octets) {
  for (size_t i = octets; i-- > 0; piece >>= 8) {
    if ((unsigned char)text[i] != (piece & 0xff)) return false;
  }
  return true;
}

/* A text may begin in the middle of the token: then what it begins with is the token's end. */
static void look_at_beginning(struct search *search, size_t to) {
  const struct vsms_redaction *redaction = search->redaction;
  size_t octets = search->count;
  if (octets < CUT_MIN || octets >= PIECE || redaction->token == NULL) return;
  if (ends_in(search->piece, redaction->token + redaction->length - octets, octets)) mark(search, 0, to);
}

/* And it may end in the middle: then what it ends with is the token's beginning. */
static void look_at_end(struct search *search, size_t to) {
  if (search->redaction->token == NULL) return;
  for (size_t octets = PIECE - 1; octets >= CUT_MIN; octets--) {
    if (octets > search->count || !ends_in(search->piece, search->redaction->token, octets)) continue;
    mark(search, start_of_last(search, octets), to);
    return;
  }
}

/* RFC 3986 section 3.2: the authority ends with a slash, a question mark or a number sign; in a text for people it also
 * ends with what no URL holds. */
static bool ends_authority(int c) { return c <= ' ' || (c < 0x80 && strchr("/?#\"'<>\x7f", c) != NULL); }

static void look_for_user(struct search *search, int c, size_t from, size_t to) {
  if (search->slashes == 3 && c == '@') mark(search, search->authority, from);
  if (search->slashes == 3 && !ends_authority(c)) return;
  if (c == ':') {
    search->slashes = 1;
  } else {
    bool goes_on = c == '/' && (search->slashes == 1 || search->slashes == 2);
    search->slashes = goes_on ? search->slashes + 1 : 0;
    search->authority = to;
  }
}

static void look_for_piece(struct search *search, int c, size_t from, size_t to) {
  char folded = c < OTHER ? vsms_fold((char)c) : '\0';
  search->starts[search->count++ % PIECE] = from;
  search->piece = search->piece << 8 | (unsigned char)folded;
  search->run = search->redaction->is_used[(unsigned char)folded] ? search->run + 1 : 0;
  if (search->run >= PIECE && is_piece(search->redaction, search->piece))
    mark(search, start_of_last(search, PIECE), to);
}

static bool search_layer(const struct vsms_redaction *redaction, vsms_bytes text, int layer, char *marks) {
  struct search search = {.redaction = redaction, .marks = marks};
  struct reader reader = {text.data, text.data + text.length};
  size_t from = 0, to = 0;
  for (int c; (c = read_octet(&reader, layer)) != END; from = to) {
    to = (size_t)(reader.at - text.data);
    look_for_piece(&search, c, from, to);
    look_for_user(&search, c, from, to);
    look_at_beginning(&search, to);
  }
  look_at_end(&search, to);
  return search.found;
}

/* False when all of it was stars already. */
static bool overwrite(char *text, size_t length, const char *marks) {
  bool changed = false;
  for (size_t i = 0; i < length; i++) {
    if (marks[i] == 0 || text[i] == '*') continue;
    text[i] = '*';
    changed = true;
  }
  return changed;
}

static bool hide_once(const struct vsms_redaction *redaction, char *text, size_t length, char *marks) {
  bool found = false;
  memset(marks, 0, length);
  for (int layer = 0; layer < LAYERS; layer++) {
    found = search_layer(redaction, (vsms_bytes){text, length}, layer, marks) || found;
  }
  return found && overwrite(text, length, marks);
}

/* Where the token has escapes in it, stars in the place of one may give what follows another meaning. */
bool vsms_redact(const struct vsms_redaction *redaction, char *text, size_t length) {
  if (length == 0) return false;
  char *marks = malloc(length);
  if (marks == NULL) { /* better nothing to read than a secret */
    memset(text, '*', length);
    return true;
  }
  bool found = hide_once(redaction, text, length, marks);
  for (int more = found ? ROUNDS_MAX - 1 : 0; more > 0 && hide_once(redaction, text, length, marks);) more--;
  free(marks);
  return found;
}

static bool begins_with_token(const struct vsms_redaction *redaction, struct reader reader, int layer) {
  for (size_t i = 0; i < redaction->length; i++) {
    int c = read_octet(&reader, layer);
    if (c < 0 || c >= OTHER || vsms_fold((char)c) != redaction->token[i]) return false;
  }
  return true;
}

/* Else the octet is itself in every layer, and not the first of the token. */
static bool may_begin_token(const struct vsms_redaction *redaction, char c) {
  return vsms_fold(c) == redaction->token[0] || c == '\\' || c == '%' || c == '&';
}

static bool layer_holds_token(const struct vsms_redaction *redaction, vsms_bytes text, int layer) {
  struct reader reader = {text.data, text.data + text.length};
  while (reader.at < reader.end) {
    if (!may_begin_token(redaction, *reader.at)) {
      reader.at++;
      continue;
    }
    if (begins_with_token(redaction, reader, layer)) return true;
    read_octet(&reader, layer);
  }
  return false;
}

bool vsms_holds_token(const struct vsms_redaction *redaction, vsms_bytes text) {
  if (redaction->token == NULL || text.length < redaction->length) return false;
  for (int layer = 0; layer < LAYERS; layer++) {
    if (layer_holds_token(redaction, text, layer)) return true;
  }
  return false;
}
