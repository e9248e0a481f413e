/* sqlite.c - SQLite as a driver: transactions, savepoints, checkpoints. */
#include "store/sqlite/sqlite.h"

/* As many as SQLite's own default; beyond the second, a checkpoint is worth a wait for the turn. */
enum { CHECKPOINT_PAGES = 1000, CHECKPOINT_PAGES_URGENT = 4000, URGENT_WAIT_MS = 1000 };

static bool check(struct vsms_settings_of_store *settings, vsms_error *error) {
  (void)settings;
  return vsms_library_load(&vsms_sqlite3_library, "path", error);
}

static bool is_usable(void *connection) { return !((struct vsms_sqlite *)connection)->is_broken; }

static bool is_in_transaction(void *connection) {
  return vsms_sqlite3.get_autocommit(((struct vsms_sqlite *)connection)->db) == 0;
}

/* A statement of ours that gives no rows. */
static int run(struct vsms_sqlite *sqlite, sqlite3_stmt *statement, const struct vsms_patience *patience) {
  sqlite->patience = patience;
  sqlite->broken_off = VSMS_STORE_OK;
  int code = vsms_sqlite3.step(statement);
  vsms_sqlite3.reset(statement);
  sqlite->patience = NULL;
  return code == SQLITE_DONE ? SQLITE_OK : code;
}

static bool run_or_fail(struct vsms_sqlite *sqlite, sqlite3_stmt *statement, const struct vsms_patience *patience,
                        struct vsms_failure *failure) {
  int code = run(sqlite, statement, patience);
  return code == SQLITE_OK || vsms_sqlite_fail(sqlite, code, failure);
}

/* What is written into a file that was removed is lost with the last descriptor. */
static bool is_in_place(struct vsms_sqlite *sqlite, struct vsms_failure *failure) {
  int has_moved = 0;
  vsms_sqlite3.file_control(sqlite->db, "main", SQLITE_FCNTL_HAS_MOVED, &has_moved);
  if (!has_moved) return true;
  sqlite->is_broken = true;
  return vsms_store_fail(failure, VSMS_STORE_CORRUPT, "%s was removed or replaced while it was open", sqlite->path);
}

static bool begin(void *connection, bool is_writing, const struct vsms_patience *patience,
                  struct vsms_failure *failure) {
  struct vsms_sqlite *sqlite = connection;
  if (!is_writing) return run_or_fail(sqlite, sqlite->begin_read, patience, failure);
  if (!is_in_place(sqlite, failure)) return false;
  vsms_turn_take(&sqlite->turn, patience);
  if (run_or_fail(sqlite, sqlite->begin_write, patience, failure)) return true;
  vsms_turn_give(&sqlite->turn);
  return false;
}

static bool save(void *connection, struct vsms_failure *failure) {
  struct vsms_sqlite *sqlite = connection;
  return run_or_fail(sqlite, sqlite->save, NULL, failure);
}

static bool keep(void *connection, struct vsms_failure *failure) {
  struct vsms_sqlite *sqlite = connection;
  return run_or_fail(sqlite, sqlite->keep, NULL, failure);
}

static bool undo(void *connection, struct vsms_failure *failure) {
  struct vsms_sqlite *sqlite = connection;
  return run_or_fail(sqlite, sqlite->undo, NULL, failure) && run_or_fail(sqlite, sqlite->keep, NULL, failure);
}

static void rollback(void *connection) {
  struct vsms_sqlite *sqlite = connection;
  if (is_in_transaction(connection) && run(sqlite, sqlite->rollback, NULL) != SQLITE_OK) sqlite->is_broken = true;
  vsms_turn_give(&sqlite->turn);
}

/* A full disk and a lock that others hold are found before anything of the commit is valid: the frame that makes it so is
 * written last. After another error of the disk, in fsync(2) for instance, that frame may be there all the same. */
static bool is_certain(const struct vsms_failure *failure) {
  switch (failure->kind) {
    case VSMS_STORE_FULL:
    case VSMS_STORE_BUSY:
    case VSMS_STORE_FAILED:
    case VSMS_STORE_CONFLICT:
    case VSMS_STORE_READ_ONLY: return true;
    default: return false;
  }
}

static vsms_commit commit(void *connection, const struct vsms_patience *patience, struct vsms_failure *failure) {
  struct vsms_sqlite *sqlite = connection;
  (void)patience; /* it waits for nothing but the disk */
  bool ok = run_or_fail(sqlite, sqlite->commit, NULL, failure);
  if (ok || !is_certain(failure)) vsms_turn_give(&sqlite->turn);
  if (ok) return VSMS_COMMIT_DONE;
  if (is_certain(failure)) return VSMS_COMMIT_UNDONE;
  sqlite->is_broken = true;
  return VSMS_COMMIT_UNCERTAIN;
}

static bool take_turn_to_tend(struct vsms_sqlite *sqlite) {
  if (sqlite->wal_pages < CHECKPOINT_PAGES) return false;
  if (vsms_turn_try(&sqlite->turn)) return true;
  struct vsms_patience patience = {vsms_clock_ms() + URGENT_WAIT_MS, NULL, VSMS_STORE_CLOSED};
  return sqlite->wal_pages >= CHECKPOINT_PAGES_URGENT && vsms_turn_take(&sqlite->turn, &patience);
}

/* PASSIVE does not wait for readers; what it leaves is for the next time. */
static void tend(void *connection) {
  struct vsms_sqlite *sqlite = connection;
  if (!take_turn_to_tend(sqlite)) return;
  int all = 0, done = 0;
  int code = vsms_sqlite3.wal_checkpoint_v2(sqlite->db, "main", SQLITE_CHECKPOINT_PASSIVE, &all, &done);
  if (code == SQLITE_OK && done == all) sqlite->wal_pages = 0;
  vsms_turn_give(&sqlite->turn);
}

const vsms_driver vsms_sqlite_driver = {
    .dialect = VSMS_SQLITE,
    .undoes_statements = true,
    .check = check,
    .open = vsms_sqlite_open,
    .close = vsms_sqlite_close,
    .disown = vsms_sqlite_disown,
    .is_usable = is_usable,
    .is_in_transaction = is_in_transaction,
    .begin = begin,
    .save = save,
    .keep = keep,
    .undo = undo,
    .run = vsms_sqlite_run,
    .commit = commit,
    .rollback = rollback,
    .tend = tend,
};
