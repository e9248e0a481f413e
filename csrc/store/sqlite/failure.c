/* failure.c - what SQLite's result codes (sqlite.org/rescode.html) mean for a step. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "store/sqlite/sqlite.h"

static bool fail_constraint(struct vsms_sqlite *sqlite, int code, struct vsms_failure *failure) {
  /* "UNIQUE constraint failed: table.column, table.column": names, and no values. */
  const char *text = vsms_sqlite3.errmsg(sqlite->db), *names = strstr(text, "failed: ");
  switch (code) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID:
      vsms_store_fail(failure, VSMS_STORE_CONFLICT, "a row with this value is there already (%s)",
                      names != NULL ? names + 8 : "unique");
      if (names != NULL) snprintf(failure->constraint, sizeof failure->constraint, "%s", names + 8);
      return false;
    default: return vsms_store_fail(failure, VSMS_STORE_FAILED, "the schema forbids it: %s", text);
  }
}

/* The text of a syntax error shows the SQL near it. */
static bool fail_error(struct vsms_sqlite *sqlite, struct vsms_failure *failure) {
  const char *text = vsms_sqlite3.errmsg(sqlite->db);
  bool shows_sql = strncmp(text, "near \"", 6) == 0 || strncmp(text, "unrecognized token", 18) == 0;
  return vsms_store_fail(failure, VSMS_STORE_FAILED, "SQLite: %s", shows_sql ? "a statement is not valid SQL" : text);
}

static bool fail_open(struct vsms_sqlite *sqlite, struct vsms_failure *failure) {
  int reason = vsms_sqlite3.system_errno(sqlite->db);
  switch (reason) {
    case EACCES:
    case EPERM:
      return vsms_store_fail(failure, VSMS_STORE_DENIED, "%s or a file beside it cannot be opened: %s", sqlite->path,
                             strerror(reason));
    case EMFILE:
    case ENFILE:
      return vsms_store_fail(failure, VSMS_STORE_EXHAUSTED, "%s cannot be opened: %s", sqlite->path, strerror(reason));
    case ENOSPC:
    case EDQUOT: return vsms_store_fail(failure, VSMS_STORE_FULL, "no space on the disk of %s", sqlite->path);
    case EROFS:
      return vsms_store_fail(failure, VSMS_STORE_READ_ONLY, "the file system of %s is read-only", sqlite->path);
    default:
      return vsms_store_fail(failure, VSMS_STORE_UNREACHABLE, "%s cannot be opened: %s", sqlite->path,
                             reason != 0 ? strerror(reason) : vsms_sqlite3.errmsg(sqlite->db));
  }
}

static bool fail_io(struct vsms_sqlite *sqlite, int code, struct vsms_failure *failure) {
  int reason = vsms_sqlite3.system_errno(sqlite->db);
  sqlite->is_broken = true; /* what its caches hold may not be what is on the disk */
  if (code == SQLITE_IOERR_NOMEM) return vsms_store_fail_memory(failure);
  if (reason == EDQUOT || reason == ENOSPC) {
    return vsms_store_fail(failure, VSMS_STORE_FULL, "no space on the disk of %s", sqlite->path);
  }
  return vsms_store_fail(failure, VSMS_STORE_IO, "the disk of %s failed: %s (SQLite %d)", sqlite->path,
                         reason != 0 ? strerror(reason) : "input or output error", code);
}

static bool fail_interrupted(struct vsms_sqlite *sqlite, struct vsms_failure *failure) {
  vsms_store_kind kind = sqlite->broken_off != VSMS_STORE_OK ? sqlite->broken_off : VSMS_STORE_TIMEOUT;
  return vsms_store_fail_patience(failure, kind);
}

static bool fail_busy(struct vsms_sqlite *sqlite, struct vsms_failure *failure) {
  if (sqlite->broken_off == VSMS_STORE_CANCELLED || sqlite->broken_off == VSMS_STORE_CLOSED) {
    return vsms_store_fail_patience(failure, sqlite->broken_off);
  }
  return vsms_store_fail(failure, VSMS_STORE_BUSY, "%s is locked: another program has been writing to it for too long",
                         sqlite->path);
}

bool vsms_sqlite_fail(struct vsms_sqlite *sqlite, int code, struct vsms_failure *failure) {
  const char *path = sqlite->path;
  switch (code & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL: return fail_busy(sqlite, failure);
    case SQLITE_INTERRUPT: return fail_interrupted(sqlite, failure);
    case SQLITE_FULL: return vsms_store_fail(failure, VSMS_STORE_FULL, "no space on the disk of %s", path);
    case SQLITE_READONLY: return vsms_store_fail(failure, VSMS_STORE_READ_ONLY, "%s is read-only", path);
    case SQLITE_CORRUPT:
      sqlite->is_broken = true;
      return vsms_store_fail(failure, VSMS_STORE_CORRUPT,
                             "%s is damaged: stop what uses it, keep a copy, and restore a backup or try `sqlite3 FILE "
                             ".recover`",
                             path);
    case SQLITE_NOTADB:
      sqlite->is_broken = true;
      return vsms_store_fail(failure, VSMS_STORE_FOREIGN, "%s is not a SQLite database", path);
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return vsms_store_fail(failure, VSMS_STORE_FAILED, "a step may not begin or end transactions, or attach files");
    case SQLITE_CANTOPEN: return fail_open(sqlite, failure);
    case SQLITE_IOERR: return fail_io(sqlite, code, failure);
    case SQLITE_NOMEM: return vsms_store_fail_memory(failure);
    case SQLITE_CONSTRAINT: return fail_constraint(sqlite, code, failure);
    case SQLITE_TOOBIG: return vsms_store_fail(failure, VSMS_STORE_FAILED, "a text is too large for SQLite");
    case SQLITE_ERROR: return fail_error(sqlite, failure);
    default: return vsms_store_fail(failure, VSMS_STORE_FAILED, "SQLite: %s (%d)", vsms_sqlite3.errstr(code), code);
  }
}
