/* store_test.c - a store whose disk, memory or process fails at every possible moment.
 *
 * SQLite's calls of the system are replaced through its VFS; fdatasync(2), which it calls by name, is this program's own.
 * Whatever happens, what a result says of its commit must agree with what another connection finds in the file. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmocka_all.h"
#include "store/library.h"
#include "vsms.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);

static char folder[] = "/tmp/store_test_XXXXXX";
static char path[64];
static int names; /* each row has a name of its own */

/* ---- what fails -------------------------------------------------------------------------------- */

static atomic_long left = -1;        /* allocations until the one that fails; negative: none fails */
static atomic_long syncs_left = -1;  /* likewise */
static atomic_long writes_left = -1; /* likewise; with ENOSPC */
static atomic_bool all_syncs_fail, all_writes_fail;

static bool is_next(atomic_long *countdown) {
  return atomic_load(countdown) >= 0 && atomic_fetch_sub(countdown, 1) == 0;
}

void *__wrap_malloc(size_t size) { return is_next(&left) ? NULL : __real_malloc(size); }
void *__wrap_calloc(size_t count, size_t size) { return is_next(&left) ? NULL : __real_calloc(count, size); }
void *__wrap_realloc(void *memory, size_t size) { return is_next(&left) ? NULL : __real_realloc(memory, size); }

__attribute__((visibility("default"))) int fdatasync(int fd);
int fdatasync(int fd) {
  if (atomic_load(&all_syncs_fail) || is_next(&syncs_left)) {
    errno = EIO;
    return -1;
  }
  return (int)syscall(SYS_fdatasync, fd);
}

static ssize_t write_or_fail(int fd, const void *octets, size_t size, off_t offset) {
  if (atomic_load(&all_writes_fail) || is_next(&writes_left)) {
    errno = ENOSPC;
    return -1;
  }
  return pwrite(fd, octets, size, offset);
}

/* SQLite's allocator, over the wrapped one. Its memory tells its own size. */
static void *take(int size) {
  size_t *memory = malloc((size_t)size + sizeof(size_t) * 2);
  if (memory == NULL) return NULL;
  *memory = (size_t)size;
  return memory + 2;
}

static void give(void *memory) {
  if (memory != NULL) free((size_t *)memory - 2);
}

static void *resize(void *memory, int size) {
  size_t *moved = realloc((size_t *)memory - 2, (size_t)size + sizeof(size_t) * 2);
  if (moved == NULL) return NULL;
  *moved = (size_t)size;
  return moved + 2;
}

static int size_of(void *memory) { return memory != NULL ? (int)((size_t *)memory)[-2] : 0; }
static int round_up(int size) { return (size + 7) & ~7; }
static int begin_memory(void *context) { return context != NULL; }
static void end_memory(void *context) { (void)context; }

static const sqlite3_mem_methods methods = {take, give, resize, size_of, round_up, begin_memory, end_memory, NULL};

static int begin_all(void **state) {
  (void)state;
  if (mkdtemp(folder) == NULL) return -1;
  snprintf(path, sizeof path, "%s/store.db", folder);
  if (sqlite3_config(SQLITE_CONFIG_MALLOC, &methods) != SQLITE_OK || sqlite3_initialize() != SQLITE_OK) return -1;
  sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
  if (vfs->xSetSystemCall(vfs, "pwrite64", (sqlite3_syscall_ptr)write_or_fail) != SQLITE_OK) return -1;
  return vfs->xSetSystemCall(vfs, "pwrite", (sqlite3_syscall_ptr)write_or_fail) == SQLITE_OK ? 0 : -1;
}

static int end_all(void **state) {
  char command[128];
  (void)state;
  snprintf(command, sizeof command, "rm -rf %s", folder);
  return system(command);
}

/* ---- steps ------------------------------------------------------------------------------------- */

static vsms_bytes bytes(const char *text) { return (vsms_bytes){text, strlen(text)}; }

static vsms_store *open_store(vsms_error *error) {
  vsms_store_config config;
  memset(&config, 0, sizeof config);
  config.path = bytes(path);
  config.timeout_ms = 10000;
  return vsms_store_new(&config, error);
}

static vsms_store *must_open(void) {
  vsms_error error;
  vsms_store *store = open_store(&error);
  assert_non_null(store);
  return store;
}

struct insert {
  char name[32];
  vsms_datum param;
  vsms_statement statement;
  vsms_step step;
};

static void make_insert(struct insert *insert) {
  memset(insert, 0, sizeof *insert);
  snprintf(insert->name, sizeof insert->name, "name %d", ++names);
  insert->param = (vsms_datum){.type = VSMS_TEXT, .as.text = bytes(insert->name)};
  insert->statement.sql = bytes("INSERT INTO things (name) VALUES ($1)");
  insert->statement.params = &insert->param;
  insert->statement.param_count = 1;
  insert->step.statements = &insert->statement;
  insert->step.count = 1;
}

static vsms_result *perform(vsms_store *store, const vsms_step *step) {
  vsms_error error;
  vsms_result *result = vsms_store_perform(store, step, NULL, &error);
  if (result == NULL) assert_int_equal(error.kind, VSMS_EXHAUSTED);
  return result;
}

static vsms_store_kind do_now(vsms_store *store, const char *sql) {
  vsms_statement statement = {bytes(sql), NULL, 0, {NULL, 0}};
  vsms_step step = {&statement, 1, false, 0};
  vsms_result *result = perform(store, &step);
  vsms_store_kind kind = vsms_result_kind(result);
  vsms_result_free(result);
  return kind;
}

static void make_table(void) {
  vsms_store *store = must_open();
  assert_int_equal(do_now(store, "CREATE TABLE IF NOT EXISTS things (name TEXT PRIMARY KEY)"), VSMS_STORE_OK);
  vsms_store_free(store);
}

/* By a connection that has nothing to do with the core. */
static bool is_there(const char *name) {
  sqlite3 *db;
  sqlite3_stmt *statement;
  assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
  assert_int_equal(sqlite3_prepare_v2(db, "SELECT 1 FROM things WHERE name = $1", -1, &statement, NULL), SQLITE_OK);
  sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
  bool found = sqlite3_step(statement) == SQLITE_ROW;
  sqlite3_finalize(statement);
  sqlite3_close(db);
  return found;
}

static void check(const struct insert *insert, const vsms_result *result) {
  bool found = is_there(insert->name);
  if (vsms_result_committed(result) == VSMS_COMMITTED) assert_true(found);
  if (vsms_result_committed(result) == VSMS_NOT_COMMITTED) assert_false(found);
  assert_int_equal(vsms_result_kind(result) == VSMS_STORE_OK, vsms_result_committed(result) == VSMS_COMMITTED);
}

/* ---- the disk ---------------------------------------------------------------------------------- */

static void check_disk(vsms_store *store, vsms_store_kind expected) {
  struct insert insert;
  make_insert(&insert);
  vsms_result *result = perform(store, &insert.step);
  if (vsms_result_kind(result) != VSMS_STORE_OK) assert_int_equal(vsms_result_kind(result), expected);
  atomic_store(&all_syncs_fail, false);
  atomic_store(&all_writes_fail, false);
  atomic_store(&syncs_left, -1);
  atomic_store(&writes_left, -1);
  check(&insert, result);
  vsms_result_free(result);
  assert_int_equal(do_now(store, "UPDATE things SET name = name"), VSMS_STORE_OK);
}

/* With another connection, the index of the WAL outlives a reopening; without, it is made anew from the WAL. */
static void a_commit_that_the_disk_failed_is_looked_up(void **state) {
  (void)state;
  make_table();
  for (int with_other = 0; with_other <= 1; with_other++) {
    vsms_store *store = must_open(), *other = with_other ? must_open() : NULL;
    if (other != NULL) assert_int_equal(do_now(other, "SELECT 1"), VSMS_STORE_OK);
    for (long sync = 0; sync < 4; sync++) {
      assert_int_equal(do_now(store, "SELECT 1"), VSMS_STORE_OK);
      atomic_store(&syncs_left, sync);
      check_disk(store, VSMS_STORE_IO);
    }
    vsms_store_free(other);
    vsms_store_free(store);
  }
}

static void a_commit_that_cannot_be_looked_up_is_unknown(void **state) {
  (void)state;
  make_table();
  vsms_store *store = must_open(), *other = must_open();
  struct insert insert;
  make_insert(&insert);
  insert.step.timeout_ms = 200;
  assert_int_equal(do_now(other, "SELECT 1"), VSMS_STORE_OK);
  assert_int_equal(do_now(store, "SELECT 1"), VSMS_STORE_OK);
  atomic_store(&all_syncs_fail, true);
  vsms_result *result = perform(store, &insert.step);
  atomic_store(&all_syncs_fail, false);
  assert_int_equal(vsms_result_kind(result), VSMS_STORE_IO);
  assert_int_equal(vsms_result_committed(result), VSMS_COMMITTED_UNKNOWN);
  vsms_result_free(result);
  assert_int_equal(do_now(store, "SELECT 1"), VSMS_STORE_OK);
  vsms_store_free(other);
  vsms_store_free(store);
}

static void a_full_disk_takes_nothing(void **state) {
  (void)state;
  make_table();
  vsms_store *store = must_open();
  for (long write = 0; write < 12; write++) {
    assert_int_equal(do_now(store, "SELECT 1"), VSMS_STORE_OK);
    atomic_store(&writes_left, write);
    check_disk(store, VSMS_STORE_FULL);
  }
  atomic_store(&all_writes_fail, true);
  check_disk(store, VSMS_STORE_FULL);
  vsms_store_free(store);
}

/* ---- memory ------------------------------------------------------------------------------------ */

typedef vsms_result *perform_function(vsms_store *store, const vsms_step *step);

static vsms_result *submit_and_free(vsms_store *store, const vsms_step *step) {
  vsms_error error;
  vsms_ticket *ticket = vsms_store_submit(store, step, &error);
  if (ticket == NULL) {
    assert_int_equal(error.kind, VSMS_EXHAUSTED);
    return NULL;
  }
  assert_true(vsms_ticket_wait(ticket, 20000, NULL));
  const vsms_result *result = vsms_ticket_result(ticket);
  vsms_store_kind kind = vsms_result_kind(result);
  bool is_committed = vsms_result_committed(result) == VSMS_COMMITTED;
  if (kind != VSMS_STORE_OK) assert_int_equal(kind, VSMS_STORE_EXHAUSTED);
  assert_int_equal(is_committed, kind == VSMS_STORE_OK);
  vsms_ticket_free(ticket);
  return NULL;
}

/* False when there were not that many allocations. */
static bool fail_one(perform_function *way, bool is_second, long until) {
  struct insert insert;
  vsms_error error;
  vsms_store *store = is_second ? must_open() : NULL;
  if (is_second) assert_int_equal(do_now(store, "SELECT 1"), VSMS_STORE_OK);
  make_insert(&insert);
  atomic_store(&left, until);
  if (store == NULL) store = open_store(&error);
  vsms_result *result = store != NULL ? way(store, &insert.step) : NULL;
  bool failed = atomic_exchange(&left, -1) < 0;
  if (result != NULL) {
    if (vsms_result_kind(result) != VSMS_STORE_OK) assert_int_equal(vsms_result_kind(result), VSMS_STORE_EXHAUSTED);
    if (until % 7 == 0) check(&insert, result);
  }
  vsms_result_free(result);
  if (store != NULL) assert_int_equal(do_now(store, "SELECT 1"), VSMS_STORE_OK);
  vsms_store_free(store);
  return failed;
}

static void check_every_allocation(perform_function *way, bool is_second) {
  long failing = 0;
  make_table();
  while (fail_one(way, is_second, failing)) failing++;
  print_message("%ld allocations failed, one at a time\n", failing);
}

static void a_first_step_survives_every_failed_allocation(void **state) {
  (void)state;
  check_every_allocation(perform, false);
}

static void a_second_step_survives_every_failed_allocation(void **state) {
  (void)state;
  check_every_allocation(perform, true);
}

static void a_submitted_step_survives_every_failed_allocation(void **state) {
  (void)state;
  check_every_allocation(submit_and_free, false);
}

/* ---- processes --------------------------------------------------------------------------------- */

/* 0 when the child's store works, its parent's ticket is closed in it, and both end. */
static int be_child(vsms_store *store, vsms_ticket *ticket, bool was_finished) {
  vsms_store_kind kind = vsms_result_kind(vsms_ticket_result(ticket));
  if (!was_finished && kind != VSMS_STORE_CLOSED && kind != VSMS_STORE_OK) return 2;
  vsms_ticket_free(ticket);
  if (do_now(store, "INSERT INTO things VALUES (hex(randomblob(16)))") != VSMS_STORE_OK) return 3;
  submit_and_free(store, &(vsms_step){&(vsms_statement){bytes("SELECT 1"), NULL, 0, {NULL, 0}}, 1, false, 0});
  vsms_store_free(store);
  return 0;
}

static void a_forked_child_has_connections_and_a_thread_of_its_own(void **state) {
  (void)state;
  make_table();
  vsms_store *store = must_open();
  vsms_error error;
  assert_int_equal(do_now(store, "SELECT 1"), VSMS_STORE_OK);
  for (int i = 0; i < 20; i++) {
    struct insert insert;
    make_insert(&insert);
    vsms_ticket *ticket = vsms_store_submit(store, &insert.step, &error);
    assert_non_null(ticket);
    pid_t child = fork();
    if (child == 0) _exit(be_child(store, ticket, vsms_ticket_is_finished(ticket)));
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_true(vsms_ticket_wait(ticket, 20000, NULL));
    assert_int_equal(vsms_result_kind(vsms_ticket_result(ticket)), VSMS_STORE_OK);
    assert_true(is_there(insert.name));
    vsms_ticket_free(ticket);
  }
  vsms_store_free(store);
}

enum { DESCRIPTORS = 64 };

static bool are_the_same(int fd, int other) {
  struct stat one, two;
  return fstat(fd, &one) == 0 && fstat(other, &two) == 0 && one.st_dev == two.st_dev && one.st_ino == two.st_ino;
}

/* As in a daemon: all that was inherited is closed, and the numbers are soon something else's. */
static int replace_descriptors_and_go_on(vsms_store *store) {
  int null = fcntl(open("/dev/null", O_RDWR), F_DUPFD_CLOEXEC, DESCRIPTORS);
  for (int fd = STDERR_FILENO + 1; fd < DESCRIPTORS; fd++) dup2(null, fd);
  if (do_now(store, "INSERT INTO things VALUES (hex(randomblob(16)))") != VSMS_STORE_OK) return 2;
  submit_and_free(store, &(vsms_step){&(vsms_statement){bytes("SELECT 1"), NULL, 0, {NULL, 0}}, 1, false, 0});
  for (int fd = STDERR_FILENO + 1; fd < DESCRIPTORS; fd++) {
    if (!are_the_same(fd, null)) return 3;
  }
  return 0;
}

static void a_forked_child_closes_nothing_that_only_has_the_number_of_its_parents(void **state) {
  (void)state;
  make_table();
  vsms_store *store = must_open();
  assert_int_equal(do_now(store, "SELECT 1"), VSMS_STORE_OK);
  submit_and_free(store, &(vsms_step){&(vsms_statement){bytes("SELECT 1"), NULL, 0, {NULL, 0}}, 1, false, 0});
  pid_t child = fork();
  if (child == 0) _exit(replace_descriptors_and_go_on(store));
  int status = -1;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
  vsms_store_free(store);
}

/* ---- tickets ----------------------------------------------------------------------------------- */

static void tickets_outlive_their_store(void **state) {
  (void)state;
  make_table();
  vsms_store *store = must_open();
  vsms_error error;
  vsms_ticket *tickets[50];
  for (int i = 0; i < 50; i++) {
    struct insert insert;
    make_insert(&insert);
    tickets[i] = vsms_store_submit(store, &insert.step, &error);
    assert_non_null(tickets[i]);
    assert_null(vsms_ticket_response(tickets[i])); /* an engine's word for it */
  }
  for (int i = 0; i < 50; i += 5) vsms_ticket_free(tickets[i]);
  vsms_store_free(store);
  for (int i = 0; i < 50; i++) {
    if (i % 5 == 0) continue;
    vsms_store_kind kind = vsms_result_kind(vsms_ticket_result(tickets[i]));
    assert_true(kind == VSMS_STORE_OK || kind == VSMS_STORE_CLOSED);
    vsms_ticket_free(tickets[i]);
  }
}

/* ---- its library ------------------------------------------------------------------------------- */

static void *load_together(void *library) {
  vsms_error error;
  return vsms_library_load(library, "path", &error) ? library : NULL;
}

static void a_library_is_loaded_once_by_any_thread(void **state) {
  (void)state;
  const char *(*version)(void) = NULL;
  const struct vsms_library_function function = {"sqlite3_libversion", &version};
  struct vsms_library library = {VSMS_SQLITE_LIBRARY, "a package", &function, 1, false};
  pthread_t threads[4];
  for (int i = 0; i < 4; i++) assert_int_equal(pthread_create(&threads[i], NULL, load_together, &library), 0);
  for (int i = 0; i < 4; i++) {
    void *loaded = NULL;
    pthread_join(threads[i], &loaded);
    assert_ptr_equal(loaded, &library);
  }
  assert_ptr_equal(version(), sqlite3_libversion());
}

static void a_library_that_lacks_something_says_so(void **state) {
  (void)state;
  void (*pointer)(void) = NULL;
  const struct vsms_library_function function = {"sqlite3_not_invented_yet", &pointer};
  struct vsms_library old = {VSMS_SQLITE_LIBRARY, "a package", &function, 1, false};
  struct vsms_library missing = {"libvertexsms-none.so.9", "a package", &function, 1, false};
  vsms_error error;
  assert_false(vsms_library_load(&old, "path", &error));
  assert_non_null(strstr(error.message, "sqlite3_not_invented_yet: install a package"));
  assert_false(vsms_library_load(&missing, "path", &error));
  assert_non_null(strstr(error.message, "libvertexsms-none.so.9"));
  assert_int_equal(error.kind, VSMS_INVALID_ARGUMENT);
  assert_string_equal(error.field, "path");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_commit_that_the_disk_failed_is_looked_up),
      cmocka_unit_test(a_commit_that_cannot_be_looked_up_is_unknown),
      cmocka_unit_test(a_full_disk_takes_nothing),
      cmocka_unit_test(a_first_step_survives_every_failed_allocation),
      cmocka_unit_test(a_second_step_survives_every_failed_allocation),
      cmocka_unit_test(a_submitted_step_survives_every_failed_allocation),
      cmocka_unit_test(a_forked_child_has_connections_and_a_thread_of_its_own),
      cmocka_unit_test(a_forked_child_closes_nothing_that_only_has_the_number_of_its_parents),
      cmocka_unit_test(tickets_outlive_their_store),
      cmocka_unit_test(a_library_is_loaded_once_by_any_thread),
      cmocka_unit_test(a_library_that_lacks_something_says_so),
  };
  skip_unwanted();
  return cmocka_run_group_tests(tests, begin_all, end_all);
}
