/* group.c - see group.h.
 *
 * A step that fails is undone to its savepoint, and the others go on. Where the database undoes the whole transaction with
 * it (SQLite does at SQLITE_INTERRUPT, for instance), the others are run again in another one: no caller has been told of
 * them yet. */
#include "store/group.h"

#include <math.h>

#include "store/commits.h"

enum { COLLISIONS_MAX = 20, PAUSE_MS_MAX = 20 };

struct group {
  struct vsms_link *link;
  const vsms_driver *driver;
  struct vsms_task **tasks;
  size_t count;
  bool is_writing;
  bool was_fresh; /* the connection, when the transaction began */
  int collisions; /* how often the database has undone the transaction for the sake of another */
  const vsms_interrupt *interrupt;
  vsms_store_kind interrupted_kind;
};

static bool is_due(const struct group *group, const struct vsms_task *task) {
  return !task->is_over && task->step->read_only != group->is_writing;
}

static size_t count_due(const struct group *group) {
  size_t due = 0;
  for (size_t i = 0; i < group->count; i++) due += is_due(group, group->tasks[i]);
  return due;
}

static void fail_task(struct vsms_task *task, const struct vsms_failure *failure, vsms_committed committed) {
  vsms_result_fail(task->result, failure, committed);
  task->is_over = true;
}

static void fail_due(struct group *group, const struct vsms_failure *failure, vsms_committed committed) {
  for (size_t i = 0; i < group->count; i++) {
    if (is_due(group, group->tasks[i])) fail_task(group->tasks[i], failure, committed);
  }
}

static void succeed_due(struct group *group) {
  for (size_t i = 0; i < group->count; i++) {
    struct vsms_task *task = group->tasks[i];
    if (!is_due(group, task)) continue;
    vsms_result_succeed(task->result);
    task->is_over = true;
  }
}

/* ---- patience ---------------------------------------------------------------------------------- */

static struct vsms_patience patience_until(const struct group *group, double deadline_ms) {
  return (struct vsms_patience){deadline_ms, group->interrupt, group->interrupted_kind};
}

static double first_deadline(const struct group *group) {
  double first = INFINITY;
  for (size_t i = 0; i < group->count; i++) {
    if (is_due(group, group->tasks[i])) first = fmin(first, group->tasks[i]->deadline_ms);
  }
  return first;
}

static double last_deadline(const struct group *group) {
  double last = -INFINITY;
  for (size_t i = 0; i < group->count; i++) {
    if (is_due(group, group->tasks[i])) last = fmax(last, group->tasks[i]->deadline_ms);
  }
  return last;
}

/* Those whose time has passed while they waited. */
static void expire(struct group *group, const struct vsms_failure *failure) {
  double now = vsms_clock_ms();
  for (size_t i = 0; i < group->count; i++) {
    struct vsms_task *task = group->tasks[i];
    if (is_due(group, task) && task->deadline_ms <= now) fail_task(task, failure, VSMS_NOT_COMMITTED);
  }
}

static double random_pause_ms(void) {
  unsigned char octet = 0;
  vsms_random(&octet, 1);
  return PAUSE_MS_MAX * (1.0 + octet) / 256;
}

/* ---- the beginning ----------------------------------------------------------------------------- */

static bool open_and_begin(struct group *group, struct vsms_failure *failure) {
  struct vsms_patience patience = patience_until(group, first_deadline(group));
  group->was_fresh = true;
  if (!vsms_link_open(group->link, &patience, failure)) return false;
  group->was_fresh = group->link->is_fresh;
  group->link->is_fresh = false;
  return group->driver->begin(group->link->connection, group->is_writing, &patience, failure);
}

/* A connection that was idle may have been closed by the other side, or its server may have become a standby. */
static bool may_reconnect(const struct group *group, const struct vsms_failure *failure) {
  bool is_elsewhere = failure->kind == VSMS_STORE_UNREACHABLE || failure->kind == VSMS_STORE_READ_ONLY;
  return is_elsewhere && !group->was_fresh && !group->driver->is_usable(group->link->connection);
}

/* May another attempt succeed? The first deadline that passes is not everybody's. */
static bool may_begin_again(struct group *group, const struct vsms_failure *failure) {
  bool is_late = failure->kind == VSMS_STORE_BUSY || failure->kind == VSMS_STORE_TIMEOUT;
  if (is_late) expire(group, failure);
  if (is_late) return count_due(group) > 0;
  return may_reconnect(group, failure);
}

/* False: there is nothing left to be run. */
static bool begin(struct group *group) {
  struct vsms_failure failure;
  while (!open_and_begin(group, &failure)) {
    if (may_begin_again(group, &failure)) continue;
    fail_due(group, &failure, VSMS_NOT_COMMITTED);
    return false;
  }
  return true;
}

static bool is_transaction_lost(struct group *group) {
  void *connection = group->link->connection;
  return !group->driver->is_usable(connection) || !group->driver->is_in_transaction(connection);
}

/* ---- one task ---------------------------------------------------------------------------------- */

static bool has_refused(const struct vsms_task *task, size_t i) {
  const vsms_rows *rows = &task->result->sets[i].rows;
  return task->step->statements[i].must.length > 0 && rows->row_count == 0 && rows->changes == 0;
}

static bool run_one_by_one(struct group *group, struct vsms_task *task, const struct vsms_patience *patience,
                           struct vsms_failure *failure) {
  for (size_t i = 0; i < task->step->count; i++) {
    const vsms_statement *statement = &task->step->statements[i];
    if (!group->driver->run(group->link->connection, statement, group->is_writing, patience, task->result, failure)) {
      task->result->filled = i; /* it failed: whether it would have found something is not known */
      return false;
    }
    if (has_refused(task, i)) return true;
  }
  return true;
}

static bool run_them(struct group *group, struct vsms_task *task, struct vsms_failure *failure) {
  struct vsms_patience patience = patience_until(group, task->deadline_ms);
  const vsms_step *step = task->step;
  void *connection = group->link->connection;
  vsms_result_reset(task->result);
  if (group->driver->run_all == NULL) return run_one_by_one(group, task, &patience, failure);
  return group->driver->run_all(connection, step->statements, step->count, &patience, task->result, failure);
}

/* False with *refused_by where a `must` was not met, or with *failure filled. What failed behind a `must` that was not met
 * would not have been run. */
static bool run_statements(struct group *group, struct vsms_task *task, const vsms_statement **refused_by,
                           struct vsms_failure *failure) {
  bool ok = run_them(group, task, failure);
  if (!ok && is_transaction_lost(group)) return false;
  for (size_t i = 0; i < task->result->filled; i++) {
    if (!has_refused(task, i)) continue;
    *refused_by = &task->step->statements[i];
    return false;
  }
  return ok;
}

typedef enum progress { GOES_ON, BEGIN_AGAIN, ALL_FAILED } progress;

static progress fail_all(struct group *group, const struct vsms_failure *failure) {
  group->driver->rollback(group->link->connection);
  fail_due(group, failure, VSMS_NOT_COMMITTED);
  return ALL_FAILED;
}

/* What the task did is undone; without a savepoint, so is everything. */
static progress undo(struct group *group, bool has_savepoint) {
  struct vsms_failure failure;
  if (has_savepoint) {
    return group->driver->undo(group->link->connection, &failure) ? GOES_ON : fail_all(group, &failure);
  }
  group->driver->rollback(group->link->connection);
  return BEGIN_AGAIN;
}

/* A deadlock, or two transactions that cannot both have been first: run again, the same steps succeed. */
static bool has_collided(struct group *group, const struct vsms_failure *failure) {
  struct vsms_patience patience = patience_until(group, first_deadline(group));
  if (failure->kind != VSMS_STORE_BUSY || failure->has_waited || ++group->collisions > COLLISIONS_MAX) return false;
  if (vsms_patience_verdict(&patience) != VSMS_STORE_OK) return false;
  group->driver->rollback(group->link->connection);
  vsms_patience_sleep(&patience, random_pause_ms());
  return true;
}

/* Nothing of the task is left that would have to be undone. */
static bool is_undone(const struct group *group, const struct vsms_task *task) {
  vsms_store_kind kind = task->result->kind;
  return task->step->count == 1 && group->driver->undoes_statements &&
         (kind == VSMS_STORE_CONFLICT || kind == VSMS_STORE_REFUSED);
}

/* The task has failed: is that the end of the others, too? */
static progress take_failure(struct group *group, struct vsms_task *task, bool has_savepoint,
                             const struct vsms_failure *failure) {
  if (has_collided(group, failure) || may_reconnect(group, failure)) return BEGIN_AGAIN;
  fail_task(task, failure, VSMS_NOT_COMMITTED);
  if (vsms_store_kind_is_shared(failure->kind)) return fail_all(group, failure);
  if (is_transaction_lost(group)) return BEGIN_AGAIN;
  return is_undone(group, task) ? GOES_ON : undo(group, has_savepoint);
}

static progress run_task(struct group *group, struct vsms_task *task, bool with_savepoint) {
  struct vsms_failure failure;
  const vsms_statement *refused_by = NULL;
  void *connection = group->link->connection;
  if (with_savepoint && !group->driver->save(connection, &failure)) {
    return take_failure(group, task, false, &failure);
  }
  if (run_statements(group, task, &refused_by, &failure)) {
    if (!with_savepoint || group->driver->keep(connection, &failure)) return GOES_ON;
    return take_failure(group, task, with_savepoint, &failure);
  }
  if (refused_by == NULL) return take_failure(group, task, with_savepoint, &failure);
  vsms_result_refuse(task->result, refused_by->must);
  task->is_over = true;
  return is_undone(group, task) ? GOES_ON : undo(group, with_savepoint);
}

/* ---- the end ----------------------------------------------------------------------------------- */

static void look_up(struct group *group, struct vsms_failure *failure) {
  struct vsms_patience patience = patience_until(group, last_deadline(group));
  switch (vsms_commits_look_up(group->link, &patience)) {
    case VSMS_COMMITTED: succeed_due(group); break;
    case VSMS_NOT_COMMITTED: fail_due(group, failure, VSMS_NOT_COMMITTED); break;
    default: fail_due(group, failure, VSMS_COMMITTED_UNKNOWN); break;
  }
}

static progress take_undone(struct group *group, const struct vsms_failure *failure) {
  if (has_collided(group, failure) || may_reconnect(group, failure)) return BEGIN_AGAIN;
  return fail_all(group, failure);
}

static progress commit(struct group *group) {
  struct vsms_failure failure;
  struct vsms_patience patience = patience_until(group, last_deadline(group));
  if (!vsms_commits_note(group->link, &patience, &failure)) return take_undone(group, &failure);
  switch (group->driver->commit(group->link->connection, &patience, &failure)) {
    case VSMS_COMMIT_DONE: succeed_due(group); break;
    case VSMS_COMMIT_UNDONE: return take_undone(group, &failure);
    default: look_up(group, &failure); break;
  }
  return GOES_ON;
}

static progress run_tasks(struct group *group) {
  progress so_far = GOES_ON;
  bool are_several = count_due(group) > 1;
  for (size_t i = 0; i < group->count && so_far == GOES_ON; i++) {
    struct vsms_task *task = group->tasks[i];
    bool with_savepoint = are_several && !(task->step->count == 1 && group->driver->undoes_statements);
    if (is_due(group, task)) so_far = run_task(group, task, with_savepoint);
  }
  return so_far;
}

/* Each time round, at least one task more is over, or there was one collision more. */
static void write_all(struct group *group) {
  progress result = BEGIN_AGAIN;
  while (result == BEGIN_AGAIN && count_due(group) > 0 && begin(group)) {
    result = run_tasks(group);
    if (result != GOES_ON) continue;
    if (count_due(group) > 0) {
      result = commit(group);
    } else {
      group->driver->rollback(group->link->connection);
    }
  }
}

/* Each in a transaction of its own, so that it sees one state, and a failure is its own. */
static void read_one(struct group *all, struct vsms_task **task) {
  struct group group = *all;
  group.tasks = task;
  group.count = 1;
  progress result = BEGIN_AGAIN;
  while (result == BEGIN_AGAIN && !(*task)->is_over && begin(&group)) result = run_task(&group, *task, false);
  if (result != GOES_ON) return;
  group.driver->rollback(group.link->connection);
  succeed_due(&group);
}

void vsms_group_run(struct vsms_link *link, struct vsms_task **tasks, size_t count, const vsms_interrupt *interrupt,
                    vsms_store_kind interrupted_kind) {
  struct group group = {
      .link = link,
      .driver = link->settings->driver,
      .tasks = tasks,
      .count = count,
      .is_writing = true,
      .interrupt = interrupt,
      .interrupted_kind = interrupted_kind,
  };
  write_all(&group);
  group.is_writing = false;
  for (size_t i = 0; i < count; i++) {
    if (is_due(&group, tasks[i])) read_one(&group, &tasks[i]);
  }
}
