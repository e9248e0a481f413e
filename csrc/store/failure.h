/* failure.h - why a step, a connection or a commit failed, in a driver's own words. */
#ifndef VSMS_STORE_FAILURE_H
#define VSMS_STORE_FAILURE_H

#include "vsms/store.h"

struct vsms_failure {
  vsms_store_kind kind;
  bool has_waited;      /* VSMS_STORE_BUSY: for as long as it may; it is not to be tried again */
  char message[320];    /* what is wrong and what to do; neither SQL nor parameters nor passwords */
  char constraint[128]; /* of VSMS_STORE_CONFLICT, where it is known; else empty */
};

/* Fills *failure; always false. `format` as in printf. */
__attribute__((format(printf, 3, 4))) bool vsms_store_fail(struct vsms_failure *failure, vsms_store_kind kind,
                                                           const char *format, ...);

/* The same for memory that ran out. */
bool vsms_store_fail_memory(struct vsms_failure *failure);

/* The same for patience that has ended, with the kind that vsms_patience_verdict gave. */
bool vsms_store_fail_patience(struct vsms_failure *failure, vsms_store_kind kind);

/* May the cause pass? */
bool vsms_store_kind_is_temporary(vsms_store_kind kind);

/* Is it the store's fault, so that every step would fail, and not the step's own? */
bool vsms_store_kind_is_shared(vsms_store_kind kind);

#endif
