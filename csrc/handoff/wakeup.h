/* wakeup.h - a descriptor that one thread makes readable and another polls. */
#ifndef VSMS_WAKEUP_H
#define VSMS_WAKEUP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/descriptor.h"

/* A pipe, because every POSIX system has one and event loops poll it like a socket. */
struct vsms_wakeup {
  int read_fd, write_fd;
  vsms_descriptor_id id; /* of the pipe, both ends of which have the same */
};

/* Both ends non-blocking and closed on exec. False when descriptors ran out; *wakeup is then closed. */
bool vsms_wakeup_open(struct vsms_wakeup *wakeup);
void vsms_wakeup_close(struct vsms_wakeup *wakeup);

/* In a child process. */
void vsms_wakeup_disown(struct vsms_wakeup *wakeup);

void vsms_wakeup_signal(struct vsms_wakeup *wakeup);

/* Takes all that was signalled. Returns how often it was. */
size_t vsms_wakeup_drain(struct vsms_wakeup *wakeup);

#endif
