/* transfer.h - libcurl's easy handle, for one exchange after the other. */
#ifndef VSMS_TRANSFER_H
#define VSMS_TRANSFER_H

#include "exchange.h"

/* A handle with everything set that does not change from exchange to exchange.  `share` may be NULL.
 * NULL when memory ran out. */
CURL *vsms_transfer_open(const struct vsms_settings *settings, CURLSH *share);

/* Aims the handle at an exchange, to be performed by curl_easy_perform or a multi handle.  False when libcurl took
 * an option ill (memory); the exchange is then to be finished with CURLE_OUT_OF_MEMORY. */
bool vsms_transfer_begin(CURL *easy, struct vsms_exchange *exchange, long timeout_ms);

/* Reads what the handle knows into the exchange's response, judges it and lets go of the exchange. */
void vsms_transfer_end(CURL *easy, struct vsms_exchange *exchange, CURLcode code);

/* Judges an exchange that no handle was aimed at, or that is given up; its facts are set already. */
void vsms_transfer_abandon(struct vsms_exchange *exchange);

#endif
