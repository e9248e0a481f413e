/* lua.c - an interpreter for the sanitizers: `lua [-e code] [script [arguments]]`.
 *
 * A sanitizer's library has to be in the program from the start. Preloaded into Debian's interpreter it would be
 * preloaded into every child as well, and a shell does not survive that. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

static lua_State *main_state;

/* glibc keeps what it has read from LOCPATH, where the specs' locales are. */
__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void) { return "leak:argz_add_sep"; }

static void interrupt(lua_State *L, lua_Debug *event) {
  (void)event;
  lua_sethook(L, NULL, 0, 0);
  luaL_error(L, "interrupted!");
}

static void on_signal(int number) {
  signal(number, SIG_DFL);
  lua_sethook(main_state, interrupt, LUA_MASKCALL | LUA_MASKRET | LUA_MASKLINE | LUA_MASKCOUNT, 1);
}

static int traceback(lua_State *L) {
  luaL_traceback(L, L, luaL_tolstring(L, 1, NULL), 1);
  return 1;
}

static int run(lua_State *L, int loaded) {
  int status = loaded;
  if (status == LUA_OK) {
    lua_pushcfunction(L, traceback);
    lua_insert(L, -2);
    signal(SIGINT, on_signal);
    status = lua_pcall(L, 0, 0, -2);
    signal(SIGINT, SIG_DFL);
  }
  if (status != LUA_OK) fprintf(stderr, "%s\n", luaL_tolstring(L, -1, NULL));
  return status;
}

int main(int argc, char **argv) {
  int first = 1, status = LUA_OK;
  lua_State *L = main_state = luaL_newstate();
  luaL_openlibs(L);
  if (argc > 2 && strcmp(argv[1], "-e") == 0) {
    status = run(L, luaL_loadstring(L, argv[2]));
    first = 3;
  }
  if (status == LUA_OK && first < argc) {
    lua_newtable(L);
    for (int i = 0; i < argc; i++) {
      lua_pushstring(L, argv[i]);
      lua_rawseti(L, -2, i - first);
    }
    lua_setglobal(L, "arg");
    status = run(L, luaL_loadfile(L, argv[first]));
  }
  lua_close(L);
  return status == LUA_OK ? 0 : 1;
}
