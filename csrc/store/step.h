/* step.h - a step is checked before it is taken, and copied where it goes to the store's thread. */
#ifndef VSMS_STEP_H
#define VSMS_STEP_H

#include "vsms/store.h"

/* False with *error filled when something about it is wrong. */
bool vsms_step_check(const vsms_step *step, vsms_error *error);

/* The octets that a copy of a checked step takes, and a copy into memory of that size, aligned for anything. */
size_t vsms_step_size(const vsms_step *step);
void vsms_step_copy(const vsms_step *step, vsms_step *copy);

#endif
