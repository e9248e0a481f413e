/* worker.c - see worker.h. */
#include "handoff/worker.h"

#include <signal.h>

#include "base/fork.h"

enum { STACK_BYTES = 512 * 1024 }; /* OpenSSL is content with it; musl's default is not enough */

static void stop_at_exit(struct vsms_at_exit *hook) { vsms_worker_stop((struct vsms_worker *)hook); }

bool vsms_worker_prepare(struct vsms_worker *worker, size_t queue_limit, void (*discard)(struct vsms_ticket *ticket)) {
  worker->at_exit.stop = stop_at_exit;
  vsms_doorway_init(&worker->doorway);
  worker->handoff = vsms_handoff_new(queue_limit, discard);
  return worker->handoff != NULL;
}

/* Signals are the host's: none is ever delivered to a thread of ours. */
static int start_thread(struct vsms_worker *worker, void *(*run)(void *worker)) {
  pthread_attr_t attributes;
  sigset_t all, before;
  int result = pthread_attr_init(&attributes);
  if (result != 0) return result;
  pthread_attr_setstacksize(&attributes, STACK_BYTES);
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  result = pthread_create(&worker->id, &attributes, run, worker);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  pthread_attr_destroy(&attributes);
  return result;
}

int vsms_worker_begin(struct vsms_worker *worker, void *(*run)(void *worker)) {
  int result = start_thread(worker, run);
  if (result == 0) vsms_at_exit_add(&worker->at_exit);
  return result;
}

/* The section is left here and not by the thread itself: OpenSSL tidies up behind a thread that ends. */
void vsms_worker_stop(struct vsms_worker *worker) {
  if (vsms_handoff_has_ended(worker->handoff)) return;
  vsms_handoff_stop(worker->handoff);
  pthread_join(worker->id, NULL);
  vsms_fork_section_leave();
  vsms_handoff_end(worker->handoff);
  vsms_doorway_close(&worker->doorway);
  vsms_at_exit_remove(&worker->at_exit);
}

void vsms_worker_close(struct vsms_worker *worker) {
  if (worker->handoff != NULL) vsms_handoff_free(worker->handoff);
  worker->handoff = NULL;
}

void vsms_worker_disown(struct vsms_worker *worker) {
  vsms_handoff_disown(worker->handoff);
  vsms_doorway_disown(&worker->doorway);
}
