/* system.c - what the operating system is asked for: chance, time, and which processes there are. */
#include <errno.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "vsms/base.h"

/* Nothing global, nothing seeded. */
bool vsms_random(void *out, size_t size) { return getentropy(out, size) == 0; }

double vsms_clock_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

double vsms_uptime_ms(void) {
  struct timespec now;
#ifdef CLOCK_BOOTTIME
  clock_gettime(CLOCK_BOOTTIME, &now);
#else
  clock_gettime(CLOCK_MONOTONIC, &now); /* elsewhere this one goes on */
#endif
  return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

bool vsms_process_is_alive(long pid) { return pid > 0 && (kill((pid_t)pid, 0) == 0 || errno == EPERM); }
