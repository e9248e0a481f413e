/* socket.c - the engine's unix socket, for hosts whose event loop takes no descriptor of ours (nginx's cosockets connect
 * to a path, and to nothing else).
 *
 * The path lives for as long as it takes the host to connect: in a folder that only this user may enter, removed before
 * anything is sent.  The peer must be this very process. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/descriptor.h"
#include "engine/engine.h"
#include "base/error.h"
#include "engine/peer.h"

static bool fail(vsms_error *error, const char *what) {
  return vsms_fail(error, VSMS_EXHAUSTED, NULL, "no unix socket: %s: %s", what, strerror(errno));
}

static void remove_path(struct vsms_io *io) {
  if (io->socket_folder[0] == '\0') return;
  char path[sizeof io->socket_folder + 8];
  snprintf(path, sizeof path, "%s/socket", io->socket_folder);
  unlink(path);
  rmdir(io->socket_folder);
  io->socket_folder[0] = '\0';
}

void vsms_io_close_socket(struct vsms_io *io) {
  remove_path(io);
  if (io->listen_fd >= 0) close(io->listen_fd);
  io->listen_fd = -1;
}

static bool make_folder(struct vsms_io *io, vsms_error *error) {
  const char *parent = getenv("TMPDIR");
  if (parent == NULL || *parent != '/' || strlen(parent) > 64) parent = "/tmp";
  snprintf(io->socket_folder, sizeof io->socket_folder, "%s/vertexsms-XXXXXX", parent);
  if (mkdtemp(io->socket_folder) != NULL) return true; /* 0700, whatever the umask */
  io->socket_folder[0] = '\0';
  return fail(error, "mkdtemp");
}

static bool listen_in_folder(struct vsms_io *io, struct sockaddr_un *address, vsms_error *error) {
  memset(address, 0, sizeof *address);
  address->sun_family = AF_UNIX;
  snprintf(address->sun_path, sizeof address->sun_path, "%s/socket", io->socket_folder);
  io->listen_fd = vsms_descriptor_socket(AF_UNIX, SOCK_STREAM, 0);
  if (io->listen_fd < 0) return fail(error, "socket");
  fcntl(io->listen_fd, F_SETFL, O_NONBLOCK);
  if (bind(io->listen_fd, (struct sockaddr *)address, sizeof *address) != 0) return fail(error, "bind");
  return listen(io->listen_fd, 1) == 0 || fail(error, "listen");
}

bool vsms_engine_listen(vsms_engine *engine, char *path, size_t size, vsms_error *error) {
  struct sockaddr_un address;
  struct vsms_io *io = vsms_engine_ensure_io(engine, error);
  if (io == NULL) return false;
  vsms_io_drop_host(io);
  if (!make_folder(io, error) || !listen_in_folder(io, &address, error)) {
    vsms_io_close_socket(io);
    return false;
  }
  snprintf(path, size, "%s", address.sun_path);
  return true;
}

bool vsms_engine_accept(vsms_engine *engine, vsms_error *error) {
  struct vsms_io *io = vsms_engine_ensure_io(engine, error);
  if (io == NULL) return false;
  if (io->listen_fd < 0) return vsms_fail(error, VSMS_INVALID_ARGUMENT, NULL, "vsms_engine_listen comes first");
  int fd = vsms_descriptor_accept(io->listen_fd);
  bool ours = fd >= 0 && vsms_peer_is_this_process(fd);
  if (fd >= 0 && !ours) {
    close(fd);
    errno = EACCES;
  }
  vsms_io_close_socket(io);
  if (!ours) return fail(error, "accept");
  vsms_io_take_host(io, fd);
  return true;
}

void vsms_engine_hang_up(vsms_engine *engine) {
  struct vsms_io *io = vsms_engine_io(engine);
  if (io != NULL) vsms_io_drop_host(io);
}
