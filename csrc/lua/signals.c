/* signals.c - the command line's signals. The library never calls any of this by itself. */
#include "lua/binding.h"
#include "lua/open.h"

/* core.catch_signals(words): SIGINT, SIGTERM and SIGHUP write the words to stderr and end the process with 128 + their
 * number; SIGPIPE is ignored. */
static int catch_signals(lua_State *L) {
  luaL_checkstring(L, 1);
  lua_settop(L, 1);
  lua_pushvalue(L, 1);
  lua_setfield(L, LUA_REGISTRYINDEX, "vertexsms.signals"); /* the handler has but a pointer */
  vsms_signals_catch(lua_tostring(L, 1));
  return 0;
}

/* core.defer_signals(): from now on they are only counted. */
static int defer_signals(lua_State *L) {
  (void)L;
  vsms_signals_defer();
  return 0;
}

/* core.signals() -> how often it was asked for an end, and the number of the first signal. */
static int signals(lua_State *L) {
  lua_pushinteger(L, vsms_signals_count());
  lua_pushinteger(L, vsms_signals_first());
  return 2;
}

static const luaL_Reg functions[] = {
    {"catch_signals", catch_signals}, {"defer_signals", defer_signals}, {"signals", signals}, {NULL, NULL}};

void vsms_lua_open_signals(lua_State *L) { vsms_lua_setfuncs(L, functions); }
