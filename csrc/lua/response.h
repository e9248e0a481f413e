/* response.h - a response as a Lua table. */
#ifndef VSMS_LUA_RESPONSE_H
#define VSMS_LUA_RESPONSE_H

#include "lua/compat.h"
#include "vsms.h"

/* Pushes the table. `owner` is the index of the userdata (owner.h) that owns the response. True: the table needs it. */
bool vsms_lua_push_response(lua_State *L, const vsms_response *response, int owner);

/* The same of the ticket at `index`; nothing, and 0, while there is none. */
int vsms_lua_push_ticket_response(lua_State *L, vsms_ticket *ticket, int index);

/* The response behind the table at `index` that vsms_lua_push_response pushed; NULL once the table has everything, and
 * where it always had. */
const vsms_response *vsms_lua_slim_response(lua_State *L, int index);

/* How many SMS the service says that it sent; 0 where it says nothing. False when that is not a number, or 0. */
bool vsms_lua_response_parts(const vsms_response *response, size_t *parts);

#endif
