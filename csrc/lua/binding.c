/* binding.c - see binding.h: what every file of the binding does with arguments, tables and userdata. */
#include "lua/binding.h"

vsms_bytes vsms_lua_check_bytes(lua_State *L, int index) {
  vsms_bytes bytes;
  bytes.data = luaL_checklstring(L, index, &bytes.length);
  return bytes;
}

void vsms_lua_set_bytes(lua_State *L, const char *key, vsms_bytes bytes) {
  lua_pushlstring(L, bytes.data, bytes.length);
  lua_setfield(L, -2, key);
}

void vsms_lua_set_string(lua_State *L, const char *key, const char *value) {
  lua_pushstring(L, value);
  lua_setfield(L, -2, key);
}

void vsms_lua_set_count(lua_State *L, const char *key, size_t count) {
  lua_pushinteger(L, (lua_Integer)count);
  lua_setfield(L, -2, key);
}

void vsms_lua_set_boolean(lua_State *L, const char *key, bool value) {
  lua_pushboolean(L, value);
  lua_setfield(L, -2, key);
}

/* Under the address of its name, too, by which it costs less to find. */
void vsms_lua_new_metatable(lua_State *L, const char *type_name) {
  luaL_newmetatable(L, type_name);
  lua_pushlightuserdata(L, (void *)type_name);
  lua_pushvalue(L, -2);
  lua_rawset(L, LUA_REGISTRYINDEX);
}

void vsms_lua_new_type(lua_State *L, const char *type_name, const char *shown, const luaL_Reg *methods,
                       const luaL_Reg *metamethods) {
  vsms_lua_new_metatable(L, type_name);
  vsms_lua_setfuncs(L, metamethods);
  lua_newtable(L);
  vsms_lua_setfuncs(L, methods);
  lua_setfield(L, -2, "__index");
  lua_pushstring(L, shown);
  lua_setfield(L, -2, "__metatable");
  lua_pop(L, 1);
}

void vsms_lua_push_type(lua_State *L, const char *type_name) {
  lua_pushlightuserdata(L, (void *)type_name);
  lua_rawget(L, LUA_REGISTRYINDEX);
}

void *vsms_lua_check_type(lua_State *L, int index, const char *type_name) {
  void *userdata = lua_touserdata(L, index);
  if (userdata != NULL && lua_getmetatable(L, index) != 0) {
    vsms_lua_push_type(L, type_name);
    bool is_same = lua_rawequal(L, -1, -2) != 0;
    lua_pop(L, 2);
    if (is_same) return userdata;
  }
  return luaL_checkudata(L, index, type_name); /* raises */
}

void vsms_lua_set_type(lua_State *L, const char *type_name) {
  vsms_lua_push_type(L, type_name);
  lua_setmetatable(L, -2);
}

void *vsms_lua_push_box(lua_State *L, const char *type_name) {
  void **box = lua_newuserdata(L, sizeof *box);
  *box = NULL;
  vsms_lua_set_type(L, type_name);
  return box;
}
