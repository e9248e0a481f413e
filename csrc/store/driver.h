/* driver.h - what a database must be able to do: the interface between group.c, which knows steps, savepoints and lost
 * commits, and sqlite.c or postgres.c, which know one library each.
 *
 * The contract
 *
 * Threads      A connection is used by one thread at a time: the store's own, or the host's in vsms_store_perform. Both have
 *              one of their own. Nothing here may touch the host's state.
 * Fork         Every function is called inside a fork section (base/fork.h), so that no fork happens while the library
 *              holds a lock. A function that waits, for the network or for a lock, leaves the section while it does:
 *              vsms_patience_sleep does so; around a poll(2), vsms_fork_section_leave and _enter. A forked child calls `disown`
 *              and nothing else on a connection of its parent.
 * Patience     What waits ends when the patience does (patience.h), with the kind that vsms_patience_verdict gives. It
 *              looks at least ten times a second, for the interrupt may be Ctrl-C or the end of the store. A lock that
 *              others hold until the deadline is VSMS_STORE_BUSY.
 * Failures     A function that returns false has filled *failure (failure.h). Its message says what is wrong and what to
 *              do. SQL, parameters and passwords stand in no message. A unique value that is there already is
 *              VSMS_STORE_CONFLICT, with the name of the rule in `constraint` where the library tells it.
 * Broken       After any failure group.c asks `is_usable` and `is_in_transaction`. A connection that is not usable is closed and
 *              opened anew; a transaction that the failure has undone as a whole is begun anew, without the step that
 *              failed where that was the step's own fault (vsms_store_kind_is_shared).
 * Collisions   A transaction that the database undid for the sake of another one (a deadlock, a serialization failure) is
 *              VSMS_STORE_BUSY from whatever noticed it, and VSMS_COMMIT_UNDONE from `commit`: all of the group is run again, a
 *              bounded number of times.
 * Deferring    `begin`, `save` and `keep` may be put off and sent with the next statement, to spare round trips; what
 *              goes wrong with them is then told by that statement or by `commit`.
 */
#ifndef VSMS_DRIVER_H
#define VSMS_DRIVER_H

#include "store/patience.h"
#include "store/result.h"

struct vsms_settings_of_store; /* settings.h */

typedef struct vsms_driver vsms_driver;

/* How a commit ended. */
typedef enum vsms_commit {
  VSMS_COMMIT_DONE,     /* durably: what the store promises holds from now on */
  VSMS_COMMIT_UNDONE,   /* nothing of the transaction is there, nor will it ever be */
  VSMS_COMMIT_UNCERTAIN /* group.c opens another connection and looks the transaction up by its token */
} vsms_commit;

struct vsms_driver {
  vsms_dialect dialect;

  /* A statement that fails as VSMS_STORE_CONFLICT changes nothing, and its transaction goes on as if it had not been run:
   * a step of one statement then needs no savepoint. (PostgreSQL's transactions do not go on.) */
  bool undoes_statements;

  /* Loads the database's library (library.h), checks what can be checked without opening anything, and copies into
   * *settings what the driver needs of it; at vsms_store_new. A library that asks for a clean-up at exit (OpenSSL) must have done so when this returns: ours, which
   * ends the store's thread, is asked for afterwards and so comes first. False with *error filled. */
  bool (*check)(struct vsms_settings_of_store *settings, vsms_error *error);

  /* Opens a connection and makes sure that the database is ours or empty, and has the table
   *     vertexsms_commits (token text primary key, number bigint not null, at double precision not null)
   * NULL with *failure filled. */
  void *(*open)(const struct vsms_settings_of_store *settings, const struct vsms_patience *patience,
                struct vsms_failure *failure);
  void (*close)(void *connection);

  /* In a forked child: closes the driver's own descriptors where that says nothing to the parent's side, and leaves the
   * rest behind. */
  void (*disown)(void *connection);

  /* False: the connection broke, or cannot be trusted any more; it can only be closed. */
  bool (*is_usable)(void *connection);
  bool (*is_in_transaction)(void *connection);

  /* A transaction that writes has its lock when `begin` returns, where the database has such a thing. One that only
   * reads sees one state of the database. */
  bool (*begin)(void *connection, bool is_writing, const struct vsms_patience *patience, struct vsms_failure *failure);

  /* A savepoint inside the transaction; they do not nest. `keep` releases it, `undo` goes back to it and releases it. */
  bool (*save)(void *connection, struct vsms_failure *failure);
  bool (*keep)(void *connection, struct vsms_failure *failure);
  bool (*undo)(void *connection, struct vsms_failure *failure);

  /* Runs one statement and puts its rows into *result: vsms_result_begin_rows once, also where it gives no columns, then
   * names, rows and changes. `is_writing` as in `begin`: one that writes is refused without it (VSMS_STORE_FAILED), and so
   * is one that begins or ends transactions. A statement is prepared once and kept, by its text, in a bounded cache. */
  bool (*run)(void *connection, const vsms_statement *statement, bool is_writing, const struct vsms_patience *patience,
              vsms_result *result, struct vsms_failure *failure);

  /* May be NULL. The same for several statements in one round trip, up to the first that fails: *result has what was done
   * before it. What comes behind a statement that had to find something and did not may have been done, too; group.c
   * undoes the step. */
  bool (*run_all)(void *connection, const vsms_statement *statements, size_t count,
                  const struct vsms_patience *patience, vsms_result *result, struct vsms_failure *failure);

  /* May be NULL. Puts off a statement whose rows are of no interest, as `begin` may be put off. */
  bool (*defer)(void *connection, const vsms_statement *statement, struct vsms_failure *failure);

  /* *failure is filled where it is not VSMS_COMMIT_DONE. A commit is not broken off: the patience's interrupt does not
   * end it, only its deadline may, as VSMS_COMMIT_UNCERTAIN. */
  vsms_commit (*commit)(void *connection, const struct vsms_patience *patience, struct vsms_failure *failure);

  /* Ends a transaction that only read, or that came to nothing; fine where there is none. */
  void (*rollback)(void *connection);

  /* Housekeeping after a commit, when its steps have been told; outside of any transaction. May be NULL. */
  void (*tend)(void *connection);
};

/* NULL when the core was built without. */
const vsms_driver *vsms_driver_of(vsms_dialect dialect);

#endif
