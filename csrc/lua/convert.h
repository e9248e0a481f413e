/* convert.h - between Lua tables and the core's structures. */
#ifndef VSMS_LUA_CONVERT_H
#define VSMS_LUA_CONVERT_H

#include "lua/compat.h"
#include "vsms.h"

/* Reads the field `name` of the table at `index` and leaves the value on the stack, which keeps the octets alive.
 * Absent for nil; an error for anything but a string. */
vsms_bytes vsms_lua_bytes_field(lua_State *L, int index, const char *name);

/* Reads a number, 0 for nil. Leaves nothing. */
double vsms_lua_number_field(lua_State *L, int index, const char *name);

/* Reads a size; 0 for nil and for what is below 1, the largest one for what no size_t holds. */
size_t vsms_lua_size_field(lua_State *L, int index, const char *name);

/* Reads seconds; 0 for nil, -1 for what is not above 0 or not a time at all, so that the core refuses it by name. */
long vsms_lua_milliseconds_field(lua_State *L, int index, const char *name);

/* Fills *request from the table at `index`; pushes what keeps its octets alive. */
void vsms_lua_to_request(lua_State *L, int index, vsms_request *request);

/* Pushes nil and a table; returns 2. */
int vsms_lua_push_error(lua_State *L, const vsms_error *error);

#endif
