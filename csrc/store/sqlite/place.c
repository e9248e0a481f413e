/* place.c - where a store may be: a file that this user alone may read, in a folder that no other user may write to,
 * on a disk of this machine. Nothing here opens the file (see filesystem.h). */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/filesystem.h"
#include "store/sqlite/sqlite.h"

static bool fail_system(struct vsms_failure *failure, const char *path, int reason) {
  vsms_store_kind kind = VSMS_STORE_UNREACHABLE;
  if (reason == EACCES || reason == EPERM) kind = VSMS_STORE_DENIED;
  if (reason == ENOSPC || reason == EDQUOT) kind = VSMS_STORE_FULL;
  if (reason == EROFS) kind = VSMS_STORE_READ_ONLY;
  if (reason == EMFILE || reason == ENFILE || reason == ENOMEM) kind = VSMS_STORE_EXHAUSTED;
  return vsms_store_fail(failure, kind, "%s: %s", path, strerror(reason));
}

/* Root looks after the stores of others, too. */
static bool may_own(uid_t owner) { return owner == geteuid() || owner == 0 || geteuid() == 0; }

/* SQLite's own words for it are those of the file beside the store that it could not make. */
static bool check_writable(const char *path, struct vsms_failure *failure) {
  return faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) == 0 || fail_system(failure, path, errno);
}

static bool check_folder(const char *folder, struct vsms_failure *failure) {
  struct stat found;
  if (stat(folder, &found) != 0) return fail_system(failure, folder, errno);
  if (!may_own(found.st_uid) || (found.st_mode & 022) != 0) {
    return vsms_store_fail(
        failure, VSMS_STORE_DENIED,
        "others may write to the folder %s (mode %03o): put the store into one of its own, chmod 700", folder,
        (unsigned)found.st_mode & 0777);
  }
  const char *network = vsms_filesystem_of_network(folder);
  if (network == NULL) return check_writable(folder, failure);
  return vsms_store_fail(
      failure, VSMS_STORE_DENIED,
      "%s is on a network file system (%s), whose locks do not keep a SQLite file whole: use a local "
      "disk, or PostgreSQL",
      folder, network);
}

static bool check_file(const char *path, bool must_be_there, struct vsms_failure *failure) {
  struct stat found;
  if (lstat(path, &found) != 0) {
    if (errno == ENOENT && !must_be_there) return true;
    return fail_system(failure, path, errno);
  }
  if (!S_ISREG(found.st_mode)) {
    return vsms_store_fail(failure, VSMS_STORE_DENIED, "%s is not a regular file", path);
  }
  if (may_own(found.st_uid) && (found.st_mode & 077) == 0) return true;
  return vsms_store_fail(failure, VSMS_STORE_DENIED,
                         "others may read %s (mode %03o), which holds messages and numbers: chmod 600, and it must be "
                         "owned by the user who runs this",
                         path, (unsigned)found.st_mode & 0777);
}

/* The file, and what SQLite keeps beside it. */
static bool check_files(const char *path, bool may_make, struct vsms_failure *failure) {
  static const char *const beside[] = {"-wal", "-shm", "-journal"};
  char name[PATH_MAX + 16];
  if (may_make && !vsms_filesystem_make_file(path)) return fail_system(failure, path, errno);
  if (!check_file(path, true, failure)) return false;
  for (size_t i = 0; i < sizeof beside / sizeof *beside; i++) {
    snprintf(name, sizeof name, "%s%s", path, beside[i]);
    if (!check_file(name, false, failure)) return false;
  }
  return true;
}

/* The folder's symbolic links are followed: /var/run is one. The file's own is not. */
static char *absolute_path(const char *path, char folder[PATH_MAX], struct vsms_failure *failure) {
  char *first = strdup(path), *second = strdup(path), *whole = NULL;
  if (first == NULL || second == NULL) {
    vsms_store_fail_memory(failure);
  } else if (realpath(dirname(first), folder) == NULL) {
    fail_system(failure, path, errno);
  } else {
    const char *name = basename(second);
    size_t size = strlen(folder) + strlen(name) + 2;
    whole = malloc(size);
    if (whole != NULL) snprintf(whole, size, "%s/%s", strcmp(folder, "/") == 0 ? "" : folder, name);
    if (whole == NULL) vsms_store_fail_memory(failure);
  }
  free(first);
  free(second);
  return whole;
}

char *vsms_sqlite_place(const char *path, bool may_make, struct vsms_failure *failure) {
  char folder[PATH_MAX];
  char *whole = absolute_path(path, folder, failure);
  if (whole == NULL || (check_folder(folder, failure) && check_files(whole, may_make, failure))) return whole;
  free(whole);
  return NULL;
}
