/* old_file.c - see old_file.h.
 *
 * Old versions lock the file with flock, open it anew for each step, and put a shorter one in its place from time to
 * time. */
#include "store/old_file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/descriptor.h"
#include "base/error.h"

struct vsms_old_file {
  int fd;
  char path[];
};

static bool fail_with_errno(vsms_error *error, const char *what, const char *path) {
  return vsms_fail(error, VSMS_EXHAUSTED, NULL, "cannot %s %.100s: %s", what, path, strerror(errno));
}

enum attempt { LOCKED, REPLACED, BUSY, FAILED };

/* A lock belongs to the file, not to its path: there may be another file there meanwhile. */
static enum attempt try_open(vsms_old_file *file) {
  struct stat mine, now;
  file->fd = open(file->path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (file->fd < 0) return FAILED;
  if (!vsms_descriptor_try_lock(file->fd)) return errno == EWOULDBLOCK ? BUSY : FAILED;
  if (fstat(file->fd, &mine) != 0 || stat(file->path, &now) != 0) return FAILED;
  return now.st_ino == mine.st_ino && now.st_dev == mine.st_dev ? LOCKED : REPLACED;
}

static void close_file(vsms_old_file *file) {
  if (file->fd >= 0) close(file->fd);
  file->fd = -1;
}

vsms_old_file *vsms_old_file_open(const char *path, bool *is_busy, vsms_error *error) {
  size_t size = strlen(path) + 1;
  *is_busy = false;
  vsms_old_file *file = malloc(sizeof *file + size);
  if (file == NULL) {
    vsms_fail_memory(error);
    return NULL;
  }
  memcpy(file->path, path, size);
  enum attempt attempt;
  while ((attempt = try_open(file)) == REPLACED) close_file(file);
  if (attempt == LOCKED) return file;
  *is_busy = attempt == BUSY;
  fail_with_errno(error, "open", path);
  vsms_old_file_close(file);
  return NULL;
}

bool vsms_old_file_read(vsms_old_file *file, long long offset, char *out, size_t size, size_t *length,
                        vsms_error *error) {
  *length = 0;
  while (*length < size) {
    ssize_t got = pread(file->fd, out + *length, size - *length, (off_t)(offset + (long long)*length));
    if (got == 0) break;
    if (got < 0 && errno != EINTR) return fail_with_errno(error, "read", file->path);
    if (got > 0) *length += (size_t)got;
  }
  return true;
}

/* A name is on the disk when its folder is. */
static bool sync_folder(const char *path) {
  char *copy = strdup(path);
  if (copy == NULL) return false;
  int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  bool ok = fd >= 0 && fsync(fd) == 0;
  if (fd >= 0) close(fd);
  free(copy);
  return ok;
}

bool vsms_old_file_give_way(vsms_old_file *file, const char *new_path, const char *kept_path, vsms_error *error) {
  unlink(kept_path);
  bool ok = link(file->path, kept_path) == 0 && rename(new_path, file->path) == 0 && sync_folder(file->path);
  return ok || fail_with_errno(error, "replace", file->path);
}

void vsms_old_file_close(vsms_old_file *file) {
  if (file == NULL) return;
  close_file(file);
  free(file);
}
