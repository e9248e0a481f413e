/* thread.h - the I/O thread of an engine: a worker whose tickets are flights. */
#ifndef VSMS_THREAD_H
#define VSMS_THREAD_H

#include "handoff/worker.h"
#include "http/settings.h"

/* Starts a thread. NULL with *error filled when there is no memory, descriptor or thread to be had. */
struct vsms_worker *vsms_thread_start(const struct vsms_settings *settings, vsms_error *error);

/* Gives back what remains of a stopped one. */
void vsms_thread_free(struct vsms_worker *worker);

#endif
