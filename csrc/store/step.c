/* step.c - see step.h. */
#include "store/step.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "vsms/text.h"

enum { OCTETS_MAX = 64 * 1024 * 1024 };

static bool refuse(vsms_error *error, const char *what, size_t number) {
  return vsms_fail(error, VSMS_INVALID_ARGUMENT, "step", "statement %zu %s", number, what);
}

static bool refuse_param(vsms_error *error, size_t statement, size_t param, const char *what) {
  return vsms_fail(error, VSMS_INVALID_ARGUMENT, "step", "parameter %zu of statement %zu %s", param, statement, what);
}

static bool is_text(vsms_bytes text) {
  return text.length == 0 || (memchr(text.data, 0, text.length) == NULL && vsms_utf8_check(text) == text.length);
}

static bool check_param(const vsms_datum *param, size_t statement, size_t number, vsms_error *error) {
  if (param->type == VSMS_TEXT && !is_text(param->as.text)) {
    return refuse_param(error, statement, number, "is not valid UTF-8 without U+0000");
  }
  if (param->type == VSMS_REAL && isnan(param->as.real))
    return refuse_param(error, statement, number, "is not a number");
  return true;
}

static size_t octets_of(const vsms_statement *statement) {
  size_t octets = statement->sql.length + statement->must.length;
  for (size_t i = 0; i < statement->param_count; i++) {
    if (statement->params[i].type == VSMS_TEXT) octets += statement->params[i].as.text.length;
  }
  return octets;
}

static bool check_statement(const vsms_statement *statement, size_t number, vsms_error *error) {
  if (statement->sql.data == NULL || statement->sql.length == 0) return refuse(error, "has no sql", number);
  if (!is_text(statement->sql)) return refuse(error, "is not valid UTF-8", number);
  if (!is_text(statement->must)) return refuse(error, "has a must that is not valid UTF-8", number);
  if (statement->param_count > VSMS_STATEMENT_PARAMS_MAX) {
    return vsms_fail(error, VSMS_INVALID_ARGUMENT, "step", "statement %zu has more than %d parameters", number,
                     VSMS_STATEMENT_PARAMS_MAX);
  }
  for (size_t i = 0; i < statement->param_count; i++) {
    if (!check_param(&statement->params[i], number, i + 1, error)) return false;
  }
  return true;
}

bool vsms_step_check(const vsms_step *step, vsms_error *error) {
  size_t octets = 0;
  if (step->count == 0) return vsms_fail(error, VSMS_INVALID_ARGUMENT, "step", "the step has no statement");
  if (step->count > VSMS_STEP_STATEMENTS_MAX) {
    return vsms_fail(error, VSMS_INVALID_ARGUMENT, "step", "the step has more than %d statements",
                     VSMS_STEP_STATEMENTS_MAX);
  }
  if (step->timeout_ms < 0) {
    return vsms_fail(error, VSMS_INVALID_ARGUMENT, "timeout", "timeout must be above 0 seconds, and less than 1e6");
  }
  for (size_t i = 0; i < step->count; i++) {
    if (!check_statement(&step->statements[i], i + 1, error)) return false;
    octets += octets_of(&step->statements[i]);
    if (octets > OCTETS_MAX) {
      return vsms_fail(error, VSMS_INVALID_ARGUMENT, "step", "the step is larger than %d MiB", OCTETS_MAX >> 20);
    }
  }
  return true;
}

/* ---- copying ----------------------------------------------------------------------------------- */

/* Everything that needs alignment comes first. */
struct copying {
  vsms_datum *params;
  char *octets;
};

static vsms_bytes copy_bytes(struct copying *to, vsms_bytes bytes) {
  if (bytes.data == NULL) return bytes;
  vsms_bytes copy = {to->octets, bytes.length};
  memcpy(to->octets, bytes.data, bytes.length);
  to->octets += bytes.length;
  return copy;
}

static void copy_statement(struct copying *to, const vsms_statement *from, vsms_statement *copy) {
  *copy = *from;
  copy->sql = copy_bytes(to, from->sql);
  copy->must = copy_bytes(to, from->must);
  copy->params = to->params;
  for (size_t i = 0; i < from->param_count; i++) {
    vsms_datum *param = to->params++;
    *param = from->params[i];
    if (param->type == VSMS_TEXT) param->as.text = copy_bytes(to, param->as.text);
  }
}

size_t vsms_step_size(const vsms_step *step) {
  size_t size = sizeof *step + step->count * sizeof(vsms_statement);
  for (size_t i = 0; i < step->count; i++) {
    size += step->statements[i].param_count * sizeof(vsms_datum) + octets_of(&step->statements[i]);
  }
  return size;
}

static size_t count_params(const vsms_step *step) {
  size_t count = 0;
  for (size_t i = 0; i < step->count; i++) count += step->statements[i].param_count;
  return count;
}

void vsms_step_copy(const vsms_step *step, vsms_step *copy) {
  *copy = *step;
  vsms_statement *statements = (vsms_statement *)(copy + 1);
  struct copying to = {(vsms_datum *)(statements + step->count), NULL};
  to.octets = (char *)(to.params + count_params(step));
  for (size_t i = 0; i < step->count; i++) copy_statement(&to, &step->statements[i], &statements[i]);
  copy->statements = statements;
}
