/* poller_epoll.c - poller.h with epoll(7). */
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "http/poller.h"

enum { BATCH = 64 };

struct vsms_poller {
  int epoll_fd;
};

struct vsms_poller *vsms_poller_open(void) {
  struct vsms_poller *poller = malloc(sizeof *poller);
  if (poller == NULL) return NULL;
  poller->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
  if (poller->epoll_fd >= 0) return poller;
  free(poller);
  return NULL;
}

void vsms_poller_close(struct vsms_poller *poller) {
  if (poller == NULL) return;
  close(poller->epoll_fd);
  free(poller);
}

bool vsms_poller_set(struct vsms_poller *poller, int fd, unsigned was, unsigned now) {
  struct epoll_event event;
  memset(&event, 0, sizeof event);
  event.data.fd = fd;
  if (now & VSMS_POLLER_READ) event.events |= EPOLLIN;
  if (now & VSMS_POLLER_WRITE) event.events |= EPOLLOUT;
  int operation = was == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
  if (now == 0) operation = EPOLL_CTL_DEL;
  return epoll_ctl(poller->epoll_fd, operation, fd, &event) == 0;
}

int vsms_poller_wait(struct vsms_poller *poller, struct vsms_poller_event *events, int capacity, int timeout_ms) {
  struct epoll_event ready[BATCH];
  int count = epoll_wait(poller->epoll_fd, ready, capacity < BATCH ? capacity : BATCH, timeout_ms);
  for (int i = 0; i < count; i++) {
    unsigned bits = ready[i].events;
    events[i].fd = ready[i].data.fd;
    events[i].ready = (bits & (EPOLLIN | EPOLLHUP) ? VSMS_POLLER_READ : 0u) |
                      (bits & EPOLLOUT ? VSMS_POLLER_WRITE : 0u) | (bits & EPOLLERR ? VSMS_POLLER_ERROR : 0u);
  }
  return count < 0 ? 0 : count;
}
