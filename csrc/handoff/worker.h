/* worker.h - a thread of ours, from its beginning to its end, whatever it works at. */
#ifndef VSMS_WORKER_H
#define VSMS_WORKER_H

#include <pthread.h>

#include "handoff/at_exit.h"
#include "handoff/doorway.h"
#include "handoff/handoff.h"

/* The first member of what is known of a thread. */
struct vsms_worker {
  struct vsms_at_exit at_exit; /* the first member: the hook is given it */
  struct vsms_handoff *handoff;
  struct vsms_doorway
      doorway; /* where the host connects to be told of finished tickets; closed when the thread stops */
  pthread_t id;
};

/* Opens the handoff. False when memory or descriptors ran out. */
bool vsms_worker_prepare(struct vsms_worker *worker, size_t queue_limit, void (*discard)(struct vsms_ticket *ticket));

/* Starts the thread: `run` is given the worker. It enters a fork section at once, and ends inside of it. 0, or what
 * pthread_create(3) gave. */
int vsms_worker_begin(struct vsms_worker *worker, void *(*run)(void *worker));

/* Ends the thread and waits for it; every ticket has then finished. Twice is fine. */
void vsms_worker_stop(struct vsms_worker *worker);

/* What prepare opened, of a worker that does not run. Fine where prepare failed. */
void vsms_worker_close(struct vsms_worker *worker);

/* In a child process, for a thread that had not stopped: closes the inherited descriptors. */
void vsms_worker_disown(struct vsms_worker *worker);

#endif
