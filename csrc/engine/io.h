/* io.h - the I/O thread of an engine and what it shares with the host's thread. */
#ifndef VSMS_IO_H
#define VSMS_IO_H

#include <pthread.h>

#include "http/multi.h"
#include "engine/ticket.h"
#include "engine/wakeup.h"

struct vsms_io {
  const struct vsms_settings *settings;
  unsigned process;             /* the one that the thread lives in, by vsms_process_number */
  struct vsms_io *next, **link; /* in process.c's list of threads to stop at exit */
  bool is_joined;

  pthread_mutex_t lock;
  struct vsms_ticket_list submitted; /* from the host to the thread */
  struct vsms_ticket_list finished;  /* from the thread to the host, not collected yet */
  struct vsms_ticket *waited_for;    /* the ticket that the host blocks on, or NULL */
  size_t queued, in_flight;
  bool is_sleeping, has_cancels, is_stopping;

  pthread_t thread;
  struct vsms_wakeup to_thread;
  struct vsms_wakeup to_host;   /* holds an octet exactly while `finished` is not empty */
  int host_fd;                  /* likewise, where the host has connected to the unix socket; -1: it has not */
  struct vsms_wakeup to_waiter; /* an octet when `waited_for` has finished */

  int listen_fd; /* host's thread only, between listen and accept */
  char socket_folder[96];

  /* the thread's own */
  struct vsms_multi *multi;
  struct vsms_ticket_list pending; /* taken over, waiting for a place */
  struct vsms_ticket_list flying;
  struct vsms_ticket_list done; /* finished, not yet handed to the host */
  double next_expiry_ms;        /* no pending ticket expires before */
};

/* Starts a thread.  NULL with *error filled when there is no memory, descriptor or thread to be had. */
struct vsms_io *vsms_io_start(const struct vsms_settings *settings, vsms_error *error);

/* Ends the thread and waits for it; every ticket has then finished.  Twice is fine. */
void vsms_io_stop(struct vsms_io *io);

/* Gives back what remains of a stopped one. */
void vsms_io_free(struct vsms_io *io);

/* In a child process: closes the inherited descriptors.  The rest is left as it is, for the lock may be held by a
 * thread that does not exist here. */
void vsms_io_disown(struct vsms_io *io);

/* The connection that is told of finished tickets, from now on (it may be told at once), or no more. */
void vsms_io_take_host(struct vsms_io *io, int fd);
void vsms_io_drop_host(struct vsms_io *io);

/* socket.c: closes what stands open between listen and accept, and removes the path. */
void vsms_io_close_socket(struct vsms_io *io);

/* False with *error filled when the queue is full. */
bool vsms_io_submit(struct vsms_io *io, struct vsms_ticket *ticket, vsms_error *error);

#endif
