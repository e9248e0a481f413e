/* wakeup.c - see wakeup.h. */
#include "handoff/wakeup.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

bool vsms_wakeup_open(struct vsms_wakeup *wakeup) {
  int fds[2] = {-1, -1};
  bool ok = vsms_descriptor_pipe(fds);
  wakeup->read_fd = ok ? fds[0] : -1;
  wakeup->write_fd = ok ? fds[1] : -1;
  wakeup->id = vsms_descriptor_identify(wakeup->read_fd);
  return ok;
}

void vsms_wakeup_close(struct vsms_wakeup *wakeup) {
  if (wakeup->read_fd >= 0) close(wakeup->read_fd);
  if (wakeup->write_fd >= 0) close(wakeup->write_fd);
  wakeup->read_fd = wakeup->write_fd = -1;
}

void vsms_wakeup_disown(struct vsms_wakeup *wakeup) {
  vsms_descriptor_close_inherited(wakeup->read_fd, wakeup->id);
  vsms_descriptor_close_inherited(wakeup->write_fd, wakeup->id);
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

/* An octet that does not come was read by another, who should not have. */
void vsms_wakeup_take(struct vsms_wakeup *wakeup) {
  enum { WAIT_MS = 1000 };
  char octet;
  struct pollfd polled = {.fd = wakeup->read_fd, .events = POLLIN};
  ssize_t count = read(wakeup->read_fd, &octet, 1);
  if (count < 0 && errno == EAGAIN && poll(&polled, 1, WAIT_MS) == 1) count = read(wakeup->read_fd, &octet, 1);
  (void)count;
}
