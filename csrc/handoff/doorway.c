/* doorway.c - see doorway.h. */
#include "handoff/doorway.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/error.h"
#include "handoff/peer.h"

static bool fail(vsms_error *error, const char *what) {
  return vsms_fail(error, VSMS_EXHAUSTED, NULL, "cannot make a unix socket: %s: %s", what, strerror(errno));
}

void vsms_doorway_init(struct vsms_doorway *doorway) { *doorway = (struct vsms_doorway){.listen_fd = -1}; }

static void remove_path(struct vsms_doorway *doorway) {
  if (doorway->folder[0] == '\0') return;
  char path[sizeof doorway->folder + 8];
  snprintf(path, sizeof path, "%s/socket", doorway->folder);
  unlink(path);
  rmdir(doorway->folder);
  doorway->folder[0] = '\0';
}

void vsms_doorway_close(struct vsms_doorway *doorway) {
  remove_path(doorway);
  if (doorway->listen_fd >= 0) close(doorway->listen_fd);
  doorway->listen_fd = -1;
}

static bool make_folder(struct vsms_doorway *doorway, vsms_error *error) {
  const char *parent = getenv("TMPDIR");
  if (parent == NULL || *parent != '/' || strlen(parent) > 64) parent = "/tmp";
  snprintf(doorway->folder, sizeof doorway->folder, "%s/vertexsms-XXXXXX", parent);
  if (mkdtemp(doorway->folder) != NULL) return true; /* 0700, whatever the umask */
  doorway->folder[0] = '\0';
  return fail(error, "mkdtemp");
}

static bool listen_in_folder(struct vsms_doorway *doorway, struct sockaddr_un *address, vsms_error *error) {
  memset(address, 0, sizeof *address);
  address->sun_family = AF_UNIX;
  snprintf(address->sun_path, sizeof address->sun_path, "%s/socket", doorway->folder);
  doorway->listen_fd = vsms_descriptor_socket(AF_UNIX, SOCK_STREAM, 0);
  if (doorway->listen_fd < 0) return fail(error, "socket");
  doorway->listen_id = vsms_descriptor_identify(doorway->listen_fd);
  fcntl(doorway->listen_fd, F_SETFL, O_NONBLOCK);
  if (bind(doorway->listen_fd, (struct sockaddr *)address, sizeof *address) != 0) return fail(error, "bind");
  return listen(doorway->listen_fd, 1) == 0 || fail(error, "listen");
}

bool vsms_doorway_open(struct vsms_doorway *doorway, char *path, size_t size, vsms_error *error) {
  struct sockaddr_un address;
  if (!make_folder(doorway, error) || !listen_in_folder(doorway, &address, error)) {
    vsms_doorway_close(doorway);
    return false;
  }
  snprintf(path, size, "%s", address.sun_path);
  return true;
}

int vsms_doorway_accept(struct vsms_doorway *doorway, vsms_error *error) {
  int fd = vsms_descriptor_accept(doorway->listen_fd);
  if (fd >= 0 && !vsms_peer_is_this_process(fd)) {
    close(fd);
    fd = -1;
    errno = EACCES;
  }
  if (fd < 0) fail(error, "accept");
  vsms_doorway_close(doorway);
  return fd;
}

void vsms_doorway_disown(struct vsms_doorway *doorway) {
  vsms_descriptor_close_inherited(doorway->listen_fd, doorway->listen_id);
  vsms_doorway_init(doorway);
}
