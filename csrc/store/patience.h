/* patience.h - how long a step may take, and who may break it off. */
#ifndef VSMS_PATIENCE_H
#define VSMS_PATIENCE_H

#include "vsms/store.h"

struct vsms_patience {
  double deadline_ms;               /* by vsms_clock_ms */
  const vsms_interrupt *interrupt;  /* or NULL */
  vsms_store_kind interrupted_kind; /* what a step that was broken off ends as: VSMS_STORE_CANCELLED or _CLOSED */
};

/* VSMS_STORE_OK while there is patience left, else VSMS_STORE_TIMEOUT or what an interrupted step ends as. */
vsms_store_kind vsms_patience_verdict(const struct vsms_patience *patience);

/* Sleeps outside of the fork section (base/fork.h) that the caller stands in, no longer than the patience lasts. */
void vsms_patience_sleep(const struct vsms_patience *patience, double milliseconds);

#endif
