/* patience.c - see patience.h. */
#include "store/patience.h"

#include <time.h>

#include "base/fork.h"

vsms_store_kind vsms_patience_verdict(const struct vsms_patience *patience) {
  const vsms_interrupt *interrupt = patience->interrupt;
  if (interrupt != NULL && interrupt->interrupted(interrupt->context)) return patience->interrupted_kind;
  return vsms_clock_ms() < patience->deadline_ms ? VSMS_STORE_OK : VSMS_STORE_TIMEOUT;
}

void vsms_patience_sleep(const struct vsms_patience *patience, double milliseconds) {
  double left = patience->deadline_ms - vsms_clock_ms();
  if (milliseconds > left) milliseconds = left;
  if (milliseconds <= 0) return;
  struct timespec time = {(time_t)(milliseconds / 1e3), 0};
  time.tv_nsec = (long)((milliseconds - (double)time.tv_sec * 1e3) * 1e6);
  vsms_fork_section_leave();
  nanosleep(&time, NULL); /* a signal ends it early, and the caller looks whether it is interrupted */
  vsms_fork_section_enter();
}
