/* sigpipe.h - SIGPIPE kept from the host's thread while libcurl may write on it. */
#ifndef VSMS_SIGPIPE_H
#define VSMS_SIGPIPE_H

#include <signal.h>
#include <stdbool.h>

/* A TLS library may write to a broken connection with write(2), and libcurl leaves the signal to us when it is told to
 * use none (CURLOPT_NOSIGNAL(3)). */
struct vsms_sigpipe {
  sigset_t before;
  bool was_pending;
};

/* Blocks it for this thread. */
struct vsms_sigpipe vsms_sigpipe_block(void);

/* Takes away one that came meanwhile, and puts the signal mask back. */
void vsms_sigpipe_unblock(const struct vsms_sigpipe *sigpipe);

#endif
