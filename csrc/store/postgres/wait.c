/* wait.c - waiting for the socket of a connection, as long as the patience of a step lasts. */
#include <math.h>
#include <poll.h>

#include "base/fork.h"
#include "store/postgres/postgres.h"

enum { LOOK_MS = 100 };

bool vsms_postgres_await(PGconn *pg, short events, const struct vsms_patience *patience, vsms_store_kind *kind) {
  struct pollfd look = {vsms_pq.socket(pg), events, 0};
  int ready = 0;
  while (ready <= 0) {
    double left = patience->deadline_ms - vsms_clock_ms();
    *kind = vsms_patience_verdict(patience);
    if (*kind != VSMS_STORE_OK) return false;
    vsms_fork_section_leave();
    ready = poll(&look, 1, left < LOOK_MS ? (int)ceil(left) : LOOK_MS); /* a signal ends it, too */
    vsms_fork_section_enter();
  }
  return true;
}
