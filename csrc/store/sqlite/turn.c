/* turn.c - see turn.h.
 *
 * flock(2), and not fcntl(2): it also keeps two connections of one process apart, and closing a descriptor of some other
 * open of the file does not give it back. */
#include "store/sqlite/turn.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

enum { PATH_OCTETS = 4200, WAIT_MS_MAX = 5000 };
static const double pause_ms_first = 0.05, pause_ms_max = 2;

static int open_lock(const char *path, const char *suffix) {
  char name[PATH_OCTETS];
  if (snprintf(name, sizeof name, "%s-%s", path, suffix) >= (int)sizeof name) return -1;
  return open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
}

void vsms_turn_open(struct vsms_turn *turn, const char *path) {
  turn->next_fd = open_lock(path, "next");
  turn->now_fd = open_lock(path, "turn");
  turn->next_id = vsms_descriptor_identify(turn->next_fd);
  turn->now_id = vsms_descriptor_identify(turn->now_fd);
  turn->is_ours = false;
}

void vsms_turn_disown(struct vsms_turn *turn) {
  vsms_descriptor_close_inherited(turn->next_fd, turn->next_id);
  vsms_descriptor_close_inherited(turn->now_fd, turn->now_id);
}

void vsms_turn_close(struct vsms_turn *turn) {
  if (turn->next_fd >= 0) close(turn->next_fd);
  if (turn->now_fd >= 0) close(turn->now_fd);
  turn->next_fd = turn->now_fd = -1;
  turn->is_ours = false;
}

static bool lock(int fd, const struct vsms_patience *patience) {
  double pause = pause_ms_first;
  while (!vsms_descriptor_try_lock(fd)) {
    if (vsms_patience_verdict(patience) != VSMS_STORE_OK) return false;
    vsms_patience_sleep(patience, pause);
    if (pause < pause_ms_max) pause *= 2;
  }
  return true;
}

bool vsms_turn_take(struct vsms_turn *turn, const struct vsms_patience *patience) {
  struct vsms_patience mine = *patience;
  double latest = vsms_clock_ms() + WAIT_MS_MAX;
  if (turn->next_fd < 0 || turn->now_fd < 0) return false;
  if (mine.deadline_ms > latest) mine.deadline_ms = latest;
  if (!lock(turn->next_fd, &mine)) return false;
  turn->is_ours = lock(turn->now_fd, &mine);
  flock(turn->next_fd, LOCK_UN);
  return turn->is_ours;
}

bool vsms_turn_try(struct vsms_turn *turn) {
  if (!turn->is_ours && turn->now_fd >= 0) turn->is_ours = vsms_descriptor_try_lock(turn->now_fd);
  return turn->is_ours;
}

void vsms_turn_give(struct vsms_turn *turn) {
  if (turn->is_ours) flock(turn->now_fd, LOCK_UN);
  turn->is_ours = false;
}
