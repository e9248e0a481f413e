/* descriptor_linux.c - descriptor.h with the flags that Linux takes at once. */
#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/descriptor.h"

int vsms_descriptor_socket(int family, int type, int protocol) { return socket(family, type | SOCK_CLOEXEC, protocol); }

int vsms_descriptor_accept(int listener) { return accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK); }

bool vsms_descriptor_pipe(int fds[2]) { return pipe2(fds, O_CLOEXEC | O_NONBLOCK) == 0; }

/* tcp(7): SIOCOUTQ counts from the first octet that is not acknowledged, sent or not. */
size_t vsms_descriptor_unacknowledged(int fd) {
  int octets = 0;
  return ioctl(fd, SIOCOUTQ, &octets) == 0 && octets > 0 ? (size_t)octets : 0;
}

/* tcp(7): TCP_QUICKACK holds for the moment only. */
void vsms_descriptor_acknowledge(int fd) {
  int now = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &now, sizeof now);
}

bool vsms_descriptor_none_left(void) {
  int fd = open("/", O_PATH | O_CLOEXEC);
  if (fd < 0) return errno == EMFILE || errno == ENFILE;
  close(fd);
  return false;
}
