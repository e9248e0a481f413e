/* multi.h - libcurl's multi handle over a poller, for one thread: ours, or the caller's. */
#ifndef VSMS_MULTI_H
#define VSMS_MULTI_H

#include "http/exchange.h"

struct vsms_multi;
struct vsms_transfer;

/* `wake_fd` (-1: none) interrupts vsms_multi_wait when it becomes readable; the caller drains it.
 * NULL when memory or descriptors ran out. */
struct vsms_multi *vsms_multi_open(const struct vsms_settings *settings, int wake_fd);

/* Every transfer must have been stopped or finished. */
void vsms_multi_close(struct vsms_multi *multi);

/* Begins a transfer. NULL when memory ran out: the exchange is then concluded, as exhausted. */
struct vsms_transfer *vsms_multi_start(struct vsms_multi *multi, struct vsms_exchange *exchange, long timeout_ms);

/* Ends a transfer that is under way. The caller has set the fact that says why. */
void vsms_multi_stop(struct vsms_multi *multi, struct vsms_transfer *transfer);

/* Works on whatever is ready, waiting for at most `timeout_ms` (< 0: no limit). True when wake_fd was readable. The
 * thread stands in a section of fork.h, which it leaves while it waits. */
bool vsms_multi_wait(struct vsms_multi *multi, double timeout_ms);

/* An exchange that came to its end and is concluded; NULL when there is no more. */
struct vsms_exchange *vsms_multi_finished(struct vsms_multi *multi);

/* True after memory ran out inside libcurl's multi handle. Its tables are then inconsistent (7.88 divides by zero at
 * the next use), so nothing but vsms_multi_abandon may be called any more. */
bool vsms_multi_is_broken(const struct vsms_multi *multi);

/* Concludes an exchange that was under way with a broken one, as exhausted; its handle is left behind. */
void vsms_multi_lose(struct vsms_transfer *transfer);

/* Lets a broken one go, leaving libcurl's part of it behind, connections included. Its transfers that were under way
 * were lost. */
void vsms_multi_abandon(struct vsms_multi *multi);

#endif
