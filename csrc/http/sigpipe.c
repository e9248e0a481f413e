/* sigpipe.c - see sigpipe.h. */
#include "http/sigpipe.h"

static bool is_pending(void) {
  sigset_t pending;
  return sigpending(&pending) == 0 && sigismember(&pending, SIGPIPE) == 1;
}

static sigset_t only_sigpipe(void) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGPIPE);
  return signals;
}

/* Where it was not blocked, none can have been pending. */
struct vsms_sigpipe vsms_sigpipe_block(void) {
  struct vsms_sigpipe sigpipe;
  sigset_t signals = only_sigpipe();
  pthread_sigmask(SIG_BLOCK, &signals, &sigpipe.before);
  sigpipe.was_pending = sigismember(&sigpipe.before, SIGPIPE) == 1 && is_pending();
  return sigpipe;
}

void vsms_sigpipe_unblock(const struct vsms_sigpipe *sigpipe) {
  sigset_t signals = only_sigpipe();
  int taken;
  while (!sigpipe->was_pending && is_pending() && sigwait(&signals, &taken) == 0) continue;
  pthread_sigmask(SIG_SETMASK, &sigpipe->before, NULL);
}
