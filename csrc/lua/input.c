/* input.c - stdin, waited for together with what else a program waits for, and what is a terminal. The library never
 * reads or asks by itself. */
#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "lua/binding.h"
#include "lua/open.h"

enum { OCTETS_MAX = 65536, OTHERS_MAX = 8, SECONDS_MAX = 3600 };

/* The descriptors from the argument 2 on; -1 and nil are left out. */
static nfds_t read_descriptors(lua_State *L, struct pollfd *polled) {
  nfds_t count = 1;
  polled[0].fd = STDIN_FILENO;
  for (int i = 2; i <= lua_gettop(L) && count <= OTHERS_MAX; i++) {
    if (!lua_isnil(L, i)) polled[count++].fd = (int)luaL_checkinteger(L, i);
  }
  for (nfds_t i = 0; i < count; i++) {
    polled[i].events = POLLIN;
    polled[i].revents = 0;
  }
  return count;
}

/* core.read_input(seconds, fd...) -> octets of stdin, an empty text where none came; nil at its end. It returns when
 * there is some, when one of the descriptors can be read, at a signal, and after that many seconds. */
static int read_input(lua_State *L) {
  lua_Number seconds = luaL_checknumber(L, 1);
  luaL_argcheck(L, seconds >= 0 && seconds <= SECONDS_MAX, 1, "0 to 3600 seconds expected");
  struct pollfd polled[1 + OTHERS_MAX];
  nfds_t count = read_descriptors(L, polled);
  char octets[OCTETS_MAX];
  ssize_t length = 0;
  bool is_over = false;
  if (poll(polled, count, (int)(seconds * 1000)) > 0 && polled[0].revents != 0) {
    length = read(STDIN_FILENO, octets, sizeof octets);
    is_over = length == 0 || (length < 0 && errno != EINTR && errno != EAGAIN);
  }
  if (is_over) return 0;
  lua_pushlstring(L, octets, length > 0 ? (size_t)length : 0);
  return 1;
}

/* core.is_terminal(fd) -> boolean */
static int is_terminal(lua_State *L) {
  lua_pushboolean(L, isatty((int)luaL_checkinteger(L, 1)));
  return 1;
}

static const luaL_Reg functions[] = {{"read_input", read_input}, {"is_terminal", is_terminal}, {NULL, NULL}};

void vsms_lua_open_input(lua_State *L) { vsms_lua_setfuncs(L, functions); }
