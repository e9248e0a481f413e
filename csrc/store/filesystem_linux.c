/* filesystem_linux.c - filesystem.h with statfs(2), whose numbers these are, and mknod(2). */
#include <errno.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "store/filesystem.h"

static const struct {
  unsigned type;
  const char *name;
} network[] = {
    {0x6969, "NFS"},
    {0x517B, "SMB"},
    {0xFF534D42, "CIFS"},
    {0xFE534D42, "SMB"},
    {0x01021997, "9P"},
    {0x65735546, "FUSE"},
    {0x5346414F, "AFS"},
    {0x6B414653, "AFS"},
    {0x00C36400, "Ceph"},
    {0x73757245, "Coda"},
    {0x564C, "NCP"},
    {0x0BD00BD0, "Lustre"},
    {0x47504653, "GPFS"},
    {0x786F4256, "VirtualBox shared folder"},
    {0x7461636F, "OCFS2"},
    {0x01161970, "GFS2"},
    {0xBACBACBC, "VMware shared folder"},
};

const char *vsms_filesystem_of_network(const char *folder) {
  struct statfs found;
  if (statfs(folder, &found) != 0) return NULL;
  for (size_t i = 0; i < sizeof network / sizeof *network; i++) {
    if (network[i].type == (unsigned)found.f_type) return network[i].name;
  }
  return NULL;
}

bool vsms_filesystem_make_file(const char *path) { return mknod(path, S_IFREG | 0600, 0) == 0 || errno == EEXIST; }
