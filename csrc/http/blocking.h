/* blocking.h - one exchange after the other on the calling thread, over connections that are kept. */
#ifndef VSMS_BLOCKING_H
#define VSMS_BLOCKING_H

#include "http/exchange.h"

struct vsms_multi;

struct vsms_blocking {
  struct vsms_multi *multi; /* NULL: not open */
};

/* Opens it if it is not. False when memory or descriptors ran out. */
bool vsms_blocking_open(struct vsms_blocking *blocking, const struct vsms_settings *settings);

/* Performs the exchange and concludes it. `interrupt` may be NULL. */
void vsms_blocking_perform(struct vsms_blocking *blocking, struct vsms_exchange *exchange,
                           const vsms_interrupt *interrupt);

/* Closes the connections. Twice is fine. */
void vsms_blocking_close(struct vsms_blocking *blocking);

#endif
