/* descriptor.c - see descriptor.h: what is the same on every system. */
#include "base/descriptor.h"

#include <errno.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

vsms_descriptor_id vsms_descriptor_identify(int fd) {
  vsms_descriptor_id id = {0, 0};
  struct stat status;
  if (fd < 0 || fstat(fd, &status) != 0) return id;
  id.device = status.st_dev;
  id.inode = status.st_ino;
  return id;
}

void vsms_descriptor_close_inherited(int fd, vsms_descriptor_id id) {
  vsms_descriptor_id now = vsms_descriptor_identify(fd);
  if (fd >= 0 && now.inode != 0 && now.inode == id.inode && now.device == id.device) close(fd);
}

bool vsms_descriptor_try_lock(int fd) {
  int result;
  do {
    result = flock(fd, LOCK_EX | LOCK_NB);
  } while (result != 0 && errno == EINTR);
  return result == 0;
}
