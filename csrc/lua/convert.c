/* convert.c - between Lua tables and the core's structures. */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "lua/binding.h"
#include "lua/convert.h"
#include "lua/packed.h"

enum { FIELDS_MAX = 64 };

vsms_bytes vsms_lua_bytes_field(lua_State *L, int index, const char *name) {
  vsms_bytes bytes = {NULL, 0};
  lua_getfield(L, index, name);
  if (lua_isnil(L, -1)) return bytes;
  if (lua_type(L, -1) != LUA_TSTRING) luaL_error(L, "%s must be a string, not %s", name, luaL_typename(L, -1));
  bytes.data = lua_tolstring(L, -1, &bytes.length);
  return bytes;
}

double vsms_lua_number_field(lua_State *L, int index, const char *name) {
  lua_getfield(L, index, name);
  if (!lua_isnil(L, -1) && lua_type(L, -1) != LUA_TNUMBER) {
    luaL_error(L, "%s must be a number, not %s", name, luaL_typename(L, -1));
  }
  double number = lua_tonumber(L, -1);
  lua_pop(L, 1);
  return number;
}

long vsms_lua_milliseconds_field(lua_State *L, int index, const char *name) {
  lua_getfield(L, index, name);
  bool given = !lua_isnil(L, -1);
  lua_pop(L, 1);
  double milliseconds = ceil(vsms_lua_number_field(L, index, name) * 1e3);
  if (!given) return 0;
  return milliseconds >= 1 && milliseconds < 1e9 ? (long)milliseconds : -1;
}

size_t vsms_lua_size_field(lua_State *L, int index, const char *name) {
  double number = vsms_lua_number_field(L, index, name);
  if (!(number >= 1)) return 0;
  return number < (double)SIZE_MAX ? (size_t)number : SIZE_MAX; /* 32 bits hold less than a double */
}

static size_t count_pairs(lua_State *L, int index) {
  size_t count = 0;
  for (lua_pushnil(L); lua_next(L, index) != 0; lua_pop(L, 1)) {
    if (lua_type(L, -2) != LUA_TSTRING || lua_type(L, -1) != LUA_TSTRING) {
      luaL_error(L, "headers must be a table of strings by name");
    }
    if (++count > FIELDS_MAX) luaL_error(L, "more than %d headers", FIELDS_MAX);
  }
  return count;
}

/* The strings stay in the table, which stays on the stack; the array is a userdata beside it. */
static void to_fields(lua_State *L, int index, vsms_request *request) {
  lua_getfield(L, index, "headers");
  if (lua_isnil(L, -1)) return;
  luaL_checktype(L, -1, LUA_TTABLE);
  int headers = lua_gettop(L);
  size_t count = count_pairs(L, headers);
  vsms_field *fields = lua_newuserdata(L, (count + 1) * sizeof *fields);
  size_t i = 0;
  for (lua_pushnil(L); i < count && lua_next(L, headers) != 0; lua_pop(L, 1), i++) {
    fields[i].name.data = lua_tolstring(L, -2, &fields[i].name.length);
    fields[i].value.data = lua_tolstring(L, -1, &fields[i].value.length);
  }
  lua_settop(L, headers + 1);
  request->fields = fields;
  request->field_count = count;
}

/* A string, or what vsms_lua_push_packed pushed. */
static vsms_bytes body_field(lua_State *L, int index) {
  lua_getfield(L, index, "body");
  if (lua_type(L, -1) == LUA_TUSERDATA) return vsms_lua_unpack(L, lua_gettop(L));
  lua_pop(L, 1);
  return vsms_lua_bytes_field(L, index, "body");
}

void vsms_lua_to_request(lua_State *L, int index, vsms_request *request) {
  luaL_checktype(L, index, LUA_TTABLE);
  luaL_checkstack(L, 16, "too many arguments");
  memset(request, 0, sizeof *request);
  request->method = vsms_lua_bytes_field(L, index, "method");
  request->path = vsms_lua_bytes_field(L, index, "path");
  request->query = vsms_lua_bytes_field(L, index, "query");
  request->body = body_field(L, index);
  to_fields(L, index, request);
  request->timeout_ms = vsms_lua_milliseconds_field(L, index, "timeout");
  request->leave_by_ms = vsms_lua_number_field(L, index, "leave_by") * 1e3;
  lua_getfield(L, index, "alternate");
  request->alternate = lua_toboolean(L, -1);
  lua_pop(L, 1);
  lua_getfield(L, index, "repeatable");
  request->repeatable = lua_toboolean(L, -1);
  lua_pop(L, 1);
}

int vsms_lua_push_error(lua_State *L, const vsms_error *error) {
  lua_pushnil(L);
  lua_createtable(L, 0, 6);
  vsms_lua_set_string(L, "kind", vsms_kind_name(error->kind));
  vsms_lua_set_string(L, "outcome", vsms_outcome_name(VSMS_NOT_SENT));
  vsms_lua_set_boolean(L, "temporary", error->kind == VSMS_EXHAUSTED);
  vsms_lua_set_boolean(L, "retryable", error->kind == VSMS_EXHAUSTED);
  vsms_lua_set_string(L, "message", error->message);
  if (error->field != NULL) vsms_lua_set_string(L, "field", error->field);
  return 2;
}
