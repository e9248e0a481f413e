/* store.c - see store.h and vsms/store.h. */
#include "store/store.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/fork.h"
#include "store/clerk.h"
#include "store/job.h"
#include "store/step.h"

/* ---- from the first reference to the last ------------------------------------------------------ */

static pthread_once_t once[VSMS_DIALECT_COUNT] = {PTHREAD_ONCE_INIT, PTHREAD_ONCE_INIT};
static bool is_ready[VSMS_DIALECT_COUNT];

/* After the driver's `check`, which may have asked for a clean-up of its library's at exit. */
static void initialise_sqlite(void) { is_ready[VSMS_SQLITE] = vsms_fork_watch() && vsms_at_exit_ask(); }
static void initialise_postgresql(void) { is_ready[VSMS_POSTGRESQL] = vsms_fork_watch() && vsms_at_exit_ask(); }

static bool get_ready(vsms_dialect dialect) {
  pthread_once(&once[dialect], dialect == VSMS_SQLITE ? initialise_sqlite : initialise_postgresql);
  return is_ready[dialect];
}

static struct vsms_worker *start(struct vsms_desk *desk, vsms_error *error) {
  return vsms_clerk_start(&((vsms_store *)desk)->settings, error);
}

/* The link notices it by itself. */
static void leave_behind(struct vsms_desk *desk) { (void)desk; }

static void free_store(struct vsms_desk *desk) {
  vsms_store_settings_free(&((vsms_store *)desk)->settings);
  free(desk);
}

static const struct vsms_desk_kind desk_kind = {
    .start = start,
    .free_worker = vsms_clerk_free,
    .disown_worker = vsms_clerk_disown,
    .leave_behind = leave_behind,
    .free = free_store,
    .discard_inherited = vsms_job_destroy_inherited,
    .closed = "the store is closed: open another one",
};

static bool make(vsms_store *store, const vsms_store_config *config, vsms_error *error) {
  if (!vsms_store_settings_make(&store->settings, config, error)) return false;
  store->settings.was_open = &store->was_open;
  if (get_ready(store->settings.driver->dialect)) return true;
  vsms_store_settings_free(&store->settings);
  return vsms_fail_memory(error);
}

vsms_store *vsms_store_new(const vsms_store_config *config, vsms_error *error) {
  vsms_store *store = calloc(1, sizeof *store);
  if (store == NULL) {
    vsms_fail_memory(error);
    return NULL;
  }
  if (!make(store, config, error)) {
    free(store);
    return NULL;
  }
  vsms_desk_init(&store->desk, &desk_kind);
  vsms_link_init(&store->blocking, &store->settings);
  return store;
}

void vsms_store_close(vsms_store *store) {
  vsms_desk_close(&store->desk);
  vsms_fork_section_enter();
  vsms_link_close(&store->blocking);
  vsms_fork_section_leave();
}

void vsms_store_free(vsms_store *store) {
  if (store == NULL) return;
  vsms_store_close(store);
  vsms_desk_release(&store->desk);
}

/* ---- what it knows ----------------------------------------------------------------------------- */

bool vsms_store_is_closed(const vsms_store *store) { return store->desk.is_closed; }

vsms_desk *vsms_store_desk(vsms_store *store) { return &store->desk; }

vsms_dialect vsms_store_dialect(const vsms_store *store) { return store->settings.driver->dialect; }

const char *vsms_store_name(const vsms_store *store) { return store->settings.name; }

/* ---- work -------------------------------------------------------------------------------------- */

static double deadline_of(const vsms_store *store, const vsms_step *step) {
  return vsms_clock_ms() + (double)(step->timeout_ms > 0 ? step->timeout_ms : store->settings.timeout_ms);
}

/* NULL with *error filled. */
static vsms_result *result_for(vsms_store *store, const vsms_step *step, vsms_error *error) {
  if (!vsms_desk_may_work(&store->desk, error) || !vsms_step_check(step, error)) return NULL;
  vsms_result *result = vsms_result_new(step->count);
  if (result == NULL) vsms_fail_memory(error);
  return result;
}

vsms_result *vsms_store_perform(vsms_store *store, const vsms_step *step, const vsms_interrupt *interrupt,
                                vsms_error *error) {
  vsms_result *result = result_for(store, step, error);
  if (result == NULL) return NULL;
  struct vsms_task task = {step, result, deadline_of(store, step), false}, *tasks = &task;
  vsms_fork_section_enter();
  vsms_group_run(&store->blocking, &tasks, 1, interrupt, VSMS_STORE_CANCELLED);
  vsms_link_tend(&store->blocking);
  vsms_fork_section_leave();
  return result;
}

vsms_ticket *vsms_store_submit(vsms_store *store, const vsms_step *step, vsms_error *error) {
  if (vsms_desk_ensure_worker(&store->desk, error) == NULL || !vsms_step_check(step, error)) return NULL;
  struct vsms_job *job = vsms_job_new(step, deadline_of(store, step));
  if (job == NULL) {
    vsms_fail_memory(error);
    return NULL;
  }
  if (vsms_desk_submit(&store->desk, &job->ticket, store->settings.queue_limit, "steps", error)) return &job->ticket;
  vsms_job_destroy(&job->ticket);
  return NULL;
}

static const vsms_result *orphaned_result(struct vsms_job *job) {
  if (job->orphaned != NULL) return job->orphaned;
  struct vsms_failure failure;
  vsms_store_fail(&failure, VSMS_STORE_CLOSED, "the step belongs to the process that began it");
  job->orphaned = vsms_result_new(0);
  if (job->orphaned != NULL) vsms_result_fail(job->orphaned, &failure, VSMS_COMMITTED_UNKNOWN);
  return job->orphaned;
}

const vsms_result *vsms_ticket_result(vsms_ticket *ticket) {
  if (ticket->desk->kind != &desk_kind) return NULL;
  struct vsms_job *job = vsms_job_of(ticket);
  if (vsms_handoff_is_finished(ticket)) return job->task.result;
  return vsms_handoff_is_inherited(ticket->handoff) ? orphaned_result(job) : NULL;
}
