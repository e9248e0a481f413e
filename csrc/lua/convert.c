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

/* Adds their octets to `octets`. */
static size_t count_pairs(lua_State *L, int index, size_t *octets) {
  size_t count = 0;
  for (lua_pushnil(L); lua_next(L, index) != 0; lua_pop(L, 1)) {
    if (lua_type(L, -2) != LUA_TSTRING || lua_type(L, -1) != LUA_TSTRING) {
      luaL_error(L, "headers must be a table of strings by name");
    }
    if (++count > FIELDS_MAX) luaL_error(L, "more than %d headers", FIELDS_MAX);
    *octets += vsms_lua_rawlen(L, -2) + vsms_lua_rawlen(L, -1);
  }
  return count;
}

/* The string at `index`, at the end of what is at `end`, if there is room. */
static vsms_bytes copy_to(lua_State *L, int index, char **end, size_t *room) {
  vsms_bytes bytes = {NULL, 0};
  if (lua_type(L, index) == LUA_TSTRING) bytes.data = lua_tolstring(L, index, &bytes.length);
  if (bytes.data == NULL || bytes.length > *room) luaL_error(L, "headers have changed while they were read");
  bytes.data = memcpy(*end, bytes.data, bytes.length);
  *end += bytes.length;
  *room -= bytes.length;
  return bytes;
}

/* A finalizer may change the table as soon as anything is allocated: what is read of it is copied, behind the array. */
static void to_fields(lua_State *L, int index, vsms_request *request) {
  lua_getfield(L, index, "headers");
  if (lua_isnil(L, -1)) return;
  luaL_checktype(L, -1, LUA_TTABLE);
  int headers = lua_gettop(L);
  size_t octets = 0, count = count_pairs(L, headers, &octets), i = 0;
  vsms_field *fields = lua_newuserdata(L, (count + 1) * sizeof *fields + octets);
  char *end = (char *)(fields + count + 1);
  for (lua_pushnil(L); i < count && lua_next(L, headers) != 0; lua_pop(L, 1), i++) {
    fields[i] = (vsms_field){copy_to(L, -2, &end, &octets), copy_to(L, -1, &end, &octets)};
  }
  lua_settop(L, headers + 1);
  request->fields = fields;
  request->field_count = i;
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
