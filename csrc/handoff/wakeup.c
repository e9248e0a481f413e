/* wakeup.c - see wakeup.h. */
#include "handoff/wakeup.h"

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

size_t vsms_wakeup_drain(struct vsms_wakeup *wakeup) {
  char sink[64];
  size_t count = 0;
  ssize_t octets;
  do {
    octets = read(wakeup->read_fd, sink, sizeof sink);
    if (octets > 0) count += (size_t)octets;
  } while (octets == (ssize_t)sizeof sink);
  return count;
}
