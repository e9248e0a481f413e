/* curl_wakeup.c - see curl_wakeup.h. */
#include "http/curl_wakeup.h"

#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/descriptor.h"

/* The two numbers that the next pair gets, unless another thread of the host comes first. */
static void guess_next(int pair[2]) {
  for (int i = 0; i < 2; i++) pair[i] = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
  for (int i = 0; i < 2; i++) {
    if (pair[i] >= 0) close(pair[i]);
  }
}

static bool is_unnamed(int fd, int (*ask)(int, struct sockaddr *, socklen_t *)) {
  struct sockaddr_un address;
  socklen_t size = sizeof address;
  if (ask(fd, (struct sockaddr *)&address, &size) != 0 || address.sun_family != AF_UNIX) return false;
  return size <= offsetof(struct sockaddr_un, sun_path) || address.sun_path[0] == '\0';
}

static int own_name(int fd, struct sockaddr *address, socklen_t *size) { return getsockname(fd, address, size); }

static int peer_name(int fd, struct sockaddr *address, socklen_t *size) { return getpeername(fd, address, size); }

static bool is_half_of_a_pair(int fd) { return fd >= 0 && is_unnamed(fd, own_name) && is_unnamed(fd, peer_name); }

static bool is_readable(int fd) {
  struct pollfd polled = {.fd = fd, .events = POLLIN};
  return poll(&polled, 1, 0) == 1;
}

/* A wake-up lies in the one end, and is still to be taken from the other. */
static bool holds_wakeup(const int pair[2]) {
  return is_readable(pair[0]) && vsms_descriptor_unacknowledged(pair[1]) > 0;
}

static bool is_wakeup_pair(CURLM *multi, const int pair[2]) {
  if (!is_half_of_a_pair(pair[0]) || !is_half_of_a_pair(pair[1])) return false;
  if (is_readable(pair[0]) || vsms_descriptor_unacknowledged(pair[1]) > 0) return false;
  bool appears = curl_multi_wakeup(multi) == CURLM_OK && holds_wakeup(pair);
  bool goes = curl_multi_poll(multi, NULL, 0, 0, NULL) == CURLM_OK && !is_readable(pair[0]);
  return appears && goes;
}

CURLM *vsms_curl_multi_init(void) {
  int pair[2];
  guess_next(pair);
  CURLM *multi = curl_multi_init();
  if (multi != NULL && is_wakeup_pair(multi, pair)) {
    for (int i = 0; i < 2; i++) fcntl(pair[i], F_SETFD, FD_CLOEXEC);
  }
  return multi;
}
