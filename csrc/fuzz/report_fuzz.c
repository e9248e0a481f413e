/* report_fuzz.c - any octets as the body of a call: what is found lies in the body, an unescaped text is UTF-8 where it
 * was before and shorter, and no field of an inner object is taken for one of the outermost. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "vsms.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds) {
  if (!holds) abort();
}

static void check_value(vsms_bytes body, const vsms_value *value) {
  if (value->text.data == NULL) return;
  require(value->text.data >= body.data && value->text.length <= body.length);
  require(value->text.data + value->text.length <= body.data + body.length);
  if (value->is_nested)
    require(strchr("{[", value->text.data[0]) && strchr("}]", value->text.data[value->text.length - 1]));
  if (!value->is_escaped) return;
  char *out = malloc(value->text.length);
  if (out == NULL) abort();
  vsms_bytes text = {out, vsms_json_unescape(value->text, out)};
  require(text.length < value->text.length);
  if (vsms_utf8_check(value->text) == value->text.length) require(vsms_utf8_check(text) == text.length);
  free(out);
}

/* {"x":BODY} is one level deeper, and has none of the fields. */
static void check_wrapped(vsms_bytes body) {
  static const char before[] = "{\"x\":";
  vsms_report report;
  vsms_error error;
  char *wrapped = malloc(body.length + sizeof before);
  if (wrapped == NULL) abort();
  memcpy(wrapped, before, sizeof before - 1);
  memcpy(wrapped + sizeof before - 1, body.data, body.length);
  wrapped[body.length + sizeof before - 1] = '}';
  if (vsms_report_read((vsms_bytes){wrapped, body.length + sizeof before}, &report, &error)) {
    for (size_t i = 0; i < VSMS_REPORT_FIELDS; i++) require(report.values[i].text.data == NULL);
  }
  free(wrapped);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  vsms_bytes body = {(const char *)data, size};
  vsms_report report;
  vsms_error error;
  if (!vsms_report_read(body, &report, &error)) return 0;
  require(size <= VSMS_REPORT_BYTES);
  for (size_t i = 0; i < VSMS_REPORT_FIELDS; i++) check_value(body, &report.values[i]);
  check_wrapped(body);
  return 0;
}
