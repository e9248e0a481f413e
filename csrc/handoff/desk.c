/* desk.c - see desk.h. */
#include "handoff/desk.h"

#include "base/error.h"
#include "base/fork.h"

void vsms_desk_init(struct vsms_desk *desk, const struct vsms_desk_kind *kind) {
  desk->kind = kind;
  desk->references = 1;
  desk->process = vsms_process_number();
  desk->worker = NULL;
  desk->is_closed = false;
}

/* A child process must not speak on its parent's connections, not even to close them: TLS would say so on the wire,
 * into the parent's stream. The worker's memory is left behind. */
void vsms_desk_notice_fork(struct vsms_desk *desk) {
  unsigned process = vsms_process_number();
  if (desk->process == process) return;
  desk->process = process;
  desk->kind->leave_behind(desk);
  if (desk->worker != NULL && vsms_handoff_is_inherited(desk->worker->handoff)) {
    desk->kind->disown_worker(desk->worker);
    desk->worker = NULL;
  }
}

bool vsms_desk_may_work(struct vsms_desk *desk, vsms_error *error) {
  vsms_desk_notice_fork(desk);
  if (desk->is_closed) return vsms_fail(error, VSMS_CLOSED, NULL, "%s", desk->kind->closed);
  return vsms_fork_left_us_whole(error);
}

struct vsms_worker *vsms_desk_worker(struct vsms_desk *desk) {
  vsms_desk_notice_fork(desk);
  return desk->worker;
}

struct vsms_worker *vsms_desk_ensure_worker(struct vsms_desk *desk, vsms_error *error) {
  if (!vsms_desk_may_work(desk, error)) return NULL;
  if (desk->worker == NULL) desk->worker = desk->kind->start(desk, error);
  return desk->worker;
}

bool vsms_desk_submit(struct vsms_desk *desk, struct vsms_ticket *ticket, size_t queue_limit, const char *noun,
                      vsms_error *error) {
  ticket->desk = desk;
  switch (vsms_handoff_submit(desk->worker->handoff, ticket)) {
    case VSMS_HANDOFF_STOPPED: return vsms_fail(error, VSMS_CLOSED, NULL, "%s", desk->kind->closed);
    case VSMS_HANDOFF_FULL:
      return vsms_fail(error, VSMS_EXHAUSTED, NULL, "the queue is full: %zu %s are waiting (queue_limit)", queue_limit,
                       noun);
    default: desk->references++; return true;
  }
}

void vsms_desk_close(struct vsms_desk *desk) {
  vsms_desk_notice_fork(desk);
  desk->is_closed = true;
  if (desk->worker != NULL) vsms_worker_stop(desk->worker);
}

void vsms_desk_release(struct vsms_desk *desk) {
  if (--desk->references > 0) return;
  if (desk->worker != NULL) desk->kind->free_worker(desk->worker);
  desk->kind->free(desk);
}
