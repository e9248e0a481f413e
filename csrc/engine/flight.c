/* flight.c - see flight.h. */
#include "engine/flight.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

struct vsms_flight *vsms_flight_new(const struct vsms_settings *settings, const vsms_request *request,
                                    vsms_error *error) {
  size_t exchange_at = offsetof(struct vsms_flight, exchange);
  struct vsms_flight *flight = malloc(exchange_at + vsms_exchange_size(settings, request));
  if (flight == NULL) {
    vsms_fail_memory(error);
    return NULL;
  }
  memset(flight, 0, exchange_at);
  if (vsms_exchange_make(&flight->exchange, settings, request, error)) return flight;
  free(flight);
  return NULL;
}

void vsms_flight_destroy(struct vsms_ticket *ticket) {
  vsms_exchange_clear(&vsms_flight_of(ticket)->exchange);
  vsms_flight_destroy_inherited(ticket);
}

void vsms_flight_destroy_inherited(struct vsms_ticket *ticket) {
  struct vsms_flight *flight = vsms_flight_of(ticket);
  vsms_response_free(flight->orphaned);
  free(flight);
}
