/* failure.h - what libcurl says of a request that got no answer, in words that say what to do. */
#ifndef VSMS_FAILURE_H
#define VSMS_FAILURE_H

#include "http/exchange.h"

/* Replaces the response's message where there is a better text, and sets the fact not_tls. The other facts are set
 * already; `easy` is still aimed at the exchange. */
void vsms_failure_explain(CURL *easy, struct vsms_exchange *exchange);

#endif
