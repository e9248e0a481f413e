/* postgres.h - what the files of the PostgreSQL driver share.
 *
 * The connection is in libpq's pipeline mode from its first transaction on: commands are queued, each with a note of the
 * answer that is due (round.c), and sent together. A step is one round trip, with the BEGIN or SAVEPOINT before it;
 * so is a commit, with what notes it. */
#ifndef VSMS_POSTGRES_H
#define VSMS_POSTGRES_H

#include "store/postgres/library.h"
#include <locale.h>

#include "base/descriptor.h"
#include "store/driver.h"
#include "store/settings.h"

enum {
  VSMS_POSTGRES_STATEMENTS = 128,
  VSMS_POSTGRES_VERSION = 130000, /* gen_random_uuid() without an extension */
  VSMS_POSTGRES_COMMAND_MAX = 200
};

/* Types, by their row in pg_type, which no version changes. */
enum vsms_postgres_type {
  VSMS_POSTGRES_INFERRED = 0, /* the server infers it from where the parameter stands */
  VSMS_POSTGRES_BOOLEAN = 16,
  VSMS_POSTGRES_INT8 = 20,
  VSMS_POSTGRES_INT2 = 21,
  VSMS_POSTGRES_INT4 = 23,
  VSMS_POSTGRES_OID = 26,
  VSMS_POSTGRES_FLOAT4 = 700,
  VSMS_POSTGRES_FLOAT8 = 701,
  VSMS_POSTGRES_NUMERIC = 1700
};

/* A prepared statement; its name is its place. */
struct vsms_postgres_statement {
  vsms_bytes sql; /* a copy; absent: this place is free */
  unsigned used_at;
  bool is_on_server; /* the server knows a statement by this name, perhaps one that was here before */
  bool will_be;      /* the same, when it has done all that was sent */
  bool is_described;
  size_t param_count;
  Oid *declared; /* a type for each parameter */
  Oid *resolved; /* the same, as the server takes it; behind `declared` in one piece of memory */
};

/* What was sent, and so what the next answer is about. */
enum vsms_postgres_answer {
  VSMS_ANSWER_COMMAND,
  VSMS_ANSWER_COMMIT,
  VSMS_ANSWER_PREPARE,
  VSMS_ANSWER_DESCRIBE,
  VSMS_ANSWER_DEALLOCATE,
  VSMS_ANSWER_ROWS,
  VSMS_ANSWER_SYNC /* the end of a round */
};

struct vsms_postgres_due {
  enum vsms_postgres_answer answer;
  bool is_kept; /* VSMS_ANSWER_ROWS: the caller wants them */
  int place;    /* of the prepared statement */
};

struct vsms_postgres {
  PGconn *pg;
  vsms_descriptor_id id; /* of its socket */
  locale_t plain;        /* numbers with a point */
  bool is_broken;
  bool is_in_transaction;
  bool is_writing;   /* that transaction */
  bool has_warned;   /* the server sent a WARNING */
  bool is_committed; /* the answer to the last COMMIT was that */
  bool is_stale;     /* a table was changed: what was prepared does not fit it any more */
  struct vsms_postgres_due *due;
  size_t due_count, due_room;
  long timeout_ms;       /* of a statement, in seconds to come */
  long timeout_ms_now;   /* in this transaction */
  long timeout_ms_saved; /* at its savepoint */
  unsigned clock;
  struct vsms_postgres_statement statements[VSMS_POSTGRES_STATEMENTS];
};

/* ---- place.c: URLs */

/* One connection's worth of options for PQconnectStartParams. */
struct vsms_postgres_place {
  PQconninfoOption *options; /* as the URL has them */
  size_t host_count;         /* at least 1 */
  double connect_timeout_ms; /* 0: not said */
};

bool vsms_postgres_check(struct vsms_settings_of_store *settings, vsms_error *error);

/* False when memory ran out; the URL has been checked. */
bool vsms_postgres_place_read(struct vsms_postgres_place *place, const char *url);
void vsms_postgres_place_free(struct vsms_postgres_place *place);

/* Begins to connect to one of the hosts. NULL when memory ran out. */
PGconn *vsms_postgres_place_connect(const struct vsms_postgres_place *place, size_t host);

/* ---- open.c */
void *vsms_postgres_open(const struct vsms_settings_of_store *settings, const struct vsms_patience *patience,
                         struct vsms_failure *failure);
void vsms_postgres_close(void *connection);
void vsms_postgres_disown(void *connection);

/* ---- wait.c */

/* Waits for the socket. False when the patience has ended, with what the step ends as in *kind. */
bool vsms_postgres_await(PGconn *pg, short events, const struct vsms_patience *patience, vsms_store_kind *kind);

/* ---- cache.c */

/* The place of the statement, or of the one that was not used for the longest time. */
int vsms_postgres_find_cached(const struct vsms_postgres *postgres, const vsms_statement *statement, bool *is_found);

/* The statement takes that place. False when memory ran out. */
bool vsms_postgres_cache(struct vsms_postgres *postgres, int place, const vsms_statement *statement,
                         struct vsms_failure *failure);

/* After a failure not all that was sent has been done. */
void vsms_postgres_note_failure(struct vsms_postgres *postgres);

/* The server has prepared, described or forgotten the statement at that place, or has not. */
void vsms_postgres_note_prepared(struct vsms_postgres *postgres, int place, bool is_done);
void vsms_postgres_note_described(struct vsms_postgres *postgres, int place, const PGresult *answer);
void vsms_postgres_note_forgotten(struct vsms_postgres *postgres, int place, bool is_done);

void vsms_postgres_forget_statements(struct vsms_postgres *postgres);

/* ---- round.c */

/* Puts a note on the list of answers that are due. False with *failure filled. */
bool vsms_postgres_expect(struct vsms_postgres *postgres, struct vsms_postgres_due due, struct vsms_failure *failure);

/* Sends a command that has no parameters. It leaves with the next round. */
bool vsms_postgres_command(struct vsms_postgres *postgres, const char *sql, enum vsms_postgres_answer answer,
                           struct vsms_failure *failure);

/* What to say when libpq took a command for sending and could not. */
bool vsms_postgres_fail_sending(struct vsms_postgres *postgres, struct vsms_failure *failure);

/* Ends the round without waiting for its answers: the next round reads them first. */
void vsms_postgres_leave_round(struct vsms_postgres *postgres);

/* Ends the round and reads its answers; rows go to *result, which may be NULL. False with the first failure. */
bool vsms_postgres_round(struct vsms_postgres *postgres, const struct vsms_patience *patience, vsms_result *result,
                         struct vsms_failure *failure);

/* ---- statement.c */

/* Sends a statement, and prepares it before where that has not been done. */
bool vsms_postgres_send(struct vsms_postgres *postgres, const vsms_statement *statement, bool is_kept,
                        struct vsms_failure *failure);

/* ---- rows.c */
bool vsms_postgres_copy_rows(const struct vsms_postgres *postgres, const PGresult *answer, vsms_result *result,
                             struct vsms_failure *failure);

/* ---- failure.c */

/* Fills *failure from an answer that is an error; always false. */
bool vsms_postgres_fail(struct vsms_postgres *postgres, const PGresult *answer, struct vsms_failure *failure);

/* The same for a connection that broke. */
bool vsms_postgres_fail_lost(struct vsms_postgres *postgres, struct vsms_failure *failure);

/* The same for one that did not come about. */
bool vsms_postgres_fail_connecting(const PGconn *pg, struct vsms_failure *failure);

#endif
