/* headers.c - see headers.h. */
#include "http/headers.h"

#include <stdlib.h>
#include <string.h>

#include "base/fold.h"
#include "base/grow.h"

static bool is_space(char c) { return c == ' ' || c == '\t'; }

/* In the structure itself there is room from the beginning. */
static void use_inside(struct vsms_headers *headers) {
  headers->text = headers->first_text;
  headers->text_capacity = sizeof headers->first_text;
  headers->entries = headers->first_entries;
  headers->capacity = VSMS_HEADER_FIELDS_INSIDE;
}

static bool reserve_text(struct vsms_headers *headers, size_t more) {
  if (headers->text == NULL) use_inside(headers);
  size_t needed = headers->text_length + more;
  if (needed <= headers->text_capacity) return true;
  size_t capacity = headers->text_capacity;
  while (capacity < needed) capacity *= 2;
  char *text = vsms_grow(headers->text, headers->first_text, headers->text_length, capacity);
  if (text == NULL) return false;
  headers->text = text;
  headers->text_capacity = capacity;
  return true;
}

static bool reserve_entry(struct vsms_headers *headers) {
  if (headers->entries == NULL) use_inside(headers);
  if (headers->count < headers->capacity) return true;
  size_t size = sizeof *headers->entries, capacity = headers->capacity * 2;
  struct vsms_header_entry *entries =
      vsms_grow(headers->entries, headers->first_entries, headers->count * size, capacity * size);
  if (entries == NULL) return false;
  headers->entries = entries;
  headers->capacity = capacity;
  return true;
}

/* The caller has reserved the room. */
static unsigned append(struct vsms_headers *headers, const char *data, size_t length) {
  unsigned offset = (unsigned)headers->text_length;
  if (length > 0) memcpy(headers->text + offset, data, length);
  headers->text[offset + length] = '\0';
  headers->text_length += length + 1;
  return offset;
}

static vsms_bytes trim(const char *data, size_t length) {
  while (length > 0 && is_space(*data)) data++, length--;
  while (length > 0 && is_space(data[length - 1])) length--;
  return (vsms_bytes){data, length};
}

static vsms_headers_result add_field(struct vsms_headers *headers, vsms_bytes name, vsms_bytes value) {
  if (!reserve_entry(headers) || !reserve_text(headers, name.length + value.length + 2)) {
    return VSMS_HEADERS_EXHAUSTED;
  }
  struct vsms_header_entry *entry = &headers->entries[headers->count++];
  entry->name = append(headers, name.data, name.length);
  entry->name_length = (unsigned)name.length;
  for (size_t i = 0; i < name.length; i++) headers->text[entry->name + i] = vsms_fold(name.data[i]);
  entry->value = append(headers, value.data, value.length);
  entry->value_length = (unsigned)value.length;
  return VSMS_HEADERS_OK;
}

/* The last value is the last thing in the text, so it can grow in place of its NUL. */
static vsms_headers_result continue_field(struct vsms_headers *headers, vsms_bytes more) {
  if (headers->count == 0 || more.length == 0) return VSMS_HEADERS_OK;
  if (!reserve_text(headers, more.length + 1)) return VSMS_HEADERS_EXHAUSTED;
  struct vsms_header_entry *entry = &headers->entries[headers->count - 1];
  headers->text[headers->text_length - 1] = ' ';
  append(headers, more.data, more.length);
  entry->value_length += 1 + (unsigned)more.length;
  return VSMS_HEADERS_OK;
}

vsms_headers_result vsms_headers_count(struct vsms_headers *headers, size_t length) {
  headers->bytes_seen += length;
  headers->lines_seen += 1;
  bool fits = headers->bytes_seen <= VSMS_HEADER_BYTES_MAX && headers->lines_seen <= VSMS_HEADER_LINES_MAX;
  return fits ? VSMS_HEADERS_OK : VSMS_HEADERS_TOO_LARGE;
}

vsms_headers_result vsms_headers_add(struct vsms_headers *headers, const char *line, size_t length) {
  if (vsms_headers_count(headers, length) != VSMS_HEADERS_OK) return VSMS_HEADERS_TOO_LARGE;
  while (length > 0 && (line[length - 1] == '\n' || line[length - 1] == '\r')) length--;
  if (length == 0) return VSMS_HEADERS_OK;
  if (is_space(line[0])) return continue_field(headers, trim(line, length));
  const char *colon = memchr(line, ':', length);
  if (colon == NULL || colon == line) return VSMS_HEADERS_OK;
  size_t name_length = (size_t)(colon - line);
  return add_field(headers, trim(line, name_length), trim(colon + 1, length - name_length - 1));
}

void vsms_headers_restart(struct vsms_headers *headers) {
  headers->count = 0;
  headers->text_length = 0;
}

void vsms_headers_clear(struct vsms_headers *headers) {
  if (headers->text != headers->first_text) free(headers->text);
  if (headers->entries != headers->first_entries) free(headers->entries);
}

vsms_field vsms_headers_at(const struct vsms_headers *headers, size_t index) {
  const struct vsms_header_entry *entry = &headers->entries[index];
  return (vsms_field){{headers->text + entry->name, entry->name_length},
                      {headers->text + entry->value, entry->value_length}};
}

vsms_bytes vsms_headers_find(const struct vsms_headers *headers, const char *name, size_t nth) {
  size_t length = strlen(name);
  for (size_t i = 0; i < headers->count; i++) {
    if (headers->entries[i].name_length != length) continue;
    vsms_field field = vsms_headers_at(headers, i);
    if (vsms_is_name(field.name, name) && nth-- == 0) return field.value;
  }
  return (vsms_bytes){NULL, 0};
}

static bool is_token_octet(unsigned char c) {
  if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')) return true;
  return c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL;
}

bool vsms_header_name_is_valid(vsms_bytes name) {
  for (size_t i = 0; i < name.length; i++) {
    if (!is_token_octet((unsigned char)name.data[i])) return false;
  }
  return name.length > 0;
}

bool vsms_header_value_is_valid(vsms_bytes value) {
  for (size_t i = 0; i < value.length; i++) {
    unsigned char c = (unsigned char)value.data[i];
    if ((c < 0x20 && c != '\t') || c == 0x7f) return false;
  }
  return true;
}
