/* compat.h - one spelling over the C APIs of Lua 5.1, LuaJIT, 5.3 and 5.4; the only place that asks for versions. */
#ifndef VSMS_LUA_COMPAT_H
#define VSMS_LUA_COMPAT_H

#include <lauxlib.h>
#include <lua.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>

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

static inline size_t vsms_lua_rawlen(lua_State *L, int index) {
#if LUA_VERSION_NUM >= 502
  return (size_t)lua_rawlen(L, index);
#else
  return lua_objlen(L, index);
#endif
}

/* Beyond 2^53 not every integer is a double. */
static inline bool vsms_lua_is_exact_double(double number) {
  return number >= -9007199254740992.0 && number <= 9007199254740992.0;
}

/* The number at `index`, where it is a whole one and certainly the one that was meant. */
static inline bool vsms_lua_exact_integer(lua_State *L, int index, long long *integer) {
#if LUA_VERSION_NUM >= 503
  if (lua_isinteger(L, index)) {
    *integer = (long long)lua_tointeger(L, index);
    return true;
  }
#endif
  double number = (double)lua_tonumber(L, index);
  if (!vsms_lua_is_exact_double(number) || number != floor(number)) return false;
  *integer = (long long)number;
  return true;
}

/* Pushes it as a number, or as a string of digits where Lua's numbers do not hold it. */
static inline void vsms_lua_push_exact_integer(lua_State *L, long long integer) {
#if LUA_VERSION_NUM >= 503
  lua_pushinteger(L, (lua_Integer)integer);
#else
  char digits[32];
  if (vsms_lua_is_exact_double((double)integer) && (long long)(double)integer == integer) {
    lua_pushnumber(L, (lua_Number)integer);
  } else {
    snprintf(digits, sizeof digits, "%lld", integer);
    lua_pushstring(L, digits);
  }
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

/* LuaJIT has it since 2.1, Lua since 5.3; in Lua 5.1 it is NULL. */
#if LUA_VERSION_NUM < 503
__attribute__((weak)) LUA_API int lua_isyieldable(lua_State *L);
#endif

static inline bool vsms_lua_knows_yieldable(void) {
#if LUA_VERSION_NUM < 503
  return lua_isyieldable != NULL;
#else
  return true;
#endif
}

#endif
