/* failure.c - what PostgreSQL's error codes (its manual, appendix A) mean for a step.
 *
 * Only the primary message is ever shown: the details hold values. */
#include <stdio.h>
#include <string.h>

#include "store/postgres/postgres.h"

enum { STATE_DIGITS = 5, WORDS_MAX = 240 };

static bool is(const char *state, const char *code) { return strncmp(state, code, strlen(code)) == 0; }

/* One line of a text of several, without what stands before it. */
static void first_line(const char *text, char line[WORDS_MAX]) {
  size_t length = strcspn(text, "\n");
  snprintf(line, WORDS_MAX, "%.*s", (int)(length < WORDS_MAX ? length : WORDS_MAX - 1), text);
}

/* ---- by code ------------------------------------------------------------------------------------ */

struct meaning {
  const char *code; /* or the beginning of one */
  vsms_store_kind kind;
  bool is_broken; /* the connection is of no use any more */
  const char *words;
};

/* The first that fits. */
static const struct meaning meanings[] = {
    {"08", VSMS_STORE_UNREACHABLE, true, "the connection to PostgreSQL broke"},
    {"25006", VSMS_STORE_READ_ONLY, true, "PostgreSQL takes no writes: it is a standby, or set to read-only"},
    {"25P0", VSMS_STORE_UNREACHABLE, true, "PostgreSQL ended the connection"},
    {"26000", VSMS_STORE_BUSY, true, "PostgreSQL has forgotten a prepared statement: connect without a pooler between"},
    {"28", VSMS_STORE_DENIED, true, "PostgreSQL refused the user or the password"},
    {"40", VSMS_STORE_BUSY, false, "PostgreSQL undid the transaction for the sake of another one"},
    {"42501", VSMS_STORE_DENIED, false, "the user of the database lacks a permission"},
    {"53100", VSMS_STORE_FULL, false, "no space on the disk of PostgreSQL"},
    {"53200", VSMS_STORE_EXHAUSTED, false, "PostgreSQL is out of memory"},
    {"53300", VSMS_STORE_UNREACHABLE, true, "PostgreSQL has no connection free: raise max_connections"},
    {"55P03", VSMS_STORE_BUSY, false, "another transaction has held a lock for too long"},
    {"57014", VSMS_STORE_TIMEOUT, false, "PostgreSQL cancelled a statement"},
    {"57P", VSMS_STORE_UNREACHABLE, true, "PostgreSQL is shutting down or starting up"},
    {"58", VSMS_STORE_IO, false, "the disk of PostgreSQL failed"},
    {"XX001", VSMS_STORE_CORRUPT, false, "the database is damaged: restore a backup"},
    {"XX002", VSMS_STORE_CORRUPT, false, "an index of the database is damaged: REINDEX it"},
};

static const struct meaning *meaning_of(const char *state) {
  for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++) {
    if (is(state, meanings[i].code)) return &meanings[i];
  }
  return NULL;
}

static bool fail_unique(const PGresult *answer, struct vsms_failure *failure) {
  const char *name = vsms_pq.resultErrorField(answer, PG_DIAG_CONSTRAINT_NAME);
  vsms_store_fail(failure, VSMS_STORE_CONFLICT, "a row with this value is there already (%s)",
                  name != NULL ? name : "unique");
  if (name != NULL) snprintf(failure->constraint, sizeof failure->constraint, "%s", name);
  return false;
}

/* These messages have the value or the SQL in them. */
static const char *plain_words(const char *state) {
  if (is(state, "22")) return "a value does not fit where it stands";
  if (is(state, "42601")) return "a statement is not valid SQL";
  if (is(state, "08P01")) return "a statement has not as many parameters as it needs";
  if (is(state, "42P18")) return "the type of a parameter is not clear: write CAST($1 AS type)";
  return NULL;
}

static bool fail_step(const PGresult *answer, const char *state, struct vsms_failure *failure) {
  const char *words = plain_words(state), *text = vsms_pq.resultErrorField(answer, PG_DIAG_MESSAGE_PRIMARY);
  char line[WORDS_MAX];
  first_line(text != NULL ? text : "an error without a message", line);
  bool is_rule = is(state, "23");
  return vsms_store_fail(failure, VSMS_STORE_FAILED, is_rule ? "the schema forbids it: %s" : "PostgreSQL: %s",
                         words != NULL ? words : line);
}

/* The statement was prepared before its table was changed. */
static bool is_stale(const PGresult *answer, const char *state) {
  const char *function = vsms_pq.resultErrorField(answer, PG_DIAG_SOURCE_FUNCTION);
  return is(state, "0A000") && function != NULL && strcmp(function, "RevalidateCachedQuery") == 0;
}

static bool fail_stale(struct vsms_postgres *postgres, struct vsms_failure *failure) {
  postgres->is_stale = true;
  return vsms_store_fail(failure, VSMS_STORE_BUSY, "a table was changed in the middle of a step");
}

static bool fail_as(struct vsms_postgres *postgres, const PGresult *answer, const struct meaning *meaning,
                    struct vsms_failure *failure) {
  const char *text = vsms_pq.resultErrorField(answer, PG_DIAG_MESSAGE_PRIMARY);
  char line[WORDS_MAX];
  first_line(text != NULL ? text : "", line);
  postgres->is_broken |= meaning->is_broken;
  vsms_store_fail(failure, meaning->kind, "%s (%s)", meaning->words, line);
  failure->has_waited = strcmp(meaning->code, "55P03") == 0;
  return false;
}

static bool is_fatal(const PGresult *answer) {
  const char *severity = vsms_pq.resultErrorField(answer, PG_DIAG_SEVERITY_NONLOCALIZED);
  return severity != NULL && (strcmp(severity, "FATAL") == 0 || strcmp(severity, "PANIC") == 0);
}

bool vsms_postgres_fail(struct vsms_postgres *postgres, const PGresult *answer, struct vsms_failure *failure) {
  const char *state = vsms_pq.resultErrorField(answer, PG_DIAG_SQLSTATE);
  if (state == NULL) return vsms_postgres_fail_lost(postgres, failure); /* libpq's own */
  postgres->is_broken |= is_fatal(answer);
  if (is(state, "23505") || is(state, "23P01")) return fail_unique(answer, failure);
  if (is_stale(answer, state)) return fail_stale(postgres, failure);
  if (is(state, "25006") && !postgres->is_writing) {
    return vsms_store_fail(failure, VSMS_STORE_FAILED, "a step that is read_only must not write");
  }
  const struct meaning *meaning = plain_words(state) == NULL ? meaning_of(state) : NULL;
  if (meaning != NULL) return fail_as(postgres, answer, meaning, failure);
  if (!postgres->is_broken) return fail_step(answer, state, failure);
  return vsms_store_fail(failure, VSMS_STORE_UNREACHABLE, "PostgreSQL ended the connection (%s)", state);
}

/* ---- connections -------------------------------------------------------------------------------- */

bool vsms_postgres_fail_lost(struct vsms_postgres *postgres, struct vsms_failure *failure) {
  char line[WORDS_MAX];
  first_line(vsms_pq.errorMessage(postgres->pg), line);
  postgres->is_broken = true;
  return vsms_store_fail(failure, VSMS_STORE_UNREACHABLE, "the connection to PostgreSQL broke (%s)",
                         line[0] != '\0' ? line : "closed by the other side");
}

/* SQLSTATE: digits and upper-case letters, whatever the host's locale calls a letter. */
static bool is_of_state(char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'); }

/* "... FATAL:  28P01: words": the severity's word and the rest may be in another language. */
static const char *find_state(const char *text) {
  for (const char *at = strstr(text, ":  "); at != NULL; at = strstr(at + 1, ":  ")) {
    const char *state = at + 3;
    size_t length = 0;
    while (length < STATE_DIGITS && is_of_state(state[length])) length++;
    if (length == STATE_DIGITS && state[STATE_DIGITS] == ':') return state;
  }
  return NULL;
}

bool vsms_postgres_fail_connecting(const PGconn *pg, struct vsms_failure *failure) {
  const char *text = vsms_pq.errorMessage(pg), *state = find_state(text);
  char line[WORDS_MAX];
  if (state == NULL) {
    first_line(text, line);
    bool is_denied = vsms_pq.connectionNeedsPassword(pg) != 0;
    return vsms_store_fail(failure, is_denied ? VSMS_STORE_DENIED : VSMS_STORE_UNREACHABLE,
                           "PostgreSQL cannot be reached: %s", line);
  }
  first_line(state + STATE_DIGITS + 2, line);
  const struct meaning *meaning = meaning_of(state);
  if (meaning != NULL) return vsms_store_fail(failure, meaning->kind, "%s (%s)", meaning->words, line);
  return vsms_store_fail(failure, VSMS_STORE_FAILED, "PostgreSQL: %s", line);
}
