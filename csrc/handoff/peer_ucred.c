/* peer_ucred.c - peer.h with SO_PEERCRED, unix(7). */
#include <sys/socket.h>
#include <unistd.h>

#include "handoff/peer.h"

bool vsms_peer_is_this_process(int fd) {
  struct ucred peer;
  socklen_t size = sizeof peer;
  return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.pid == getpid();
}
