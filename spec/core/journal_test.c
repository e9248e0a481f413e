/* journal_test.c - a file of lines, several processes. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmocka_all.h"
#include "vsms.h"

static char folder[64], path[80];

static int make_folder(void **state) {
  (void)state;
  snprintf(folder, sizeof folder, "/tmp/vsms-journal-XXXXXX");
  if (mkdtemp(folder) == NULL) return -1;
  snprintf(path, sizeof path, "%s/journal", folder);
  return 0;
}

static int remove_folder(void **state) {
  (void)state;
  unlink(path);
  return rmdir(folder);
}

static vsms_bytes bytes(const char *text) { return (vsms_bytes){text, strlen(text)}; }

static vsms_journal *open_journal(void) {
  vsms_error error;
  vsms_journal *journal = vsms_journal_open(path, &error);
  if (journal == NULL) fail_msg("%s", error.message);
  return journal;
}

static void holds(const char *text) {
  char out[256];
  size_t length;
  vsms_error error;
  vsms_journal *journal = open_journal();
  assert_int_equal(vsms_journal_size(journal), strlen(text));
  assert_true(vsms_journal_read(journal, 0, out, sizeof out - 1, &length, &error));
  vsms_journal_close(journal);
  out[length] = '\0';
  assert_string_equal(out, text);
}

static void append(const char *text, bool durable) {
  vsms_error error;
  vsms_journal *journal = open_journal();
  assert_true(vsms_journal_append(journal, bytes(text), durable, &error));
  vsms_journal_close(journal);
}

static void lines_are_appended_and_read(void **state) {
  (void)state;
  char out[4];
  size_t length;
  vsms_error error;
  append("one\n", false);
  append("two\n", true);
  holds("one\ntwo\n");
  vsms_journal *journal = open_journal();
  assert_true(vsms_journal_read(journal, 5, out, 2, &length, &error));
  assert_memory_equal(out, "wo", 2);
  assert_true(vsms_journal_read(journal, 8, out, 4, &length, &error));
  assert_int_equal(length, 0);
  vsms_journal_close(journal);
  vsms_journal_close(NULL);
}

static void nobody_else_may_read_it(void **state) {
  (void)state;
  struct stat status;
  append("one\n", false);
  assert_int_equal(stat(path, &status), 0);
  assert_int_equal(status.st_mode & 0777, 0600);
}

static void replaced_is_all_or_nothing(void **state) {
  (void)state;
  vsms_error error;
  append("old\n", false);
  vsms_journal *journal = open_journal();
  assert_true(vsms_journal_replace(journal, bytes("new\n"), &error));
  vsms_journal_close(journal);
  holds("new\n");
}

static void a_path_that_cannot_be_is_refused(void **state) {
  (void)state;
  vsms_error error;
  char elsewhere[96];
  assert_null(vsms_journal_open("/nonexistent/journal", &error));
  assert_non_null(strstr(error.message, "No such file"));
  snprintf(elsewhere, sizeof elsewhere, "%s/link", folder);
  assert_int_equal(symlink("/tmp/elsewhere", elsewhere), 0);
  assert_null(vsms_journal_open(elsewhere, &error));
  unlink(elsewhere);
}

enum { CHILDREN = 4, ROUNDS = 200 };

/* Reads the number in the file, adds one, writes it: wrong at once when two do it at the same time. */
static void count_up(unsigned round) {
  char out[32], text[32];
  size_t length;
  vsms_error error;
  vsms_journal *journal = vsms_journal_open(path, &error);
  if (journal == NULL || !vsms_journal_read(journal, 0, out, sizeof out - 1, &length, &error)) _exit(1);
  out[length] = '\0';
  snprintf(text, sizeof text, "%ld", strtol(out, NULL, 10) + 1);
  bool ok = vsms_journal_replace(journal, bytes(text), &error);
  vsms_journal_close(journal);
  if (!ok || round > ROUNDS) _exit(1);
}

static void processes_take_turns_even_when_it_is_replaced(void **state) {
  (void)state;
  char expected[16];
  pid_t children[CHILDREN];
  append("0", false);
  for (size_t i = 0; i < CHILDREN; i++) {
    children[i] = fork();
    if (children[i] != 0) continue;
    for (unsigned round = 0; round < ROUNDS; round++) count_up(round);
    _exit(0);
  }
  for (size_t i = 0; i < CHILDREN; i++) {
    int status;
    assert_int_equal(waitpid(children[i], &status, 0), children[i]);
    assert_int_equal(status, 0);
  }
  snprintf(expected, sizeof expected, "%d", CHILDREN * ROUNDS);
  holds(expected);
}

static void the_living_and_the_dead(void **state) {
  (void)state;
  pid_t child = fork();
  if (child == 0) _exit(0);
  assert_true(vsms_process_is_alive((long)getpid()));
  assert_true(vsms_process_is_alive(1));
  assert_int_equal(waitpid(child, NULL, 0), child);
  assert_false(vsms_process_is_alive((long)child));
  assert_false(vsms_process_is_alive(0));
  assert_false(vsms_process_is_alive(-1));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(lines_are_appended_and_read, make_folder, remove_folder),
      cmocka_unit_test_setup_teardown(nobody_else_may_read_it, make_folder, remove_folder),
      cmocka_unit_test_setup_teardown(replaced_is_all_or_nothing, make_folder, remove_folder),
      cmocka_unit_test_setup_teardown(a_path_that_cannot_be_is_refused, make_folder, remove_folder),
      cmocka_unit_test_setup_teardown(processes_take_turns_even_when_it_is_replaced, make_folder, remove_folder),
      cmocka_unit_test(the_living_and_the_dead),
  };
  skip_unwanted();
  return cmocka_run_group_tests(tests, NULL, NULL);
}
