/* thread.c - see thread.h. */
#include "engine/thread.h"

#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/fork.h"
#include "engine/flight.h"
#include "http/multi.h"
#include "http/transfer.h"

struct vsms_thread {
  struct vsms_worker worker; /* the first member */
  const struct vsms_settings *settings;

  /* the thread's own */
  struct vsms_multi *multi;
  struct vsms_ticket_list pending; /* taken over, waiting for a place */
  struct vsms_ticket_list flying;
  struct vsms_ticket_list done; /* finished, not yet handed to the host */
  double next_expiry_ms;        /* no pending ticket expires before */
};

/* ---- the thread's side ------------------------------------------------------------------------- */

/* The flight was on no list; its exchange is concluded. */
static void finish(struct vsms_thread *thread, struct vsms_flight *flight) {
  flight->transfer = NULL;
  vsms_ticket_list_append(&thread->done, &flight->ticket);
}

static void give_up(struct vsms_thread *thread, struct vsms_flight *flight) {
  if (flight->transfer != NULL) {
    vsms_ticket_list_remove(&thread->flying, &flight->ticket);
    vsms_multi_stop(thread->multi, flight->transfer);
  } else {
    vsms_ticket_list_remove(&thread->pending, &flight->ticket);
    vsms_transfer_abandon(&flight->exchange);
  }
  finish(thread, flight);
}

static void expire(struct vsms_thread *thread, struct vsms_flight *flight) {
  struct vsms_exchange *exchange = &flight->exchange;
  exchange->response.facts.curl_code = CURLE_OPERATION_TIMEDOUT;
  snprintf(exchange->response.message, sizeof exchange->response.message,
           "the timeout passed while the request was waiting in the queue");
  give_up(thread, flight);
}

static void note_expiry(struct vsms_thread *thread, const struct vsms_ticket *ticket) {
  if (ticket->deadline_ms < thread->next_expiry_ms) thread->next_expiry_ms = ticket->deadline_ms;
}

static void expire_pending(struct vsms_thread *thread) {
  double now = vsms_clock_ms();
  if (now < thread->next_expiry_ms) return;
  thread->next_expiry_ms = INFINITY;
  struct vsms_ticket *next;
  for (struct vsms_ticket *ticket = thread->pending.first; ticket != NULL; ticket = next) {
    next = ticket->next;
    if (ticket->deadline_ms <= now) {
      expire(thread, vsms_flight_of(ticket));
    } else {
      note_expiry(thread, ticket);
    }
  }
}

static void start_pending(struct vsms_thread *thread) {
  while (thread->pending.first != NULL && thread->flying.count < thread->settings->concurrency) {
    struct vsms_ticket *ticket = thread->pending.first;
    struct vsms_flight *flight = vsms_flight_of(ticket);
    double left = ticket->deadline_ms - vsms_clock_ms();
    if (left <= 0) {
      expire(thread, flight);
      continue;
    }
    vsms_ticket_list_remove(&thread->pending, ticket);
    flight->transfer = vsms_multi_start(thread->multi, &flight->exchange, (long)ceil(left));
    if (flight->transfer != NULL) {
      vsms_ticket_list_append(&thread->flying, ticket);
    } else {
      finish(thread, flight);
    }
  }
}

static void give_up_cancelled(struct vsms_thread *thread, struct vsms_ticket_list *list) {
  struct vsms_ticket *next;
  for (struct vsms_ticket *ticket = list->first; ticket != NULL; ticket = next) {
    next = ticket->next;
    if (!vsms_handoff_is_cancelled(ticket)) continue;
    vsms_flight_of(ticket)->exchange.response.facts.cancelled = true;
    give_up(thread, vsms_flight_of(ticket));
  }
}

static void give_up_all(struct vsms_thread *thread, struct vsms_ticket_list *list) {
  while (list->first != NULL) {
    struct vsms_flight *flight = vsms_flight_of(list->first);
    flight->exchange.response.facts.closed = true;
    give_up(thread, flight);
  }
}

/* False when there was none.  *cancels: some of it is to be cancelled. */
static bool take_work(struct vsms_thread *thread, bool *cancels) {
  struct vsms_ticket *last = thread->pending.last;
  bool had_work =
      vsms_handoff_trade(thread->worker.handoff, &thread->done, &thread->pending, thread->flying.count, cancels);
  struct vsms_ticket *taken = last != NULL ? last->next : thread->pending.first;
  for (; taken != NULL; taken = taken->next) note_expiry(thread, taken);
  return had_work;
}

static void sleep_until_ready(struct vsms_thread *thread) {
  bool waits = thread->pending.first != NULL;
  double until = waits ? thread->next_expiry_ms - vsms_clock_ms() : -1.0;
  bool woken = vsms_multi_wait(thread->multi, waits && until < 0 ? 0 : until);
  vsms_handoff_wake_up(thread->worker.handoff, woken);
}

static void finish_transfers(struct vsms_thread *thread) {
  struct vsms_exchange *exchange;
  while (!vsms_multi_is_broken(thread->multi) && (exchange = vsms_multi_finished(thread->multi)) != NULL) {
    struct vsms_flight *flight = exchange->owner;
    vsms_ticket_list_remove(&thread->flying, &flight->ticket);
    finish(thread, flight);
  }
}

/* Everything in flight is lost with a broken multi handle; what waits in the queue goes on with another. */
static void replace_broken_multi(struct vsms_thread *thread) {
  struct vsms_ticket *ticket;
  while ((ticket = vsms_ticket_list_take(&thread->flying)) != NULL) {
    struct vsms_flight *flight = vsms_flight_of(ticket);
    vsms_multi_lose(flight->transfer);
    finish(thread, flight);
  }
  struct vsms_multi *another = vsms_multi_open(thread->settings, vsms_handoff_work_fd(thread->worker.handoff));
  if (another == NULL) {
    vsms_fork_section_leave();
    poll(NULL, 0, 20); /* until there is memory again, or the host stops us */
    vsms_fork_section_enter();
    return;
  }
  struct vsms_multi *broken = thread->multi;
  thread->multi = another; /* first: a child process that is forked here looks at it */
  vsms_multi_abandon(broken);
}

static void work(struct vsms_thread *thread) {
  bool cancels, had_work = take_work(thread, &cancels);
  if (vsms_multi_is_broken(thread->multi)) replace_broken_multi(thread);
  if (cancels) {
    give_up_cancelled(thread, &thread->pending);
    give_up_cancelled(thread, &thread->flying);
  }
  expire_pending(thread);
  if (vsms_multi_is_broken(thread->multi)) return; /* still no memory for another */
  start_pending(thread);
  if (!had_work && thread->done.count == 0) sleep_until_ready(thread);
  finish_transfers(thread);
}

static void give_up_everything(struct vsms_thread *thread) {
  bool cancels;
  take_work(thread, &cancels);
  if (vsms_multi_is_broken(thread->multi)) replace_broken_multi(thread);
  give_up_all(thread, &thread->flying);
  give_up_all(thread, &thread->pending);
  take_work(thread, &cancels);
}

/* All of it is a section, but for sleeping. vsms_worker_stop leaves it. */
static void *run(void *argument) {
  struct vsms_thread *thread = argument;
  vsms_fork_section_enter();
  while (!vsms_handoff_is_stopping(thread->worker.handoff)) work(thread);
  give_up_everything(thread);
  if (vsms_multi_is_broken(thread->multi)) {
    vsms_multi_abandon(thread->multi);
  } else {
    vsms_multi_close(thread->multi);
  }
  return NULL;
}

/* ---- the host's side --------------------------------------------------------------------------- */

static struct vsms_multi *open_multi(struct vsms_thread *thread) {
  vsms_fork_section_enter();
  struct vsms_multi *multi = vsms_multi_open(thread->settings, vsms_handoff_work_fd(thread->worker.handoff));
  vsms_fork_section_leave();
  return multi;
}

static void close_multi(struct vsms_multi *multi) {
  vsms_fork_section_enter();
  vsms_multi_close(multi);
  vsms_fork_section_leave();
}

static bool begin(struct vsms_thread *thread, vsms_error *error) {
  if (vsms_worker_prepare(&thread->worker, thread->settings->queue_limit, vsms_flight_destroy)) {
    thread->multi = open_multi(thread);
  }
  if (thread->multi == NULL) {
    return vsms_fail(error, VSMS_EXHAUSTED, NULL, "cannot start the I/O thread: out of memory or file descriptors");
  }
  int result = vsms_worker_begin(&thread->worker, run);
  if (result == 0) return true;
  close_multi(thread->multi);
  return vsms_fail(error, VSMS_EXHAUSTED, NULL, "cannot start the I/O thread: %s", strerror(result));
}

struct vsms_worker *vsms_thread_start(const struct vsms_settings *settings, vsms_error *error) {
  struct vsms_thread *thread = calloc(1, sizeof *thread);
  if (thread == NULL) {
    vsms_fail_memory(error);
    return NULL;
  }
  thread->settings = settings;
  thread->next_expiry_ms = INFINITY;
  if (begin(thread, error)) return &thread->worker;
  vsms_thread_free(&thread->worker);
  return NULL;
}

void vsms_thread_free(struct vsms_worker *worker) {
  vsms_worker_close(worker);
  free(worker);
}
