/* sqlite.h - what the files of the SQLite driver share. */
#ifndef VSMS_SQLITE_H
#define VSMS_SQLITE_H

#include "store/sqlite/library.h"

#include "store/driver.h"
#include "store/settings.h"
#include "store/sqlite/turn.h"

enum { VSMS_SQLITE_STATEMENTS = 64, VSMS_SQLITE_APPLICATION = 0x56534D53 }; /* "VSMS" */

/* A prepared statement, and the parameter that each of its places stands for. */
struct vsms_sqlite_statement {
  sqlite3_stmt *statement; /* NULL: an empty place */
  vsms_bytes sql;          /* a copy */
  unsigned used_at;
  int param_count;   /* places */
  unsigned *numbers; /* of the parameter for each */
  unsigned needed;   /* the largest of them */
};

struct vsms_sqlite {
  sqlite3 *db;
  const char *path; /* the settings' */
  char *place;      /* the same, absolute */
  struct vsms_turn turn;
  const struct vsms_patience *patience; /* of the function that runs; NULL: none is at work */
  vsms_store_kind broken_off;           /* why the last statement was, VSMS_STORE_OK: it was not */
  bool is_broken;
  bool was_open; /* by another connection of this store, before this one */
  bool is_step;  /* a statement of a step is being prepared: it may not begin or end transactions */
  int wal_pages;
  sqlite3_stmt *begin_write, *begin_read, *commit, *rollback, *save, *keep, *undo;
  struct vsms_sqlite_statement statements[VSMS_SQLITE_STATEMENTS];
  unsigned clock;
};

/* ---- open.c */
void *vsms_sqlite_open(const struct vsms_settings_of_store *settings, const struct vsms_patience *patience,
                       struct vsms_failure *failure);
void vsms_sqlite_close(void *connection);
void vsms_sqlite_disown(void *connection);

/* ---- place.c: the file and its folder, before SQLite opens it and after */

/* The absolute path without symbolic links, malloc's; may make the file where there is none. NULL with *failure filled. */
char *vsms_sqlite_place(const char *path, bool may_make, struct vsms_failure *failure);

/* ---- failure.c */

/* Fills *failure from what SQLite says of the last call on this connection; always false. */
bool vsms_sqlite_fail(struct vsms_sqlite *sqlite, int code, struct vsms_failure *failure);

/* ---- statement.c */
bool vsms_sqlite_run(void *connection, const vsms_statement *statement, bool is_writing,
                     const struct vsms_patience *patience, vsms_result *result, struct vsms_failure *failure);
void vsms_sqlite_forget_statements(struct vsms_sqlite *sqlite);

#endif
