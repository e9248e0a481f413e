/* flight.c - see flight.h. */
#include "engine/flight.h"

#include <stdlib.h>

struct vsms_flight *vsms_flight_new(void) {
  return calloc(1, sizeof(struct vsms_flight));
}

void vsms_flight_destroy(struct vsms_ticket *ticket) {
  vsms_exchange_free(vsms_flight_of(ticket)->exchange);
  vsms_flight_destroy_inherited(ticket);
}

void vsms_flight_destroy_inherited(struct vsms_ticket *ticket) {
  struct vsms_flight *flight = vsms_flight_of(ticket);
  vsms_response_free(flight->orphaned);
  free(flight);
}
