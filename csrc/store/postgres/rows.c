/* rows.c - the rows of an answer, as numbers and texts. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "store/postgres/postgres.h"

static bool read_integer(const char *text, vsms_datum *cell) {
  char *end;
  errno = 0;
  long long value = strtoll(text, &end, 10);
  if (errno != 0 || *end != '\0' || end == text) return false;
  cell->type = VSMS_INTEGER;
  cell->as.integer = value;
  return true;
}

/* In the locale that has a point. */
static bool read_real(const char *text, vsms_datum *cell) {
  char *end;
  double value = strtod(text, &end);
  if (*end != '\0' || end == text) return false;
  cell->type = VSMS_REAL;
  cell->as.real = value;
  return true;
}

/* False: it stays a text. A sum of integers is numeric. */
static bool read_number(const char *text, Oid type, vsms_datum *cell) {
  switch (type) {
    case VSMS_POSTGRES_BOOLEAN:
      cell->type = VSMS_INTEGER;
      cell->as.integer = text[0] == 't';
      return true;
    case VSMS_POSTGRES_INT2:
    case VSMS_POSTGRES_INT4:
    case VSMS_POSTGRES_INT8:
    case VSMS_POSTGRES_OID: return read_integer(text, cell);
    case VSMS_POSTGRES_NUMERIC: return read_integer(text, cell) || read_real(text, cell);
    case VSMS_POSTGRES_FLOAT4:
    case VSMS_POSTGRES_FLOAT8: return read_real(text, cell);
    default: return false;
  }
}

static bool copy_row(const PGresult *answer, int row, vsms_result *result, struct vsms_failure *failure) {
  vsms_datum *cells = vsms_result_add_row(result, failure);
  if (cells == NULL) return false;
  for (int i = 0; i < vsms_pq.nfields(answer); i++) {
    const char *text = vsms_pq.getvalue(answer, row, i);
    if (vsms_pq.getisnull(answer, row, i) || read_number(text, vsms_pq.ftype(answer, i), &cells[i])) continue;
    vsms_bytes bytes = {text, (size_t)vsms_pq.getlength(answer, row, i)};
    if (!vsms_result_set_text(result, &cells[i], bytes, failure)) return false;
  }
  return true;
}

static bool copy_names(const PGresult *answer, vsms_result *result, struct vsms_failure *failure) {
  for (int i = 0; i < vsms_pq.nfields(answer); i++) {
    const char *name = vsms_pq.fname(answer, i);
    if (!vsms_result_name_column(result, (size_t)i, (vsms_bytes){name, strlen(name)}, failure)) return false;
  }
  return true;
}

/* A SELECT tells how many rows it gave, too. */
static long long changes_of(PGresult *answer) {
  if (strncmp(vsms_pq.cmdStatus(answer), "SELECT", 6) == 0) return 0;
  return strtoll(vsms_pq.cmdTuples(answer), NULL, 10);
}

static bool copy(const PGresult *answer, vsms_result *result, struct vsms_failure *failure) {
  if (!copy_names(answer, result, failure)) return false;
  for (int i = 0; vsms_pq.nfields(answer) > 0 && i < vsms_pq.ntuples(answer); i++) {
    if (!copy_row(answer, i, result, failure)) return false;
  }
  vsms_result_set_changes(result, changes_of((PGresult *)answer));
  return true;
}

bool vsms_postgres_copy_rows(const struct vsms_postgres *postgres, const PGresult *answer, vsms_result *result,
                             struct vsms_failure *failure) {
  if (!vsms_result_begin_rows(result, (size_t)vsms_pq.nfields(answer), failure)) return false;
  locale_t before = uselocale(postgres->plain);
  bool ok = copy(answer, result, failure);
  uselocale(before);
  if (!ok) result->filled--; /* it is not one that was done */
  return ok;
}
