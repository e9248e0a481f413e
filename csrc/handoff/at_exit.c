/* at_exit.c - see at_exit.h. */
#include "handoff/at_exit.h"

#include <stdlib.h>

#include "base/fork.h"

static struct vsms_at_exit *hooks; /* under vsms_fork_lock */

/* os.exit() and Neovim's :qa! run no finalizer, and a thread inside OpenSSL while OpenSSL's atexit function frees
 * its tables crashes. In a forked child the list still names the parent's threads. */
static void stop_all(void) {
  for (;;) {
    vsms_fork_lock();
    struct vsms_at_exit *hook = hooks;
    while (hook != NULL && hook->process != vsms_process_number()) hook = hook->next;
    vsms_fork_unlock();
    if (hook == NULL) return;
    hook->stop(hook);
  }
}

/* atexit functions run last first; the second time there is nothing left to be stopped. */
bool vsms_at_exit_ask(void) { return atexit(stop_all) == 0; }

void vsms_at_exit_add(struct vsms_at_exit *hook) {
  hook->process = vsms_process_number();
  vsms_fork_lock();
  hook->next = hooks;
  hook->link = &hooks;
  if (hook->next != NULL) hook->next->link = &hook->next;
  hooks = hook;
  vsms_fork_unlock();
}

void vsms_at_exit_remove(struct vsms_at_exit *hook) {
  vsms_fork_lock();
  *hook->link = hook->next;
  if (hook->next != NULL) hook->next->link = hook->link;
  vsms_fork_unlock();
}
