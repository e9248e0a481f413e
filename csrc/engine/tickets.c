/* tickets.c - what the host does with tickets: the functions of vsms/engine.h that reach the I/O thread. */
#include <stdio.h>

#include "base/error.h"
#include "engine/engine.h"
#include "engine/flight.h"
#include "engine/waiting.h"

/* NULL: the engine has no thread in this process. */
static struct vsms_handoff *handoff_of(vsms_engine *engine) {
  struct vsms_thread *thread = vsms_engine_thread(engine);
  return thread != NULL ? vsms_thread_handoff(thread) : NULL;
}

/* ---- submitting -------------------------------------------------------------------------------- */

static bool hand_over(struct vsms_handoff *handoff, struct vsms_flight *flight, vsms_error *error) {
  switch (vsms_handoff_submit(handoff, &flight->ticket)) {
    case VSMS_HANDOFF_STOPPED: return vsms_fail(error, VSMS_CLOSED, NULL, "the client is closed: make a new one");
    case VSMS_HANDOFF_FULL:
      return vsms_fail(error, VSMS_EXHAUSTED, NULL, "the queue is full: %zu requests are waiting (queue_limit)",
                       flight->exchange->settings->queue_limit);
    default: return true;
  }
}

vsms_ticket *vsms_engine_submit(vsms_engine *engine, const vsms_request *request, vsms_error *error) {
  struct vsms_thread *thread = vsms_engine_ensure_thread(engine, error);
  if (thread == NULL) return NULL;
  struct vsms_flight *flight = vsms_flight_new();
  if (flight == NULL) {
    vsms_fail_memory(error);
    return NULL;
  }
  flight->exchange = vsms_engine_exchange(engine, request, error);
  if (flight->exchange != NULL) {
    flight->exchange->owner = flight;
    flight->ticket.deadline_ms = flight->exchange->handed_over_ms + (double)flight->exchange->timeout_ms;
    flight->engine = engine;
    if (hand_over(vsms_thread_handoff(thread), flight, error)) {
      vsms_engine_retain(engine);
      return &flight->ticket;
    }
  }
  vsms_flight_destroy(&flight->ticket);
  return NULL;
}

/* ---- collecting -------------------------------------------------------------------------------- */

int vsms_engine_fd(vsms_engine *engine, vsms_error *error) {
  struct vsms_thread *thread = vsms_engine_ensure_thread(engine, error);
  return thread != NULL ? vsms_handoff_collect_fd(vsms_thread_handoff(thread)) : -1;
}

vsms_ticket *vsms_engine_collect(vsms_engine *engine) {
  struct vsms_handoff *handoff = handoff_of(engine);
  return handoff != NULL ? vsms_handoff_collect(handoff) : NULL;
}

vsms_counters vsms_engine_counters(vsms_engine *engine) {
  struct vsms_handoff *handoff = handoff_of(engine);
  return handoff != NULL ? vsms_handoff_counters(handoff) : (vsms_counters){0, 0, 0};
}

/* ---- a host that connects ---------------------------------------------------------------------- */

static void drop_host(struct vsms_thread *thread) {
  vsms_handoff_drop_host(vsms_thread_handoff(thread));
  vsms_doorway_close(vsms_thread_doorway(thread));
}

bool vsms_engine_listen(vsms_engine *engine, char *path, size_t size, vsms_error *error) {
  struct vsms_thread *thread = vsms_engine_ensure_thread(engine, error);
  if (thread == NULL) return false;
  drop_host(thread);
  return vsms_doorway_open(vsms_thread_doorway(thread), path, size, error);
}

bool vsms_engine_accept(vsms_engine *engine, vsms_error *error) {
  struct vsms_thread *thread = vsms_engine_ensure_thread(engine, error);
  if (thread == NULL) return false;
  struct vsms_doorway *doorway = vsms_thread_doorway(thread);
  if (doorway->listen_fd < 0) return vsms_fail(error, VSMS_INVALID_ARGUMENT, NULL, "call vsms_engine_listen first");
  int fd = vsms_doorway_accept(doorway, error);
  if (fd < 0) return false;
  vsms_handoff_take_host(vsms_thread_handoff(thread), fd);
  return true;
}

void vsms_engine_hang_up(vsms_engine *engine) {
  struct vsms_thread *thread = vsms_engine_thread(engine);
  if (thread != NULL) drop_host(thread);
}

/* ---- one ticket -------------------------------------------------------------------------------- */

static const vsms_response *orphaned_response(struct vsms_flight *flight) {
  if (flight->orphaned != NULL) return flight->orphaned;
  vsms_response *response = vsms_response_new();
  if (response == NULL) return NULL;
  response->facts.closed = true;
  response->facts.request_started = true; /* for all that is known here */
  vsms_response_conclude(response, "");
  snprintf(response->message, sizeof response->message, "the request belongs to the process that began it");
  flight->orphaned = response;
  return response;
}

const vsms_response *vsms_ticket_response(vsms_ticket *ticket) {
  struct vsms_flight *flight = vsms_flight_of(ticket);
  if (vsms_handoff_is_inherited(ticket->handoff)) {
    return ticket->is_finished ? flight->exchange->response : orphaned_response(flight);
  }
  return vsms_handoff_is_finished(ticket) ? flight->exchange->response : NULL;
}

void vsms_ticket_cancel(vsms_ticket *ticket) {
  if (!vsms_handoff_is_inherited(ticket->handoff)) vsms_handoff_cancel(ticket);
}

void vsms_ticket_free(vsms_ticket *ticket) {
  if (ticket == NULL) return;
  vsms_engine *engine = vsms_flight_of(ticket)->engine;
  if (vsms_handoff_is_inherited(ticket->handoff)) {
    vsms_flight_destroy_inherited(ticket);
  } else {
    vsms_handoff_release(ticket);
  }
  vsms_engine_release(engine);
}

/* ---- blocking ---------------------------------------------------------------------------------- */

bool vsms_ticket_wait(vsms_ticket *ticket, long timeout_ms, const vsms_interrupt *interrupt) {
  return vsms_wait_for_ticket(ticket, timeout_ms, interrupt);
}

bool vsms_engine_wait(vsms_engine *engine, long timeout_ms, const vsms_interrupt *interrupt) {
  struct vsms_handoff *handoff = handoff_of(engine);
  return handoff != NULL && vsms_wait_for_any(handoff, timeout_ms, interrupt);
}
