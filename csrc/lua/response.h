/* response.h - a response as a Lua table. */
#ifndef VSMS_LUA_RESPONSE_H
#define VSMS_LUA_RESPONSE_H

#include "lua/compat.h"
#include "vsms.h"

/* Pushes the table. `owner` is the index of the userdata (owner.h) that owns the response. True: the table needs it. */
bool vsms_lua_push_response(lua_State *L, const vsms_response *response, int owner);

#endif
