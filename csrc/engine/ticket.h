/* ticket.h - a request on its way through the I/O thread. */
#ifndef VSMS_TICKET_H
#define VSMS_TICKET_H

#include "http/exchange.h"

/* Under the lock of the ticket's io: state, cancel_wanted, is_released, is_uncollected, and being on one of the lists
 * that both sides know (submitted, finished).  The others are the thread's own, and so is the exchange until it has
 * finished. */
struct vsms_ticket {
  struct vsms_ticket *next, *previous; /* on one list at a time */
  vsms_engine *engine;                 /* host's side only */
  struct vsms_io *io;
  struct vsms_exchange *exchange;
  CURL *easy; /* I/O thread only, while in flight */
  double deadline_ms;
  enum { VSMS_TICKET_QUEUED, VSMS_TICKET_IN_FLIGHT, VSMS_TICKET_FINISHED } state;
  bool cancel_wanted;
  bool is_released;        /* the host has given it up */
  bool is_uncollected;     /* it stands on the finished list */
  vsms_response *orphaned; /* the answer in a child process that inherited it unfinished */
};

struct vsms_ticket_list {
  struct vsms_ticket *first, *last;
  size_t count;
};

void vsms_ticket_list_append(struct vsms_ticket_list *list, struct vsms_ticket *ticket);
void vsms_ticket_list_remove(struct vsms_ticket_list *list, struct vsms_ticket *ticket);
/* The first one, taken off; NULL when empty. */
struct vsms_ticket *vsms_ticket_list_take(struct vsms_ticket_list *list);

/* The ticket's own memory, exchange included; it stands on no list. */
void vsms_ticket_destroy(struct vsms_ticket *ticket);

#endif
