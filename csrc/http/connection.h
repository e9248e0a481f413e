/* connection.h - which connection a request may start on, whether the answer on it can be the request's, and whether
 * another request may follow.
 *
 * HTTP/1.1 matches answers to requests by their order alone. Octets that a server sends unasked (a second answer, a 408
 * on an idle connection, the rest of a body that was longer than its Content-Length) are the next request's answer, and
 * every later one is then told the result of the one before. */
#ifndef VSMS_CONNECTION_H
#define VSMS_CONNECTION_H

#include "http/exchange.h"

/* Called when the request is about to leave on the connection with this local address. False when it was used before and
 * something waits there to be read, or it has not rested for long (max_idle), or when nothing is known of it: the request
 * must not start. */
bool vsms_connection_take(struct vsms_exchange *exchange, const char *local_ip, int local_port);

/* Called when the status line of an answer has come. False when the server cannot have had the request when it said
 * so: a success before the whole request has reached it, anything before the head has. */
bool vsms_connection_answers_us(struct vsms_exchange *exchange, int status);

/* Called at the end of an answer's head. Where it is not certain where the answer ends, or libcurl would throw away
 * without a word what follows it, the connection is closed after it. */
void vsms_connection_judge_head(struct vsms_exchange *exchange);

/* Called after a whole answer: the connection rests from now on. What a server writes behind it in small pieces may stay
 * there until we have acknowledged the answer (Nagle's algorithm, RFC 896); the next request would do that, and meet it on
 * the way. */
void vsms_connection_rest(struct vsms_exchange *exchange);

/* Called with each line of libcurl's log after the head. */
void vsms_connection_hear(struct vsms_exchange *exchange, const char *text, size_t length);

#endif
