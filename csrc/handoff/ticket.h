/* ticket.h - a piece of work on its way through a thread of ours, and lists of such. What the work is, those know who
 * made it: a ticket is the first member of a structure of theirs. */
#ifndef VSMS_TICKET_H
#define VSMS_TICKET_H

#include <stdatomic.h>

#include "vsms/ticket.h"

struct vsms_handoff;

struct vsms_ticket {
  struct vsms_ticket *next, *previous; /* on one list at a time */
  struct vsms_handoff *handoff;        /* the one that it goes through */
  struct vsms_desk *desk;              /* host's side only */
  void *mark;                          /* the host's own */
  double deadline_ms;                  /* by vsms_clock_ms: it is not begun any more */
  atomic_bool is_finished;             /* the thread is done with it, and all that it wrote is there to be read */
  /* under the handoff's lock */
  bool is_uncollected; /* it stands on the finished list; of a finished one, the host's alone */
  bool is_released;    /* the host has given it up */
  bool cancel_wanted;
};

struct vsms_ticket_list {
  struct vsms_ticket *first, *last;
  size_t count;
};

void vsms_ticket_list_append(struct vsms_ticket_list *list, struct vsms_ticket *ticket);
void vsms_ticket_list_remove(struct vsms_ticket_list *list, struct vsms_ticket *ticket);

/* The first one, taken off; NULL when empty. */
struct vsms_ticket *vsms_ticket_list_take(struct vsms_ticket_list *list);

/* All of `others` go to the end of the list. */
void vsms_ticket_list_join(struct vsms_ticket_list *list, struct vsms_ticket_list *others);

#endif
