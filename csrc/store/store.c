/* store.c - see store.h and vsms/store.h. */
#include "store/store.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/fork.h"
#include "store/group.h"
#include "store/step.h"

vsms_store *vsms_store_new(const vsms_store_config *config, vsms_error *error) {
  vsms_store *store = calloc(1, sizeof *store);
  if (store == NULL) {
    vsms_fail_memory(error);
    return NULL;
  }
  if (!vsms_store_settings_make(&store->settings, config, error)) {
    free(store);
    return NULL;
  }
  vsms_link_init(&store->blocking, &store->settings);
  return store;
}

void vsms_store_close(vsms_store *store) {
  store->is_closed = true;
  vsms_fork_section_enter();
  vsms_link_close(&store->blocking);
  vsms_fork_section_leave();
}

void vsms_store_free(vsms_store *store) {
  if (store == NULL) return;
  vsms_store_close(store);
  vsms_store_settings_free(&store->settings);
  free(store);
}

bool vsms_store_is_closed(const vsms_store *store) { return store->is_closed; }

vsms_dialect vsms_store_dialect(const vsms_store *store) { return store->settings.driver->dialect; }

const char *vsms_store_name(const vsms_store *store) { return store->settings.name; }

static bool may_work(vsms_store *store, vsms_error *error) {
  if (store->is_closed) return vsms_fail(error, VSMS_CLOSED, NULL, "the store is closed: open another one");
  return vsms_fork_left_us_whole(error);
}

static double deadline_of(const vsms_store *store, const vsms_step *step) {
  return vsms_clock_ms() + (double)(step->timeout_ms > 0 ? step->timeout_ms : store->settings.timeout_ms);
}

/* NULL with *error filled. */
static vsms_result *result_for(vsms_store *store, const vsms_step *step, vsms_error *error) {
  if (!may_work(store, error) || !vsms_step_check(step, error)) return NULL;
  vsms_result *result = vsms_result_new(step->count);
  if (result == NULL) vsms_fail_memory(error);
  return result;
}

static void tend(struct vsms_link *link) {
  const vsms_driver *driver = link->settings->driver;
  if (driver->tend != NULL && link->connection != NULL) driver->tend(link->connection);
}

vsms_result *vsms_store_perform(vsms_store *store, const vsms_step *step, const vsms_interrupt *interrupt,
                                vsms_error *error) {
  vsms_result *result = result_for(store, step, error);
  if (result == NULL) return NULL;
  struct vsms_task task = {step, result, deadline_of(store, step), false}, *tasks = &task;
  vsms_fork_section_enter();
  vsms_group_run(&store->blocking, &tasks, 1, interrupt, VSMS_STORE_CANCELLED);
  tend(&store->blocking);
  vsms_fork_section_leave();
  return result;
}
