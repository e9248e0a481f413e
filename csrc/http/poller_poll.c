/* poller_poll.c - poller.h with poll(2), for systems without epoll. */
#include <poll.h>
#include <stdlib.h>

#include "http/poller.h"

struct vsms_poller {
  struct pollfd *watched;
  nfds_t count, capacity;
};

struct vsms_poller *vsms_poller_open(void) {
  return calloc(1, sizeof(struct vsms_poller));
}

void vsms_poller_close(struct vsms_poller *poller) {
  if (poller == NULL) return;
  free(poller->watched);
  free(poller);
}

static struct pollfd *find(struct vsms_poller *poller, int fd) {
  for (nfds_t i = 0; i < poller->count; i++) {
    if (poller->watched[i].fd == fd) return &poller->watched[i];
  }
  return NULL;
}

static struct pollfd *add(struct vsms_poller *poller, int fd) {
  if (poller->count == poller->capacity) {
    nfds_t capacity = poller->capacity ? poller->capacity * 2 : 16;
    struct pollfd *watched = realloc(poller->watched, capacity * sizeof *watched);
    if (watched == NULL) return NULL;
    poller->watched = watched;
    poller->capacity = capacity;
  }
  struct pollfd *one = &poller->watched[poller->count++];
  one->fd = fd;
  one->revents = 0;
  return one;
}

bool vsms_poller_set(struct vsms_poller *poller, int fd, unsigned was, unsigned now) {
  struct pollfd *one = was == 0 ? NULL : find(poller, fd);
  if (now == 0) {
    if (one != NULL) *one = poller->watched[--poller->count];
    return true;
  }
  if (one == NULL) one = add(poller, fd);
  if (one == NULL) return false;
  one->events = (short)((now & VSMS_POLLER_READ ? POLLIN : 0) | (now & VSMS_POLLER_WRITE ? POLLOUT : 0));
  return true;
}

int vsms_poller_wait(struct vsms_poller *poller, struct vsms_poller_event *events, int capacity, int timeout_ms) {
  int ready = poll(poller->watched, poller->count, timeout_ms);
  int count = 0;
  for (nfds_t i = 0; ready > 0 && i < poller->count && count < capacity; i++) {
    int bits = poller->watched[i].revents;
    if (bits == 0) continue;
    events[count].fd = poller->watched[i].fd;
    events[count].ready = (bits & (POLLIN | POLLHUP) ? VSMS_POLLER_READ : 0u) |
                          (bits & POLLOUT ? VSMS_POLLER_WRITE : 0u) |
                          (bits & (POLLERR | POLLNVAL) ? VSMS_POLLER_ERROR : 0u);
    count++;
  }
  return count;
}
