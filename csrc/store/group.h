/* group.h - steps that share a transaction. */
#ifndef VSMS_GROUP_H
#define VSMS_GROUP_H

#include "store/link.h"

/* A step, and what becomes of it. */
struct vsms_task {
  const vsms_step *step;
  vsms_result *result; /* for as many statements; complete when `is_over` */
  double deadline_ms;  /* by vsms_clock_ms */
  bool is_over;
};

/* Runs every task to its end: those that write in one transaction, and then those that only read. The caller stands in a
 * fork section. */
void vsms_group_run(struct vsms_link *link, struct vsms_task **tasks, size_t count, const vsms_interrupt *interrupt,
                    vsms_store_kind interrupted_kind);

#endif
