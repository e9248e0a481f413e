/* open.c - a connection to a SQLite file, from the first look at it to its end. */
#include <stdlib.h>
#include <string.h>

#include "store/sqlite/sqlite.h"

enum {
  VERSION_NEEDED = 3035000, /* RETURNING */
  PROGRESS_STEPS = 1000,
  PAUSE_MS_MAX = 10
};

/* ---- hooks ------------------------------------------------------------------------------------- */

static bool is_over(struct vsms_sqlite *sqlite) {
  if (sqlite->patience == NULL) return false;
  sqlite->broken_off = vsms_patience_verdict(sqlite->patience);
  return sqlite->broken_off != VSMS_STORE_OK;
}

/* sqlite3_progress_handler: not zero interrupts the statement. */
static int on_progress(void *context) { return is_over(context); }

/* sqlite3_busy_handler: zero gives up. Programs that do not take turns hold the lock. */
static int on_busy(void *context, int count) {
  struct vsms_sqlite *sqlite = context;
  if (sqlite->patience == NULL || is_over(sqlite)) return 0;
  vsms_patience_sleep(sqlite->patience, count < PAUSE_MS_MAX ? count + 0.2 : PAUSE_MS_MAX);
  return 1;
}

/* sqlite3_wal_hook: in place of SQLite's own checkpoints, which it would make whenever it likes. */
static int on_commit(void *context, sqlite3 *db, const char *name, int pages) {
  struct vsms_sqlite *sqlite = context;
  (void)db;
  (void)name;
  sqlite->wal_pages = pages;
  return SQLITE_OK;
}

static int authorize(void *context, int action, const char *a, const char *b, const char *c, const char *d) {
  const struct vsms_sqlite *sqlite = context;
  (void)a;
  (void)b;
  (void)c;
  (void)d;
  bool is_forbidden =
      action == SQLITE_TRANSACTION || action == SQLITE_SAVEPOINT || action == SQLITE_ATTACH || action == SQLITE_DETACH;
  return sqlite->is_step && is_forbidden ? SQLITE_DENY : SQLITE_OK;
}

static void set_hooks(struct vsms_sqlite *sqlite) {
  vsms_sqlite3.extended_result_codes(sqlite->db, 1);
  vsms_sqlite3.busy_handler(sqlite->db, on_busy, sqlite);
  vsms_sqlite3.progress_handler(sqlite->db, PROGRESS_STEPS, on_progress, sqlite);
  vsms_sqlite3.wal_hook(sqlite->db, on_commit, sqlite);
  vsms_sqlite3.set_authorizer(sqlite->db, authorize, sqlite);
  vsms_sqlite3.db_config(sqlite->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
  vsms_sqlite3.db_config(sqlite->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
  vsms_sqlite3.db_config(sqlite->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
}

/* ---- small statements -------------------------------------------------------------------------- */

static bool execute(struct vsms_sqlite *sqlite, const char *sql, struct vsms_failure *failure) {
  int code = vsms_sqlite3.exec(sqlite->db, sql, NULL, NULL, NULL);
  return code == SQLITE_OK || vsms_sqlite_fail(sqlite, code, failure);
}

static bool ask_number(struct vsms_sqlite *sqlite, const char *sql, long long *number, struct vsms_failure *failure) {
  sqlite3_stmt *statement = NULL;
  int code = vsms_sqlite3.prepare_v2(sqlite->db, sql, -1, &statement, NULL);
  if (code == SQLITE_OK) code = vsms_sqlite3.step(statement);
  bool ok = code == SQLITE_ROW || vsms_sqlite_fail(sqlite, code, failure);
  if (ok) *number = vsms_sqlite3.column_int64(statement, 0);
  vsms_sqlite3.finalize(statement);
  return ok;
}

/* ---- whose file it is -------------------------------------------------------------------------- */

/* Asked through SQLite: see filesystem.h. */
static bool look_whose(struct vsms_sqlite *sqlite, bool *is_empty, struct vsms_failure *failure) {
  long long application, objects;
  if (!ask_number(sqlite, "PRAGMA application_id", &application, failure)) return false;
  *is_empty = false;
  if (application == VSMS_SQLITE_APPLICATION) return true;
  if (!ask_number(sqlite, "SELECT count(*) FROM sqlite_master", &objects, failure)) return false;
  *is_empty = application == 0 && objects == 0;
  return *is_empty ||
         vsms_store_fail(failure, VSMS_STORE_FOREIGN,
                         "%s is a database of another program: name a file that does not exist yet", sqlite->path);
}

/* Both questions in one transaction: a process that takes an empty file between them would make it look foreign. */
static bool look_whose_at_once(struct vsms_sqlite *sqlite, bool *is_empty, struct vsms_failure *failure) {
  return execute(sqlite, "BEGIN", failure) && look_whose(sqlite, is_empty, failure) &&
         execute(sqlite, "COMMIT", failure);
}

static const char take_sql[] =
    "PRAGMA application_id = 1448299859;" /* VSMS_SQLITE_APPLICATION */
    "CREATE TABLE vertexsms_commits (token TEXT PRIMARY KEY, number INTEGER NOT NULL, at REAL NOT NULL) WITHOUT ROWID";

/* Another process may have taken it meanwhile. */
static bool take(struct vsms_sqlite *sqlite, struct vsms_failure *failure) {
  bool is_empty;
  if (!execute(sqlite, "BEGIN IMMEDIATE", failure)) return false;
  bool ok = look_whose(sqlite, &is_empty, failure) && (!is_empty || execute(sqlite, take_sql, failure)) &&
            execute(sqlite, "COMMIT", failure);
  if (!ok) vsms_sqlite3.exec(sqlite->db, "ROLLBACK", NULL, NULL, NULL);
  return ok;
}

/* ---- beginning --------------------------------------------------------------------------------- */

/* It needs the file for itself for a moment, and does not wait for that (sqlite.org/pragma.html#pragma_journal_mode). */
static bool use_wal(struct vsms_sqlite *sqlite, struct vsms_failure *failure) {
  sqlite3_stmt *statement = NULL;
  int code = vsms_sqlite3.prepare_v2(sqlite->db, "PRAGMA journal_mode = WAL", -1, &statement, NULL);
  if (code == SQLITE_OK) code = vsms_sqlite3.step(statement);
  for (int count = 0; (code & 0xFF) == SQLITE_BUSY && on_busy(sqlite, count); count++) {
    vsms_sqlite3.reset(statement);
    code = vsms_sqlite3.step(statement);
  }
  bool ok = code == SQLITE_ROW || vsms_sqlite_fail(sqlite, code, failure);
  if (ok && strcmp((const char *)vsms_sqlite3.column_text(statement, 0), "wal") != 0) {
    ok = vsms_store_fail(failure, VSMS_STORE_FAILED, "the file system of %s cannot do SQLite's WAL: use a local disk",
                         sqlite->path);
  }
  vsms_sqlite3.finalize(statement);
  return ok;
}

static const char settings_sql[] =
    "PRAGMA synchronous = FULL;"
    "PRAGMA foreign_keys = ON;"
    "PRAGMA temp_store = MEMORY;"
    "PRAGMA cache_size = -16384;"           /* KiB */
    "PRAGMA journal_size_limit = 67108864"; /* octets of the WAL that stay after a checkpoint */

static bool prepare(struct vsms_sqlite *sqlite, const char *sql, sqlite3_stmt **statement,
                    struct vsms_failure *failure) {
  int code = vsms_sqlite3.prepare_v3(sqlite->db, sql, -1, SQLITE_PREPARE_PERSISTENT, statement, NULL);
  return code == SQLITE_OK || vsms_sqlite_fail(sqlite, code, failure);
}

static bool prepare_all(struct vsms_sqlite *sqlite, struct vsms_failure *failure) {
  return prepare(sqlite, "BEGIN IMMEDIATE", &sqlite->begin_write, failure) &&
         prepare(sqlite, "BEGIN", &sqlite->begin_read, failure) &&
         prepare(sqlite, "COMMIT", &sqlite->commit, failure) &&
         prepare(sqlite, "ROLLBACK", &sqlite->rollback, failure) &&
         prepare(sqlite, "SAVEPOINT step", &sqlite->save, failure) &&
         prepare(sqlite, "RELEASE step", &sqlite->keep, failure) &&
         prepare(sqlite, "ROLLBACK TO step", &sqlite->undo, failure);
}

/* The file is ours, or empty. */
static bool set_up(struct vsms_sqlite *sqlite, bool is_empty, struct vsms_failure *failure) {
  return use_wal(sqlite, failure) && execute(sqlite, settings_sql, failure) && (!is_empty || take(sqlite, failure)) &&
         prepare_all(sqlite, failure);
}

/* A file of another program is left as it is; nothing appears beside it. */
static bool look_and_set_up(struct vsms_sqlite *sqlite, const struct vsms_patience *patience,
                            struct vsms_failure *failure) {
  bool is_empty;
  if (!look_whose_at_once(sqlite, &is_empty, failure)) return false;
  if (is_empty && sqlite->was_open) {
    return vsms_store_fail(failure, VSMS_STORE_CORRUPT, "%s is empty, and was not before: put the file back",
                           sqlite->path);
  }
  if (vsms_sqlite3.db_readonly(sqlite->db, "main") == 1) {
    return vsms_store_fail(failure, VSMS_STORE_READ_ONLY, "%s cannot be written to", sqlite->path);
  }
  vsms_turn_open(&sqlite->turn, sqlite->place);
  vsms_turn_take(&sqlite->turn, patience);
  bool ok = set_up(sqlite, is_empty, failure);
  vsms_turn_give(&sqlite->turn);
  return ok;
}

static bool open_db(struct vsms_sqlite *sqlite, struct vsms_failure *failure) {
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_NOFOLLOW;
  sqlite->place = vsms_sqlite_place(sqlite->path, !sqlite->was_open, failure);
  if (sqlite->place == NULL) return false;
  int code = vsms_sqlite3.open_v2(sqlite->place, &sqlite->db, flags, NULL);
  if (code != SQLITE_OK) {
    return sqlite->db != NULL ? vsms_sqlite_fail(sqlite, vsms_sqlite3.extended_errcode(sqlite->db), failure)
                              : vsms_store_fail_memory(failure);
  }
  set_hooks(sqlite);
  return true;
}

static bool check_library(struct vsms_failure *failure) {
  if (vsms_sqlite3.libversion_number() >= VERSION_NEEDED && vsms_sqlite3.threadsafe() != 0) return true;
  return vsms_store_fail(failure, VSMS_STORE_FAILED, "SQLite %s cannot be used: 3.35 or later is needed, thread-safe",
                         vsms_sqlite3.libversion());
}

void *vsms_sqlite_open(const struct vsms_settings_of_store *settings, const struct vsms_patience *patience,
                       struct vsms_failure *failure) {
  if (!check_library(failure)) return NULL;
  struct vsms_sqlite *sqlite = calloc(1, sizeof *sqlite);
  if (sqlite == NULL) {
    vsms_store_fail_memory(failure);
    return NULL;
  }
  sqlite->path = settings->location;
  sqlite->was_open = atomic_load(settings->was_open);
  sqlite->turn = (struct vsms_turn){.next_fd = -1, .now_fd = -1};
  sqlite->patience = patience;
  bool ok = open_db(sqlite, failure) && look_and_set_up(sqlite, patience, failure);
  sqlite->patience = NULL;
  if (ok) {
    atomic_store(settings->was_open, true);
    return sqlite;
  }
  vsms_sqlite_close(sqlite);
  return NULL;
}

/* ---- end --------------------------------------------------------------------------------------- */

static void finalize_all(struct vsms_sqlite *sqlite) {
  sqlite3_stmt **all[] = {&sqlite->begin_write, &sqlite->begin_read, &sqlite->commit, &sqlite->rollback,
                          &sqlite->save,        &sqlite->keep,       &sqlite->undo};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
    vsms_sqlite3.finalize(*all[i]);
    *all[i] = NULL;
  }
}

/* The last connection of all tidies up, in its turn: it writes the WAL into the file. */
void vsms_sqlite_close(void *connection) {
  struct vsms_sqlite *sqlite = connection;
  sqlite->patience = NULL;
  vsms_sqlite_forget_statements(sqlite);
  finalize_all(sqlite);
  if (!sqlite->is_broken && vsms_turn_try(&sqlite->turn)) {
    vsms_sqlite3.db_config(sqlite->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
  }
  vsms_sqlite3.close_v2(sqlite->db);
  vsms_turn_close(&sqlite->turn);
  free(sqlite->place);
  free(sqlite);
}

void vsms_sqlite_disown(void *connection) {
  struct vsms_sqlite *sqlite = connection;
  vsms_turn_disown(&sqlite->turn);
}
