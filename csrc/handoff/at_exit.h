/* at_exit.h - threads that must have ended before OpenSSL's own clean-up at exit. */
#ifndef VSMS_AT_EXIT_H
#define VSMS_AT_EXIT_H

#include <stdbool.h>

/* A part of whatever is to be stopped. */
struct vsms_at_exit {
  void (*stop)(struct vsms_at_exit *hook); /* takes the hook off; waits for the thread */
  struct vsms_at_exit *next, **link;       /* these three are at_exit.c's */
  unsigned process;
};

/* Asks the C library for a call at exit, which comes before those that were asked for until now: so each room asks once, when
 * the library that it works with has asked for its own. False when memory ran out. */
bool vsms_at_exit_ask(void);

/* `stop` is called at exit in this process, not in its children, unless the hook is taken off before. */
void vsms_at_exit_add(struct vsms_at_exit *hook);
void vsms_at_exit_remove(struct vsms_at_exit *hook);

#endif
