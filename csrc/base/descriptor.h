/* descriptor.h - descriptors that no program started by the host inherits; descriptor_linux.c, or descriptor_posix.c
 * where close-on-exec takes a second call, between which the host's other threads may start one. */
#ifndef VSMS_DESCRIPTOR_H
#define VSMS_DESCRIPTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* As socket(2), closed on exec. */
int vsms_descriptor_socket(int family, int type, int protocol);

/* As accept(2) and pipe(2), closed on exec and non-blocking. */
int vsms_descriptor_accept(int listener);
bool vsms_descriptor_pipe(int fds[2]);

/* The octets written to a socket that the other side's kernel has not acknowledged; 0 where that cannot be asked. */
size_t vsms_descriptor_unacknowledged(int fd);

/* Acknowledges what has been received at once, where the system lets us. The kernel would wait for up to 40 ms for something
 * to send along. */
void vsms_descriptor_acknowledge(int fd);

/* The file, pipe or socket that a descriptor stands for. All zero: of none. */
typedef struct vsms_descriptor_id {
  dev_t device;
  ino_t inode;
} vsms_descriptor_id;

vsms_descriptor_id vsms_descriptor_identify(int fd);

/* In a child process: closes the parent's descriptor, unless its number stands for something else by now, because the child
 * has closed all that it had inherited. Not for an epoll(7), which is like any other: it is left open. */
void vsms_descriptor_close_inherited(int fd, vsms_descriptor_id id);

/* Takes the lock of the file, as flock(2) does, for this descriptor alone. False with errno where that is not possible at
 * once. */
bool vsms_descriptor_try_lock(int fd);

/* True when this process, or the system, has no descriptor left. */
bool vsms_descriptor_none_left(void);

#endif
