/* io.c - see io.h. */
#include "engine/io.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fork.h"
#include "engine/process.h"
#include "http/transfer.h"

enum { STACK_BYTES = 512 * 1024 }; /* OpenSSL is content with it; musl's default is not enough */

/* ---- the thread's side ------------------------------------------------------------------------- */

/* The ticket was on no list; its exchange is concluded. */
static void finish(struct vsms_io *io, struct vsms_ticket *ticket) {
  ticket->easy = NULL;
  vsms_ticket_list_append(&io->done, ticket);
}

static void give_up(struct vsms_io *io, struct vsms_ticket *ticket) {
  if (ticket->easy != NULL) {
    vsms_ticket_list_remove(&io->flying, ticket);
    vsms_multi_stop(io->multi, ticket->easy, ticket->exchange);
  } else {
    vsms_ticket_list_remove(&io->pending, ticket);
    vsms_transfer_abandon(ticket->exchange);
  }
  finish(io, ticket);
}

static void expire(struct vsms_io *io, struct vsms_ticket *ticket) {
  ticket->exchange->response->facts.curl_code = CURLE_OPERATION_TIMEDOUT;
  snprintf(ticket->exchange->error_text, sizeof ticket->exchange->error_text, "out of time while waiting in the queue");
  give_up(io, ticket);
}

static void expire_pending(struct vsms_io *io) {
  double now = vsms_clock_ms();
  if (now < io->next_expiry_ms) return;
  io->next_expiry_ms = INFINITY;
  struct vsms_ticket *next;
  for (struct vsms_ticket *ticket = io->pending.first; ticket != NULL; ticket = next) {
    next = ticket->next;
    if (ticket->deadline_ms <= now) {
      expire(io, ticket);
    } else if (ticket->deadline_ms < io->next_expiry_ms) {
      io->next_expiry_ms = ticket->deadline_ms;
    }
  }
}

static void start_pending(struct vsms_io *io) {
  while (io->pending.first != NULL && io->flying.count < io->settings->concurrency) {
    struct vsms_ticket *ticket = io->pending.first;
    double left = ticket->deadline_ms - vsms_clock_ms();
    if (left <= 0) {
      expire(io, ticket);
      continue;
    }
    vsms_ticket_list_remove(&io->pending, ticket);
    ticket->easy = vsms_multi_start(io->multi, ticket->exchange, (long)ceil(left));
    if (ticket->easy != NULL) {
      vsms_ticket_list_append(&io->flying, ticket);
    } else {
      finish(io, ticket);
    }
  }
}

static void give_up_cancelled(struct vsms_io *io, struct vsms_ticket_list *list) {
  struct vsms_ticket *next;
  for (struct vsms_ticket *ticket = list->first; ticket != NULL; ticket = next) {
    next = ticket->next;
    pthread_mutex_lock(&io->lock);
    bool wanted = ticket->cancel_wanted;
    pthread_mutex_unlock(&io->lock);
    if (!wanted) continue;
    ticket->exchange->response->facts.cancelled = true;
    give_up(io, ticket);
  }
}

static void give_up_all(struct vsms_io *io, struct vsms_ticket_list *list) {
  while (list->first != NULL) {
    list->first->exchange->response->facts.closed = true;
    give_up(io, list->first);
  }
}

/* Under the lock.  A full buffer is as readable as it gets; a connection that is gone is the host's to notice. */
static void tell_host(struct vsms_io *io) {
  vsms_wakeup_signal(&io->to_host);
  if (io->host_fd >= 0) send(io->host_fd, "", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* Under the lock.  A ticket that the host has given up goes at once. */
static void hand_over(struct vsms_io *io, struct vsms_ticket *ticket) {
  ticket->state = VSMS_TICKET_FINISHED;
  if (ticket->is_released) {
    vsms_ticket_destroy(ticket);
    return;
  }
  if (io->finished.count == 0) tell_host(io);
  vsms_ticket_list_append(&io->finished, ticket);
  ticket->is_uncollected = true;
  if (ticket == io->waited_for) vsms_wakeup_signal(&io->to_waiter);
}

/* Under the lock. */
static void update_shared(struct vsms_io *io) {
  struct vsms_ticket *ticket;
  while ((ticket = vsms_ticket_list_take(&io->done)) != NULL) hand_over(io, ticket);
  while ((ticket = vsms_ticket_list_take(&io->submitted)) != NULL) {
    vsms_ticket_list_append(&io->pending, ticket);
    if (ticket->deadline_ms < io->next_expiry_ms) io->next_expiry_ms = ticket->deadline_ms;
  }
  io->queued = io->pending.count;
  io->in_flight = io->flying.count;
}

/* Work is taken until there is none; only then may the thread sleep, and only then need the host wake it. */
static bool take_work(struct vsms_io *io, bool *cancels) {
  pthread_mutex_lock(&io->lock);
  bool had_work = io->submitted.count > 0 || io->done.count > 0 || io->has_cancels || io->is_stopping;
  update_shared(io);
  *cancels = io->has_cancels;
  io->has_cancels = false;
  io->is_sleeping = !had_work;
  pthread_mutex_unlock(&io->lock);
  return had_work;
}

static void sleep_until_ready(struct vsms_io *io) {
  bool waits = io->pending.first != NULL;
  double until = waits ? io->next_expiry_ms - vsms_clock_ms() : -1.0;
  bool woken = vsms_multi_wait(io->multi, waits && until < 0 ? 0 : until);
  pthread_mutex_lock(&io->lock);
  io->is_sleeping = false;
  if (woken) vsms_wakeup_drain(&io->to_thread);
  pthread_mutex_unlock(&io->lock);
}

static void finish_transfers(struct vsms_io *io) {
  struct vsms_exchange *exchange;
  while (!vsms_multi_is_broken(io->multi) && (exchange = vsms_multi_finished(io->multi)) != NULL) {
    struct vsms_ticket *ticket = exchange->owner;
    vsms_ticket_list_remove(&io->flying, ticket);
    finish(io, ticket);
  }
}

/* Everything in flight is lost with a broken multi handle; what waits in the queue goes on with another. */
static void replace_broken_multi(struct vsms_io *io) {
  struct vsms_ticket *ticket;
  while ((ticket = vsms_ticket_list_take(&io->flying)) != NULL) {
    ticket->exchange->response->facts.exhausted = true;
    vsms_transfer_abandon(ticket->exchange);
    finish(io, ticket);
  }
  struct vsms_multi *another = vsms_multi_open(io->settings, io->to_thread.read_fd);
  if (another == NULL) {
    vsms_fork_section_leave();
    poll(NULL, 0, 20); /* until there is memory again, or the host stops us */
    vsms_fork_section_enter();
    return;
  }
  struct vsms_multi *broken = io->multi;
  io->multi = another; /* first: a child process that is forked here looks at it */
  vsms_multi_abandon(broken);
}

static bool is_stopping(struct vsms_io *io) {
  pthread_mutex_lock(&io->lock);
  bool stopping = io->is_stopping;
  pthread_mutex_unlock(&io->lock);
  return stopping;
}

/* All of it is a section, but for sleeping.  vsms_io_stop leaves it: OpenSSL tidies up behind a thread that ends. */
static void *run(void *argument) {
  struct vsms_io *io = argument;
  bool cancels;
  vsms_fork_section_enter();
  while (!is_stopping(io)) {
    bool had_work = take_work(io, &cancels);
    if (vsms_multi_is_broken(io->multi)) replace_broken_multi(io);
    if (cancels) {
      give_up_cancelled(io, &io->pending);
      give_up_cancelled(io, &io->flying);
    }
    expire_pending(io);
    if (vsms_multi_is_broken(io->multi)) continue; /* still no memory for another */
    start_pending(io);
    if (!had_work && io->done.count == 0) sleep_until_ready(io);
    finish_transfers(io);
  }
  take_work(io, &cancels);
  if (vsms_multi_is_broken(io->multi)) replace_broken_multi(io);
  give_up_all(io, &io->flying);
  give_up_all(io, &io->pending);
  take_work(io, &cancels);
  if (vsms_multi_is_broken(io->multi)) {
    vsms_multi_abandon(io->multi);
  } else {
    vsms_multi_close(io->multi);
  }
  return NULL;
}

/* ---- the host's side --------------------------------------------------------------------------- */

/* Signals are the host's: none is ever delivered to the I/O thread. */
static int start_thread(struct vsms_io *io) {
  pthread_attr_t attributes;
  sigset_t all, before;
  int result = pthread_attr_init(&attributes);
  if (result != 0) return result;
  pthread_attr_setstacksize(&attributes, STACK_BYTES);
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  result = pthread_create(&io->thread, &attributes, run, io);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  pthread_attr_destroy(&attributes);
  return result;
}

static bool open_wakeups(struct vsms_io *io) {
  return vsms_wakeup_open(&io->to_thread) && vsms_wakeup_open(&io->to_host) && vsms_wakeup_open(&io->to_waiter);
}

static void close_wakeups(struct vsms_io *io) {
  vsms_wakeup_close(&io->to_thread);
  vsms_wakeup_close(&io->to_host);
  vsms_wakeup_close(&io->to_waiter);
}

static struct vsms_io *io_new(const struct vsms_settings *settings) {
  struct vsms_io *io = calloc(1, sizeof *io);
  if (io == NULL) return NULL;
  io->settings = settings;
  io->process = vsms_process_number();
  io->next_expiry_ms = INFINITY;
  io->is_joined = true; /* until there is a thread */
  io->to_thread.read_fd = io->to_thread.write_fd = -1;
  io->to_host = io->to_waiter = io->to_thread;
  io->listen_fd = io->host_fd = -1;
  pthread_mutex_init(&io->lock, NULL);
  return io;
}

static struct vsms_multi *open_multi(struct vsms_io *io) {
  vsms_fork_section_enter();
  struct vsms_multi *multi = vsms_multi_open(io->settings, io->to_thread.read_fd);
  vsms_fork_section_leave();
  return multi;
}

static void close_multi(struct vsms_multi *multi) {
  vsms_fork_section_enter();
  vsms_multi_close(multi);
  vsms_fork_section_leave();
}

struct vsms_io *vsms_io_start(const struct vsms_settings *settings, vsms_error *error) {
  struct vsms_io *io = io_new(settings);
  if (io == NULL) {
    vsms_fail_memory(error);
    return NULL;
  }
  if (open_wakeups(io)) io->multi = open_multi(io);
  if (io->multi == NULL) {
    vsms_fail(error, VSMS_EXHAUSTED, NULL, "the I/O thread has no memory or no descriptors left");
  } else {
    int result = start_thread(io);
    if (result == 0) {
      io->is_joined = false;
      vsms_process_add(io);
      return io;
    }
    vsms_fail(error, VSMS_EXHAUSTED, NULL, "no I/O thread could be started: %s", strerror(result));
    close_multi(io->multi);
  }
  vsms_io_free(io);
  return NULL;
}

void vsms_io_stop(struct vsms_io *io) {
  if (io->is_joined) return;
  pthread_mutex_lock(&io->lock);
  io->is_stopping = true;
  vsms_wakeup_signal(&io->to_thread);
  pthread_mutex_unlock(&io->lock);
  pthread_join(io->thread, NULL);
  vsms_fork_section_leave();
  io->is_joined = true;
  vsms_wakeup_close(&io->to_thread);
  vsms_io_drop_host(io);
  vsms_wakeup_close(&io->to_waiter); /* to_host stays: the host may still be polling it */
  vsms_process_remove(io);
}

void vsms_io_free(struct vsms_io *io) {
  close_wakeups(io);
  pthread_mutex_destroy(&io->lock);
  free(io);
}

void vsms_io_disown(struct vsms_io *io) {
  close_wakeups(io);
  if (io->host_fd >= 0) close(io->host_fd);
  if (io->listen_fd >= 0) close(io->listen_fd);
  vsms_multi_close_inherited(io->multi);
}

void vsms_io_take_host(struct vsms_io *io, int fd) {
  pthread_mutex_lock(&io->lock);
  io->host_fd = fd;
  if (io->finished.count > 0) tell_host(io);
  pthread_mutex_unlock(&io->lock);
}

void vsms_io_drop_host(struct vsms_io *io) {
  pthread_mutex_lock(&io->lock);
  int fd = io->host_fd;
  io->host_fd = -1;
  pthread_mutex_unlock(&io->lock);
  if (fd >= 0) close(fd);
  vsms_io_close_socket(io);
}

bool vsms_io_submit(struct vsms_io *io, struct vsms_ticket *ticket, vsms_error *error) {
  pthread_mutex_lock(&io->lock);
  bool stopped = io->is_stopping;
  bool full = io->queued >= io->settings->queue_limit;
  bool wake = false;
  if (!stopped && !full) {
    vsms_ticket_list_append(&io->submitted, ticket);
    io->queued++;
    wake = io->is_sleeping;
    io->is_sleeping = false;
  }
  if (wake) vsms_wakeup_signal(&io->to_thread);
  pthread_mutex_unlock(&io->lock);
  if (stopped) return vsms_fail(error, VSMS_CLOSED, NULL, "the client is closed");
  if (full)
    return vsms_fail(error, VSMS_EXHAUSTED, NULL, "the queue is full (%zu requests)", io->settings->queue_limit);
  return true;
}
