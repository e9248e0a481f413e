/* flight.h - a request on its way through the I/O thread: a ticket with an exchange. */
#ifndef VSMS_FLIGHT_H
#define VSMS_FLIGHT_H

#include "handoff/ticket.h"
#include "http/exchange.h"

struct vsms_transfer;

struct vsms_flight {
  struct vsms_ticket ticket;      /* the first member: an engine's tickets are flights */
  struct vsms_transfer *transfer; /* I/O thread only, while in flight */
  vsms_response *orphaned;        /* the answer in a child process that inherited it unfinished */
  struct vsms_exchange exchange;  /* the last member; the I/O thread's own until the ticket has finished */
};

static inline struct vsms_flight *vsms_flight_of(struct vsms_ticket *ticket) { return (struct vsms_flight *)ticket; }

/* With a checked request. NULL with *error filled. */
struct vsms_flight *vsms_flight_new(const struct vsms_settings *settings, const vsms_request *request,
                                    vsms_error *error);

/* Exchange included; the ticket stands on no list. */
void vsms_flight_destroy(struct vsms_ticket *ticket);

/* The exchange may have been in use at the moment of the fork: what hangs on it is left behind. */
void vsms_flight_destroy_inherited(struct vsms_ticket *ticket);

#endif
