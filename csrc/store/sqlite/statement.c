/* statement.c - statements of steps: prepared once, bound, run, their rows copied. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "store/sqlite/sqlite.h"

/* ---- the cache --------------------------------------------------------------------------------- */

static void forget(struct vsms_sqlite_statement *entry) {
  vsms_sqlite3.finalize(entry->statement);
  free((void *)entry->sql.data);
  free(entry->numbers);
  memset(entry, 0, sizeof *entry);
}

void vsms_sqlite_forget_statements(struct vsms_sqlite *sqlite) {
  for (int i = 0; i < VSMS_SQLITE_STATEMENTS; i++) forget(&sqlite->statements[i]);
}

/* Few texts are equally long: a hash of it would cost more than it spares. */
static bool is_same(const struct vsms_sqlite_statement *entry, vsms_bytes sql) {
  return entry->statement != NULL && entry->sql.length == sql.length &&
         memcmp(entry->sql.data, sql.data, sql.length) == 0;
}

/* The one that was not used for the longest time makes place. */
static struct vsms_sqlite_statement *find(struct vsms_sqlite *sqlite, vsms_bytes sql) {
  struct vsms_sqlite_statement *oldest = &sqlite->statements[0];
  for (int i = 0; i < VSMS_SQLITE_STATEMENTS; i++) {
    struct vsms_sqlite_statement *entry = &sqlite->statements[i];
    if (is_same(entry, sql)) return entry;
    if (entry->used_at < oldest->used_at) oldest = entry;
  }
  forget(oldest);
  return oldest;
}

/* ---- preparing --------------------------------------------------------------------------------- */

/* To SQLite `$2` is a name like any other: its place is where it stands first. 0 is the number of `$now`. */
static bool read_number(const char *name, unsigned *number) {
  *number = 0;
  if (name != NULL && strcmp(name, "$now") == 0) return true;
  if (name == NULL || name[0] != '$' || name[1] < '1' || name[1] > '9') return false;
  for (const char *digit = name + 1; *digit != '\0'; digit++) {
    if (*digit < '0' || *digit > '9' || *number > 100000) return false;
    *number = *number * 10 + (unsigned)(*digit - '0');
  }
  return true;
}

static bool read_numbers(struct vsms_sqlite_statement *entry, struct vsms_failure *failure) {
  entry->param_count = vsms_sqlite3.bind_parameter_count(entry->statement);
  if (entry->param_count == 0) return true;
  entry->numbers = calloc((size_t)entry->param_count, sizeof *entry->numbers);
  if (entry->numbers == NULL) return vsms_store_fail_memory(failure);
  for (int i = 0; i < entry->param_count; i++) {
    if (!read_number(vsms_sqlite3.bind_parameter_name(entry->statement, i + 1), &entry->numbers[i])) {
      return vsms_store_fail(failure, VSMS_STORE_FAILED, "the parameters of a statement must be $1 to $n, or $now");
    }
    if (entry->numbers[i] > entry->needed) entry->needed = entry->numbers[i];
  }
  return true;
}

static bool is_blank(const char *text, const char *end) {
  while (text < end && (*text == ' ' || *text == '\t' || *text == '\n' || *text == '\r' || *text == ';')) text++;
  return text == end;
}

static bool prepare_text(struct vsms_sqlite *sqlite, struct vsms_sqlite_statement *entry, vsms_bytes sql,
                         struct vsms_failure *failure) {
  const char *rest;
  sqlite->is_step = true;
  int code = vsms_sqlite3.prepare_v3(sqlite->db, sql.data, (int)sql.length, SQLITE_PREPARE_PERSISTENT,
                                     &entry->statement, &rest);
  sqlite->is_step = false;
  if (code != SQLITE_OK) return vsms_sqlite_fail(sqlite, code, failure);
  if (entry->statement == NULL || !is_blank(rest, sql.data + sql.length)) {
    return vsms_store_fail(failure, VSMS_STORE_FAILED, "each statement of a step must be exactly one statement of SQL");
  }
  return true;
}

static bool keep_text(struct vsms_sqlite_statement *entry, vsms_bytes sql, struct vsms_failure *failure) {
  entry->sql = (vsms_bytes){strndup(sql.data, sql.length), sql.length};
  return entry->sql.data != NULL || vsms_store_fail_memory(failure);
}

/* NULL with *failure filled. */
static struct vsms_sqlite_statement *prepare(struct vsms_sqlite *sqlite, vsms_bytes sql, struct vsms_failure *failure) {
  struct vsms_sqlite_statement *entry = find(sqlite, sql);
  if (entry->statement == NULL) {
    if (!prepare_text(sqlite, entry, sql, failure) || !keep_text(entry, sql, failure) ||
        !read_numbers(entry, failure)) {
      forget(entry);
      return NULL;
    }
  }
  entry->used_at = ++sqlite->clock;
  return entry;
}

/* ---- binding ----------------------------------------------------------------------------------- */

/* Seconds since 1970, to the last bit what ((julianday('now') - 2440587.5) * 86400.0) is at this moment. */
static double seconds_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  long long milliseconds = (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000 + 210866760000000LL;
  return ((double)milliseconds / 86400000.0 - 2440587.5) * 86400.0;
}

/* The parameters live until the statement has been reset. */
static int bind_one(sqlite3_stmt *statement, int place, const vsms_datum *param) {
  switch (param->type) {
    case VSMS_INTEGER: return vsms_sqlite3.bind_int64(statement, place, param->as.integer);
    case VSMS_REAL: return vsms_sqlite3.bind_double(statement, place, param->as.real);
    case VSMS_TEXT: {
      vsms_bytes text = param->as.text;
      return vsms_sqlite3.bind_text64(statement, place, text.data, text.length, SQLITE_STATIC, SQLITE_UTF8);
    }
    default: return vsms_sqlite3.bind_null(statement, place);
  }
}

static bool bind(struct vsms_sqlite *sqlite, struct vsms_sqlite_statement *entry, const vsms_statement *statement,
                 struct vsms_failure *failure) {
  if (entry->needed > statement->param_count) {
    return vsms_store_fail(failure, VSMS_STORE_FAILED, "a statement needs %u parameters, and has %zu", entry->needed,
                           statement->param_count);
  }
  for (int i = 0; i < entry->param_count; i++) {
    unsigned number = entry->numbers[i];
    int code = number == 0 ? vsms_sqlite3.bind_double(entry->statement, i + 1, seconds_now())
                           : bind_one(entry->statement, i + 1, &statement->params[number - 1]);
    if (code != SQLITE_OK) return vsms_sqlite_fail(sqlite, code, failure);
  }
  return true;
}

/* ---- rows -------------------------------------------------------------------------------------- */

static bool begin_rows(sqlite3_stmt *statement, vsms_result *result, struct vsms_failure *failure) {
  int count = vsms_sqlite3.column_count(statement);
  if (!vsms_result_begin_rows(result, (size_t)count, failure)) return false;
  for (int i = 0; i < count; i++) {
    const char *name = vsms_sqlite3.column_name(statement, i);
    if (name == NULL) return vsms_store_fail_memory(failure);
    if (!vsms_result_name_column(result, (size_t)i, (vsms_bytes){name, strlen(name)}, failure)) return false;
  }
  return true;
}

static bool copy_text(sqlite3_stmt *statement, int column, vsms_result *result, vsms_datum *cell,
                      struct vsms_failure *failure) {
  const void *octets = vsms_sqlite3.column_blob(statement, column); /* text as it is, too */
  int length = vsms_sqlite3.column_bytes(statement, column);
  if (octets == NULL && length > 0) return vsms_store_fail_memory(failure);
  return vsms_result_set_text(result, cell, (vsms_bytes){octets, (size_t)length}, failure);
}

static bool copy_cell(sqlite3_stmt *statement, int column, vsms_result *result, vsms_datum *cell,
                      struct vsms_failure *failure) {
  switch (vsms_sqlite3.column_type(statement, column)) {
    case SQLITE_NULL: return true;
    case SQLITE_INTEGER:
      cell->type = VSMS_INTEGER;
      cell->as.integer = vsms_sqlite3.column_int64(statement, column);
      return true;
    case SQLITE_FLOAT:
      cell->type = VSMS_REAL;
      cell->as.real = vsms_sqlite3.column_double(statement, column);
      return true;
    default: return copy_text(statement, column, result, cell, failure);
  }
}

static bool copy_row(sqlite3_stmt *statement, vsms_result *result, struct vsms_failure *failure) {
  vsms_datum *row = vsms_result_add_row(result, failure);
  if (row == NULL) return false;
  for (int i = 0; i < vsms_sqlite3.column_count(statement); i++) {
    if (!copy_cell(statement, i, result, &row[i], failure)) return false;
  }
  return true;
}

static bool step_through(struct vsms_sqlite *sqlite, sqlite3_stmt *statement, vsms_result *result,
                         struct vsms_failure *failure) {
  int code, before = vsms_sqlite3.total_changes(sqlite->db);
  vsms_sqlite3.set_last_insert_rowid(sqlite->db, 0);
  while ((code = vsms_sqlite3.step(statement)) == SQLITE_ROW) {
    if (vsms_sqlite3.column_count(statement) > 0 && !copy_row(statement, result, failure)) return false;
  }
  if (code != SQLITE_DONE) return vsms_sqlite_fail(sqlite, code, failure);
  /* sqlite3_changes tells of the last statement that changed something, which need not be this one. */
  bool has_changed = vsms_sqlite3.total_changes(sqlite->db) != before;
  vsms_result_set_changes(result, has_changed ? vsms_sqlite3.changes(sqlite->db) : 0);
  vsms_result_set_inserted(result, vsms_sqlite3.last_insert_rowid(sqlite->db));
  return true;
}

static bool check_writing(sqlite3_stmt *statement, bool is_writing, struct vsms_failure *failure) {
  return is_writing || vsms_sqlite3.stmt_readonly(statement) != 0 ||
         vsms_store_fail(failure, VSMS_STORE_FAILED, "a step that is read_only must not write");
}

bool vsms_sqlite_run(void *connection, const vsms_statement *statement, bool is_writing,
                     const struct vsms_patience *patience, vsms_result *result, struct vsms_failure *failure) {
  struct vsms_sqlite *sqlite = connection;
  sqlite->patience = patience;
  sqlite->broken_off = VSMS_STORE_OK;
  struct vsms_sqlite_statement *entry = prepare(sqlite, statement->sql, failure);
  bool ok = entry != NULL;
  if (ok) {
    ok = check_writing(entry->statement, is_writing, failure) && bind(sqlite, entry, statement, failure) &&
         begin_rows(entry->statement, result, failure) && step_through(sqlite, entry->statement, result, failure);
    vsms_sqlite3.reset(entry->statement);
  }
  sqlite->patience = NULL;
  return ok;
}
