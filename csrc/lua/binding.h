/* binding.h - what every file of the Lua binding does with arguments, tables and userdata. */
#ifndef VSMS_LUA_BINDING_H
#define VSMS_LUA_BINDING_H

#include "lua/compat.h"
#include "vsms.h"

/* The octets of the string at `index`, which keeps them alive; an error for anything but a string or number. */
vsms_bytes vsms_lua_check_bytes(lua_State *L, int index);

/* Fields of the table on top of the stack. */
void vsms_lua_set_bytes(lua_State *L, const char *key, vsms_bytes bytes);
void vsms_lua_set_string(lua_State *L, const char *key, const char *value);
void vsms_lua_set_count(lua_State *L, const char *key, size_t count);
void vsms_lua_set_boolean(lua_State *L, const char *key, bool value);

/* Registers a kind of userdata. getmetatable() gives `shown` instead of the metatable. */
void vsms_lua_new_type(lua_State *L, const char *type_name, const char *shown, const luaL_Reg *methods,
                       const luaL_Reg *metamethods);

/* Registers and pushes an empty metatable, of userdata or of tables. */
void vsms_lua_new_metatable(lua_State *L, const char *type_name);

/* Pushes the metatable of a kind. `type_name` is the very one that it was registered with, here and below. */
void vsms_lua_push_type(lua_State *L, const char *type_name);

/* The userdata of that kind at `index`; an error for anything else. */
void *vsms_lua_check_type(lua_State *L, int index, const char *type_name);

/* Makes the userdata or the table on top of the stack one of that kind. */
void vsms_lua_set_type(lua_State *L, const char *type_name);

/* Pushes a userdata of that kind that holds one pointer, NULL as yet. What the pointer will own is made afterwards, so
 * that an error of Lua's leaks nothing. */
void *vsms_lua_push_box(lua_State *L, const char *type_name);

#endif
