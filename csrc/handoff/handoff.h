/* handoff.h - what the host's thread and a thread of ours share: tickets go over to be worked on and come back finished,
 * and each side wakes the other. The one place where either waits for the other's lock. It knows nothing of the work. */
#ifndef VSMS_HANDOFF_H
#define VSMS_HANDOFF_H

#include "handoff/ticket.h"

struct vsms_handoff;

/* `queue_limit` tickets may wait; `discard` gives back one that the host has given up, on either thread. NULL when memory
 * or descriptors ran out. */
struct vsms_handoff *vsms_handoff_new(size_t queue_limit, void (*discard)(struct vsms_ticket *ticket));

/* No thread works on it. */
void vsms_handoff_free(struct vsms_handoff *handoff);

/* ---- beginning and end, on the host's thread ---------------------------------------------------- */

/* Asks the thread to stop; what is submitted from now on is refused. */
void vsms_handoff_stop(struct vsms_handoff *handoff);

/* The thread has ended, and every ticket has finished. */
void vsms_handoff_end(struct vsms_handoff *handoff);
bool vsms_handoff_has_ended(const struct vsms_handoff *handoff);

/* The thread lives in the parent process: it may have held the lock at the fork, and nothing but these may be called.
 * `disown` closes the inherited descriptors and leaves the rest behind. */
bool vsms_handoff_is_inherited(const struct vsms_handoff *handoff);
void vsms_handoff_disown(struct vsms_handoff *handoff);

/* ---- the host's side ---------------------------------------------------------------------------- */

typedef enum vsms_handoff_reply { VSMS_HANDOFF_TAKEN, VSMS_HANDOFF_FULL, VSMS_HANDOFF_STOPPED } vsms_handoff_reply;

vsms_handoff_reply vsms_handoff_submit(struct vsms_handoff *handoff, struct vsms_ticket *ticket);

/* The next finished ticket that was not collected or waited for; NULL: none. */
struct vsms_ticket *vsms_handoff_collect(struct vsms_handoff *handoff);

vsms_counters vsms_handoff_counters(struct vsms_handoff *handoff);

/* Readable while there is something to collect, from now on: one that was never asked for is not written to. */
int vsms_handoff_collect_fd(struct vsms_handoff *handoff);

/* The connection that is told when there is something to collect, from now on (it may be told at once, or when all has
 * been collected meanwhile), or no more. */
void vsms_handoff_take_host(struct vsms_handoff *handoff, int fd);
void vsms_handoff_drop_host(struct vsms_handoff *handoff);

bool vsms_handoff_is_finished(const struct vsms_ticket *ticket);

/* Waiting: true when the ticket has finished, and it is not collected any more. While it has not, the descriptor becomes
 * readable when it has; poll it and look again, or stop waiting. */
bool vsms_handoff_look_for(struct vsms_ticket *ticket);
int vsms_handoff_wait_fd(const struct vsms_handoff *handoff);
void vsms_handoff_stop_waiting(struct vsms_handoff *handoff);

void vsms_handoff_cancel(struct vsms_ticket *ticket);

/* The host gives the ticket up; it goes at once, or when it has finished. */
void vsms_handoff_release(struct vsms_ticket *ticket);

/* ---- the thread's side -------------------------------------------------------------------------- */

bool vsms_handoff_is_stopping(struct vsms_handoff *handoff);

/* Hands over what is `done`, puts what was submitted at the end of `pending`, and counts both `pending` and `in_flight`.
 * Work is taken until there is none (false); only then may the thread sleep, and only then need the host wake it.
 * *cancels: the host wants some ticket to be cancelled. */
bool vsms_handoff_trade(struct vsms_handoff *handoff, struct vsms_ticket_list *done, struct vsms_ticket_list *pending,
                        size_t in_flight, bool *cancels);

bool vsms_handoff_is_cancelled(struct vsms_ticket *ticket);

/* Readable when the sleeping thread is wanted; and the thread sleeps no more, because of that or not. */
int vsms_handoff_work_fd(const struct vsms_handoff *handoff);
void vsms_handoff_wake_up(struct vsms_handoff *handoff, bool by_host);

#endif
