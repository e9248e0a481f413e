/* sigpipe_test.c - SIGPIPE is taken away where it came meanwhile, and left where it was there before. */
#include <pthread.h>

#include "cmocka_all.h"
#include "http/sigpipe.h"

static sigset_t only_sigpipe(void) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGPIPE);
  return signals;
}

static bool is_blocked(void) {
  sigset_t now;
  pthread_sigmask(SIG_SETMASK, NULL, &now);
  return sigismember(&now, SIGPIPE) == 1;
}

static bool is_pending(void) {
  sigset_t pending;
  sigpending(&pending);
  return sigismember(&pending, SIGPIPE) == 1;
}

static void block(void) {
  sigset_t signals = only_sigpipe();
  pthread_sigmask(SIG_BLOCK, &signals, NULL);
}

static void unblock(void) {
  sigset_t signals = only_sigpipe();
  int taken;
  if (is_pending()) sigwait(&signals, &taken);
  pthread_sigmask(SIG_UNBLOCK, &signals, NULL);
}

static void test_one_that_comes_is_taken_away(void **state) {
  (void)state;
  struct vsms_sigpipe sigpipe = vsms_sigpipe_block();
  assert_true(is_blocked());
  raise(SIGPIPE);
  vsms_sigpipe_unblock(&sigpipe); /* it would end the process */
  assert_false(is_pending());
  assert_false(is_blocked());
}

static void test_one_that_comes_to_a_thread_that_blocks_it(void **state) {
  (void)state;
  block();
  struct vsms_sigpipe sigpipe = vsms_sigpipe_block();
  raise(SIGPIPE);
  vsms_sigpipe_unblock(&sigpipe);
  assert_false(is_pending());
  assert_true(is_blocked());
  unblock();
}

static void test_one_that_was_pending_stays(void **state) {
  (void)state;
  block();
  raise(SIGPIPE);
  struct vsms_sigpipe sigpipe = vsms_sigpipe_block();
  vsms_sigpipe_unblock(&sigpipe);
  assert_true(is_pending());
  unblock();
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_one_that_comes_is_taken_away),
      cmocka_unit_test(test_one_that_comes_to_a_thread_that_blocks_it),
      cmocka_unit_test(test_one_that_was_pending_stays),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
