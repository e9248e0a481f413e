/* open.c - a connection to PostgreSQL, from the first of its hosts to its end. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/postgres/postgres.h"

enum { HOST_MS_MAX = 5000, IDLE_MS = 10000, WORDS_MAX = 200 };

/* ---- one host ----------------------------------------------------------------------------------- */

static bool fail_late(vsms_store_kind kind, struct vsms_failure *failure) {
  if (kind != VSMS_STORE_TIMEOUT) return vsms_store_fail_patience(failure, kind);
  return vsms_store_fail(failure, VSMS_STORE_UNREACHABLE, "PostgreSQL cannot be reached: no answer in time");
}

static bool finish_connecting(PGconn *pg, const struct vsms_patience *patience, struct vsms_failure *failure) {
  PostgresPollingStatusType want = PGRES_POLLING_WRITING;
  vsms_store_kind kind;
  while (vsms_pq.status(pg) != CONNECTION_BAD && want != PGRES_POLLING_OK && want != PGRES_POLLING_FAILED) {
    short events = want == PGRES_POLLING_READING ? POLLIN : POLLOUT;
    if (!vsms_postgres_await(pg, events, patience, &kind)) return fail_late(kind, failure);
    want = vsms_pq.connectPoll(pg);
  }
  return want == PGRES_POLLING_OK || vsms_postgres_fail_connecting(pg, failure);
}

/* Notices are for people at a terminal; a warning says that a commit may not be durable. */
static void on_notice(void *context, const PGresult *notice) {
  const char *severity = vsms_pq.resultErrorField(notice, PG_DIAG_SEVERITY_NONLOCALIZED);
  if (severity != NULL && strcmp(severity, "WARNING") == 0) ((struct vsms_postgres *)context)->has_warned = true;
}

static void ignore_notice(void *context, const PGresult *notice) {
  (void)context;
  (void)notice;
}

/* A message that begins with its code can be understood in any language. */
static bool connect_to(struct vsms_postgres *postgres, const struct vsms_postgres_place *place, size_t host,
                       const struct vsms_patience *patience, struct vsms_failure *failure) {
  postgres->pg = vsms_postgres_place_connect(place, host);
  if (postgres->pg == NULL) return vsms_store_fail_memory(failure);
  vsms_pq.setErrorVerbosity(postgres->pg, PQERRORS_VERBOSE);
  vsms_pq.setNoticeReceiver(postgres->pg, ignore_notice, NULL);
  if (!finish_connecting(postgres->pg, patience, failure)) return false;
  vsms_pq.setErrorVerbosity(postgres->pg, PQERRORS_DEFAULT);
  vsms_pq.setNoticeReceiver(postgres->pg, on_notice, postgres);
  if (vsms_pq.serverVersion(postgres->pg) < VSMS_POSTGRES_VERSION) {
    return vsms_store_fail(failure, VSMS_STORE_FAILED, "PostgreSQL 13 or newer is needed; this one is %d",
                           vsms_pq.serverVersion(postgres->pg) / 10000);
  }
  bool ok = vsms_pq.setnonblocking(postgres->pg, 1) == 0 && vsms_pq.enterPipelineMode(postgres->pg) == 1;
  return ok || vsms_store_fail_memory(failure);
}

/* ---- settings ----------------------------------------------------------------------------------- */

/* The first number of an answer of one row; `otherwise` where there is none. */
static long long ask(struct vsms_postgres *postgres, const char *sql, const struct vsms_patience *patience,
                     struct vsms_failure *failure) {
  vsms_statement statement = {{sql, strlen(sql)}, NULL, 0, {NULL, 0}};
  vsms_result *result = vsms_result_new(1);
  long long answer = -1;
  if (result == NULL) {
    vsms_store_fail_memory(failure);
    return answer;
  }
  if (vsms_postgres_send(postgres, &statement, true, failure) &&
      vsms_postgres_round(postgres, patience, result, failure)) {
    const vsms_rows *rows = vsms_result_rows(result, 0);
    bool is_number = rows->row_count == 1 && rows->cells[0].type == VSMS_INTEGER;
    answer = is_number ? rows->cells[0].as.integer : 0;
  }
  vsms_result_free(result);
  return answer;
}

/* remote_apply is more than on, and stays. Plans that a compiler makes faster are not ours. */
static bool set(struct vsms_postgres *postgres, const struct vsms_patience *patience, struct vsms_failure *failure) {
  char sql[1000];
  snprintf(sql, sizeof sql,
           "SELECT length(concat(set_config('synchronous_commit', CASE current_setting('synchronous_commit') "
           "WHEN 'remote_apply' THEN 'remote_apply' ELSE 'on' END, false), "
           "set_config('statement_timeout', '%ld', false), set_config('lock_timeout', '%ld', false), "
           "set_config('idle_in_transaction_session_timeout', '%ld', false), set_config('jit', 'off', false)))",
           postgres->timeout_ms, postgres->timeout_ms - postgres->timeout_ms / 20, postgres->timeout_ms + IDLE_MS);
  if (ask(postgres, sql, patience, failure) < 0) return false;
  struct vsms_failure ignored; /* not on every system; a client that is gone is noticed later there */
  if (vsms_pq.serverVersion(postgres->pg) >= 140000) {
    ask(postgres, "SELECT 1 FROM set_config('client_connection_check_interval', '1000', false)", patience, &ignored);
  }
  return !postgres->is_broken || vsms_postgres_fail_lost(postgres, failure);
}

static bool check_writing(struct vsms_postgres *postgres, const struct vsms_patience *patience,
                          struct vsms_failure *failure) {
  long long is_read_only = ask(postgres, "SELECT current_setting('transaction_read_only')::boolean", patience, failure);
  if (is_read_only == 0) return true;
  return is_read_only < 0 ? false
                          : vsms_store_fail(failure, VSMS_STORE_READ_ONLY,
                                            "PostgreSQL takes no writes: it is a standby, or set to read-only");
}

static const char table_sql[] =
    "CREATE TABLE IF NOT EXISTS vertexsms_commits (token text PRIMARY KEY, number bigint NOT NULL, "
    "at double precision NOT NULL)";

/* IF NOT EXISTS does not protect against another session that does the same at this moment. */
static bool make_table(struct vsms_postgres *postgres, const struct vsms_patience *patience,
                       struct vsms_failure *failure) {
  static const char *const commands[] = {
      "BEGIN",
      "SELECT pg_advisory_xact_lock(864223604)",
      table_sql,
      "COMMIT",
  };
  long long is_there = ask(postgres, "SELECT to_regclass('vertexsms_commits') IS NOT NULL", patience, failure);
  if (is_there != 0) return is_there > 0;
  for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
    if (!vsms_postgres_command(postgres, commands[i], VSMS_ANSWER_COMMAND, failure)) return false;
  }
  return vsms_postgres_round(postgres, patience, NULL, failure);
}

/* ---- all hosts ---------------------------------------------------------------------------------- */

static bool try_host(struct vsms_postgres *postgres, const struct vsms_postgres_place *place, size_t host,
                     const struct vsms_patience *all, struct vsms_failure *failure) {
  struct vsms_patience patience = *all;
  double now = vsms_clock_ms(), left = (all->deadline_ms - now) / (double)(place->host_count - host);
  double most = place->connect_timeout_ms > 0 ? place->connect_timeout_ms : HOST_MS_MAX;
  if (left > most) left = most;
  patience.deadline_ms = now + left;
  if (connect_to(postgres, place, host, &patience, failure) && check_writing(postgres, &patience, failure)) return true;
  vsms_pq.finish(postgres->pg);
  postgres->pg = NULL;
  vsms_postgres_forget_statements(postgres);
  postgres->due_count = 0;
  postgres->is_broken = false;
  for (int i = 0; i < VSMS_POSTGRES_STATEMENTS; i++) postgres->statements[i].is_on_server = false;
  vsms_postgres_note_failure(postgres);
  return false;
}

static bool is_final(vsms_store_kind kind) { return kind == VSMS_STORE_CANCELLED || kind == VSMS_STORE_CLOSED; }

/* A standby is what may be a primary soon: its words, and that the others cannot be reached. */
static void add_failure(struct vsms_failure *all, const struct vsms_failure *one, size_t host) {
  char words[WORDS_MAX];
  if (host == 0) {
    *all = *one;
    return;
  }
  snprintf(words, sizeof words, "%.150s", all->message);
  vsms_store_kind kind = all->kind == one->kind ? one->kind : VSMS_STORE_UNREACHABLE;
  vsms_store_fail(all, kind, "%s; %.150s", words, one->message);
}

static bool connect(struct vsms_postgres *postgres, const char *url, const struct vsms_patience *patience,
                    struct vsms_failure *failure) {
  struct vsms_postgres_place place;
  if (!vsms_postgres_place_read(&place, url)) return vsms_store_fail_memory(failure);
  bool ok = false;
  for (size_t i = 0; i < place.host_count && !ok; i++) {
    struct vsms_failure one;
    ok = try_host(postgres, &place, i, patience, &one);
    if (!ok) add_failure(failure, &one, i);
    if (!ok && is_final(one.kind)) break;
  }
  vsms_postgres_place_free(&place);
  return ok;
}

static bool open(struct vsms_postgres *postgres, const struct vsms_settings_of_store *settings,
                 const struct vsms_patience *patience, struct vsms_failure *failure) {
  postgres->timeout_ms = settings->timeout_ms;
  postgres->is_writing = true;
  postgres->plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
  if (postgres->plain == (locale_t)0) return vsms_store_fail_memory(failure);
  if (!connect(postgres, settings->location, patience, failure)) return false;
  postgres->id = vsms_descriptor_identify(vsms_pq.socket(postgres->pg));
  return set(postgres, patience, failure) && make_table(postgres, patience, failure);
}

void *vsms_postgres_open(const struct vsms_settings_of_store *settings, const struct vsms_patience *patience,
                         struct vsms_failure *failure) {
  struct vsms_postgres *postgres = calloc(1, sizeof *postgres);
  if (postgres == NULL) {
    vsms_store_fail_memory(failure);
    return NULL;
  }
  if (open(postgres, settings, patience, failure)) return postgres;
  vsms_postgres_close(postgres);
  return NULL;
}

/* ---- the end ------------------------------------------------------------------------------------ */

static void free_memory(struct vsms_postgres *postgres) {
  vsms_postgres_forget_statements(postgres);
  if (postgres->plain != (locale_t)0) freelocale(postgres->plain);
  free(postgres->due);
  free(postgres);
}

void vsms_postgres_close(void *connection) {
  struct vsms_postgres *postgres = connection;
  vsms_pq.finish(postgres->pg);
  free_memory(postgres);
}

/* PQfinish would end the parent's session: its descriptor alone is closed, and libpq's memory stays. */
void vsms_postgres_disown(void *connection) {
  struct vsms_postgres *postgres = connection;
  vsms_descriptor_close_inherited(vsms_pq.socket(postgres->pg), postgres->id);
}
