/* waiting.h - blocks the host's thread until a thread of ours has finished something. */
#ifndef VSMS_WAITING_H
#define VSMS_WAITING_H

#include "handoff/handoff.h"

/* Until the ticket has finished (true), the time is over (`timeout_ms` < 0: never) or `interrupt` says so (false). */
bool vsms_wait_for_ticket(struct vsms_ticket *ticket, long timeout_ms, const vsms_interrupt *interrupt);

/* The same for a ticket to collect; false also where none will ever come. */
bool vsms_wait_for_any(struct vsms_handoff *handoff, long timeout_ms, const vsms_interrupt *interrupt);

#endif
