/* result.c - see result.h and vsms/store.h. */
#include "store/result.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_OCTETS = 192, BLOCK_OCTETS_MIN = 1000, BLOCK_OCTETS_MAX = 64 * 1024 };

struct vsms_block {
  struct vsms_block *next;
  size_t used, size;
  _Alignas(vsms_datum) char octets[];
};

/* ---- memory: it keeps its place, and goes as a whole ------------------------------------------- */

static char *take_from(char *octets, size_t size, size_t *used, size_t wanted) {
  if (size - *used < wanted) return NULL;
  char *at = octets + *used;
  *used += wanted;
  return at;
}

static struct vsms_block *add_block(vsms_result *result, size_t wanted) {
  size_t size = result->blocks == NULL ? BLOCK_OCTETS_MIN : 2 * result->blocks->size;
  if (size > BLOCK_OCTETS_MAX) size = BLOCK_OCTETS_MAX;
  if (size < wanted) size = wanted;
  struct vsms_block *block = malloc(sizeof *block + size);
  if (block == NULL) return NULL;
  block->used = 0;
  block->size = size;
  block->next = result->blocks;
  result->blocks = block;
  return block;
}

/* Aligned for a datum. NULL with *failure filled. */
static void *take(vsms_result *result, size_t size, struct vsms_failure *failure) {
  size_t wanted = (size + sizeof(vsms_datum) - 1) / sizeof(vsms_datum) * sizeof(vsms_datum);
  if (size > VSMS_RESULT_OCTETS_MAX || result->octets > VSMS_RESULT_OCTETS_MAX - wanted) {
    vsms_store_fail(failure, VSMS_STORE_FAILED, "a result is larger than %d MiB: ask for fewer rows",
                    VSMS_RESULT_OCTETS_MAX >> 20);
    return NULL;
  }
  result->octets += wanted;
  char *at = take_from(result->first, FIRST_OCTETS, &result->first_used, wanted);
  if (at != NULL) return at;
  struct vsms_block *block = result->blocks;
  if (block == NULL || block->size - block->used < wanted) block = add_block(result, wanted);
  if (block == NULL) {
    vsms_store_fail_memory(failure);
    return NULL;
  }
  return take_from(block->octets, block->size, &block->used, wanted);
}

static bool copy(vsms_result *result, vsms_bytes text, vsms_bytes *kept, struct vsms_failure *failure) {
  char *at = take(result, text.length + 1, failure);
  if (at == NULL) return false;
  if (text.length > 0) memcpy(at, text.data, text.length);
  at[text.length] = '\0';
  *kept = (vsms_bytes){at, text.length};
  return true;
}

vsms_result *vsms_result_new(size_t statements) {
  size_t size = sizeof(vsms_result) + statements * sizeof(struct vsms_set);
  vsms_result *result = malloc(size + FIRST_OCTETS);
  if (result == NULL) return NULL;
  memset(result, 0, size);
  result->first = (char *)result + size;
  result->count = statements;
  result->kind = VSMS_STORE_CLOSED;
  return result;
}

static void free_blocks(vsms_result *result) {
  struct vsms_block *next;
  for (struct vsms_block *block = result->blocks; block != NULL; block = next) {
    next = block->next;
    free(block);
  }
  result->blocks = NULL;
}

void vsms_result_reset(vsms_result *result) {
  free_blocks(result);
  if (result->filled > 0) memset(result->sets, 0, result->count * sizeof *result->sets);
  result->failed = (vsms_bytes){NULL, 0};
  result->octets = result->first_used = result->filled = 0;
}

void vsms_result_free(vsms_result *result) {
  if (result == NULL) return;
  free_blocks(result);
  free(result->message);
  free(result->constraint);
  free(result);
}

/* ---- how it ended ------------------------------------------------------------------------------ */

void vsms_result_succeed(vsms_result *result) {
  result->kind = VSMS_STORE_OK;
  result->committed = VSMS_COMMITTED;
}

void vsms_result_fail(vsms_result *result, const struct vsms_failure *failure, vsms_committed committed) {
  vsms_result_reset(result);
  result->kind = failure->kind;
  result->committed = committed;
  free(result->message);
  free(result->constraint);
  result->message = strdup(failure->message);
  result->constraint = failure->constraint[0] != '\0' ? strdup(failure->constraint) : NULL;
}

void vsms_result_refuse(vsms_result *result, vsms_bytes must) {
  struct vsms_failure failure;
  vsms_store_fail(&failure, VSMS_STORE_REFUSED, "the step was undone: \"%.*s\" found nothing and changed nothing",
                  must.length > 100 ? 100 : (int)must.length, must.data);
  vsms_result_fail(result, &failure, VSMS_NOT_COMMITTED);
  if (!copy(result, must, &result->failed, &failure)) vsms_result_fail(result, &failure, VSMS_NOT_COMMITTED);
}

/* ---- rows -------------------------------------------------------------------------------------- */

static struct vsms_set *last_set(vsms_result *result) { return &result->sets[result->filled - 1]; }

bool vsms_result_begin_rows(vsms_result *result, size_t column_count, struct vsms_failure *failure) {
  struct vsms_set *set = &result->sets[result->filled++];
  if (column_count == 0) return true;
  set->rows.columns = take(result, column_count * sizeof *set->rows.columns, failure);
  if (set->rows.columns != NULL) set->rows.column_count = column_count;
  return set->rows.columns != NULL;
}

bool vsms_result_name_column(vsms_result *result, size_t column, vsms_bytes name, struct vsms_failure *failure) {
  vsms_bytes *columns = (vsms_bytes *)last_set(result)->rows.columns;
  return copy(result, name, &columns[column], failure);
}

/* What the cells had before is not used again. */
static bool make_room(vsms_result *result, struct vsms_set *set, struct vsms_failure *failure) {
  if (set->rows.row_count < set->room) return true;
  size_t room = set->room > 0 ? 2 * set->room : 1, width = set->rows.column_count * sizeof(vsms_datum);
  vsms_datum *cells = take(result, room * width, failure);
  if (cells == NULL) return false;
  if (set->room > 0) memcpy(cells, set->cells, set->room * width);
  set->cells = cells;
  set->rows.cells = cells;
  set->room = room;
  return true;
}

vsms_datum *vsms_result_add_row(vsms_result *result, struct vsms_failure *failure) {
  struct vsms_set *set = last_set(result);
  if (!make_room(result, set, failure)) return NULL;
  vsms_datum *row = set->cells + set->rows.row_count * set->rows.column_count;
  set->rows.row_count++;
  memset(row, 0, set->rows.column_count * sizeof *row);
  return row;
}

bool vsms_result_set_text(vsms_result *result, vsms_datum *cell, vsms_bytes text, struct vsms_failure *failure) {
  if (!copy(result, text, &cell->as.text, failure)) return false;
  cell->type = VSMS_TEXT;
  return true;
}

void vsms_result_set_changes(vsms_result *result, long long changes) { last_set(result)->rows.changes = changes; }

void vsms_result_set_inserted(vsms_result *result, long long rowid) { last_set(result)->rows.inserted = rowid; }

/* ---- what it says ------------------------------------------------------------------------------ */

vsms_store_kind vsms_result_kind(const vsms_result *result) { return result->kind; }

vsms_committed vsms_result_committed(const vsms_result *result) { return result->committed; }

bool vsms_result_is_temporary(const vsms_result *result) { return vsms_store_kind_is_temporary(result->kind); }

const char *vsms_result_message(const vsms_result *result) {
  if (result->kind == VSMS_STORE_OK) return "";
  return result->message != NULL ? result->message : "out of memory";
}

vsms_bytes vsms_result_failed(const vsms_result *result) { return result->failed; }

vsms_bytes vsms_result_constraint(const vsms_result *result) {
  const char *name = result->constraint;
  return (vsms_bytes){name, name != NULL ? strlen(name) : 0};
}

size_t vsms_result_count(const vsms_result *result) { return result->filled; }

const vsms_rows *vsms_result_rows(const vsms_result *result, size_t index) { return &result->sets[index].rows; }
