/* round.c - commands go out together, and their answers come back in that order.
 *
 * After an error the server passes over all commands up to the end of the round, and says so for each. */
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "store/postgres/postgres.h"

/* How long after its deadline a statement may still be answered: the server ends it by itself, and the connection lives. */
enum { GRACE_MS = 500, ROOM_FIRST = 16 };

/* ---- sending ------------------------------------------------------------------------------------ */

bool vsms_postgres_expect(struct vsms_postgres *postgres, struct vsms_postgres_due due, struct vsms_failure *failure) {
  if (postgres->due_count == postgres->due_room) {
    size_t room = postgres->due_room > 0 ? postgres->due_room * 2 : ROOM_FIRST;
    struct vsms_postgres_due *list = realloc(postgres->due, room * sizeof *list);
    if (list == NULL) {
      postgres->is_broken = true; /* what was sent has no note */
      return vsms_store_fail_memory(failure);
    }
    postgres->due = list;
    postgres->due_room = room;
  }
  postgres->due[postgres->due_count++] = due;
  return true;
}

bool vsms_postgres_fail_sending(struct vsms_postgres *postgres, struct vsms_failure *failure) {
  if (vsms_pq.status(postgres->pg) != CONNECTION_OK) return vsms_postgres_fail_lost(postgres, failure);
  postgres->is_broken = true;
  return vsms_store_fail_memory(failure);
}

bool vsms_postgres_command(struct vsms_postgres *postgres, const char *sql, enum vsms_postgres_answer answer,
                           struct vsms_failure *failure) {
  if (!vsms_postgres_expect(postgres, (struct vsms_postgres_due){.answer = answer}, failure)) return false;
  return vsms_pq.sendQueryParams(postgres->pg, sql, 0, NULL, NULL, NULL, NULL, 0) == 1 ||
         vsms_postgres_fail_sending(postgres, failure);
}

static bool end_round(struct vsms_postgres *postgres, struct vsms_failure *failure) {
  if (!vsms_postgres_expect(postgres, (struct vsms_postgres_due){.answer = VSMS_ANSWER_SYNC}, failure)) return false;
  return vsms_pq.pipelineSync(postgres->pg) == 1 || vsms_postgres_fail_sending(postgres, failure);
}

void vsms_postgres_leave_round(struct vsms_postgres *postgres) {
  struct vsms_failure failure;
  if (end_round(postgres, &failure) && vsms_pq.flush(postgres->pg) < 0) postgres->is_broken = true;
}

/* ---- waiting ------------------------------------------------------------------------------------ */

static bool give_up(struct vsms_postgres *postgres, vsms_store_kind kind, struct vsms_failure *failure) {
  postgres->is_broken = true; /* its answer may come at any time */
  return vsms_store_fail_patience(failure, kind);
}

static bool await(struct vsms_postgres *postgres, short events, const struct vsms_patience *patience,
                  struct vsms_failure *failure) {
  struct vsms_patience longer = *patience;
  vsms_store_kind kind;
  longer.deadline_ms += GRACE_MS;
  if (!vsms_postgres_await(postgres->pg, events, &longer, &kind)) return give_up(postgres, kind, failure);
  return true;
}

/* The server may wait for us to read before it reads on. */
static bool flush(struct vsms_postgres *postgres, const struct vsms_patience *patience, struct vsms_failure *failure) {
  int left;
  while ((left = vsms_pq.flush(postgres->pg)) > 0) {
    if (!await(postgres, POLLIN | POLLOUT, patience, failure)) return false;
    if (vsms_pq.consumeInput(postgres->pg) != 1) return vsms_postgres_fail_lost(postgres, failure);
  }
  return left == 0 || vsms_postgres_fail_lost(postgres, failure);
}

/* What libpq has read before a connection broke is still given, the server's last words among it. */
static bool wait_for_answer(struct vsms_postgres *postgres, const struct vsms_patience *patience,
                            struct vsms_failure *failure) {
  while (vsms_pq.isBusy(postgres->pg)) {
    if (!await(postgres, POLLIN, patience, failure)) return false;
    if (vsms_pq.consumeInput(postgres->pg) != 1 && vsms_pq.isBusy(postgres->pg))
      return vsms_postgres_fail_lost(postgres, failure);
  }
  return true;
}

/* ---- answers ------------------------------------------------------------------------------------ */

static bool is_good(const PGresult *answer) {
  ExecStatusType status = vsms_pq.resultStatus(answer);
  return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

/* What the driver keeps for itself of an answer, good or bad. */
static void note(struct vsms_postgres *postgres, const struct vsms_postgres_due *due, const PGresult *answer) {
  bool is_done = is_good(answer);
  switch (due->answer) {
    case VSMS_ANSWER_COMMIT:
      postgres->is_committed = is_done && strcmp(vsms_pq.cmdStatus((PGresult *)answer), "COMMIT") == 0;
      break;
    case VSMS_ANSWER_PREPARE: vsms_postgres_note_prepared(postgres, due->place, is_done); break;
    case VSMS_ANSWER_DESCRIBE:
      if (is_done) vsms_postgres_note_described(postgres, due->place, answer);
      break;
    case VSMS_ANSWER_DEALLOCATE: vsms_postgres_note_forgotten(postgres, due->place, is_done); break;
    default: break;
  }
}

static bool read_good(struct vsms_postgres *postgres, const struct vsms_postgres_due *due, const PGresult *answer,
                      vsms_result *result, struct vsms_failure *failure) {
  if (due->answer != VSMS_ANSWER_ROWS || !due->is_kept || result == NULL) return true;
  return vsms_postgres_copy_rows(postgres, answer, result, failure);
}

/* False with *failure filled. */
static bool read(struct vsms_postgres *postgres, const struct vsms_postgres_due *due, const PGresult *answer,
                 vsms_result *result, struct vsms_failure *failure) {
  note(postgres, due, answer);
  if (is_good(answer)) return read_good(postgres, due, answer, result, failure);
  switch (vsms_pq.resultStatus(answer)) {
    case PGRES_PIPELINE_SYNC: return true;
    case PGRES_PIPELINE_ABORTED: return vsms_store_fail(failure, VSMS_STORE_FAILED, "a command before it failed");
    case PGRES_EMPTY_QUERY:
      return vsms_store_fail(failure, VSMS_STORE_FAILED,
                             "each statement of a step must be exactly one statement of SQL");
    case PGRES_FATAL_ERROR: return vsms_postgres_fail(postgres, answer, failure);
    default:
      postgres->is_broken = true;
      return vsms_store_fail(failure, VSMS_STORE_FAILED, "a step must not copy from or to a file or a stream");
  }
}

/* Reads one answer to its end. *failure takes the first of a round. */
static bool take(struct vsms_postgres *postgres, const struct vsms_postgres_due *due,
                 const struct vsms_patience *patience, vsms_result *result, bool *is_fine,
                 struct vsms_failure *failure) {
  PGresult *answer;
  do {
    if (!wait_for_answer(postgres, patience, failure)) return false;
    answer = vsms_pq.getResult(postgres->pg);
    if (answer == NULL) break;
    struct vsms_failure this;
    if (!read(postgres, due, answer, *is_fine ? result : NULL, &this) && *is_fine) {
      *is_fine = false;
      *failure = this;
    }
    vsms_pq.clear(answer);
  } while (due->answer != VSMS_ANSWER_SYNC && !postgres->is_broken);
  return !postgres->is_broken;
}

static void say_that_time_is_over(const struct vsms_patience *patience, struct vsms_failure *failure) {
  vsms_store_kind verdict = vsms_patience_verdict(patience);
  if (failure->kind == VSMS_STORE_TIMEOUT && verdict != VSMS_STORE_OK) vsms_store_fail_patience(failure, verdict);
}

/* Of the rounds that were left before, no failure matters, but for one that broke the connection. */
static bool take_all(struct vsms_postgres *postgres, size_t own, const struct vsms_patience *patience,
                     vsms_result *result, struct vsms_failure *failure) {
  bool is_fine = true;
  for (size_t i = 0; i < postgres->due_count; i++) {
    if (i <= own) is_fine = true;
    if (!take(postgres, &postgres->due[i], patience, result, &is_fine, failure)) return false;
  }
  if (!is_fine) vsms_postgres_note_failure(postgres);
  if (!is_fine) say_that_time_is_over(patience, failure);
  return is_fine;
}

/* Where the round that is about to end begins: behind the last one that was left. */
static size_t begin_of_round(const struct vsms_postgres *postgres) {
  size_t own = postgres->due_count;
  while (own > 0 && postgres->due[own - 1].answer != VSMS_ANSWER_SYNC) own--;
  return own;
}

bool vsms_postgres_round(struct vsms_postgres *postgres, const struct vsms_patience *patience, vsms_result *result,
                         struct vsms_failure *failure) {
  size_t own = begin_of_round(postgres);
  bool ok = end_round(postgres, failure) && flush(postgres, patience, failure) &&
            take_all(postgres, own, patience, result, failure);
  postgres->due_count = 0;
  return ok;
}
