/* packed.c - see packed.h. */
#include "lua/packed.h"

#include <string.h>

#include "lua/binding.h"
#include "lua/open.h"

/* In the userdata, the runs are behind it. */
struct packed {
  size_t json_octets, octets;
};

static const char packed_name[] = "vertexsms.batch", rooms_name[] = "vertexsms.rooms";

void vsms_lua_push_packed(lua_State *L, vsms_bytes runs, size_t json_octets) {
  struct packed *packed = lua_newuserdata(L, sizeof *packed + runs.length);
  *packed = (struct packed){json_octets, runs.length};
  memcpy(packed + 1, runs.data, runs.length);
  vsms_lua_set_type(L, packed_name);
}

static char *put(char *out, const char *octets, size_t count) {
  memcpy(out, octets, count);
  return out + count;
}

/* Writes the items of the run at `at`, each behind a comma. Returns what is behind the run. */
static const char *unpack_run(const char *at, char **out) {
  struct vsms_lua_run run;
  memcpy(&run, at, sizeof run);
  const char *head = at + sizeof run, *tail = head + run.head;
  at = tail + run.tail;
  for (; run.count > 0; run.count--) {
    size_t between = (unsigned char)*at++;
    *(*out)++ = ',';
    *out = put(*out, head, run.head);
    *out = put(*out, at, between);
    *out = put(*out, tail, run.tail);
    at += between;
  }
  return at;
}

static void unpack(const struct packed *packed, char *out) {
  const char *at = (const char *)(packed + 1), *end = at + packed->octets;
  char *begin = out;
  while (at < end) at = unpack_run(at, &out);
  *begin = '['; /* instead of the first comma */
  *out = ']';
}

/* Pushes a userdata of at least that many octets, and returns where they are. It is the last one again, where that is large
 * enough and the collector has not come to it. */
static char *push_room(lua_State *L, size_t octets) {
  vsms_lua_push_type(L, rooms_name);
  lua_rawgeti(L, -1, 1);
  if (lua_isnil(L, -1) || vsms_lua_rawlen(L, -1) < octets) {
    lua_pop(L, 1);
    lua_newuserdata(L, octets);
    lua_pushvalue(L, -1);
    lua_rawseti(L, -3, 1);
  }
  lua_remove(L, -2);
  return lua_touserdata(L, -1);
}

vsms_bytes vsms_lua_unpack(lua_State *L, int index) {
  const struct packed *packed = vsms_lua_check_type(L, index, packed_name);
  char *json = push_room(L, packed->json_octets);
  unpack(packed, json);
  return (vsms_bytes){json, packed->json_octets};
}

/* batch:json() -> string: for those who want to read it. */
static int json(lua_State *L) {
  lua_settop(L, 1);
  vsms_bytes array = vsms_lua_unpack(L, 1);
  lua_pushlstring(L, array.data, array.length);
  return 1;
}

void vsms_lua_open_packed(lua_State *L) {
  static const luaL_Reg methods[] = {{"json", json}, {NULL, NULL}}, metamethods[] = {{NULL, NULL}};
  vsms_lua_new_type(L, packed_name, "vertexsms batch", methods, metamethods);
  vsms_lua_new_metatable(L, rooms_name);
  lua_pushliteral(L, "v");
  lua_setfield(L, -2, "__mode");
  lua_pushvalue(L, -1);
  lua_setmetatable(L, -2); /* its own: what it holds is weak */
  lua_pop(L, 1);
}
