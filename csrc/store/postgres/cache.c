/* cache.c - the statements that the server has prepared for a connection.
 *
 * Types
 *
 * A whole number is a bigint and another number is a double precision wherever it stands, as in SQLite; of a text and a
 * NULL the server infers the type. One SQL text may so be prepared more than once: a place that was NULL and was inferred to be
 * a number takes numbers from then on, and a place that was a number takes NULL. */
#include <stdlib.h>
#include <string.h>

#include "store/postgres/postgres.h"

static void forget(struct vsms_postgres_statement *entry) {
  free((void *)entry->sql.data);
  free(entry->declared);
  *entry = (struct vsms_postgres_statement){.is_on_server = entry->is_on_server, .will_be = entry->will_be};
}

void vsms_postgres_forget_statements(struct vsms_postgres *postgres) {
  for (int i = 0; i < VSMS_POSTGRES_STATEMENTS; i++) forget(&postgres->statements[i]);
}

static bool is_integer_type(Oid type) {
  return type == VSMS_POSTGRES_INT8 || type == VSMS_POSTGRES_INT4 || type == VSMS_POSTGRES_INT2;
}

static bool is_real_type(Oid type) {
  return type == VSMS_POSTGRES_FLOAT8 || type == VSMS_POSTGRES_FLOAT4 || type == VSMS_POSTGRES_NUMERIC;
}

static bool fits_one(const struct vsms_postgres_statement *entry, size_t i, const vsms_datum *param) {
  Oid declared = entry->declared[i], resolved = entry->is_described ? entry->resolved[i] : declared;
  bool is_inferred = declared == VSMS_POSTGRES_INFERRED;
  switch (param->type) {
    case VSMS_NULL: return true;
    case VSMS_TEXT: return is_inferred;
    case VSMS_INTEGER:
      return declared == VSMS_POSTGRES_INT8 || (is_inferred && (is_integer_type(resolved) || is_real_type(resolved)));
    default: return resolved == VSMS_POSTGRES_FLOAT8;
  }
}

/* Few texts are equally long: a hash of it would cost more than it spares. */
static bool fits(const struct vsms_postgres_statement *entry, const vsms_statement *statement) {
  if (entry->sql.data == NULL || entry->sql.length != statement->sql.length) return false;
  if (entry->param_count != statement->param_count) return false;
  if (memcmp(entry->sql.data, statement->sql.data, statement->sql.length) != 0) return false;
  for (size_t i = 0; i < entry->param_count; i++) {
    if (!fits_one(entry, i, &statement->params[i])) return false;
  }
  return true;
}

int vsms_postgres_find_cached(const struct vsms_postgres *postgres, const vsms_statement *statement, bool *is_found) {
  int oldest = 0;
  for (int i = 0; i < VSMS_POSTGRES_STATEMENTS; i++) {
    const struct vsms_postgres_statement *entry = &postgres->statements[i];
    *is_found = fits(entry, statement);
    if (*is_found) return i;
    if (entry->used_at < postgres->statements[oldest].used_at) oldest = i;
  }
  return oldest;
}

static Oid type_for(const vsms_datum *param) {
  switch (param->type) {
    case VSMS_INTEGER: return VSMS_POSTGRES_INT8;
    case VSMS_REAL: return VSMS_POSTGRES_FLOAT8;
    default: return VSMS_POSTGRES_INFERRED;
  }
}

bool vsms_postgres_cache(struct vsms_postgres *postgres, int place, const vsms_statement *statement,
                         struct vsms_failure *failure) {
  struct vsms_postgres_statement *entry = &postgres->statements[place];
  forget(entry);
  entry->sql = (vsms_bytes){strndup(statement->sql.data, statement->sql.length), statement->sql.length};
  entry->declared = calloc(2 * statement->param_count + 1, sizeof(Oid));
  if (entry->sql.data == NULL || entry->declared == NULL) {
    forget(entry);
    return vsms_store_fail_memory(failure);
  }
  entry->resolved = entry->declared + statement->param_count;
  entry->param_count = statement->param_count;
  for (size_t i = 0; i < entry->param_count; i++) entry->declared[i] = type_for(&statement->params[i]);
  return true;
}

/* ---- what became of what was sent --------------------------------------------------------------- */

void vsms_postgres_note_failure(struct vsms_postgres *postgres) {
  if (postgres->is_stale) vsms_postgres_forget_statements(postgres);
  postgres->is_stale = false;
  for (int i = 0; i < VSMS_POSTGRES_STATEMENTS; i++) {
    postgres->statements[i].will_be = postgres->statements[i].is_on_server;
  }
}

void vsms_postgres_note_prepared(struct vsms_postgres *postgres, int place, bool is_done) {
  struct vsms_postgres_statement *entry = &postgres->statements[place];
  if (is_done) entry->is_on_server = true;
  else forget(entry);
}

void vsms_postgres_note_forgotten(struct vsms_postgres *postgres, int place, bool is_done) {
  if (is_done) postgres->statements[place].is_on_server = false;
}

void vsms_postgres_note_described(struct vsms_postgres *postgres, int place, const PGresult *answer) {
  struct vsms_postgres_statement *entry = &postgres->statements[place];
  if (entry->sql.data == NULL || (size_t)vsms_pq.nparams(answer) != entry->param_count) return;
  for (size_t i = 0; i < entry->param_count; i++) entry->resolved[i] = vsms_pq.paramtype(answer, (int)i);
  entry->is_described = true;
}
