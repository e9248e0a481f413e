/*
 * store.h - SQL on a disk of ours or in a database server: steps go in, rows come out. Part of vsms.h, whose conventions
 * hold.
 *
 * A step is a list of statements that are done all or none. It is performed on the calling thread, or handed to the
 * store's own thread, which puts all steps that wait into one transaction: one step's failure never undoes another.
 */
#ifndef VSMS_PUBLIC_STORE_H
#define VSMS_PUBLIC_STORE_H

#include "vsms/ticket.h"

typedef enum vsms_dialect { VSMS_SQLITE, VSMS_POSTGRESQL, VSMS_DIALECT_COUNT } vsms_dialect;

/* "sqlite" or "postgresql". Static storage. */
const char *vsms_dialect_name(vsms_dialect dialect);

/* Was the core built with it? */
bool vsms_dialect_is_built(vsms_dialect dialect);

/* ---- what became of a step --------------------------------------------------------------------- */

/* The constant, and the word for it, as Lua spells it. */
#define VSMS_STORE_KINDS(KIND)                                                                                      \
  KIND(VSMS_STORE_OK, "ok")                   /* done, and durable where it wrote */                                \
  KIND(VSMS_STORE_REFUSED, "refused")         /* a statement that had to find or change something did not */        \
  KIND(VSMS_STORE_CONFLICT, "conflict")       /* a value that must be unique is there already */                    \
  KIND(VSMS_STORE_BUSY, "busy")               /* others held the lock for too long, or a deadlock was broken */     \
  KIND(VSMS_STORE_FULL, "full")               /* no space on the disk */                                            \
  KIND(VSMS_STORE_READ_ONLY, "read_only")     /* the file, its file system or the server takes no writes */         \
  KIND(VSMS_STORE_CORRUPT, "corrupt")         /* the file is damaged, or gone */                                    \
  KIND(VSMS_STORE_FOREIGN, "foreign")         /* a file or database of some other program */                        \
  KIND(VSMS_STORE_DENIED, "denied")           /* permissions, passwords; a folder that others may write to */       \
  KIND(VSMS_STORE_UNREACHABLE, "unreachable") /* no connection, or it broke; a folder that does not exist */        \
  KIND(VSMS_STORE_NEWER, "newer")             /* made by a later version of the database's program */               \
  KIND(VSMS_STORE_IO, "io")                   /* the disk failed */                                                 \
  KIND(VSMS_STORE_TIMEOUT, "timeout")         /* out of time */                                                     \
  KIND(VSMS_STORE_CANCELLED, "cancelled")     /* by vsms_ticket_cancel, or by a signal during a blocking call */    \
  KIND(VSMS_STORE_CLOSED, "closed")           /* the store was closed, or the step belongs to the parent process */ \
  KIND(VSMS_STORE_EXHAUSTED, "exhausted")     /* this machine: no memory, no descriptor */                          \
  KIND(VSMS_STORE_FAILED, "failed")           /* anything else: SQL that is wrong, a broken rule of the schema */

#define VSMS_STORE_KIND_CONSTANT(constant, word) constant,
typedef enum vsms_store_kind { VSMS_STORE_KINDS(VSMS_STORE_KIND_CONSTANT) VSMS_STORE_KIND_COUNT } vsms_store_kind;
#undef VSMS_STORE_KIND_CONSTANT

/* "busy" for instance. Static storage. */
const char *vsms_store_kind_name(vsms_store_kind kind);

typedef enum vsms_committed {
  VSMS_NOT_COMMITTED,    /* certainly: nothing of the step is in the store, and nothing of it will be */
  VSMS_COMMITTED,        /* certainly, and durable; of a step that only reads, that it was done */
  VSMS_COMMITTED_UNKNOWN /* the answer to the commit was lost, and so was the question what became of it */
} vsms_committed;

/* ---- steps ------------------------------------------------------------------------------------- */

/* Of a step, and of a statement: SQLite takes no more parameters, PostgreSQL twice as many. */
enum { VSMS_STEP_STATEMENTS_MAX = 10000, VSMS_STATEMENT_PARAMS_MAX = 32766 };

typedef enum vsms_datum_type { VSMS_NULL, VSMS_INTEGER, VSMS_REAL, VSMS_TEXT } vsms_datum_type;

typedef struct vsms_datum {
  vsms_datum_type type;
  union {
    long long integer;
    double real;
    vsms_bytes text; /* as a parameter: UTF-8 without U+0000 */
  } as;
} vsms_datum;

typedef struct vsms_statement {
  vsms_bytes sql; /* one statement; $1 to $n stand for the parameters in both dialects, $now in SQLite for the time */
  const vsms_datum *params;
  size_t param_count;
  vsms_bytes must; /* a name: where the statement neither gives nor changes a row, the step is undone and refused */
} vsms_statement;

typedef struct vsms_step {
  const vsms_statement *statements;
  size_t count;
  bool read_only;  /* it writes nothing: no commit is waited for */
  long timeout_ms; /* 0: the store's */
} vsms_step;

/* ---- results ----------------------------------------------------------------------------------- */

typedef struct vsms_result vsms_result;

/* What one statement gave. */
typedef struct vsms_rows {
  size_t column_count;
  const vsms_bytes *columns; /* their names */
  size_t row_count;
  const vsms_datum *cells; /* row by row */
  long long changes;       /* rows inserted, updated or deleted */
  long long inserted;      /* the rowid of the last row that it inserted; 0: none, or the database has no rowids */
} vsms_rows;

vsms_store_kind vsms_result_kind(const vsms_result *result);
vsms_committed vsms_result_committed(const vsms_result *result);
/* The cause may pass: the same step may succeed later. */
bool vsms_result_is_temporary(const vsms_result *result);
/* One line for people; for VSMS_STORE_OK the empty string. Holds neither SQL nor parameters. */
const char *vsms_result_message(const vsms_result *result);
/* VSMS_STORE_REFUSED: the name of the statement. Else absent. */
vsms_bytes vsms_result_failed(const vsms_result *result);
/* VSMS_STORE_CONFLICT: the name of the rule, or "table.column", where it is known. Else absent. */
vsms_bytes vsms_result_constraint(const vsms_result *result);
/* VSMS_STORE_OK: one for each statement. */
size_t vsms_result_count(const vsms_result *result);
/* `index` is below the count. */
const vsms_rows *vsms_result_rows(const vsms_result *result, size_t index);
void vsms_result_free(vsms_result *result);

/* ---- the store --------------------------------------------------------------------------------- */

/* Zero or absent means the default. One of `path` and `url` is given. */
typedef struct vsms_store_config {
  vsms_bytes path;    /* a SQLite database; made, mode 0600, where there is none */
  vsms_bytes url;     /* postgresql://... */
  long timeout_ms;    /* default 30 000, for one step, waiting in the queue included */
  size_t queue_limit; /* submitted and not yet begun; default 10 000 */
} vsms_store_config;

typedef struct vsms_store vsms_store;

/* Checks and copies the configuration; opens nothing. NULL with *error filled when something is wrong. */
vsms_store *vsms_store_new(const vsms_store_config *config, vsms_error *error);

/* Ends its thread and its connections. Steps that wait finish as VSMS_STORE_CLOSED; a commit that has begun is waited
 * for. Closing twice is fine. */
void vsms_store_close(vsms_store *store);

/* Closes the store and gives it up; its memory goes with its last ticket. NULL is fine. */
void vsms_store_free(vsms_store *store);

bool vsms_store_is_closed(const vsms_store *store);
vsms_dialect vsms_store_dialect(const vsms_store *store);

/* The path or the URL, without the password. */
const char *vsms_store_name(const vsms_store *store);

/* Performs the step on the calling thread, on a connection of its own. `interrupt` may be NULL. NULL with *error filled when
 * it could not even be tried: an argument is wrong, or the store is closed. */
vsms_result *vsms_store_perform(vsms_store *store, const vsms_step *step, const vsms_interrupt *interrupt,
                                vsms_error *error);

/* Hands the step to the store's thread and returns at once. NULL with *error filled when it was not taken. */
vsms_ticket *vsms_store_submit(vsms_store *store, const vsms_step *step, vsms_error *error);

/* Where its tickets are collected. */
vsms_desk *vsms_store_desk(vsms_store *store);

/* The result, or NULL while the step is under way, and for the ticket of an engine. It belongs to the ticket. */
const vsms_result *vsms_ticket_result(vsms_ticket *ticket);

#endif
