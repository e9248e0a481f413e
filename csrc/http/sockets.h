/* sockets.h - the sockets that libcurl has open on one thread, found by descriptor or by local address.
 *
 * One table for each multi handle, used by the thread that performs and no other. libcurl closes an attempt that lost
 * the race between two addresses of a host without a word (7.88), so an entry may outlive its socket, until its number
 * comes back: nothing may be closed on the table's word alone. */
#ifndef VSMS_SOCKETS_H
#define VSMS_SOCKETS_H

#include <arpa/inet.h>
#include <stdbool.h>
#include <stddef.h>

struct vsms_sockets;

struct vsms_socket {
  int fd;
  bool is_used;   /* a request has begun to leave on it */
  int local_port; /* 0: not asked for yet, or not bound yet */
  char local_ip[INET6_ADDRSTRLEN];
  double begun_ms, ended_ms, longest_ms; /* of its exchanges, by vsms_clock_ms */
  double unrested_since_ms;              /* when the first of those began that follow each other without a rest */
  void *watch;                           /* malloc's memory of who polls it, freed with the table */
  struct vsms_socket *next_by_fd, *next_by_port; /* the table's own */
};

/* NULL when memory ran out. */
struct vsms_sockets *vsms_sockets_new(void);

/* Gives the memory back and closes nothing. NULL is fine. */
void vsms_sockets_free(struct vsms_sockets *sockets);

/* Opens a socket, closed on exec; -1 when memory or descriptors ran out, or the system knows no such socket. */
int vsms_sockets_open(struct vsms_sockets *sockets, int family, int type, int protocol);

/* Closes one, known or not; as close(2). */
int vsms_sockets_close(struct vsms_sockets *sockets, int fd);

/* Before a socket with a watch is closed, `closing` gets the watch, whose memory is its own from then on. */
void vsms_sockets_on_close(struct vsms_sockets *sockets, void (*closing)(void *context, void *watch), void *context);

/* NULL when it is none of the table's. */
struct vsms_socket *vsms_sockets_find(struct vsms_sockets *sockets, int fd);

/* The first socket with this local address, or the next one after `previous`; NULL when there is none (any more).
 * There may be several: the kernel gives one local port to connections that lead to different places. */
struct vsms_socket *vsms_sockets_at(struct vsms_sockets *sockets, const struct vsms_socket *previous, const char *ip,
                                    int port);

/* How often memory or descriptors were short when a socket was to be opened, or was closed before any request. */
size_t vsms_sockets_shortages(const struct vsms_sockets *sockets);

/* Is it not known yet that connections outlive an answer? Some servers close each one without a word. So it is asked until
 * one was used twice, or WAITS_MAX waits for an end were in vain. */
bool vsms_sockets_may_end(const struct vsms_sockets *sockets);
void vsms_sockets_note_wait(struct vsms_sockets *sockets);
void vsms_sockets_note_kept(struct vsms_sockets *sockets);

/* A server that answers more often than it is asked will do so again: for a minute no connection is used twice. */
void vsms_sockets_distrust(struct vsms_sockets *sockets);
bool vsms_sockets_are_distrusted(const struct vsms_sockets *sockets);

#endif
