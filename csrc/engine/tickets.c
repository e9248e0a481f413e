/* tickets.c - requests for the I/O thread: what vsms/engine.h has of tickets. */
#include <stdio.h>

#include "base/error.h"
#include "engine/engine.h"
#include "engine/flight.h"

static bool hand_over(vsms_engine *engine, struct vsms_flight *flight, vsms_error *error) {
  flight->exchange.owner = flight;
  flight->ticket.deadline_ms = flight->exchange.handed_over_ms + (double)flight->exchange.timeout_ms;
  return vsms_desk_submit(&engine->desk, &flight->ticket, engine->settings.queue_limit, "requests", error);
}

vsms_ticket *vsms_engine_submit(vsms_engine *engine, const vsms_request *request, vsms_error *error) {
  if (vsms_desk_ensure_worker(&engine->desk, error) == NULL) return NULL;
  struct vsms_flight *flight = vsms_flight_new(&engine->settings, request, error);
  if (flight == NULL) return NULL;
  if (hand_over(engine, flight, error)) return &flight->ticket;
  vsms_flight_destroy(&flight->ticket);
  return NULL;
}

static const vsms_response *orphaned_response(struct vsms_flight *flight) {
  if (flight->orphaned != NULL) return flight->orphaned;
  vsms_response *response = vsms_response_new();
  if (response == NULL) return NULL;
  response->facts.closed = true;
  response->facts.request_started = true; /* for all that is known here */
  vsms_response_conclude(response);
  snprintf(response->message, sizeof response->message, "the request belongs to the process that began it");
  flight->orphaned = response;
  return response;
}

const vsms_response *vsms_ticket_response(vsms_ticket *ticket) {
  if (ticket->desk->kind != &vsms_engine_desk_kind) return NULL;
  struct vsms_flight *flight = vsms_flight_of(ticket);
  if (vsms_handoff_is_finished(ticket)) return &flight->exchange.response;
  return vsms_handoff_is_inherited(ticket->handoff) ? orphaned_response(flight) : NULL;
}
