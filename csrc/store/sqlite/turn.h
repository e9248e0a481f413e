/* turn.h - whose turn it is to write, among all processes that use a file: a lock of our own beside SQLite's.
 *
 * SQLite's lock is free for a moment between two transactions, and a process that waits for it sleeps and looks again: one
 * that writes all the time would have it nearly always. So there are two locks, `next` and `now`. To take the turn is to
 * take `next`, then `now`, and to give `next` back: while a process waits for `now`, no other can come in before it.
 *
 * A checkpoint is made in one's turn, too. That keeps it apart from the commit of any other process that uses this library,
 * which the WAL-reset bug of SQLite 3.7.0 to 3.51.2 takes (sqlite.org/wal.html#walresetbug).
 *
 * It is a courtesy, and no more: SQLite's lock is what keeps the file whole. So a process that was stopped in its turn
 * delays the others, and does not lock them out. */
#ifndef VSMS_TURN_H
#define VSMS_TURN_H

#include "base/descriptor.h"
#include "store/patience.h"

struct vsms_turn {
  int next_fd, now_fd; /* -1: could not be opened */
  vsms_descriptor_id next_id, now_id;
  bool is_ours;
};

/* The locks of the database file `path` are in files beside it. */
void vsms_turn_open(struct vsms_turn *turn, const char *path);
void vsms_turn_close(struct vsms_turn *turn);

/* In a child process. */
void vsms_turn_disown(struct vsms_turn *turn);

/* Waits for the turn; not for ever, and no longer than the patience lasts. True when it is ours. */
bool vsms_turn_take(struct vsms_turn *turn, const struct vsms_patience *patience);

/* Does not wait. */
bool vsms_turn_try(struct vsms_turn *turn);

/* Fine when it is not ours. */
void vsms_turn_give(struct vsms_turn *turn);

#endif
