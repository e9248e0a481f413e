/* json.c - JSON of plain values: strings, booleans, integers, and tables of them without a metatable. Whatever is
 * refused here, and why, is the business of json_writer.lua, which writes everything else. */
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lua/growing.h"
#include "lua/open.h"

enum { DEPTH_MAX = 8, NAMES_MAX = 32, KEEPER = 2 };

static bool put_string(struct vsms_lua_growing *text, vsms_bytes string) {
  return vsms_utf8_check(string) == string.length && vsms_lua_put_string(text, string);
}

/* Up to 2^53 an integer is the same in every Lua; -0 is not. */
static bool put_number(struct vsms_lua_growing *text, double number) {
  enum { DIGITS_MAX = 32 };
  if (!(fabs(number) <= 9007199254740992.0) || number != floor(number) || (number == 0 && signbit(number))) {
    return false;
  }
  int length = snprintf(vsms_lua_reserve(text, DIGITS_MAX), DIGITS_MAX, "%lld", (long long)number);
  text->length += (size_t)length;
  return true;
}

static bool put_value(struct vsms_lua_growing *text, int depth);

static bool put_list(struct vsms_lua_growing *text, size_t count, int depth) {
  vsms_lua_put(text, "[");
  for (size_t i = 1; i <= count; i++) {
    if (i > 1) vsms_lua_put(text, ",");
    lua_rawgeti(text->L, -1, (int)i);
    if (!put_value(text, depth)) return false; /* a hole, too */
    lua_pop(text->L, 1);
  }
  vsms_lua_put(text, "]");
  return true;
}

static bool is_before(vsms_bytes a, vsms_bytes b) {
  int order = memcmp(a.data, b.data, a.length < b.length ? a.length : b.length);
  return order < 0 || (order == 0 && a.length < b.length);
}

static void insert(vsms_bytes *names, size_t count, vsms_bytes name) {
  size_t at = count;
  for (; at > 0 && is_before(name, names[at - 1]); at--) names[at] = names[at - 1];
  names[at] = name;
}

/* Of the table at `table`; the names are above it. */
static bool put_object(struct vsms_lua_growing *text, int table, const vsms_bytes *names, size_t count, int depth) {
  vsms_lua_put(text, "{");
  for (size_t i = 0; i < count; i++) {
    if (i > 0) vsms_lua_put(text, ",");
    if (!put_string(text, names[i])) return false;
    vsms_lua_put(text, ":");
    lua_pushlstring(text->L, names[i].data, names[i].length);
    lua_rawget(text->L, table);
    if (!put_value(text, depth)) return false;
    lua_pop(text->L, 1);
  }
  lua_settop(text->L, table);
  vsms_lua_put(text, "}");
  return true;
}

/* Sorts the names of an object, and puts their strings above it: a finalizer may take them out of the table. False when
 * there are too many, or not all keys are of one type. */
static bool look_at_keys(lua_State *L, int table, vsms_bytes *names, size_t *name_count, size_t *count) {
  *name_count = *count = 0;
  for (lua_pushnil(L); lua_next(L, table) != 0; lua_pop(L, 1)) {
    if (lua_type(L, -2) == LUA_TSTRING && *name_count < NAMES_MAX) {
      vsms_bytes name;
      name.data = lua_tolstring(L, -2, &name.length);
      insert(names, (*name_count)++, name);
      lua_pushvalue(L, -2);
      lua_insert(L, table + 1);
    } else if (lua_type(L, -2) != LUA_TNUMBER) {
      return false;
    }
    ++*count;
  }
  return *name_count == 0 || *name_count == *count;
}

static bool put_table(struct vsms_lua_growing *text, int depth) {
  vsms_bytes names[NAMES_MAX];
  size_t name_count, count;
  int table = lua_gettop(text->L);
  if (depth == DEPTH_MAX || lua_getmetatable(text->L, -1) != 0) return false;
  if (!look_at_keys(text->L, table, names, &name_count, &count) || count > INT_MAX) return false;
  if (name_count == count) return put_object(text, table, names, count, depth + 1);
  return put_list(text, count, depth + 1);
}

/* Of the value on top of the stack. False leaves the stack as it may be. */
static bool put_value(struct vsms_lua_growing *text, int depth) {
  lua_State *L = text->L;
  switch (lua_type(L, -1)) {
    case LUA_TSTRING: {
      vsms_bytes string;
      string.data = lua_tolstring(L, -1, &string.length);
      return put_string(text, string);
    }
    case LUA_TNUMBER: return put_number(text, lua_tonumber(L, -1));
    case LUA_TBOOLEAN: vsms_lua_put(text, lua_toboolean(L, -1) ? "true" : "false"); return true;
    case LUA_TTABLE: return put_table(text, depth);
    default: return false;
  }
}

/* core.plain_json(value) -> text | nil: what json_writer.lua would write, or nil where it is for that to judge. */
static int plain_json(lua_State *L) {
  struct vsms_lua_growing text;
  luaL_checkany(L, 1);
  luaL_checkstack(L, (4 + NAMES_MAX) * DEPTH_MAX + LUA_MINSTACK, "JSON");
  lua_settop(L, 1);
  lua_pushnil(L);
  vsms_lua_grow(&text, L, KEEPER);
  lua_pushvalue(L, 1);
  if (!put_value(&text, 0)) return 0;
  vsms_lua_push_grown(&text);
  return 1;
}

void vsms_lua_open_json(lua_State *L) {
  lua_pushcfunction(L, plain_json);
  lua_setfield(L, -2, "plain_json");
}
