/* poller.h - which of many descriptors is ready; poller_epoll.c on Linux, poller_poll.c elsewhere. */
#ifndef VSMS_POLLER_H
#define VSMS_POLLER_H

#include <stdbool.h>

enum { VSMS_POLLER_READ = 1, VSMS_POLLER_WRITE = 2, VSMS_POLLER_ERROR = 4 };

struct vsms_poller_event {
  int fd;
  unsigned ready; /* VSMS_POLLER_... */
};

struct vsms_poller;

/* NULL when memory or descriptors ran out. */
struct vsms_poller *vsms_poller_open(void);
void vsms_poller_close(struct vsms_poller *poller);

/* Changes the interest in a descriptor from `was` (0: none yet) to `now` (0: none any more).
 * False when memory ran out. */
bool vsms_poller_set(struct vsms_poller *poller, int fd, unsigned was, unsigned now);

/* Waits for at most `timeout_ms` (< 0: no limit) and returns how many events it put down, at most `capacity`. */
int vsms_poller_wait(struct vsms_poller *poller, struct vsms_poller_event *events, int capacity, int timeout_ms);

#endif
