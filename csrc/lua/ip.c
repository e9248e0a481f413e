/* ip.c - ranges of IP addresses as userdata: who may call, and which proxies are believed. */
#include "lua/binding.h"
#include "lua/convert.h"
#include "lua/open.h"

static const char type_name[] = "vertexsms.ranges";

enum { RANGES_MAX = 10000 };

struct ranges {
  size_t count;
  vsms_ip_range items[];
};

static struct ranges *ranges_at(lua_State *L, int index) { return vsms_lua_check_type(L, index, type_name); }

static size_t count_items(lua_State *L) {
  for (int i = 1; i <= RANGES_MAX; i++) {
    lua_rawgeti(L, 1, i);
    int type = lua_type(L, -1);
    lua_pop(L, 1);
    if (type == LUA_TNIL) return (size_t)(i - 1);
    if (type != LUA_TSTRING) luaL_error(L, "range %d must be a string, not %s", i, lua_typename(L, type));
  }
  return (size_t)luaL_error(L, "more than %d ranges", RANGES_MAX);
}

/* A refusal, and the index of the range that it is about. */
static int push_refusal(lua_State *L, size_t index, const vsms_error *error) {
  int count = vsms_lua_push_error(L, error);
  lua_pushinteger(L, (lua_Integer)index);
  lua_setfield(L, -2, "index");
  return count;
}

/* core.ip_ranges({ "178.33.133.192/28", ... }) -> ranges | nil, refusal with the index of the wrong one */
static int ip_ranges(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  size_t count = count_items(L);
  struct ranges *ranges = lua_newuserdata(L, sizeof *ranges + count * sizeof ranges->items[0]);
  ranges->count = count;
  vsms_lua_set_type(L, type_name);
  for (size_t i = 0; i < count; i++) {
    vsms_error error;
    lua_rawgeti(L, 1, (int)i + 1);
    if (!vsms_ip_range_parse(vsms_lua_check_bytes(L, -1), &ranges->items[i], &error)) {
      return push_refusal(L, i + 1, &error);
    }
    lua_pop(L, 1);
  }
  return 1;
}

/* ranges:contains(text) -> boolean; false for what is not an address. */
static int contains(lua_State *L) {
  const struct ranges *ranges = ranges_at(L, 1);
  vsms_ip ip;
  bool found = false;
  if (vsms_ip_parse(vsms_lua_check_bytes(L, 2), &ip)) {
    for (size_t i = 0; i < ranges->count && !found; i++) found = vsms_ip_range_contains(&ranges->items[i], &ip);
  }
  lua_pushboolean(L, found);
  return 1;
}

/* ranges:source(connection, forwarded?) -> the text of the address that the request came from | nil; the ranges are
 * those of the proxies, `forwarded` is X-Forwarded-For. */
static int source(lua_State *L) {
  const struct ranges *ranges = ranges_at(L, 1);
  vsms_bytes forwarded = {NULL, 0};
  if (!lua_isnoneornil(L, 3)) forwarded = vsms_lua_check_bytes(L, 3);
  vsms_ip connection, found;
  char text[VSMS_IP_TEXT];
  if (!vsms_ip_parse(vsms_lua_check_bytes(L, 2), &connection)) return 0;
  if (!vsms_ip_source(&connection, forwarded, ranges->items, ranges->count, &found)) return 0;
  vsms_ip_format(&found, text);
  lua_pushstring(L, text);
  return 1;
}

static const luaL_Reg methods[] = {{"contains", contains}, {"source", source}, {NULL, NULL}};

static const luaL_Reg metamethods[] = {{NULL, NULL}};

void vsms_lua_open_ip(lua_State *L) {
  vsms_lua_new_type(L, type_name, "vertexsms ranges", methods, metamethods);
  lua_pushcfunction(L, ip_ranges);
  lua_setfield(L, -2, "ip_ranges");
}
