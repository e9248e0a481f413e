/* watch.c - see watch.h. */
#include "lua/watch.h"

static bool hooks_changed(void *context) {
  struct vsms_lua_watch *watch = context;
  return lua_gethook(watch->state) != watch->hook || lua_gethook(watch->main) != watch->main_hook ||
         vsms_signals_count() != watch->signals;
}

vsms_interrupt vsms_lua_watch_hooks(lua_State *L, struct vsms_lua_watch *watch) {
  watch->state = L;
  watch->main = vsms_lua_main_state(L);
  watch->hook = lua_gethook(watch->state);
  watch->main_hook = lua_gethook(watch->main);
  watch->signals = vsms_signals_count();
  return (vsms_interrupt){hooks_changed, watch};
}
