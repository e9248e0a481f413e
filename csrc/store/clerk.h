/* clerk.h - the thread of a store: a worker whose tickets are jobs. */
#ifndef VSMS_CLERK_H
#define VSMS_CLERK_H

#include "handoff/worker.h"
#include "store/settings.h"

/* Starts a thread. NULL with *error filled when there is no memory, descriptor or thread to be had. */
struct vsms_worker *vsms_clerk_start(const struct vsms_settings_of_store *settings, vsms_error *error);

/* Gives back what remains of a stopped one. */
void vsms_clerk_free(struct vsms_worker *worker);

/* In a child process, for a thread that had not stopped: closes the inherited descriptors and leaves the rest behind. */
void vsms_clerk_disown(struct vsms_worker *worker);

#endif
