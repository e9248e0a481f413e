/* tickets.c - what the host does with tickets: the functions of vsms/ticket.h. */
#include "base/error.h"
#include "handoff/desk.h"
#include "handoff/waiting.h"

/* NULL: the desk has no thread in this process. */
static struct vsms_handoff *handoff_of(vsms_desk *desk) {
  struct vsms_worker *worker = vsms_desk_worker(desk);
  return worker != NULL ? worker->handoff : NULL;
}

/* ---- collecting -------------------------------------------------------------------------------- */

int vsms_desk_fd(vsms_desk *desk, vsms_error *error) {
  struct vsms_worker *worker = vsms_desk_ensure_worker(desk, error);
  return worker != NULL ? vsms_handoff_collect_fd(worker->handoff) : -1;
}

vsms_ticket *vsms_desk_collect(vsms_desk *desk) {
  struct vsms_handoff *handoff = handoff_of(desk);
  return handoff != NULL ? vsms_handoff_collect(handoff) : NULL;
}

vsms_counters vsms_desk_counters(vsms_desk *desk) {
  struct vsms_handoff *handoff = handoff_of(desk);
  return handoff != NULL ? vsms_handoff_counters(handoff) : (vsms_counters){0, 0, 0};
}

bool vsms_desk_wait(vsms_desk *desk, long timeout_ms, const vsms_interrupt *interrupt) {
  struct vsms_handoff *handoff = handoff_of(desk);
  return handoff != NULL && vsms_wait_for_any(handoff, timeout_ms, interrupt);
}

/* ---- a host that connects ---------------------------------------------------------------------- */

static void drop_host(struct vsms_worker *worker) {
  vsms_handoff_drop_host(worker->handoff);
  vsms_doorway_close(&worker->doorway);
}

bool vsms_desk_listen(vsms_desk *desk, char *path, size_t size, vsms_error *error) {
  struct vsms_worker *worker = vsms_desk_ensure_worker(desk, error);
  if (worker == NULL) return false;
  drop_host(worker);
  return vsms_doorway_open(&worker->doorway, path, size, error);
}

bool vsms_desk_accept(vsms_desk *desk, vsms_error *error) {
  struct vsms_worker *worker = vsms_desk_ensure_worker(desk, error);
  if (worker == NULL) return false;
  if (worker->doorway.listen_fd < 0) {
    return vsms_fail(error, VSMS_INVALID_ARGUMENT, NULL, "call vsms_desk_listen first");
  }
  int fd = vsms_doorway_accept(&worker->doorway, error);
  if (fd < 0) return false;
  vsms_handoff_take_host(worker->handoff, fd);
  return true;
}

void vsms_desk_hang_up(vsms_desk *desk) {
  struct vsms_worker *worker = vsms_desk_worker(desk);
  if (worker != NULL) drop_host(worker);
}

/* ---- one ticket -------------------------------------------------------------------------------- */

void vsms_ticket_set_mark(vsms_ticket *ticket, void *mark) { ticket->mark = mark; }

void *vsms_ticket_mark(const vsms_ticket *ticket) { return ticket->mark; }

bool vsms_ticket_is_finished(vsms_ticket *ticket) {
  return vsms_handoff_is_inherited(ticket->handoff) || vsms_handoff_is_finished(ticket);
}

bool vsms_ticket_wait(vsms_ticket *ticket, long timeout_ms, const vsms_interrupt *interrupt) {
  return vsms_wait_for_ticket(ticket, timeout_ms, interrupt);
}

void vsms_ticket_cancel(vsms_ticket *ticket) {
  if (!vsms_handoff_is_inherited(ticket->handoff)) vsms_handoff_cancel(ticket);
}

void vsms_ticket_free(vsms_ticket *ticket) {
  if (ticket == NULL) return;
  struct vsms_desk *desk = ticket->desk;
  if (vsms_handoff_is_inherited(ticket->handoff)) {
    desk->kind->discard_inherited(ticket);
  } else {
    vsms_handoff_release(ticket);
  }
  vsms_desk_release(desk);
}
