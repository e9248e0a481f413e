/* ending.h - how an exchange ended: by what libcurl says, by which callback of ours stopped it, and by what was short. */
#ifndef VSMS_ENDING_H
#define VSMS_ENDING_H

#include "http/exchange.h"

/* Writes it into the facts and the message of the exchange's response. `easy` is still aimed at the exchange; `code` and
 * `reason` ("" if there is none) are libcurl's. */
void vsms_ending_take(struct vsms_exchange *exchange, CURL *easy, CURLcode code, const char *reason);

#endif
