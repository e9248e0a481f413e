/* ticket.h - a ticket as userdata. */
#ifndef VSMS_LUA_TICKET_H
#define VSMS_LUA_TICKET_H

#include "lua/owner.h"

/* Pushes an empty ticket of the desk whose table (desk.h) is at `table`, with that many octets behind it, for the caller
 * to fill afterwards, so that an error of Lua's leaks no ticket. */
struct vsms_lua_ticket *vsms_lua_push_ticket(lua_State *L, int table, size_t more);

/* Gives back the finished ticket at `index`, which is good for nothing any more, not even for a finalizer. */
void vsms_lua_spend_ticket(lua_State *L, int index);

#endif
