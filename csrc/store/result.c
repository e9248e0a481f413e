/* result.c - see result.h and vsms/store.h. */
#include "store/result.h"

#include <stdlib.h>
#include <string.h>

enum { BLOCK_OCTETS = 1000, ROOM_FIRST = 4 };

struct vsms_block {
  struct vsms_block *next;
  size_t used, size;
  char octets[];
};

/* ---- memory ------------------------------------------------------------------------------------ */

static bool may_grow(vsms_result *result, size_t octets, struct vsms_failure *failure) {
  if (octets <= VSMS_RESULT_OCTETS_MAX && result->octets <= VSMS_RESULT_OCTETS_MAX - octets) {
    result->octets += octets;
    return true;
  }
  return vsms_store_fail(failure, VSMS_STORE_FAILED, "a result is larger than %d MiB: ask for fewer rows",
                         VSMS_RESULT_OCTETS_MAX >> 20);
}

/* Aligned for nothing but octets. NULL when memory ran out. */
static char *keep(vsms_result *result, size_t size) {
  struct vsms_block *block = result->blocks;
  if (block == NULL || block->size - block->used < size) {
    size_t room = size > BLOCK_OCTETS ? size : BLOCK_OCTETS;
    block = malloc(sizeof *block + room);
    if (block == NULL) return NULL;
    block->used = 0;
    block->size = room;
    block->next = result->blocks;
    result->blocks = block;
  }
  char *at = block->octets + block->used;
  block->used += size;
  return at;
}

static bool copy(vsms_result *result, vsms_bytes text, vsms_bytes *kept, struct vsms_failure *failure) {
  if (!may_grow(result, text.length, failure)) return false;
  char *at = keep(result, text.length + 1);
  if (at == NULL) return vsms_store_fail_memory(failure);
  if (text.length > 0) memcpy(at, text.data, text.length);
  at[text.length] = '\0';
  *kept = (vsms_bytes){at, text.length};
  return true;
}

vsms_result *vsms_result_new(size_t statements) {
  vsms_result *result = calloc(1, sizeof *result + statements * sizeof *result->sets);
  if (result == NULL) return NULL;
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
  for (size_t i = 0; i < result->count; i++) {
    free(result->sets[i].cells);
    free((void *)result->sets[i].rows.columns);
  }
  memset(result->sets, 0, result->count * sizeof *result->sets);
  result->octets = result->filled = 0;
  result->failed = (vsms_bytes){NULL, 0};
}

void vsms_result_free(vsms_result *result) {
  if (result == NULL) return;
  vsms_result_reset(result);
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
  struct vsms_set *set = &result->sets[result->filled];
  set->rows.column_count = column_count;
  if (column_count > 0) {
    set->rows.columns = calloc(column_count, sizeof *set->rows.columns);
    if (set->rows.columns == NULL) return vsms_store_fail_memory(failure);
  }
  result->filled++;
  return true;
}

bool vsms_result_name_column(vsms_result *result, size_t column, vsms_bytes name, struct vsms_failure *failure) {
  vsms_bytes *columns = (vsms_bytes *)last_set(result)->rows.columns;
  return copy(result, name, &columns[column], failure);
}

static bool make_room(vsms_result *result, struct vsms_set *set, struct vsms_failure *failure) {
  if (set->rows.row_count < set->room) return true;
  size_t more = set->room > 0 ? set->room : ROOM_FIRST, width = set->rows.column_count * sizeof(vsms_datum);
  if (!may_grow(result, more * width, failure)) return false;
  vsms_datum *cells = realloc(set->cells, (set->room + more) * width);
  if (cells == NULL) return vsms_store_fail_memory(failure);
  set->cells = cells;
  set->rows.cells = cells;
  set->room += more;
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
