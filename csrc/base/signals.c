/* signals.c - what SIGINT, SIGTERM, SIGHUP and SIGPIPE do to the command line. Nothing here happens unless it asks. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "vsms/base.h"

enum {
  SIGNALS = 3,
  /* One wish may come as two signals: timeout(1) sends its own twice, and so do a shell and the kernel when a terminal
   * is closed. */
  SAME_WISH_MS = 1000,
  /* The wishes: to finish, to give up what is waited for, to break off what is written, to end at once. */
  GIVE_UP = 2,
  BREAK_OFF = 3
};

static const int numbers[SIGNALS] = {SIGINT, SIGTERM, SIGHUP};
static volatile sig_atomic_t is_caught[SIGNALS];
static volatile sig_atomic_t wishes, first_signal;
static long long last_wish_ms;
static const char *last_words;
static size_t last_words_length;

/* clock_gettime(2) is safe in a handler; vsms_clock_ms need not be. */
static long long monotonic_ms(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000LL + time.tv_nsec / 1000000;
}

/* The handlers do not interrupt each other. */
static void install(void (*handler)(int), int flags) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = handler;
  action.sa_flags = flags;
  sigemptyset(&action.sa_mask);
  for (int i = 0; i < SIGNALS; i++) sigaddset(&action.sa_mask, numbers[i]);
  for (int i = 0; i < SIGNALS; i++) {
    if (is_caught[i]) sigaction(numbers[i], &action, NULL);
  }
}

static void end(int number) {
  ssize_t written = write(STDERR_FILENO, last_words, last_words_length);
  (void)written; /* there is nothing left to be done about it */
  _exit(128 + number);
}

static void count(int number) {
  long long now_ms = monotonic_ms();
  if (wishes > 0 && now_ms - last_wish_ms < SAME_WISH_MS) return;
  int saved_errno = errno;
  if (wishes == 0) first_signal = number;
  last_wish_ms = now_ms;
  wishes = wishes + 1;
  if (wishes == GIVE_UP) install(count, 0);
  if (wishes == BREAK_OFF) install(SIG_DFL, 0);
  errno = saved_errno;
}

/* What the parent process has set to be ignored stays so: nohup(1) does that to SIGHUP. */
static bool is_ignored(int number) {
  struct sigaction action;
  return sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

void vsms_signals_catch(const char *words) {
  last_words = words;
  last_words_length = strlen(words);
  for (int i = 0; i < SIGNALS; i++) is_caught[i] = !is_ignored(numbers[i]);
  install(end, 0);
  signal(SIGPIPE, SIG_IGN);
}

void vsms_signals_defer(void) { install(count, SA_RESTART); }

int vsms_signals_count(void) { return wishes; }

int vsms_signals_first(void) { return first_signal; }
