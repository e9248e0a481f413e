/* result.h - the inside of a vsms_result, and how a driver fills it. */
#ifndef VSMS_RESULT_H
#define VSMS_RESULT_H

#include "store/failure.h"

enum { VSMS_RESULT_OCTETS_MAX = 64 * 1024 * 1024 };

struct vsms_block; /* memory that keeps its place */

struct vsms_result {
  vsms_store_kind kind;
  vsms_committed committed;
  char *message; /* NULL: "out of memory" where there is a failure */
  char *constraint;
  vsms_bytes failed;         /* in the memory below */
  struct vsms_block *blocks; /* memory of the rows, when `first` is used up */
  size_t octets;             /* of it in use */
  size_t first_used;
  size_t filled; /* statements that have been run */
  size_t count;
  char *first; /* behind the last set: enough for a row or two */
  struct vsms_set {
    vsms_rows rows;
    vsms_datum *cells;
    size_t room; /* of cells, in rows */
  } sets[];
};

/* For a step of that many statements: undone as yet, VSMS_STORE_CLOSED and not committed. NULL when memory ran out. */
vsms_result *vsms_result_new(size_t statements);

/* Forgets what the statements gave: the step is about to be run, perhaps again. */
void vsms_result_reset(vsms_result *result);

/* The step is done; so is its commit, or will be. */
void vsms_result_succeed(vsms_result *result);
void vsms_result_fail(vsms_result *result, const struct vsms_failure *failure, vsms_committed committed);
void vsms_result_refuse(vsms_result *result, vsms_bytes must);

/* ---- for drivers: the rows of the statement that is being run ---------------------------------- */

/* Begins the next statement's rows. False with *failure filled, as below. */
bool vsms_result_begin_rows(vsms_result *result, size_t column_count, struct vsms_failure *failure);

/* Copies the name of a column. */
bool vsms_result_name_column(vsms_result *result, size_t column, vsms_bytes name, struct vsms_failure *failure);

/* The cells of a new row, all NULL as yet. They move when another row comes. */
vsms_datum *vsms_result_add_row(vsms_result *result, struct vsms_failure *failure);

/* Copies a text into a cell. */
bool vsms_result_set_text(vsms_result *result, vsms_datum *cell, vsms_bytes text, struct vsms_failure *failure);

void vsms_result_set_changes(vsms_result *result, long long changes);
void vsms_result_set_inserted(vsms_result *result, long long rowid);

#endif
