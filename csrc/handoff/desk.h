/* desk.h - the inside of a vsms_desk: who owns a worker, and for how long. */
#ifndef VSMS_DESK_H
#define VSMS_DESK_H

#include "handoff/worker.h"

/* What is its own for each kind of work. */
struct vsms_desk_kind {
  /* Starts a worker. NULL with *error filled. */
  struct vsms_worker *(*start)(struct vsms_desk *desk, vsms_error *error);
  /* Gives back what remains of a stopped one. */
  void (*free_worker)(struct vsms_worker *worker);
  /* In a child process, for a worker that had not stopped: closes inherited descriptors and leaves the rest behind. */
  void (*disown_worker)(struct vsms_worker *worker);
  /* In a child process, for what the owner has besides a worker. */
  void (*leave_behind)(struct vsms_desk *desk);
  /* The last reference has gone. */
  void (*free)(struct vsms_desk *desk);
  /* A ticket of the parent process that had not finished: its thread may have been at work on it at the fork. */
  void (*discard_inherited)(struct vsms_ticket *ticket);
  const char *closed; /* why it takes no work any more */
};

/* The first member of its owner. */
struct vsms_desk {
  const struct vsms_desk_kind *kind;
  size_t references;          /* the host's own and one for each ticket it holds; host's thread only */
  unsigned process;           /* the one that the worker belongs to, by vsms_process_number */
  struct vsms_worker *worker; /* started at the first need */
  bool is_closed;
};

/* With one reference, which is the host's. */
void vsms_desk_init(struct vsms_desk *desk, const struct vsms_desk_kind *kind);

/* To be asked before anything else in each call: this may be another process by now. */
void vsms_desk_notice_fork(struct vsms_desk *desk);

/* False with *error filled when the desk is closed, or this process cannot work at all. */
bool vsms_desk_may_work(struct vsms_desk *desk, vsms_error *error);

/* The worker of this process, stopped or not, or NULL; the second starts one, or gives NULL with *error filled. */
struct vsms_worker *vsms_desk_worker(struct vsms_desk *desk);
struct vsms_worker *vsms_desk_ensure_worker(struct vsms_desk *desk, vsms_error *error);

/* Takes the ticket and a reference for it. `noun` is what waits: "requests". False with *error filled. */
bool vsms_desk_submit(struct vsms_desk *desk, struct vsms_ticket *ticket, size_t queue_limit, const char *noun,
                      vsms_error *error);

/* Stops the worker. Twice is fine. */
void vsms_desk_close(struct vsms_desk *desk);

/* Drops a reference. */
void vsms_desk_release(struct vsms_desk *desk);

#endif
