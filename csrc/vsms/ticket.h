/*
 * ticket.h - work for a thread of the core's own, and the desk where the host hands it over and collects it. Part of
 * vsms.h, whose conventions hold.
 *
 * An engine has a desk for requests, a store one for steps. Whatever the work is, it becomes a ticket, and hosts wait for
 * tickets in the same way.
 */
#ifndef VSMS_PUBLIC_TICKET_H
#define VSMS_PUBLIC_TICKET_H

#include "vsms/base.h"

/* A request, or another piece of work, that a thread of the core performs. */
typedef struct vsms_ticket vsms_ticket;

/* It lives as long as the engine or the store that it belongs to. */
typedef struct vsms_desk vsms_desk;

typedef struct vsms_counters {
  size_t queued;      /* submitted, not yet in flight */
  size_t in_flight;   /* being performed */
  size_t uncollected; /* finished, neither collected nor waited for */
} vsms_counters;

vsms_counters vsms_desk_counters(vsms_desk *desk);

/* A descriptor that is readable while finished tickets wait to be collected; the desk's own: do not read from
 * it or close it. Changes after a fork. -1 with *error filled when there is none to be had. */
int vsms_desk_fd(vsms_desk *desk, vsms_error *error);

/* For hosts that can only connect to a path: makes a unix socket that this process alone may connect to, and writes its
 * path. Connect, then call vsms_desk_accept, at once: the path is gone after it. From then on the connection gets an
 * octet each time that there is something to collect after there was nothing; when it comes, all may have been collected
 * already. A new pair of calls replaces the connection; closing the engine or the store ends it. `size` of 108 is enough
 * for every path. */
bool vsms_desk_listen(vsms_desk *desk, char *path, size_t size, vsms_error *error);
bool vsms_desk_accept(vsms_desk *desk, vsms_error *error);
/* Ends the connection from this side, so that a read at the other end returns. */
void vsms_desk_hang_up(vsms_desk *desk);

/* The next finished ticket that was neither collected nor waited for yet, or NULL. Never blocks.
 * The ticket stays its owner's: the function only tells which one it is. */
vsms_ticket *vsms_desk_collect(vsms_desk *desk);

/* Blocks until there is something to collect (true), the time is over or `interrupt` says so (false). */
bool vsms_desk_wait(vsms_desk *desk, long timeout_ms, const vsms_interrupt *interrupt);

/* A note of the host's own on a ticket, NULL until there is one. */
void vsms_ticket_set_mark(vsms_ticket *ticket, void *mark);
void *vsms_ticket_mark(const vsms_ticket *ticket);

/* Has it finished? So has one that belongs to the parent process. */
bool vsms_ticket_is_finished(vsms_ticket *ticket);

/* Blocks until the ticket has finished (true), the time is over or `interrupt` says so (false).
 * `timeout_ms` < 0: no limit. A ticket that was waited for is not collected any more. */
bool vsms_ticket_wait(vsms_ticket *ticket, long timeout_ms, const vsms_interrupt *interrupt);

/* Gives the work up; the ticket finishes soon as cancelled. No effect on a finished one. */
void vsms_ticket_cancel(vsms_ticket *ticket);

/* Gives the ticket up, not the work: what is under way goes on, and its end is not told. NULL is fine. */
void vsms_ticket_free(vsms_ticket *ticket);

#endif
