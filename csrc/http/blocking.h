/* blocking.h - one exchange after the other on the calling thread, over connections that are kept. */
#ifndef VSMS_BLOCKING_H
#define VSMS_BLOCKING_H

#include "http/exchange.h"

struct vsms_transfer;

struct vsms_blocking {
  CURLM *multi; /* NULL: not open */
  struct vsms_transfer *transfer;
  struct vsms_sockets *sockets;
};

/* Opens it if it is not. False when memory ran out. */
bool vsms_blocking_open(struct vsms_blocking *blocking, const struct vsms_settings *settings);

/* Performs the exchange and concludes it. */
void vsms_blocking_perform(struct vsms_blocking *blocking, struct vsms_exchange *exchange);

/* Closes the connections. Twice is fine. */
void vsms_blocking_close(struct vsms_blocking *blocking);

#endif
