/* thread.h - the I/O thread of an engine. */
#ifndef VSMS_THREAD_H
#define VSMS_THREAD_H

#include "engine/doorway.h"
#include "engine/handoff.h"
#include "http/settings.h"

struct vsms_thread;

/* Starts a thread. NULL with *error filled when there is no memory, descriptor or thread to be had. */
struct vsms_thread *vsms_thread_start(const struct vsms_settings *settings, vsms_error *error);

/* Ends the thread and waits for it; every ticket has then finished. Twice is fine. */
void vsms_thread_stop(struct vsms_thread *thread);

/* Gives back what remains of a stopped one. */
void vsms_thread_free(struct vsms_thread *thread);

/* In a child process, for a thread that had not stopped: closes the inherited descriptors and leaves the rest behind. */
void vsms_thread_disown(struct vsms_thread *thread);

/* How work reaches it. Its tickets are flights. */
struct vsms_handoff *vsms_thread_handoff(struct vsms_thread *thread);

/* Where the host connects to be told of finished tickets. Closed when the thread stops. */
struct vsms_doorway *vsms_thread_doorway(struct vsms_thread *thread);

#endif
