/* replace.c - another program in place of this one, for the command line. The library never calls this by itself. */
#include <unistd.h>

#include "lua/binding.h"
#include "lua/open.h"

enum { WORDS_MAX = 10000 };

/* The words of the list at 1 stay on the stack, and with them their octets. */
static const char **push_words(lua_State *L) {
  int count = 0;
  for (; count < WORDS_MAX; count++) {
    luaL_checkstack(L, 3, "too many words");
    lua_rawgeti(L, 1, count + 1);
    if (lua_isnil(L, -1)) break;
    luaL_checkstring(L, -1);
  }
  luaL_argcheck(L, count > 0 && count < WORDS_MAX, 1, "a program and its arguments expected");
  const char **words = lua_newuserdata(L, sizeof *words * ((size_t)count + 1));
  for (int i = 0; i < count; i++) words[i] = lua_tostring(L, i + 2);
  words[count] = NULL;
  return words;
}

/* core.replace_process(words): the first is a program, which is looked for as a shell does. It returns where that
 * fails. */
static int replace_process(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  const char **words = push_words(L);
  execvp(words[0], (char *const *)words); /* which is not const for history's sake */
  return 0;
}

static const luaL_Reg functions[] = {{"replace_process", replace_process}, {NULL, NULL}};

void vsms_lua_open_replace(lua_State *L) { vsms_lua_setfuncs(L, functions); }
