/* descriptor_posix.c - descriptor.h with what every POSIX system has. */
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/descriptor.h"

static bool close_on_exec(int fd) { return fcntl(fd, F_SETFD, FD_CLOEXEC) == 0; }

static bool do_not_block(int fd) { return fcntl(fd, F_SETFL, O_NONBLOCK) == 0; }

int vsms_descriptor_socket(int family, int type, int protocol) {
  int fd = socket(family, type, protocol);
  if (fd >= 0) close_on_exec(fd);
  return fd;
}

int vsms_descriptor_accept(int listener) {
  int fd = accept(listener, NULL, NULL);
  if (fd >= 0) close_on_exec(fd);
  if (fd >= 0) do_not_block(fd);
  return fd;
}

bool vsms_descriptor_pipe(int fds[2]) {
  if (pipe(fds) != 0) return false;
  if (close_on_exec(fds[0]) && close_on_exec(fds[1]) && do_not_block(fds[0]) && do_not_block(fds[1])) return true;
  close(fds[0]);
  close(fds[1]);
  return false;
}

size_t vsms_descriptor_unacknowledged(int fd) {
  (void)fd;
  return 0;
}

void vsms_descriptor_acknowledge(int fd) { (void)fd; }

bool vsms_descriptor_none_left(void) {
  int fd = open("/", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return errno == EMFILE || errno == ENFILE;
  close(fd);
  return false;
}
