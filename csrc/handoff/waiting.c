/* waiting.c - see waiting.h. */
#include "handoff/waiting.h"

#include <math.h>
#include <poll.h>

/* poll(2) and not a condition variable: it returns at a signal, so that Ctrl-C is heard at once. False when there is no
 * time left, or the interrupt says so. */
static bool poll_until(int fd, double deadline_ms, const vsms_interrupt *interrupt) {
  struct pollfd polled = {.fd = fd, .events = POLLIN};
  double left = deadline_ms - vsms_clock_ms();
  if (left <= 0) return false;
  poll(&polled, 1, left > 1000.0 ? 1000 : (int)left + 1);
  return interrupt == NULL || !interrupt->interrupted(interrupt->context);
}

static double deadline_of(long timeout_ms) { return timeout_ms < 0 ? INFINITY : vsms_clock_ms() + (double)timeout_ms; }

bool vsms_wait_for_ticket(struct vsms_ticket *ticket, long timeout_ms, const vsms_interrupt *interrupt) {
  struct vsms_handoff *handoff = ticket->handoff;
  if (vsms_handoff_is_inherited(handoff)) return true;
  double deadline = deadline_of(timeout_ms);
  while (!vsms_handoff_look_for(ticket)) {
    if (poll_until(vsms_handoff_wait_fd(handoff), deadline, interrupt)) continue;
    vsms_handoff_stop_waiting(handoff);
    return false;
  }
  return true;
}

bool vsms_wait_for_any(struct vsms_handoff *handoff, long timeout_ms, const vsms_interrupt *interrupt) {
  double deadline = deadline_of(timeout_ms);
  while (vsms_handoff_counters(handoff).uncollected == 0) {
    if (vsms_handoff_has_ended(handoff)) return false;
    if (!poll_until(vsms_handoff_collect_fd(handoff), deadline, interrupt)) return false;
  }
  return true;
}
