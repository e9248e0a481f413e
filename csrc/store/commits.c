/* commits.c - see commits.h. */
#include "store/commits.h"

#include <math.h>
#include <string.h>
#include <time.h>

enum { KEPT_SECONDS = 24 * 3600, PAUSE_MS_FIRST = 5, PAUSE_MS_MAX = 1000, ATTEMPT_MS_MAX = 2000 };

/* A number that was marked missing, or a later one, is there before: NULL, which the column refuses, and nothing is
 * committed. A server may come to read a transaction after the question what became of it. */
static const char note_sql[] =
    "INSERT INTO vertexsms_commits (token, number, at) VALUES ($1, $2, $3) "
    "ON CONFLICT (token) DO UPDATE SET at = excluded.at, "
    "number = CASE WHEN abs(vertexsms_commits.number) < excluded.number THEN excluded.number END";

static const char forget_sql[] = "DELETE FROM vertexsms_commits WHERE at < $1";

/* The number, where it was committed, else its negative, from now on. */
static const char ask_sql[] =
    "INSERT INTO vertexsms_commits (token, number, at) VALUES ($1, -$2, $3) "
    "ON CONFLICT (token) DO UPDATE SET at = excluded.at, "
    "number = CASE WHEN vertexsms_commits.number = $2 THEN vertexsms_commits.number ELSE -$2 END RETURNING number";

static vsms_datum integer(long long value) { return (vsms_datum){.type = VSMS_INTEGER, .as.integer = value}; }

static vsms_datum seconds_ago(double seconds) {
  return (vsms_datum){.type = VSMS_REAL, .as.real = (double)time(NULL) - seconds};
}

static vsms_statement statement_of(const char *sql, const vsms_datum *params, size_t count) {
  return (vsms_statement){{sql, strlen(sql)}, params, count, {NULL, 0}};
}

/* Nothing is kept of what it gives but the number in its first cell. */
static bool run(struct vsms_link *link, const vsms_statement *statement, const struct vsms_patience *patience,
                long long *number, struct vsms_failure *failure) {
  vsms_result *result = vsms_result_new(1);
  if (result == NULL) return vsms_store_fail_memory(failure);
  bool ok = link->settings->driver->run(link->connection, statement, true, patience, result, failure);
  if (ok && number != NULL) {
    const vsms_rows *rows = vsms_result_rows(result, 0);
    ok = rows->row_count == 1 && rows->cells[0].type == VSMS_INTEGER;
    if (ok) *number = rows->cells[0].as.integer;
  }
  vsms_result_free(result);
  return ok;
}

static bool forget_old(struct vsms_link *link, const struct vsms_patience *patience, struct vsms_failure *failure) {
  vsms_datum before = seconds_ago(KEPT_SECONDS);
  vsms_statement statement = statement_of(forget_sql, &before, 1);
  return run(link, &statement, patience, NULL, failure);
}

static void fill(const struct vsms_link *link, vsms_datum params[3]) {
  params[0] = (vsms_datum){.type = VSMS_TEXT, .as.text = {link->token, VSMS_TOKEN_DIGITS}};
  params[1] = integer(link->number);
  params[2] = seconds_ago(0);
}

bool vsms_commits_note(struct vsms_link *link, const struct vsms_patience *patience, struct vsms_failure *failure) {
  vsms_datum params[3];
  if (link->number == 0 && !forget_old(link, patience, failure)) return false;
  link->number++;
  fill(link, params);
  vsms_statement statement = statement_of(note_sql, params, 3);
  const vsms_driver *driver = link->settings->driver;
  if (driver->defer != NULL) return driver->defer(link->connection, &statement, failure);
  return run(link, &statement, patience, NULL, failure);
}

/* Not broken off when the store is closed: it is worth a moment to know. An answer is certain only when it is committed itself: a transaction of ours may have been marked missing by a commit
 * that is uncertain, too. */
static bool ask(struct vsms_link *link, const struct vsms_patience *all, long long *number) {
  const vsms_driver *driver = link->settings->driver;
  double deadline =
      fmin(fmax(all->deadline_ms, vsms_clock_ms() + ATTEMPT_MS_MAX / 2), vsms_clock_ms() + ATTEMPT_MS_MAX);
  struct vsms_patience own = {deadline, NULL, VSMS_STORE_CLOSED}, *patience = &own;
  struct vsms_failure failure;
  vsms_datum params[3];
  fill(link, params);
  vsms_statement statement = statement_of(ask_sql, params, 3);
  vsms_link_close(link);
  if (!vsms_link_open(link, patience, &failure)) return false;
  if (!driver->begin(link->connection, true, patience, &failure)) return false;
  if (run(link, &statement, patience, number, &failure)) {
    if (driver->commit(link->connection, patience, &failure) == VSMS_COMMIT_DONE) return true;
  }
  driver->rollback(link->connection);
  return false;
}

vsms_committed vsms_commits_look_up(struct vsms_link *link, const struct vsms_patience *patience) {
  long long number = 0;
  double pause = PAUSE_MS_FIRST;
  while (!ask(link, patience, &number)) {
    if (vsms_patience_verdict(patience) != VSMS_STORE_OK) return VSMS_COMMITTED_UNKNOWN;
    vsms_patience_sleep(patience, pause);
    pause = pause < PAUSE_MS_MAX ? pause * 2 : PAUSE_MS_MAX;
  }
  return number == link->number ? VSMS_COMMITTED : VSMS_NOT_COMMITTED;
}
