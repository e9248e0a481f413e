/* filesystem_posix.c - filesystem.h with what every POSIX system has. It does not tell a network file system. */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <unistd.h>

#include "store/filesystem.h"

const char *vsms_filesystem_of_network(const char *folder) {
  (void)folder;
  return NULL;
}

/* Nothing else has the file open when it is new. */
bool vsms_filesystem_make_file(const char *path) {
  int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return errno == EEXIST;
  close(fd);
  return true;
}
