/* random.c - randomness from the operating system; nothing global, nothing seeded. */
#include <unistd.h>

#include "vsms.h"

bool vsms_random(void *out, size_t size) { return getentropy(out, size) == 0; }
