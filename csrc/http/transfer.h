/* transfer.h - libcurl's easy handle, for one exchange after the other. */
#ifndef VSMS_TRANSFER_H
#define VSMS_TRANSFER_H

#include "http/exchange.h"

struct vsms_transfer;

/* One with everything set that does not change from exchange to exchange. `share` may be NULL. The connections made for
 * it know `sockets`, to their ends. NULL when memory ran out. */
struct vsms_transfer *vsms_transfer_open(const struct vsms_settings *settings, CURLSH *share,
                                         struct vsms_sockets *sockets);

/* It is on no multi handle. NULL is fine. */
void vsms_transfer_close(struct vsms_transfer *transfer);

/* The same for one whose handle cannot be touched any more: that is left behind. */
void vsms_transfer_leave(struct vsms_transfer *transfer);

CURL *vsms_transfer_handle(const struct vsms_transfer *transfer);

/* The one that has this handle. */
struct vsms_transfer *vsms_transfer_of(CURL *easy);

/* What it is aimed at; NULL between two. */
struct vsms_exchange *vsms_transfer_exchange(const struct vsms_transfer *transfer);

/* Aims the handle at an exchange, to be performed by a multi handle. False when libcurl took an option ill (memory):
 * the exchange is then to be finished with CURLE_OUT_OF_MEMORY. */
bool vsms_transfer_begin(struct vsms_transfer *transfer, struct vsms_exchange *exchange, long timeout_ms);

/* True when the exchange ended because its connection was not fit to start on: nothing of it has left, the handle is
 * aimed at it anew, and it is to be performed again, off the multi handle and on. At most once for an exchange. */
bool vsms_transfer_restart(struct vsms_transfer *transfer, CURLcode code);

/* Reads what the handle knows into the exchange's response, judges it, and detaches the handle from the exchange. */
void vsms_transfer_end(struct vsms_transfer *transfer, CURLcode code);

/* Judges an exchange that no handle was aimed at, or that is given up; its facts are set already. */
void vsms_transfer_abandon(struct vsms_exchange *exchange);

#endif
