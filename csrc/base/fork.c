/* fork.c - see fork.h. */
#include "base/fork.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <time.h>

#include "base/error.h"
#include "base/fork_compat.h"

enum { WAIT_MS_MAX = 1000, STEP_NS_MAX = 1000 * 1000 };

static pthread_mutex_t door = PTHREAD_MUTEX_INITIALIZER; /* held by a thread that forks, from before to after */
static atomic_bool is_door_closed;
static atomic_uint inside; /* threads in a section */
static bool is_clean;      /* under `door`: nothing stood in a section at the last fork */

static atomic_uint number;         /* of this process; 0 before the first question */
static _Atomic(atomic_int *) mark; /* not zero: `number` is this process's. NULL: its process ID says so */
static atomic_long owner;          /* that process ID */
static atomic_bool is_torn;
static atomic_flag is_noticing = ATOMIC_FLAG_INIT;

/* A fork that ran no handler (_Fork, clone) is noticed too. */
static bool is_number_ours(void) {
  atomic_int *word = atomic_load_explicit(&mark, memory_order_acquire);
  return word != NULL ? atomic_load_explicit(word, memory_order_relaxed) != 0 : atomic_load(&owner) == (long)getpid();
}

static void begin_process(bool is_whole) {
  atomic_int *word = atomic_load(&mark);
  if (!is_whole) atomic_store(&is_torn, true);
  atomic_store(&inside, 0);
  atomic_store(&is_door_closed, false);
  atomic_fetch_add(&number, 1);
  if (word == NULL) {
    word = vsms_word_wiped_by_fork();
    atomic_store(&mark, word);
  }
  atomic_store(&owner, (long)getpid());
  if (word != NULL) atomic_store(word, 1);
}

/* The first question in this process; the door may have been closed by a thread that does not exist here. */
static void notice_process(void) {
  while (atomic_flag_test_and_set(&is_noticing)) sched_yield();
  if (!is_number_ours()) {
    if (atomic_load(&number) != 0) pthread_mutex_init(&door, NULL);
    begin_process(atomic_load(&inside) == 0);
  }
  atomic_flag_clear(&is_noticing);
}

unsigned vsms_process_number(void) {
  if (!is_number_ours()) notice_process();
  return atomic_load_explicit(&number, memory_order_relaxed);
}

void vsms_fork_lock(void) {
  vsms_process_number();
  pthread_mutex_lock(&door);
}

void vsms_fork_unlock(void) { pthread_mutex_unlock(&door); }

/* First in, then a look at the door; the other side closes the door first and then looks who is in. */
void vsms_fork_section_enter(void) {
  vsms_process_number();
  for (;;) {
    atomic_fetch_add(&inside, 1);
    if (!atomic_load(&is_door_closed)) return;
    atomic_fetch_sub(&inside, 1);
    vsms_fork_lock(); /* until the fork is done */
    vsms_fork_unlock();
  }
}

void vsms_fork_section_leave(void) { atomic_fetch_sub(&inside, 1); }

void vsms_fork_section_renew(void) {
  if (!atomic_load(&is_door_closed)) return;
  vsms_fork_section_leave();
  vsms_fork_section_enter();
}

/* In steps: a wait that a thread could end would need something that parent and child share. */
static bool wait_until_nobody_is_inside(void) {
  double deadline = vsms_clock_ms() + WAIT_MS_MAX;
  struct timespec step = {.tv_nsec = 10 * 1000};
  while (atomic_load(&inside) > 0) {
    if (vsms_clock_ms() >= deadline) return false;
    nanosleep(&step, NULL);
    if (step.tv_nsec < STEP_NS_MAX) step.tv_nsec *= 2;
  }
  return true;
}

static void before_fork(void) {
  vsms_fork_lock();
  atomic_store(&is_door_closed, true);
  is_clean = wait_until_nobody_is_inside();
}

static void after_fork_in_parent(void) {
  atomic_store(&is_door_closed, false);
  vsms_fork_unlock();
}

static void after_fork_in_child(void) {
  begin_process(is_clean);
  vsms_fork_unlock();
}

static pthread_once_t watch_once = PTHREAD_ONCE_INIT;
static bool is_watched;

static void watch(void) {
  vsms_process_number();
  is_watched = pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child) == 0;
}

bool vsms_fork_watch(void) {
  pthread_once(&watch_once, watch);
  return is_watched;
}

bool vsms_fork_left_us_whole(vsms_error *error) {
  vsms_process_number();
  return !atomic_load(&is_torn) ||
         vsms_fail(error, VSMS_CLOSED, NULL,
                   "this process was forked while a request of its parent could not be paused, and cannot send; "
                   "fork again, or start a new program");
}
