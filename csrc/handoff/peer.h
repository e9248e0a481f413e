/* peer.h - who is at the other end of a unix socket. */
#ifndef VSMS_PEER_H
#define VSMS_PEER_H

#include <stdbool.h>

/* True when it is this very process, or, where a system does not tell processes, this user. */
bool vsms_peer_is_this_process(int fd);

#endif
