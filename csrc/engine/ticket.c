/* ticket.c - see ticket.h and vsms.h. */
#include "engine/ticket.h"

#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/engine.h"
#include "engine/io.h"

void vsms_ticket_list_append(struct vsms_ticket_list *list, struct vsms_ticket *ticket) {
  ticket->next = NULL;
  ticket->previous = list->last;
  if (list->last != NULL) {
    list->last->next = ticket;
  } else {
    list->first = ticket;
  }
  list->last = ticket;
  list->count++;
}

void vsms_ticket_list_remove(struct vsms_ticket_list *list, struct vsms_ticket *ticket) {
  if (ticket->previous != NULL) {
    ticket->previous->next = ticket->next;
  } else {
    list->first = ticket->next;
  }
  if (ticket->next != NULL) {
    ticket->next->previous = ticket->previous;
  } else {
    list->last = ticket->previous;
  }
  list->count--;
}

struct vsms_ticket *vsms_ticket_list_take(struct vsms_ticket_list *list) {
  struct vsms_ticket *ticket = list->first;
  if (ticket != NULL) vsms_ticket_list_remove(list, ticket);
  return ticket;
}

void vsms_ticket_destroy(struct vsms_ticket *ticket) {
  vsms_exchange_free(ticket->exchange);
  vsms_response_free(ticket->orphaned);
  free(ticket);
}

/* The thread that would have finished it lives in the parent process, and may have held the lock at the fork. */
static bool is_inherited(const vsms_ticket *ticket) {
  return !ticket->io->is_joined && ticket->io->process != vsms_process_number();
}

static const vsms_response *orphaned_response(vsms_ticket *ticket) {
  if (ticket->orphaned != NULL) return ticket->orphaned;
  vsms_response *response = vsms_response_new();
  if (response == NULL) return NULL;
  response->facts.closed = true;
  response->facts.request_started = true; /* for all that is known here */
  vsms_response_conclude(response, "");
  snprintf(response->message, sizeof response->message, "the request belongs to the process that began it");
  ticket->orphaned = response;
  return response;
}

const vsms_response *vsms_ticket_response(vsms_ticket *ticket) {
  if (is_inherited(ticket)) {
    bool finished = ticket->state == VSMS_TICKET_FINISHED;
    return finished ? ticket->exchange->response : orphaned_response(ticket);
  }
  pthread_mutex_lock(&ticket->io->lock);
  bool finished = ticket->state == VSMS_TICKET_FINISHED;
  pthread_mutex_unlock(&ticket->io->lock);
  return finished ? ticket->exchange->response : NULL;
}

void vsms_ticket_cancel(vsms_ticket *ticket) {
  struct vsms_io *io = ticket->io;
  if (is_inherited(ticket)) return;
  pthread_mutex_lock(&io->lock);
  if (ticket->state != VSMS_TICKET_FINISHED) {
    ticket->cancel_wanted = true;
    io->has_cancels = true;
    if (io->is_sleeping) vsms_wakeup_signal(&io->to_thread);
    io->is_sleeping = false;
  }
  pthread_mutex_unlock(&io->lock);
}

/* Under the lock.  `to_host` must not stay readable with nothing to collect. */
static void take_off_finished(struct vsms_ticket *ticket) {
  struct vsms_io *io = ticket->io;
  if (!ticket->is_uncollected) return;
  ticket->is_uncollected = false;
  vsms_ticket_list_remove(&io->finished, ticket);
  if (io->finished.count == 0) vsms_wakeup_drain(&io->to_host);
}

vsms_ticket *vsms_engine_collect(vsms_engine *engine) {
  struct vsms_io *io = vsms_engine_io(engine);
  if (io == NULL) return NULL;
  pthread_mutex_lock(&io->lock);
  vsms_ticket *ticket = io->finished.first;
  if (ticket != NULL) take_off_finished(ticket);
  pthread_mutex_unlock(&io->lock);
  return ticket;
}

/* True when the wait is over.  Leaves `waited_for` set while it is not. */
static bool check_wait(struct vsms_ticket *ticket) {
  struct vsms_io *io = ticket->io;
  pthread_mutex_lock(&io->lock);
  bool finished = ticket->state == VSMS_TICKET_FINISHED;
  io->waited_for = finished ? NULL : ticket;
  if (finished) take_off_finished(ticket);
  vsms_wakeup_drain(&io->to_waiter);
  pthread_mutex_unlock(&io->lock);
  return finished;
}

static void stop_waiting(struct vsms_io *io) {
  pthread_mutex_lock(&io->lock);
  io->waited_for = NULL;
  pthread_mutex_unlock(&io->lock);
}

/* poll(2) and not a condition variable: it returns at a signal, so that Ctrl-C is heard at once.  False when there is no
 * time left, or the interrupt says so. */
static bool poll_until(int fd, double deadline_ms, const vsms_interrupt *interrupt) {
  struct pollfd polled = {.fd = fd, .events = POLLIN};
  double left = deadline_ms - vsms_clock_ms();
  if (left <= 0) return false;
  poll(&polled, 1, left > 1000.0 ? 1000 : (int)left + 1);
  return interrupt == NULL || !interrupt->interrupted(interrupt->context);
}

static double deadline_of(long timeout_ms) { return timeout_ms < 0 ? INFINITY : vsms_clock_ms() + (double)timeout_ms; }

bool vsms_ticket_wait(vsms_ticket *ticket, long timeout_ms, const vsms_interrupt *interrupt) {
  if (is_inherited(ticket)) return true;
  double deadline = deadline_of(timeout_ms);
  while (!check_wait(ticket)) {
    if (poll_until(ticket->io->to_waiter.read_fd, deadline, interrupt)) continue;
    stop_waiting(ticket->io);
    return false;
  }
  return true;
}

bool vsms_engine_wait(vsms_engine *engine, long timeout_ms, const vsms_interrupt *interrupt) {
  double deadline = deadline_of(timeout_ms);
  while (vsms_engine_counters(engine).uncollected == 0) {
    struct vsms_io *io = vsms_engine_io(engine);
    if (io == NULL || io->is_joined) return false; /* nothing will ever come */
    if (!poll_until(io->to_host.read_fd, deadline, interrupt)) return false;
  }
  return true;
}

void vsms_ticket_free(vsms_ticket *ticket) {
  if (ticket == NULL) return;
  vsms_engine *engine = ticket->engine;
  if (is_inherited(ticket)) { /* the exchange may have been in use at the moment of the fork: it is left alone */
    vsms_response_free(ticket->orphaned);
    free(ticket);
  } else {
    struct vsms_io *io = ticket->io;
    pthread_mutex_lock(&io->lock);
    bool finished = ticket->state == VSMS_TICKET_FINISHED;
    ticket->is_released = true;
    if (finished) take_off_finished(ticket);
    pthread_mutex_unlock(&io->lock);
    if (finished) vsms_ticket_destroy(ticket);
  }
  vsms_engine_release(engine);
}
