/* receive.h - what comes back for an exchange, piece by piece: header sections, the interim ones too, and the body. */
#ifndef VSMS_RECEIVE_H
#define VSMS_RECEIVE_H

#include "http/exchange.h"

/* A line of a header or trailer section, its CR LF included. False when no more of this answer is wanted: it is too large,
 * memory ran out, or it came before the server can have had the request. The exchange's facts say which. */
bool vsms_receive_line(struct vsms_exchange *exchange, const char *line, size_t length);

/* A piece of the body. False for the first two of these reasons. */
bool vsms_receive_body(struct vsms_exchange *exchange, const char *data, size_t length);

#endif
