/* report.c - the fields of a JSON object that a call of VertexSMS's consists of. */
#include <string.h>

#include "base/error.h"
#include "base/json_read.h"
#include "vsms/callback.h"

#define NAME(text) \
  { text, sizeof text - 1 }
static const vsms_bytes names[VSMS_REPORT_FIELDS] = {
    NAME("id"),   NAME("status"),  NAME("error"),      NAME("mcc"),      NAME("mnc"),
    NAME("imsi"), NAME("country"), NAME("operatorId"), NAME("operator"), NAME("ported"),
};
#undef NAME

bool vsms_report_read(vsms_bytes body, vsms_report *report, vsms_error *error) {
  size_t wrong;
  memset(report, 0, sizeof *report);
  if (body.length > VSMS_REPORT_BYTES) {
    return vsms_fail(error, VSMS_INVALID_ARGUMENT, "body", "must be at most %d octets long", VSMS_REPORT_BYTES);
  }
  if (vsms_json_read_object(body, names, VSMS_REPORT_FIELDS, report->values, &wrong)) return true;
  return vsms_fail(error, VSMS_INVALID_ARGUMENT, "body",
                   "is not a valid JSON object of at most %d levels: the error is at octet %zu", VSMS_JSON_DEPTH,
                   wrong);
}
