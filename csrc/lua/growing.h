/* growing.h - text that is written piece by piece. It begins on the C stack; a longer one is a userdata at `keeper`,
 * for any call of Lua's may raise an error. */
#ifndef VSMS_LUA_GROWING_H
#define VSMS_LUA_GROWING_H

#include "lua/binding.h"

enum { VSMS_LUA_FIRST_OCTETS = 2048 };

struct vsms_lua_growing {
  lua_State *L;
  int keeper;
  char *data;
  size_t length, size;
  char first[VSMS_LUA_FIRST_OCTETS];
};

/* `keeper` is the index of a nil that is the text's from now on. */
void vsms_lua_grow(struct vsms_lua_growing *text, lua_State *L, int keeper);

/* Room for as many octets more, behind what is there. */
char *vsms_lua_reserve(struct vsms_lua_growing *text, size_t octets);

void vsms_lua_put(struct vsms_lua_growing *text, const char *words);
void vsms_lua_put_octets(struct vsms_lua_growing *text, const void *octets, size_t count);

/* As JSON, in quotes; it is well-formed UTF-8. False, and nothing written, for one that is too long for any memory. */
bool vsms_lua_put_string(struct vsms_lua_growing *text, vsms_bytes string);

/* Pushes it as a string. */
void vsms_lua_push_grown(struct vsms_lua_growing *text);

#endif
