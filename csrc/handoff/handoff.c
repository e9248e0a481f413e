/* handoff.c - see handoff.h. */
#include "handoff/handoff.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "handoff/wakeup.h"

struct vsms_handoff {
  void (*discard)(struct vsms_ticket *ticket);
  size_t queue_limit;
  unsigned process; /* the one that the thread lives in, by vsms_process_number */
  bool has_ended;   /* host's thread only */

  pthread_mutex_t lock;
  struct vsms_ticket_list submitted; /* from the host to the thread */
  struct vsms_ticket_list finished;  /* from the thread to the host, not collected yet */
  struct vsms_ticket *waited_for;    /* the ticket that the host blocks on, or NULL */
  size_t queued, in_flight;
  bool is_sleeping, has_cancels, is_stopping;
  bool is_polled; /* the host has asked for the descriptor of `to_host` */
  bool is_told;   /* of what is in `finished`, by an octet in `to_host` that lies there or is about to */
  size_t octets;  /* that were promised, and not taken back */

  /* Neither side writes to one under the lock: who is woken takes the lock first of all. */
  struct vsms_wakeup to_thread;
  struct vsms_wakeup to_host;
  struct vsms_wakeup to_waiter; /* an octet when `waited_for` has finished */

  pthread_mutex_t door; /* for the host's unix socket alone; never taken together with `lock` */
  int host_fd;          /* -1: the host has not connected to it */
  vsms_descriptor_id host_id;
};

static void lock(struct vsms_handoff *handoff) { pthread_mutex_lock(&handoff->lock); }

static void unlock(struct vsms_handoff *handoff) { pthread_mutex_unlock(&handoff->lock); }

/* ---- beginning and end ------------------------------------------------------------------------- */

static bool open_wakeups(struct vsms_handoff *handoff) {
  return vsms_wakeup_open(&handoff->to_thread) && vsms_wakeup_open(&handoff->to_host) &&
         vsms_wakeup_open(&handoff->to_waiter);
}

static void close_wakeups(struct vsms_handoff *handoff) {
  vsms_wakeup_close(&handoff->to_thread);
  vsms_wakeup_close(&handoff->to_host);
  vsms_wakeup_close(&handoff->to_waiter);
}

struct vsms_handoff *vsms_handoff_new(size_t queue_limit, void (*discard)(struct vsms_ticket *ticket)) {
  struct vsms_handoff *handoff = calloc(1, sizeof *handoff);
  if (handoff == NULL) return NULL;
  handoff->discard = discard;
  handoff->queue_limit = queue_limit;
  handoff->process = vsms_process_number();
  handoff->to_thread.read_fd = handoff->to_thread.write_fd = -1;
  handoff->to_host = handoff->to_waiter = handoff->to_thread;
  handoff->host_fd = -1;
  pthread_mutex_init(&handoff->lock, NULL);
  pthread_mutex_init(&handoff->door, NULL);
  if (open_wakeups(handoff)) return handoff;
  vsms_handoff_free(handoff);
  return NULL;
}

void vsms_handoff_free(struct vsms_handoff *handoff) {
  close_wakeups(handoff);
  pthread_mutex_destroy(&handoff->lock);
  pthread_mutex_destroy(&handoff->door);
  free(handoff);
}

void vsms_handoff_stop(struct vsms_handoff *handoff) {
  lock(handoff);
  handoff->is_stopping = true;
  unlock(handoff);
  vsms_wakeup_signal(&handoff->to_thread);
}

/* to_host stays: the host may still be polling it. */
void vsms_handoff_end(struct vsms_handoff *handoff) {
  handoff->has_ended = true;
  vsms_wakeup_close(&handoff->to_thread);
  vsms_handoff_drop_host(handoff);
  vsms_wakeup_close(&handoff->to_waiter);
}

bool vsms_handoff_has_ended(const struct vsms_handoff *handoff) { return handoff->has_ended; }

bool vsms_handoff_is_inherited(const struct vsms_handoff *handoff) {
  return !handoff->has_ended && handoff->process != vsms_process_number();
}

void vsms_handoff_disown(struct vsms_handoff *handoff) {
  vsms_wakeup_disown(&handoff->to_thread);
  vsms_wakeup_disown(&handoff->to_host);
  vsms_wakeup_disown(&handoff->to_waiter);
  vsms_descriptor_close_inherited(handoff->host_fd, handoff->host_id);
}

/* ---- the host's side --------------------------------------------------------------------------- */

vsms_handoff_reply vsms_handoff_submit(struct vsms_handoff *handoff, struct vsms_ticket *ticket) {
  lock(handoff);
  bool stopped = handoff->is_stopping;
  bool full = handoff->queued >= handoff->queue_limit;
  bool wake = false;
  if (!stopped && !full) {
    ticket->handoff = handoff;
    vsms_ticket_list_append(&handoff->submitted, ticket);
    handoff->queued++;
    wake = handoff->is_sleeping;
    handoff->is_sleeping = false;
  }
  unlock(handoff);
  if (wake) vsms_wakeup_signal(&handoff->to_thread);
  if (stopped) return VSMS_HANDOFF_STOPPED;
  return full ? VSMS_HANDOFF_FULL : VSMS_HANDOFF_TAKEN;
}

/* Under the lock: is an octet to be written to `to_host`, when the lock is given back? */
static bool has_to_tell(struct vsms_handoff *handoff) {
  if (!handoff->is_polled || handoff->is_told || handoff->finished.count == 0) return false;
  handoff->is_told = true;
  handoff->octets++;
  return true;
}

/* Under the lock, when there is nothing to collect: `to_host` must not stay readable. An octet that the thread has not
 * written yet makes it readable once more, to a host that finds nothing and takes it back then. */
static void take_back(struct vsms_handoff *handoff) {
  handoff->is_told = false;
  if (handoff->octets == 0) return;
  size_t taken = vsms_wakeup_drain(&handoff->to_host);
  handoff->octets -= taken < handoff->octets ? taken : handoff->octets;
}

/* Under the lock. */
static void take_off_finished(struct vsms_handoff *handoff, struct vsms_ticket *ticket) {
  if (!ticket->is_uncollected) return;
  ticket->is_uncollected = false;
  vsms_ticket_list_remove(&handoff->finished, ticket);
  if (handoff->finished.count == 0) take_back(handoff);
}

struct vsms_ticket *vsms_handoff_collect(struct vsms_handoff *handoff) {
  lock(handoff);
  struct vsms_ticket *ticket = handoff->finished.first;
  if (ticket != NULL) take_off_finished(handoff, ticket);
  if (ticket == NULL) take_back(handoff);
  unlock(handoff);
  return ticket;
}

vsms_counters vsms_handoff_counters(struct vsms_handoff *handoff) {
  lock(handoff);
  vsms_counters counters = {handoff->queued, handoff->in_flight, handoff->finished.count};
  unlock(handoff);
  return counters;
}

int vsms_handoff_collect_fd(struct vsms_handoff *handoff) {
  lock(handoff);
  handoff->is_polled = true;
  bool tell = has_to_tell(handoff);
  unlock(handoff);
  if (tell) vsms_wakeup_signal(&handoff->to_host);
  return handoff->to_host.read_fd;
}

/* A full buffer is as readable as it gets; a connection that is gone is the host's to notice. */
static void knock(struct vsms_handoff *handoff) {
  pthread_mutex_lock(&handoff->door);
  if (handoff->host_fd >= 0) send(handoff->host_fd, "", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
  pthread_mutex_unlock(&handoff->door);
}

static int exchange_host(struct vsms_handoff *handoff, int fd) {
  vsms_descriptor_id id = vsms_descriptor_identify(fd);
  pthread_mutex_lock(&handoff->door);
  int before = handoff->host_fd;
  handoff->host_fd = fd;
  handoff->host_id = id;
  pthread_mutex_unlock(&handoff->door);
  return before;
}

void vsms_handoff_take_host(struct vsms_handoff *handoff, int fd) {
  exchange_host(handoff, fd);
  if (vsms_handoff_counters(handoff).uncollected > 0) knock(handoff);
}

void vsms_handoff_drop_host(struct vsms_handoff *handoff) {
  int fd = exchange_host(handoff, -1);
  if (fd >= 0) close(fd);
}

bool vsms_handoff_is_finished(const struct vsms_ticket *ticket) {
  return atomic_load_explicit(&ticket->is_finished, memory_order_acquire);
}

/* Leaves `waited_for` set while the ticket has not finished. */
bool vsms_handoff_look_for(struct vsms_ticket *ticket) {
  struct vsms_handoff *handoff = ticket->handoff;
  vsms_wakeup_drain(&handoff->to_waiter); /* before the look: an octet of what finishes after it stays */
  lock(handoff);
  bool finished = vsms_handoff_is_finished(ticket);
  handoff->waited_for = finished ? NULL : ticket;
  if (finished) take_off_finished(handoff, ticket);
  unlock(handoff);
  return finished;
}

int vsms_handoff_wait_fd(const struct vsms_handoff *handoff) { return handoff->to_waiter.read_fd; }

void vsms_handoff_stop_waiting(struct vsms_handoff *handoff) {
  lock(handoff);
  handoff->waited_for = NULL;
  unlock(handoff);
}

void vsms_handoff_cancel(struct vsms_ticket *ticket) {
  struct vsms_handoff *handoff = ticket->handoff;
  bool wake = false;
  lock(handoff);
  if (!vsms_handoff_is_finished(ticket)) {
    ticket->cancel_wanted = true;
    handoff->has_cancels = true;
    wake = handoff->is_sleeping;
    handoff->is_sleeping = false;
  }
  unlock(handoff);
  if (wake) vsms_wakeup_signal(&handoff->to_thread);
}

/* What has finished and was collected, no other thread knows any more. */
void vsms_handoff_release(struct vsms_ticket *ticket) {
  struct vsms_handoff *handoff = ticket->handoff;
  bool finished = vsms_handoff_is_finished(ticket);
  if (!finished || ticket->is_uncollected) {
    lock(handoff);
    finished = vsms_handoff_is_finished(ticket);
    ticket->is_released = true;
    if (finished) take_off_finished(handoff, ticket);
    unlock(handoff);
  }
  if (finished) handoff->discard(ticket);
}

/* ---- the thread's side ------------------------------------------------------------------------- */

bool vsms_handoff_is_stopping(struct vsms_handoff *handoff) {
  lock(handoff);
  bool stopping = handoff->is_stopping;
  unlock(handoff);
  return stopping;
}

/* Under the lock. A ticket that the host has given up goes at once; of any other it learns at the very end. */
static void hand_over(struct vsms_handoff *handoff, struct vsms_ticket *ticket) {
  if (ticket->is_released) {
    handoff->discard(ticket);
    return;
  }
  vsms_ticket_list_append(&handoff->finished, ticket);
  ticket->is_uncollected = true;
  atomic_store_explicit(&ticket->is_finished, true, memory_order_release);
}

bool vsms_handoff_trade(struct vsms_handoff *handoff, struct vsms_ticket_list *done, struct vsms_ticket_list *pending,
                        size_t in_flight, bool *cancels) {
  lock(handoff);
  bool had_work = handoff->submitted.count > 0 || done->count > 0 || handoff->has_cancels || handoff->is_stopping;
  bool had_none = handoff->finished.count == 0;
  bool is_awaited = false;
  struct vsms_ticket *ticket;
  while ((ticket = vsms_ticket_list_take(done)) != NULL) {
    if (ticket == handoff->waited_for) is_awaited = true;
    hand_over(handoff, ticket);
  }
  bool has_news = had_none && handoff->finished.count > 0, tell = has_to_tell(handoff);
  vsms_ticket_list_join(pending, &handoff->submitted);
  handoff->queued = pending->count;
  handoff->in_flight = in_flight;
  *cancels = handoff->has_cancels;
  handoff->has_cancels = false;
  handoff->is_sleeping = !had_work;
  unlock(handoff);
  if (is_awaited) vsms_wakeup_signal(&handoff->to_waiter);
  if (tell) vsms_wakeup_signal(&handoff->to_host);
  if (has_news) knock(handoff);
  return had_work;
}

bool vsms_handoff_is_cancelled(struct vsms_ticket *ticket) {
  struct vsms_handoff *handoff = ticket->handoff;
  lock(handoff);
  bool wanted = ticket->cancel_wanted;
  unlock(handoff);
  return wanted;
}

int vsms_handoff_work_fd(const struct vsms_handoff *handoff) { return handoff->to_thread.read_fd; }

void vsms_handoff_wake_up(struct vsms_handoff *handoff, bool by_host) {
  if (by_host) vsms_wakeup_drain(&handoff->to_thread);
  lock(handoff);
  handoff->is_sleeping = false;
  unlock(handoff);
}
