/* step.h - a step is checked before it is taken, and copied where it goes to the store's thread. */
#ifndef VSMS_STEP_H
#define VSMS_STEP_H

#include "vsms/store.h"

/* False with *error filled when something about it is wrong. */
bool vsms_step_check(const vsms_step *step, vsms_error *error);

/* One piece of memory with all that a checked step needs; free() it. NULL when memory ran out. */
vsms_step *vsms_step_copy(const vsms_step *step);

#endif
