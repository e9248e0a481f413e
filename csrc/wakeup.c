/* wakeup.c - see wakeup.h. */
#include "wakeup.h"

#include <fcntl.h>
#include <unistd.h>

static bool prepare(int fd) { return fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 && fcntl(fd, F_SETFL, O_NONBLOCK) == 0; }

bool vsms_wakeup_open(struct vsms_wakeup *wakeup) {
  int fds[2];
  wakeup->read_fd = wakeup->write_fd = -1;
  if (pipe(fds) != 0) return false;
  wakeup->read_fd = fds[0];
  wakeup->write_fd = fds[1];
  if (prepare(fds[0]) && prepare(fds[1])) return true;
  vsms_wakeup_close(wakeup);
  return false;
}

void vsms_wakeup_close(struct vsms_wakeup *wakeup) {
  if (wakeup->read_fd >= 0) close(wakeup->read_fd);
  if (wakeup->write_fd >= 0) close(wakeup->write_fd);
  wakeup->read_fd = wakeup->write_fd = -1;
}

/* A full pipe is as readable as it gets, so the result does not matter. */
void vsms_wakeup_signal(struct vsms_wakeup *wakeup) {
  ssize_t written = write(wakeup->write_fd, "", 1);
  (void)written;
}

void vsms_wakeup_drain(struct vsms_wakeup *wakeup) {
  char sink[64];
  while (read(wakeup->read_fd, sink, sizeof sink) == (ssize_t)sizeof sink) continue;
}
