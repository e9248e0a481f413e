/* journal.c - see journal.h. A file of lines that several processes append to, one at a time. */
#include "store/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"

struct vsms_journal {
  int fd;
  struct stat status;
  char path[];
};

static bool fail_with_errno(vsms_error *error, const char *what, const char *path) {
  return vsms_fail(error, VSMS_EXHAUSTED, NULL, "cannot %s %.100s: %s", what, path, strerror(errno));
}

static int open_file(const char *path, int flags) {
  int fd;
  do {
    fd = open(path, flags | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR);
  } while (fd < 0 && errno == EINTR);
  return fd;
}

/* What is written to a device or a pipe cannot be read again. */
static bool is_regular(int fd) {
  struct stat status;
  if (fstat(fd, &status) != 0) return false;
  errno = EOPNOTSUPP;
  return S_ISREG(status.st_mode);
}

enum attempt { LOCKED, REPLACED, BUSY, FAILED };

/* flock waits for ever or not at all, and the process that has the lock may have been stopped. */
static enum attempt lock(int fd, double until) {
  static const struct timespec pause = {0, 100 * 1000};
  while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) return FAILED;
    if (vsms_clock_ms() >= until) return BUSY;
    nanosleep(&pause, NULL);
  }
  return LOCKED;
}

/* A lock belongs to the file, not to its path: the process that had it may have put another file there meanwhile. flock, and
 * an open for each step, because a lock of fcntl is lost with any other descriptor of the file, and one of flock is
 * shared with forked children. */
static enum attempt try_open(vsms_journal *journal, double until) {
  struct stat now;
  journal->fd = open_file(journal->path, O_RDWR | O_APPEND | O_CREAT);
  if (journal->fd < 0 || !is_regular(journal->fd)) return FAILED;
  enum attempt locked = lock(journal->fd, until);
  if (locked != LOCKED) return locked;
  if (fstat(journal->fd, &journal->status) != 0) return FAILED;
  if (stat(journal->path, &now) != 0) return errno == ENOENT ? REPLACED : FAILED;
  bool same = now.st_ino == journal->status.st_ino && now.st_dev == journal->status.st_dev;
  return same ? LOCKED : REPLACED;
}

static void close_file(vsms_journal *journal) {
  if (journal->fd >= 0) close(journal->fd);
  journal->fd = -1;
}

vsms_journal *vsms_journal_open(const char *path, unsigned wait_ms, vsms_error *error) {
  double until = vsms_clock_ms() + wait_ms;
  size_t length = strlen(path);
  vsms_journal *journal = malloc(sizeof *journal + length + 1);
  if (journal == NULL) {
    vsms_fail_memory(error);
    return NULL;
  }
  memcpy(journal->path, path, length + 1);
  enum attempt attempt;
  while ((attempt = try_open(journal, until)) == REPLACED) close_file(journal);
  if (attempt == LOCKED) return journal;
  if (attempt == BUSY) {
    vsms_fail(error, VSMS_EXHAUSTED, NULL, "cannot open %.100s: another process has held its lock for %u ms", path,
              wait_ms);
  } else {
    fail_with_errno(error, "open", path);
  }
  vsms_journal_close(journal);
  return NULL;
}

size_t vsms_journal_size(const vsms_journal *journal) { return (size_t)journal->status.st_size; }

bool vsms_journal_read(vsms_journal *journal, size_t offset, char *out, size_t size, size_t *length,
                       vsms_error *error) {
  *length = 0;
  while (*length < size) {
    ssize_t got = pread(journal->fd, out + *length, size - *length, (off_t)(offset + *length));
    if (got == 0) break;
    if (got < 0 && errno != EINTR) return fail_with_errno(error, "read", journal->path);
    if (got > 0) *length += (size_t)got;
  }
  return true;
}

static bool write_all(int fd, vsms_bytes text) {
  for (size_t written = 0; written < text.length;) {
    ssize_t put = write(fd, text.data + written, text.length - written);
    if (put < 0 && errno != EINTR) return false;
    if (put > 0) written += (size_t)put;
  }
  return true;
}

/* The name of a new file is on the disk when its folder is. */
static bool sync_folder(const char *path) {
  char *copy = strdup(path);
  if (copy == NULL) return false;
  int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  bool ok = fd >= 0 && fsync(fd) == 0;
  if (fd >= 0) close(fd);
  free(copy);
  return ok;
}

bool vsms_journal_append(vsms_journal *journal, vsms_bytes text, vsms_error *error) {
  bool is_new = journal->status.st_size == 0;
  bool ok = write_all(journal->fd, text) && (!is_new || sync_folder(journal->path));
  if (!ok) fail_with_errno(error, "write", journal->path);
  if (fstat(journal->fd, &journal->status) != 0) return fail_with_errno(error, "read", journal->path);
  return ok;
}

/* The disk may take long, and need not keep the others waiting: a process that replaces the file meanwhile has read what was
 * appended, and puts it on the disk itself. */
bool vsms_journal_sync(vsms_journal *journal, vsms_error *error) {
  if (flock(journal->fd, LOCK_UN) == 0 && fsync(journal->fd) == 0) return true;
  return fail_with_errno(error, "write", journal->path);
}

static bool write_new(const char *path, vsms_bytes text) {
  unlink(path);
  int fd = open_file(path, O_WRONLY | O_CREAT | O_EXCL);
  if (fd < 0) return false;
  bool ok = write_all(fd, text) && fsync(fd) == 0;
  close(fd);
  return ok;
}

bool vsms_journal_replace(vsms_journal *journal, vsms_bytes text, vsms_error *error) {
  size_t length = strlen(journal->path);
  char *path = malloc(length + sizeof ".new");
  if (path == NULL) return vsms_fail_memory(error);
  memcpy(path, journal->path, length);
  memcpy(path + length, ".new", sizeof ".new");
  bool ok = write_new(path, text) && rename(path, journal->path) == 0 && sync_folder(journal->path);
  if (!ok) {
    fail_with_errno(error, "replace", journal->path);
    unlink(path); /* a disk that is full needs its room */
  }
  free(path);
  return ok;
}

void vsms_journal_close(vsms_journal *journal) {
  if (journal == NULL) return;
  close_file(journal);
  free(journal);
}
