/* postgres.c - PostgreSQL as a driver: transactions, savepoints, commits. */
#include <poll.h>
#include <stdio.h>

#include "store/postgres/postgres.h"

enum { LOOKS_MAX = 10 };

static bool is_usable(void *connection) {
  struct vsms_postgres *postgres = connection;
  return !postgres->is_broken && vsms_pq.status(postgres->pg) == CONNECTION_OK;
}

static bool is_in_transaction(void *connection) { return ((struct vsms_postgres *)connection)->is_in_transaction; }

/* The other side may have closed an idle connection: its last words are read. */
static bool is_alive(struct vsms_postgres *postgres) {
  struct pollfd look = {vsms_pq.socket(postgres->pg), POLLIN, 0};
  for (int i = 0; i < LOOKS_MAX && poll(&look, 1, 0) > 0; i++) {
    if (vsms_pq.consumeInput(postgres->pg) != 1) return false;
    vsms_pq.isBusy(postgres->pg);
  }
  return vsms_pq.status(postgres->pg) == CONNECTION_OK;
}

static bool begin(void *connection, bool is_writing, const struct vsms_patience *patience,
                  struct vsms_failure *failure) {
  struct vsms_postgres *postgres = connection;
  (void)patience;
  if (!is_alive(postgres)) return vsms_postgres_fail_lost(postgres, failure);
  postgres->is_in_transaction = true;
  postgres->is_writing = is_writing;
  postgres->timeout_ms_now = postgres->timeout_ms;
  return vsms_postgres_command(
      postgres, is_writing ? "BEGIN ISOLATION LEVEL READ COMMITTED" : "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
      VSMS_ANSWER_COMMAND, failure);
}

static bool save(void *connection, struct vsms_failure *failure) {
  struct vsms_postgres *postgres = connection;
  postgres->timeout_ms_saved = postgres->timeout_ms_now;
  return vsms_postgres_command(postgres, "SAVEPOINT step", VSMS_ANSWER_COMMAND, failure);
}

static bool keep(void *connection, struct vsms_failure *failure) {
  return vsms_postgres_command(connection, "RELEASE SAVEPOINT step", VSMS_ANSWER_COMMAND, failure);
}

static bool undo(void *connection, struct vsms_failure *failure) {
  struct vsms_postgres *postgres = connection;
  postgres->timeout_ms_now = postgres->timeout_ms_saved;
  return vsms_postgres_command(postgres, "ROLLBACK TO SAVEPOINT step", VSMS_ANSWER_COMMAND, failure) &&
         keep(connection, failure);
}

/* ---- statements --------------------------------------------------------------------------------- */

/* The server ends what takes too long, and the connection lives; the lock is given up a little earlier, so that the step can say
 * that it was one. Only a time that is much another one than that of the last statement costs commands. */
static bool set_timeout(struct vsms_postgres *postgres, const struct vsms_patience *patience,
                        struct vsms_failure *failure) {
  double left = patience->deadline_ms - vsms_clock_ms(), now = (double)postgres->timeout_ms_now;
  long wanted = left < 1 ? 1 : left < 1e9 ? (long)left : (long)1e9;
  if (left > now * 0.8 && left < now * 1.25) return true;
  char sql[VSMS_POSTGRES_COMMAND_MAX];
  postgres->timeout_ms_now = wanted;
  snprintf(sql, sizeof sql,
           "SELECT set_config('statement_timeout', '%ld', true), set_config('lock_timeout', '%ld', true)", wanted,
           wanted > 20 ? wanted - wanted / 20 : wanted);
  return vsms_postgres_command(postgres, sql, VSMS_ANSWER_COMMAND, failure);
}

static bool run_all(void *connection, const vsms_statement *statements, size_t count,
                    const struct vsms_patience *patience, vsms_result *result, struct vsms_failure *failure) {
  struct vsms_postgres *postgres = connection;
  struct vsms_failure round_failure;
  bool is_sent = set_timeout(postgres, patience, failure);
  for (size_t i = 0; i < count && is_sent; i++) is_sent = vsms_postgres_send(postgres, &statements[i], true, failure);
  if (!is_sent && postgres->is_broken) return false;
  bool is_done = vsms_postgres_round(postgres, patience, result, is_sent ? failure : &round_failure);
  if (!is_done && !is_sent) *failure = round_failure; /* it came before the one that was not sent */
  return is_sent && is_done;
}

static bool run(void *connection, const vsms_statement *statement, bool is_writing,
                const struct vsms_patience *patience, vsms_result *result, struct vsms_failure *failure) {
  (void)is_writing; /* the transaction knows */
  return run_all(connection, statement, 1, patience, result, failure);
}

static bool defer(void *connection, const vsms_statement *statement, struct vsms_failure *failure) {
  return vsms_postgres_send(connection, statement, false, failure);
}

/* ---- the end ------------------------------------------------------------------------------------ */

static void rollback(void *connection) {
  struct vsms_postgres *postgres = connection;
  struct vsms_failure failure;
  if (!postgres->is_in_transaction) return;
  postgres->is_in_transaction = false;
  if (postgres->is_broken) return;
  if (vsms_postgres_command(postgres, "ROLLBACK", VSMS_ANSWER_COMMAND, &failure)) vsms_postgres_leave_round(postgres);
}

static vsms_commit fail_undone(struct vsms_failure *failure) {
  vsms_store_fail(failure, VSMS_STORE_FAILED, "PostgreSQL undid the transaction instead of committing it");
  return VSMS_COMMIT_UNDONE;
}

/* A commit that was cancelled while it waited for the standby is there, with a warning: a failover may lose it. */
static vsms_commit fail_warned(struct vsms_failure *failure) {
  vsms_store_fail(failure, VSMS_STORE_TIMEOUT, "no standby has confirmed the commit");
  return VSMS_COMMIT_UNCERTAIN;
}

/* An error that leaves the connection whole comes before the commit. One that ends it may come after. */
static vsms_commit commit(void *connection, const struct vsms_patience *patience, struct vsms_failure *failure) {
  struct vsms_postgres *postgres = connection;
  struct vsms_patience steady = {patience->deadline_ms, NULL, VSMS_STORE_CLOSED};
  postgres->has_warned = postgres->is_committed = false;
  bool ok = vsms_postgres_command(postgres, "COMMIT", VSMS_ANSWER_COMMIT, failure) &&
            vsms_postgres_round(postgres, &steady, NULL, failure);
  if (postgres->is_committed && !postgres->has_warned) {
    postgres->is_in_transaction = false;
    return VSMS_COMMIT_DONE;
  }
  if (!is_usable(postgres)) {
    if (ok) vsms_postgres_fail_lost(postgres, failure);
    return VSMS_COMMIT_UNCERTAIN;
  }
  if (!ok) return VSMS_COMMIT_UNDONE; /* group.c rolls back */
  postgres->is_in_transaction = false;
  return postgres->is_committed ? fail_warned(failure) : fail_undone(failure);
}

const vsms_driver vsms_postgres_driver = {
    .dialect = VSMS_POSTGRESQL,
    .check = vsms_postgres_check,
    .open = vsms_postgres_open,
    .close = vsms_postgres_close,
    .disown = vsms_postgres_disown,
    .is_usable = is_usable,
    .is_in_transaction = is_in_transaction,
    .begin = begin,
    .save = save,
    .keep = keep,
    .undo = undo,
    .run = run,
    .run_all = run_all,
    .defer = defer,
    .commit = commit,
    .rollback = rollback,
};
