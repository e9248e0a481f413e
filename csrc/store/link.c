/* link.c - see link.h. */
#include "store/link.h"

#include <string.h>

#include "base/fork.h"
#include "base/hex.h"

void vsms_link_init(struct vsms_link *link, const struct vsms_settings_of_store *settings) {
  memset(link, 0, sizeof *link);
  link->settings = settings;
}

/* The token, too, is the parent's. */
static void notice_fork(struct vsms_link *link) {
  unsigned process = vsms_process_number();
  if (link->process == process) return;
  if (link->connection != NULL) link->settings->driver->disown(link->connection);
  link->connection = NULL;
  link->token[0] = '\0';
  link->process = process;
}

static bool make_token(struct vsms_link *link, struct vsms_failure *failure) {
  unsigned char octets[VSMS_TOKEN_DIGITS / 2];
  if (link->token[0] != '\0') return true;
  if (!vsms_random(octets, sizeof octets)) {
    return vsms_store_fail(failure, VSMS_STORE_EXHAUSTED, "the system has no random numbers");
  }
  for (size_t i = 0; i < sizeof octets; i++) vsms_hex_write(octets[i], link->token + 2 * i);
  link->token[VSMS_TOKEN_DIGITS] = '\0';
  link->number = 0;
  return true;
}

bool vsms_link_open(struct vsms_link *link, const struct vsms_patience *patience, struct vsms_failure *failure) {
  const vsms_driver *driver = link->settings->driver;
  notice_fork(link);
  if (link->connection != NULL && !driver->is_usable(link->connection)) vsms_link_close(link);
  if (!make_token(link, failure)) return false;
  if (link->connection != NULL) return true;
  link->connection = driver->open(link->settings, patience, failure);
  link->is_fresh = true;
  return link->connection != NULL;
}

void vsms_link_tend(struct vsms_link *link) {
  const vsms_driver *driver = link->settings->driver;
  if (driver->tend != NULL && link->connection != NULL) driver->tend(link->connection);
}

void vsms_link_close(struct vsms_link *link) {
  notice_fork(link);
  if (link->connection != NULL) link->settings->driver->close(link->connection);
  link->connection = NULL;
}
