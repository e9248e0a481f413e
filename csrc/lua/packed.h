/* packed.h - a JSON array in little memory. Items in a row that begin and end alike are a run. */
#ifndef VSMS_LUA_PACKED_H
#define VSMS_LUA_PACKED_H

#include "lua/compat.h"
#include "vsms.h"

/* What its items begin with follows, then what they end with, then what each has between: an octet that says how many
 * octets, and these. */
struct vsms_lua_run {
  size_t count, head, tail;
};

/* Pushes a userdata with these runs. `json_octets` is the length of the array. */
void vsms_lua_push_packed(lua_State *L, vsms_bytes runs, size_t json_octets);

/* The array of the userdata at `index`; an error for any other value. Pushes what holds it: valid until the next one is
 * unpacked. */
vsms_bytes vsms_lua_unpack(lua_State *L, int index);

#endif
