/* doorway.h - a unix socket that this process alone may connect to, for hosts whose event loop takes no descriptor of ours
 * (nginx's cosockets connect to a path, and to nothing else).
 *
 * The path lives for as long as it takes the host to connect: in a folder that only this user may enter, removed before
 * anything is sent. The peer must be this very process. */
#ifndef VSMS_DOORWAY_H
#define VSMS_DOORWAY_H

#include "base/descriptor.h"
#include "vsms/base.h"

struct vsms_doorway {
  int listen_fd; /* -1: closed */
  vsms_descriptor_id listen_id;
  char folder[96];
};

void vsms_doorway_init(struct vsms_doorway *doorway);

/* Writes the path to connect to. False with *error filled. */
bool vsms_doorway_open(struct vsms_doorway *doorway, char *path, size_t size, vsms_error *error);

/* The doorway is open. Takes the connection of the host that has connected, and the doorway is closed; -1 with *error filled. */
int vsms_doorway_accept(struct vsms_doorway *doorway, vsms_error *error);

/* Removes the path. Twice is fine. */
void vsms_doorway_close(struct vsms_doorway *doorway);

/* In a child process: the path is the parent's. */
void vsms_doorway_disown(struct vsms_doorway *doorway);

#endif
