/* fork.h - what a fork waits for, and what a forked child knows.
 *
 * A child has only the thread that forked. A lock that any other thread held at that moment stays locked in the child
 * for ever: libcurl's, OpenSSL's, or one of ours. So a thread that works with libcurl stands in a section while it does,
 * and leaves it to sleep; fork() waits, for at most a second, until no thread is in a section, and lets none in until
 * the child is there. */
#ifndef VSMS_FORK_H
#define VSMS_FORK_H

#include "vsms/base.h"

/* Registers the handlers of fork(), if that was not done yet. False when memory ran out. */
bool vsms_fork_watch(void);

/* Between these two no fork happens. Short, not one inside another, and not for a thread that calls fork() before it has
 * left. Sections count, so another thread may leave in place of one that has ended. */
void vsms_fork_section_enter(void);
void vsms_fork_section_leave(void);

/* Lets a fork happen that waits for this thread. */
void vsms_fork_section_renew(void);

/* A lock that every thread of every child finds unlocked. Not to be taken in a section: a fork has it while it waits for
 * the sections to end. */
void vsms_fork_lock(void);
void vsms_fork_unlock(void);

/* False with *error filled (VSMS_CLOSED) in a process that was forked while a thread stood in a section all the same,
 * and in its children: locks may be missing there that nothing can unlock. */
bool vsms_fork_left_us_whole(vsms_error *error);

#endif
