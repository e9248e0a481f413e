/* link.h - a place for one connection: opened when it is needed, closed when it broke, left alone in a forked child. */
#ifndef VSMS_LINK_H
#define VSMS_LINK_H

#include "store/driver.h"
#include "store/settings.h"

enum { VSMS_TOKEN_DIGITS = 32 };

struct vsms_link {
  const struct vsms_settings_of_store *settings;
  void *connection; /* NULL: none */
  unsigned process; /* that it belongs to, by vsms_process_number */
  bool is_fresh;    /* nothing has been asked of it yet */

  /* What a commit is looked up by: a row of vertexsms_commits that is this link's own, and the number of its last
   * transaction. */
  char token[VSMS_TOKEN_DIGITS + 1]; /* empty: none yet */
  long long number;
};

void vsms_link_init(struct vsms_link *link, const struct vsms_settings_of_store *settings);

/* Opens a connection where there is none that can be used. False with *failure filled. */
bool vsms_link_open(struct vsms_link *link, const struct vsms_patience *patience, struct vsms_failure *failure);

/* The driver's housekeeping, where there is a connection; to be called when steps have been told. */
void vsms_link_tend(struct vsms_link *link);

/* Closes the connection; one of the parent process is left alone. Twice is fine. */
void vsms_link_close(struct vsms_link *link);

#endif
