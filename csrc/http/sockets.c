/* sockets.c - see sockets.h. */
#include "http/sockets.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/descriptor.h"
#include "vsms/base.h"

enum { BUCKETS = 256, DISTRUST_MS = 60000, WAITS_MAX = 20 };

/* A socket has no local address before it connects, and libcurl says nothing when it does: new ones stand in the
 * chain of port 0 until their port is asked for. */
struct vsms_sockets {
  struct vsms_socket *by_fd[BUCKETS], *by_port[BUCKETS], *unnamed;
  size_t shortages;
  double distrusted_until_ms; /* by vsms_clock_ms */
  int waits;                  /* for an end that did not come; WAITS_MAX: no more */
  void (*closing)(void *context, void *watch);
  void *context;
};

struct vsms_sockets *vsms_sockets_new(void) {
  return calloc(1, sizeof(struct vsms_sockets));
}

static struct vsms_socket **fd_chain(struct vsms_sockets *sockets, int fd) {
  return &sockets->by_fd[(unsigned)fd % BUCKETS];
}

static struct vsms_socket **port_chain(struct vsms_sockets *sockets, int port) {
  return port == 0 ? &sockets->unnamed : &sockets->by_port[(unsigned)port % BUCKETS];
}

static void link_by_port(struct vsms_sockets *sockets, struct vsms_socket *socket) {
  struct vsms_socket **chain = port_chain(sockets, socket->local_port);
  socket->next_by_port = *chain;
  *chain = socket;
}

static void unlink_by_port(struct vsms_sockets *sockets, struct vsms_socket *socket) {
  struct vsms_socket **link = port_chain(sockets, socket->local_port);
  while (*link != socket) link = &(*link)->next_by_port;
  *link = socket->next_by_port;
}

void vsms_sockets_free(struct vsms_sockets *sockets) {
  if (sockets == NULL) return;
  for (size_t i = 0; i < BUCKETS; i++) {
    while (sockets->by_fd[i] != NULL) {
      struct vsms_socket *socket = sockets->by_fd[i];
      sockets->by_fd[i] = socket->next_by_fd;
      free(socket->watch);
      free(socket);
    }
  }
  free(sockets);
}

struct vsms_socket *vsms_sockets_find(struct vsms_sockets *sockets, int fd) {
  struct vsms_socket *socket = *fd_chain(sockets, fd);
  while (socket != NULL && socket->fd != fd) socket = socket->next_by_fd;
  return socket;
}

static void forget(struct vsms_sockets *sockets, struct vsms_socket *socket) {
  struct vsms_socket **link = fd_chain(sockets, socket->fd);
  while (*link != socket) link = &(*link)->next_by_fd;
  *link = socket->next_by_fd;
  unlink_by_port(sockets, socket);
  if (socket->watch != NULL) sockets->closing(sockets->context, socket->watch);
  free(socket);
}

static void forget_fd(struct vsms_sockets *sockets, int fd) {
  struct vsms_socket *socket = vsms_sockets_find(sockets, fd);
  if (socket != NULL) forget(sockets, socket);
}

static bool add(struct vsms_sockets *sockets, int fd) {
  struct vsms_socket *socket = calloc(1, sizeof *socket);
  if (socket == NULL) return false;
  struct vsms_socket **chain = fd_chain(sockets, fd);
  socket->fd = fd;
  socket->next_by_fd = *chain;
  *chain = socket;
  link_by_port(sockets, socket);
  return true;
}

int vsms_sockets_open(struct vsms_sockets *sockets, int family, int type, int protocol) {
  int fd = vsms_descriptor_socket(family, type, protocol);
  if (fd < 0) {
    if (errno != EAFNOSUPPORT && errno != EPROTONOSUPPORT && errno != EACCES) sockets->shortages++;
    return -1;
  }
  forget_fd(sockets, fd); /* an entry that has outlived its socket */
  if (add(sockets, fd)) return fd;
  sockets->shortages++;
  close(fd);
  return -1;
}

/* What else a connection needs before its first request (the file of certificates) may have found no descriptor. */
int vsms_sockets_close(struct vsms_sockets *sockets, int fd) {
  struct vsms_socket *socket = vsms_sockets_find(sockets, fd);
  if (socket != NULL) {
    if (!socket->is_used && vsms_descriptor_none_left()) sockets->shortages++;
    forget(sockets, socket);
  }
  return close(fd);
}

void vsms_sockets_on_close(struct vsms_sockets *sockets, void (*closing)(void *context, void *watch), void *context) {
  sockets->closing = closing;
  sockets->context = context;
}

bool vsms_sockets_may_end(const struct vsms_sockets *sockets) { return sockets->waits < WAITS_MAX; }

void vsms_sockets_note_wait(struct vsms_sockets *sockets) { sockets->waits++; }

void vsms_sockets_note_kept(struct vsms_sockets *sockets) { sockets->waits = WAITS_MAX; }

void vsms_sockets_distrust(struct vsms_sockets *sockets) {
  sockets->distrusted_until_ms = vsms_clock_ms() + DISTRUST_MS;
}

bool vsms_sockets_are_distrusted(const struct vsms_sockets *sockets) {
  return sockets->distrusted_until_ms > 0 && vsms_clock_ms() < sockets->distrusted_until_ms;
}

size_t vsms_sockets_shortages(const struct vsms_sockets *sockets) { return sockets->shortages; }

static bool ask_name(struct vsms_socket *socket) {
  struct sockaddr_storage address;
  socklen_t size = sizeof address;
  if (getsockname(socket->fd, (struct sockaddr *)&address, &size) != 0) return false;
  const struct sockaddr_in *v4 = (const struct sockaddr_in *)&address;
  const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&address;
  bool is_v6 = address.ss_family == AF_INET6;
  if (!is_v6 && address.ss_family != AF_INET) return false;
  const void *ip = is_v6 ? (const void *)&v6->sin6_addr : (const void *)&v4->sin_addr;
  socket->local_port = ntohs(is_v6 ? v6->sin6_port : v4->sin_port);
  return inet_ntop(address.ss_family, ip, socket->local_ip, sizeof socket->local_ip) != NULL;
}

static void name_new_ones(struct vsms_sockets *sockets) {
  struct vsms_socket *socket = sockets->unnamed, *next;
  sockets->unnamed = NULL;
  for (; socket != NULL; socket = next) {
    next = socket->next_by_port;
    bool is_open = ask_name(socket);
    link_by_port(sockets, socket);
    if (!is_open) forget(sockets, socket);
  }
}

struct vsms_socket *vsms_sockets_at(struct vsms_sockets *sockets, const struct vsms_socket *previous, const char *ip,
                                    int port) {
  if (port <= 0 || port > 65535) return NULL;
  if (sockets->unnamed != NULL) name_new_ones(sockets);
  struct vsms_socket *socket = previous != NULL ? previous->next_by_port : *port_chain(sockets, port);
  while (socket != NULL && (socket->local_port != port || strcmp(socket->local_ip, ip) != 0)) {
    socket = socket->next_by_port;
  }
  return socket;
}
