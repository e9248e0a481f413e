/* settings.h - a store's configuration, checked and copied. */
#ifndef VSMS_STORE_SETTINGS_H
#define VSMS_STORE_SETTINGS_H

#include <stdatomic.h>
#include <stdbool.h>

#include "vsms/store.h"

struct vsms_driver;

struct vsms_settings_of_store {
  const struct vsms_driver *driver;
  char *location; /* the path, or the URL with its password: for the driver alone */
  char *name;     /* the same for people; the driver's `check` may replace it */
  long timeout_ms;
  size_t queue_limit;
  atomic_bool *was_open; /* a connection was made before, by either thread: what is not there now is lost */
};

/* False with *error filled; nothing is left to be freed. */
bool vsms_store_settings_make(struct vsms_settings_of_store *settings, const vsms_store_config *config,
                              vsms_error *error);
void vsms_store_settings_free(struct vsms_settings_of_store *settings);

#endif
