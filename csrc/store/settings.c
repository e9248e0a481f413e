/* settings.c - see settings.h. */
#include "store/settings.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "store/driver.h"

enum { TIMEOUT_MS = 30000, QUEUE_LIMIT = 10000 };

static bool refuse(vsms_error *error, const char *field, const char *message) {
  return vsms_fail(error, VSMS_INVALID_ARGUMENT, field, "%s", message);
}

static bool check_location(vsms_bytes location, const char *field, vsms_error *error) {
  if (location.length == 0) return vsms_fail(error, VSMS_INVALID_ARGUMENT, field, "%s must not be empty", field);
  if (memchr(location.data, 0, location.length) == NULL) return true;
  return vsms_fail(error, VSMS_INVALID_ARGUMENT, field, "%s must not contain U+0000", field);
}

static const vsms_driver *choose(const vsms_store_config *config, vsms_error *error) {
  bool is_path = config->path.data != NULL;
  if (is_path == (config->url.data != NULL)) {
    refuse(error, "path", "a store has either a path (SQLite) or a url (PostgreSQL)");
    return NULL;
  }
  if (!check_location(is_path ? config->path : config->url, is_path ? "path" : "url", error)) return NULL;
  const vsms_driver *driver = vsms_driver_of(is_path ? VSMS_SQLITE : VSMS_POSTGRESQL);
  if (driver != NULL) return driver;
  if (is_path) {
    refuse(error, "path",
           "vertexsms was built without SQLite: install libsqlite3-dev (Debian) or sqlite-devel (Fedora), and build it "
           "again");
  } else {
    refuse(error, "url",
           "vertexsms was built without PostgreSQL: install libpq-dev (Debian) or libpq-devel (Fedora), and build it "
           "again");
  }
  return NULL;
}

/* A URL, or libpq's keywords: as the name of a file it would be shown, and the password in it. */
static bool is_for_server(const char *path) {
  const char *password = strstr(path, "password");
  return strstr(path, ":/") != NULL || strncmp(path, "file:", 5) == 0 ||
         (password != NULL && password[8 + strspn(password + 8, " ")] == '=');
}

static bool check_path(const char *path, vsms_error *error) {
  return !is_for_server(path) ||
         refuse(error, "path",
                "path must be that of a file: give a URL as url, such as postgresql://user@host/database");
}

static bool copy_locations(struct vsms_settings_of_store *settings, vsms_bytes location) {
  settings->location = strndup(location.data, location.length);
  settings->name = strndup(location.data, location.length);
  return settings->location != NULL && settings->name != NULL;
}

bool vsms_store_settings_make(struct vsms_settings_of_store *settings, const vsms_store_config *config,
                              vsms_error *error) {
  memset(settings, 0, sizeof *settings);
  settings->driver = choose(config, error);
  if (settings->driver == NULL) return false;
  if (config->timeout_ms < 0) return refuse(error, "timeout", "timeout must be above 0 seconds, and less than 1e6");
  settings->timeout_ms = config->timeout_ms > 0 ? config->timeout_ms : TIMEOUT_MS;
  settings->queue_limit = config->queue_limit > 0 ? config->queue_limit : QUEUE_LIMIT;
  bool ok = copy_locations(settings, config->path.data != NULL ? config->path : config->url);
  if (!ok) vsms_fail_memory(error);
  if (ok) ok = config->path.data == NULL || check_path(settings->location, error);
  if (ok) ok = settings->driver->check(settings, error);
  if (!ok) vsms_store_settings_free(settings);
  return ok;
}

void vsms_store_settings_free(struct vsms_settings_of_store *settings) {
  free(settings->location);
  free(settings->name);
  settings->location = settings->name = NULL;
}
