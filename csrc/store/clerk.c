/* clerk.c - see clerk.h. All steps that wait share a transaction. */
#include "store/clerk.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/fork.h"
#include "store/job.h"

/* A larger group spares little more: the commit is a small part of its time by then. The first wait for the last, and a
 * thousand coroutines that add one message after the other would all wait, and the thread then for them. */
enum { GROUP_MAX = 500 };

struct vsms_clerk {
  struct vsms_worker worker; /* the first member */
  const struct vsms_settings_of_store *settings;

  /* the thread's own */
  struct vsms_link link;
  struct vsms_ticket_list pending; /* taken over, waiting for the next group */
  struct vsms_ticket_list done;    /* finished, not yet handed to the host */
  struct vsms_task *group[GROUP_MAX];
};

/* ---- the thread's side ------------------------------------------------------------------------- */

static bool is_stopping(void *context) {
  return vsms_handoff_is_stopping(((struct vsms_clerk *)context)->worker.handoff);
}

static void give_up(struct vsms_clerk *clerk, struct vsms_ticket *ticket, vsms_store_kind kind) {
  struct vsms_failure failure;
  vsms_store_fail_patience(&failure, kind);
  vsms_result_fail(vsms_job_of(ticket)->task.result, &failure, VSMS_NOT_COMMITTED);
  vsms_ticket_list_remove(&clerk->pending, ticket);
  vsms_ticket_list_append(&clerk->done, ticket);
}

static void give_up_cancelled(struct vsms_clerk *clerk) {
  struct vsms_ticket *next;
  for (struct vsms_ticket *ticket = clerk->pending.first; ticket != NULL; ticket = next) {
    next = ticket->next;
    if (vsms_handoff_is_cancelled(ticket)) give_up(clerk, ticket, VSMS_STORE_CANCELLED);
  }
}

static void give_up_late(struct vsms_clerk *clerk) {
  struct vsms_ticket *next;
  double now = vsms_clock_ms();
  for (struct vsms_ticket *ticket = clerk->pending.first; ticket != NULL; ticket = next) {
    next = ticket->next;
    if (ticket->deadline_ms <= now) give_up(clerk, ticket, VSMS_STORE_TIMEOUT);
  }
}

/* The tickets go to the `done` at once, in their order: none is handed over before the group has been run. */
static size_t take_group(struct vsms_clerk *clerk) {
  size_t count = 0;
  struct vsms_ticket *ticket;
  while (count < GROUP_MAX && (ticket = vsms_ticket_list_take(&clerk->pending)) != NULL) {
    clerk->group[count++] = &vsms_job_of(ticket)->task;
    vsms_ticket_list_append(&clerk->done, ticket);
  }
  return count;
}

static void sleep_until_wanted(struct vsms_clerk *clerk) {
  struct pollfd polled = {.fd = vsms_handoff_work_fd(clerk->worker.handoff), .events = POLLIN};
  vsms_fork_section_leave();
  bool is_wanted = poll(&polled, 1, -1) > 0;
  vsms_fork_section_enter();
  vsms_handoff_wake_up(clerk->worker.handoff, is_wanted);
}

static void work(struct vsms_clerk *clerk) {
  bool cancels;
  bool had_work = vsms_handoff_trade(clerk->worker.handoff, &clerk->done, &clerk->pending, 0, &cancels);
  vsms_fork_section_renew();
  if (cancels) give_up_cancelled(clerk);
  give_up_late(clerk);
  vsms_link_tend(&clerk->link);
  vsms_interrupt interrupt = {is_stopping, clerk};
  size_t count = take_group(clerk);
  if (count > 0) {
    vsms_group_run(&clerk->link, clerk->group, count, &interrupt, VSMS_STORE_CLOSED);
  } else if (!had_work && clerk->done.count == 0) {
    sleep_until_wanted(clerk);
  }
}

static void give_up_everything(struct vsms_clerk *clerk) {
  bool cancels;
  vsms_handoff_trade(clerk->worker.handoff, &clerk->done, &clerk->pending, 0, &cancels);
  while (clerk->pending.first != NULL) give_up(clerk, clerk->pending.first, VSMS_STORE_CLOSED);
  vsms_handoff_trade(clerk->worker.handoff, &clerk->done, &clerk->pending, 0, &cancels);
}

static void *run(void *worker) {
  struct vsms_clerk *clerk = worker;
  vsms_fork_section_enter();
  while (!vsms_handoff_is_stopping(clerk->worker.handoff)) work(clerk);
  give_up_everything(clerk);
  vsms_link_close(&clerk->link);
  return NULL;
}

/* ---- the host's side --------------------------------------------------------------------------- */

static bool begin(struct vsms_clerk *clerk, vsms_error *error) {
  if (!vsms_worker_prepare(&clerk->worker, clerk->settings->queue_limit, vsms_job_destroy)) {
    return vsms_fail(error, VSMS_EXHAUSTED, NULL, "cannot start the store's thread: out of memory or file descriptors");
  }
  int result = vsms_worker_begin(&clerk->worker, run);
  if (result == 0) return true;
  return vsms_fail(error, VSMS_EXHAUSTED, NULL, "cannot start the store's thread: %s", strerror(result));
}

struct vsms_worker *vsms_clerk_start(const struct vsms_settings_of_store *settings, vsms_error *error) {
  struct vsms_clerk *clerk = calloc(1, sizeof *clerk);
  if (clerk == NULL) {
    vsms_fail_memory(error);
    return NULL;
  }
  clerk->settings = settings;
  vsms_link_init(&clerk->link, settings);
  if (begin(clerk, error)) return &clerk->worker;
  vsms_clerk_free(&clerk->worker);
  return NULL;
}

void vsms_clerk_free(struct vsms_worker *worker) {
  vsms_worker_close(worker);
  free(worker);
}

void vsms_clerk_disown(struct vsms_worker *worker) {
  vsms_worker_disown(worker);
  vsms_link_close(&((struct vsms_clerk *)worker)->link);
}
