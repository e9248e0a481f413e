/* desk.h - userdata with a desk: an engine or a store. Each has a table, which holds [1] the userdata itself, so that its
 * tickets keep it alive, [2] a weak table of those by address, so that collect() finds the userdata, and [3] what
 * attachments() gives. */
#ifndef VSMS_LUA_DESK_H
#define VSMS_LUA_DESK_H

#include "lua/compat.h"
#include "lua/ticket.h"
#include "vsms.h"

struct vsms_lua_desk {
  void *owner;     /* the engine or the store; NULL until there is one, and after __gc */
  vsms_desk *desk; /* its desk; likewise */
};

/* Registers a kind of userdata with these methods, and those that every desk has. */
void vsms_lua_new_desk_type(lua_State *L, const char *type_name, const char *shown, const luaL_Reg *methods,
                            const luaL_Reg *metamethods);

/* Pushes an empty one with its table. */
struct vsms_lua_desk *vsms_lua_push_desk(lua_State *L, const char *type_name);

/* Pushes an empty ticket of the desk at `index`, with that many octets behind it, for the caller to fill afterwards and
 * then to enlist, so that an error of Lua's leaks no ticket. */
struct vsms_lua_ticket *vsms_lua_push_ticket_of(lua_State *L, int index, size_t more);

/* Lets collect() find the userdata on top of the stack by that address: a ticket's, or that of a whole (ticket.h). */
void vsms_lua_enlist(lua_State *L, int index, const void *address);

#endif
