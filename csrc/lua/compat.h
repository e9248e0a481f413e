/* compat.h - one spelling over the C APIs of Lua 5.1, LuaJIT, 5.3 and 5.4; the only place that asks for versions. */
#ifndef VSMS_LUA_COMPAT_H
#define VSMS_LUA_COMPAT_H

#include <lauxlib.h>
#include <lua.h>

/* Fills the table on top of the stack. */
static inline void vsms_lua_setfuncs(lua_State *L, const luaL_Reg *functions) {
#if LUA_VERSION_NUM >= 502
  luaL_setfuncs(L, functions, 0);
#else
  for (; functions->name != NULL; functions++) {
    lua_pushcfunction(L, functions->func);
    lua_setfield(L, -2, functions->name);
  }
#endif
}

/* Pops the table on top of the stack and ties it to the userdata at `index` (not relative to the top). */
static inline void vsms_lua_set_table_of(lua_State *L, int index) {
#if LUA_VERSION_NUM >= 502
  lua_setuservalue(L, index);
#else
  lua_setfenv(L, index);
#endif
}

/* Pushes the table that is tied to the userdata at `index`. */
static inline void vsms_lua_get_table_of(lua_State *L, int index) {
#if LUA_VERSION_NUM >= 502
  lua_getuservalue(L, index);
#else
  lua_getfenv(L, index);
#endif
}

/* The state that the standalone interpreter's Ctrl-C handler sets its hook on: hooks belong to one coroutine since
 * 5.1, and to all of them in LuaJIT. 5.1 does not tell which state is the main one. */
static inline lua_State *vsms_lua_main_state(lua_State *L) {
#if LUA_VERSION_NUM >= 502
  lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_MAINTHREAD);
  lua_State *main = lua_tothread(L, -1);
  lua_pop(L, 1);
  return main;
#else
  return L;
#endif
}

#endif
