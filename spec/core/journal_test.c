/* journal_test.c - a file of lines, several processes, and a disk that is slow, full or broken. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmocka_all.h"
#include "store/journal.h"

static char folder[64], path[80];

enum { PATIENCE_MS = 10000 };

ssize_t __real_write(int fd, const void *data, size_t length);
ssize_t __wrap_write(int fd, const void *data, size_t length);
int __real_fsync(int fd);
int __wrap_fsync(int fd);
int __real_flock(int fd, int operation);
int __wrap_flock(int fd, int operation);

/* Octets that the disk still takes, one write at a time; negative: no disk of ours. */
static long room = -1;
static int interruptions; /* writes that are interrupted first */

ssize_t __wrap_write(int fd, const void *data, size_t length) {
  if (room < 0) return __real_write(fd, data, length);
  if (interruptions > 0) {
    interruptions--;
    errno = EINTR;
    return -1;
  }
  if (room == 0) {
    errno = ENOSPC;
    return -1;
  }
  if (length > 3) length = 3;
  if ((long)length > room) length = (size_t)room;
  room -= (long)length;
  return __real_write(fd, data, length);
}

/* Happens once, between open and lock. */
static void (*before_lock)(void);

int __wrap_flock(int fd, int operation) {
  void (*happens)(void) = before_lock;
  before_lock = NULL;
  if (happens != NULL) happens();
  return __real_flock(fd, operation);
}

/* What was put on the disk, a letter for each: f the file, F while others could not have it, n another file (the new
 * one), d the folder. The disk is broken from that letter on. */
static char synced[16], broken;

static bool is_locked(void) {
  int fd = open(path, O_RDWR | O_CLOEXEC);
  bool locked = __real_flock(fd, LOCK_EX | LOCK_NB) != 0;
  close(fd);
  return locked;
}

static char letter_of(int fd) {
  struct stat synced_file, file;
  if (fstat(fd, &synced_file) != 0 || stat(path, &file) != 0) return '?';
  if (S_ISDIR(synced_file.st_mode)) return 'd';
  if (synced_file.st_ino != file.st_ino) return 'n';
  return is_locked() ? 'F' : 'f';
}

int __wrap_fsync(int fd) {
  size_t length = strlen(synced);
  char letter = letter_of(fd);
  if (length + 1 < sizeof synced) synced[length] = letter;
  if (letter != broken) return __real_fsync(fd);
  errno = EIO;
  return -1;
}

static void syncs(const char *letters) {
  assert_string_equal(synced, letters);
  memset(synced, 0, sizeof synced);
}

static int make_folder(void **state) {
  (void)state;
  snprintf(folder, sizeof folder, "/tmp/vsms-journal-XXXXXX");
  if (mkdtemp(folder) == NULL) return -1;
  snprintf(path, sizeof path, "%s/journal", folder);
  memset(synced, 0, sizeof synced);
  broken = '\0', room = -1, interruptions = 0, before_lock = NULL;
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
  vsms_journal *journal = vsms_journal_open(path, PATIENCE_MS, &error);
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
  assert_true(vsms_journal_append(journal, bytes(text), &error));
  struct stat status;
  assert_int_equal(stat(path, &status), 0);
  assert_int_equal(vsms_journal_size(journal), status.st_size);
  if (durable) assert_true(vsms_journal_sync(journal, &error));
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

/* The disk may take long: only the process that must waits for it. */
static void what_must_survive_the_machine_is_synced(void **state) {
  (void)state;
  vsms_error error;
  append("one\n", false);
  syncs("d"); /* the name of a new file */
  append("two\n", false);
  syncs("");
  append("three\n", true);
  syncs("f");
  vsms_journal *journal = open_journal();
  assert_true(vsms_journal_replace(journal, bytes("new\n"), &error));
  vsms_journal_close(journal);
  syncs("nd");
}

static void a_disk_that_breaks_is_noticed(void **state) {
  (void)state;
  vsms_error error;
  append("one\n", false);
  vsms_journal *journal = open_journal();
  broken = 'f';
  assert_false(vsms_journal_sync(journal, &error));
  assert_non_null(strstr(error.message, "Input/output error"));
  vsms_journal_close(journal);
  broken = 'n';
  journal = open_journal();
  assert_false(vsms_journal_replace(journal, bytes("new\n"), &error));
  vsms_journal_close(journal);
  broken = 'd';
  journal = open_journal();
  assert_false(vsms_journal_replace(journal, bytes("newer\n"), &error));
  vsms_journal_close(journal);
  assert_int_equal(unlink(path), 0);
  journal = open_journal();
  assert_false(vsms_journal_append(journal, bytes("two\n"), &error));
  vsms_journal_close(journal);
}

static void a_disk_that_is_full_takes_nothing_away(void **state) {
  (void)state;
  vsms_error error;
  append("old\n", false);
  vsms_journal *journal = open_journal();
  room = 5, interruptions = 1;
  assert_false(vsms_journal_replace(journal, bytes("new, and longer\n"), &error));
  assert_non_null(strstr(error.message, "No space left"));
  vsms_journal_close(journal);
  holds("old\n"); /* and remove_folder finds nothing beside it */
  room = 5;
  journal = open_journal();
  assert_false(vsms_journal_append(journal, bytes("torn line\n"), &error));
  assert_non_null(strstr(error.message, "No space left"));
  assert_int_equal(vsms_journal_size(journal), 4 + 5);
  vsms_journal_close(journal);
  room = 100, interruptions = 2;
  append("whole\n", false);
  holds("old\ntorn whole\n");
}

static void put_file(const char *where, const char *text) {
  FILE *file = fopen(where, "w");
  assert_non_null(file);
  assert_true(fputs(text, file) >= 0);
  assert_int_equal(fclose(file), 0);
}

static void put_another_there(void) {
  char other[96];
  snprintf(other, sizeof other, "%s.other", path);
  put_file(other, "other\n");
  assert_int_equal(rename(other, path), 0);
}

static void remove_it(void) { assert_int_equal(unlink(path), 0); }

static void a_file_that_goes_while_it_is_locked_is_not_taken(void **state) {
  (void)state;
  append("one\n", false);
  before_lock = remove_it;
  append("two\n", false);
  holds("two\n");
  before_lock = put_another_there;
  append("three\n", false);
  holds("other\nthree\n");
}

static void a_copy_that_was_left_behind_does_not_matter(void **state) {
  (void)state;
  char copy[96];
  vsms_error error;
  snprintf(copy, sizeof copy, "%s.new", path);
  put_file(copy, "half a copy, of a process that was killed");
  append("old\n", false);
  vsms_journal *journal = open_journal();
  assert_true(vsms_journal_replace(journal, bytes("new\n"), &error));
  vsms_journal_close(journal);
  holds("new\n");
}

static void refused(const char *where, const char *reason) {
  vsms_error error;
  assert_null(vsms_journal_open(where, PATIENCE_MS, &error));
  assert_int_equal(error.kind, VSMS_EXHAUSTED);
  if (strstr(error.message, reason) == NULL) fail_msg("%s", error.message);
}

static void a_path_that_cannot_be_is_refused(void **state) {
  (void)state;
  char elsewhere[96];
  refused("/nonexistent/journal", "No such file");
  refused("/tmp", "Is a directory");
  refused("/dev/null", "not supported");
  snprintf(elsewhere, sizeof elsewhere, "%s/link", folder);
  assert_int_equal(symlink("/tmp/elsewhere", elsewhere), 0);
  refused(elsewhere, "symbolic links");
  unlink(elsewhere);
  assert_int_equal(mkfifo(elsewhere, 0600), 0);
  refused(elsewhere, "not supported");
  unlink(elsewhere);
}

static void programs_that_the_host_starts_do_not_inherit_it(void **state) {
  (void)state;
  struct stat file, other;
  int found = 0;
  vsms_journal *journal = open_journal();
  assert_int_equal(stat(path, &file), 0);
  for (int fd = 0; fd < 256; fd++) {
    if (fstat(fd, &other) != 0 || other.st_ino != file.st_ino || other.st_dev != file.st_dev) continue;
    assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    found++;
  }
  assert_int_equal(found, 1);
  vsms_journal_close(journal);
}

static pid_t start_holder(void) {
  pid_t child = fork();
  if (child != 0) return child;
  vsms_error error;
  vsms_journal *journal = vsms_journal_open(path, PATIENCE_MS, &error);
  if (journal != NULL) raise(SIGSTOP);
  vsms_journal_close(journal);
  _exit(0);
}

static void a_process_that_was_stopped_with_it_does_not_stop_others(void **state) {
  (void)state;
  int status;
  vsms_error error;
  pid_t child = start_holder();
  assert_int_equal(waitpid(child, &status, WUNTRACED), child);
  assert_true(WIFSTOPPED(status));
  double started = vsms_clock_ms();
  assert_null(vsms_journal_open(path, 0, &error));
  assert_non_null(strstr(error.message, "another process has held its lock for 0 ms"));
  assert_null(vsms_journal_open(path, 50, &error));
  double took = vsms_clock_ms() - started;
  assert_true(took >= 50 && took < 5000);
  kill(child, SIGCONT);
  vsms_journal *journal = vsms_journal_open(path, PATIENCE_MS, &error);
  assert_non_null(journal);
  vsms_journal_close(journal);
  assert_int_equal(waitpid(child, &status, 0), child);
}

enum { CHILDREN = 4, ROUNDS = 200 };

/* Reads the number in the file, adds one, writes it: wrong at once when two do it at the same time. */
static void count_up(unsigned round) {
  char out[32], text[32];
  size_t length;
  vsms_error error;
  vsms_journal *journal = vsms_journal_open(path, PATIENCE_MS, &error);
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

/* A worker may not signal a process of another user's, which is alive all the same. */
static void the_living_of_others(void **state) {
  (void)state;
  int status;
  pid_t parent = getpid(), child = fork();
  if (child == 0) _exit((geteuid() == 0 && setuid(65534) != 0) || !vsms_process_is_alive((long)parent));
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(lines_are_appended_and_read, make_folder, remove_folder),
      cmocka_unit_test_setup_teardown(nobody_else_may_read_it, make_folder, remove_folder),
      cmocka_unit_test_setup_teardown(replaced_is_all_or_nothing, make_folder, remove_folder),
      cmocka_unit_test_setup_teardown(what_must_survive_the_machine_is_synced, make_folder, remove_folder),
      cmocka_unit_test_setup_teardown(a_disk_that_breaks_is_noticed, make_folder, remove_folder),
      cmocka_unit_test_setup_teardown(a_disk_that_is_full_takes_nothing_away, make_folder, remove_folder),
      cmocka_unit_test_setup_teardown(programs_that_the_host_starts_do_not_inherit_it, make_folder, remove_folder),
      cmocka_unit_test_setup_teardown(a_process_that_was_stopped_with_it_does_not_stop_others, make_folder,
                                      remove_folder),
      cmocka_unit_test_setup_teardown(a_path_that_cannot_be_is_refused, make_folder, remove_folder),
      cmocka_unit_test_setup_teardown(processes_take_turns_even_when_it_is_replaced, make_folder, remove_folder),
      cmocka_unit_test_setup_teardown(a_file_that_goes_while_it_is_locked_is_not_taken, make_folder, remove_folder),
      cmocka_unit_test_setup_teardown(a_copy_that_was_left_behind_does_not_matter, make_folder, remove_folder),
      cmocka_unit_test(the_living_and_the_dead),
      cmocka_unit_test(the_living_of_others),
  };
  skip_unwanted();
  return cmocka_run_group_tests(tests, NULL, NULL);
}
