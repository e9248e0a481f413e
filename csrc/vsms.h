/*
 * vsms.h - the public interface of the VertexSMS client core.
 *
 * A small C library over libcurl that knows nothing of Lua. It turns a request into a response and
 * always says what became of it: accepted, not sent, rejected or unknown.
 *
 * Threads    An engine, its tickets and its responses belong to one thread at a time, the host's. The
 *            engine's own I/O thread never calls into the host. Different engines are independent.
 * Fork       A child process may go on using an engine it inherited: it gets connections and an I/O
 *            thread of its own at its first use. Tickets that had not finished are `closed` in the child.
 *            fork() waits until every thread that works on a request stands outside of libcurl: microseconds,
 *            milliseconds in a handshake, at most a second; where that was not enough, and where the child
 *            was made without fork's handlers at such a moment (_Fork, clone), the child is refused
 *            everything, as VSMS_CLOSED. A child of vfork can only exec.
 * Ownership  Whatever a function named `_new`, `_perform` or `_submit` returns belongs to the caller until the
 *            `_free` of the same noun. Everything passed in is copied before the function returns.
 * Units      Times are milliseconds, sizes are octets. Both stand in the name or the comment.
 * Strings    `vsms_bytes` may hold any octet; `const char *` results are NUL-terminated and live as long as the
 *            object they were asked of.
 */
#ifndef VSMS_H
#define VSMS_H

#include "vsms/base.h"
#include "vsms/callback.h"
#include "vsms/engine.h"
#include "vsms/store.h"
#include "vsms/text.h"
#include "vsms/ticket.h"

#endif
