/* peer_eid.c - peer.h with getpeereid(3), for systems without SO_PEERCRED. */
#include <sys/types.h>
#include <unistd.h>

#include "handoff/peer.h"

bool vsms_peer_is_this_process(int fd) {
  uid_t user;
  gid_t group;
  return getpeereid(fd, &user, &group) == 0 && user == geteuid();
}
