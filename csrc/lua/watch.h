/* watch.h - Ctrl-C during a call that blocks. */
#ifndef VSMS_LUA_WATCH_H
#define VSMS_LUA_WATCH_H

#include "lua/compat.h"
#include "vsms.h"

/* The interpreter's handler of Ctrl-C sets a hook, to raise an error at the next instruction. So a hook that was not
 * there when a blocking call began means: give up. So does a signal that was counted meanwhile. */
struct vsms_lua_watch {
  lua_State *state, *main;
  lua_Hook hook, main_hook;
  int signals;
};

vsms_interrupt vsms_lua_watch_hooks(lua_State *L, struct vsms_lua_watch *watch);

#endif
