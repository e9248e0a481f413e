/* statement.c - statements of steps are sent with their parameters, and prepared before where they are new. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fold.h"
#include "store/postgres/postgres.h"

enum { INTEGER_OCTETS = 24, REAL_OCTETS = 8, NAME_OCTETS = 24 };

static void name_of(int place, char name[NAME_OCTETS]) { snprintf(name, NAME_OCTETS, "vertexsms_%d", place); }

/* ---- what a step may not hold ------------------------------------------------------------------- */

static vsms_bytes skip(vsms_bytes sql, size_t count) { return (vsms_bytes){sql.data + count, sql.length - count}; }

static bool starts_with(vsms_bytes sql, const char *word) {
  size_t length = strlen(word);
  return sql.length >= length && vsms_is_name((vsms_bytes){sql.data, length}, word);
}

static vsms_bytes skip_block_comment(vsms_bytes sql) {
  int depth = 0;
  do {
    if (starts_with(sql, "/*") || starts_with(sql, "*/")) {
      depth += sql.data[0] == '/' ? 1 : -1;
      sql = skip(sql, 2);
    } else {
      sql = skip(sql, 1);
    }
  } while (depth > 0 && sql.length > 0);
  return sql;
}

static vsms_bytes skip_blanks(vsms_bytes sql) {
  while (sql.length > 0) {
    if (starts_with(sql, "/*")) {
      sql = skip_block_comment(sql);
    } else if (starts_with(sql, "--")) {
      while (sql.length > 0 && sql.data[0] != '\n') sql = skip(sql, 1);
    } else if (memchr(" \t\r\n\f\v", sql.data[0], 6) != NULL) {
      sql = skip(sql, 1);
    } else {
      break;
    }
  }
  return sql;
}

static bool is_letter(char octet) { return (octet >= 'a' && octet <= 'z') || (octet >= 'A' && octet <= 'Z'); }

static bool is_forbidden(vsms_bytes sql) {
  static const char *const words[] = {"BEGIN",     "START",   "COMMIT",  "END",  "ROLLBACK",   "ABORT",
                                      "SAVEPOINT", "RELEASE", "PREPARE", "COPY", "DEALLOCATE", "DISCARD"};
  sql = skip_blanks(sql);
  for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
    size_t length = strlen(words[i]);
    if (starts_with(sql, words[i]) && (sql.length == length || !is_letter(sql.data[length]))) return true;
  }
  return false;
}

/* ---- preparing ---------------------------------------------------------------------------------- */

static bool send_deallocate(struct vsms_postgres *postgres, int place, const char *name, struct vsms_failure *failure) {
  char sql[VSMS_POSTGRES_COMMAND_MAX];
  snprintf(sql, sizeof sql, "DEALLOCATE %s", name);
  struct vsms_postgres_due due = {.answer = VSMS_ANSWER_DEALLOCATE, .place = place};
  if (!vsms_postgres_expect(postgres, due, failure)) return false;
  return vsms_pq.sendQueryParams(postgres->pg, sql, 0, NULL, NULL, NULL, NULL, 0) == 1 ||
         vsms_postgres_fail_sending(postgres, failure);
}

static bool send_prepare(struct vsms_postgres *postgres, int place, const char *name, struct vsms_failure *failure) {
  const struct vsms_postgres_statement *entry = &postgres->statements[place];
  struct vsms_postgres_due prepare = {.answer = VSMS_ANSWER_PREPARE, .place = place};
  struct vsms_postgres_due describe = {.answer = VSMS_ANSWER_DESCRIBE, .place = place};
  if (!vsms_postgres_expect(postgres, prepare, failure)) return false;
  if (vsms_pq.sendPrepare(postgres->pg, name, entry->sql.data, (int)entry->param_count, entry->declared) != 1) {
    return vsms_postgres_fail_sending(postgres, failure);
  }
  postgres->statements[place].will_be = true;
  if (!vsms_postgres_expect(postgres, describe, failure)) return false;
  return vsms_pq.sendDescribePrepared(postgres->pg, name) == 1 || vsms_postgres_fail_sending(postgres, failure);
}

static bool prepare(struct vsms_postgres *postgres, int place, const vsms_statement *statement,
                    struct vsms_failure *failure) {
  char name[NAME_OCTETS];
  name_of(place, name);
  if (is_forbidden(statement->sql)) {
    return vsms_store_fail(failure, VSMS_STORE_FAILED,
                           "a step may not begin or end transactions, copy, or handle prepared statements");
  }
  if (!vsms_postgres_cache(postgres, place, statement, failure)) return false;
  bool is_taken = postgres->statements[place].will_be;
  if (is_taken && !send_deallocate(postgres, place, name, failure)) return false;
  return send_prepare(postgres, place, name, failure);
}

/* ---- parameters --------------------------------------------------------------------------------- */

struct values {
  const char **texts;
  int *lengths, *formats;
  char *room;
};

static size_t octets_of(const vsms_datum *param) {
  switch (param->type) {
    case VSMS_INTEGER: return INTEGER_OCTETS;
    case VSMS_REAL: return REAL_OCTETS;
    case VSMS_TEXT: return param->as.text.length + 1;
    default: return 0;
  }
}

/* As a text, a number would be written by the host's locale. */
static void write_real(double value, char room[REAL_OCTETS]) {
  unsigned long long bits;
  memcpy(&bits, &value, sizeof bits);
  for (int i = 0; i < REAL_OCTETS; i++) room[i] = (char)(bits >> (8 * (REAL_OCTETS - 1 - i)));
}

static void write_one(struct values *values, size_t i, const vsms_datum *param) {
  char *room = values->room;
  values->room += octets_of(param);
  values->formats[i] = param->type == VSMS_REAL;
  values->lengths[i] = REAL_OCTETS; /* looked at for these only */
  values->texts[i] = param->type == VSMS_NULL ? NULL : room;
  if (param->type == VSMS_INTEGER) snprintf(room, INTEGER_OCTETS, "%lld", param->as.integer);
  if (param->type == VSMS_REAL) write_real(param->as.real, room);
  if (param->type != VSMS_TEXT) return;
  if (param->as.text.length > 0) memcpy(room, param->as.text.data, param->as.text.length);
  room[param->as.text.length] = '\0';
}

static bool send_values(struct vsms_postgres *postgres, int place, const vsms_statement *statement,
                        struct vsms_failure *failure) {
  size_t count = statement->param_count, octets = 1;
  for (size_t i = 0; i < count; i++) octets += octets_of(&statement->params[i]);
  struct values values;
  values.texts = malloc(count * (sizeof *values.texts + sizeof *values.lengths + sizeof *values.formats) + octets);
  if (values.texts == NULL) {
    postgres->is_broken = true; /* an answer to it is noted down already */
    return vsms_store_fail_memory(failure);
  }
  values.lengths = (int *)(values.texts + count);
  values.formats = values.lengths + count;
  values.room = (char *)(values.formats + count);
  for (size_t i = 0; i < count; i++) write_one(&values, i, &statement->params[i]);
  char name[NAME_OCTETS];
  name_of(place, name);
  int sent = vsms_pq.sendQueryPrepared(postgres->pg, name, (int)count, values.texts, values.lengths, values.formats, 0);
  free(values.texts);
  return sent == 1 || vsms_postgres_fail_sending(postgres, failure);
}

bool vsms_postgres_send(struct vsms_postgres *postgres, const vsms_statement *statement, bool is_kept,
                        struct vsms_failure *failure) {
  bool is_found;
  int place = vsms_postgres_find_cached(postgres, statement, &is_found);
  if (!is_found && !prepare(postgres, place, statement, failure)) return false;
  postgres->statements[place].used_at = ++postgres->clock;
  struct vsms_postgres_due due = {VSMS_ANSWER_ROWS, is_kept, place};
  return vsms_postgres_expect(postgres, due, failure) && send_values(postgres, place, statement, failure);
}
