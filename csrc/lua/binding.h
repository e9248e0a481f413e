/* binding.h - what the files of the Lua binding share. Userdata, argument checks and result tables; no policy. */
#ifndef VSMS_LUA_BINDING_H
#define VSMS_LUA_BINDING_H

#include "vsms.h"
#include "lua/compat.h"

/* The octets of the string at `index`, which keeps them alive; an error for anything but a string or number. */
vsms_bytes vsms_lua_check_bytes(lua_State *L, int index);

/* Fields of the table on top of the stack. */
void vsms_lua_set_bytes(lua_State *L, const char *key, vsms_bytes bytes);
void vsms_lua_set_count(lua_State *L, const char *key, size_t count);

/* Registers a kind of userdata. getmetatable() gives `shown` instead of the metatable. */
void vsms_lua_new_type(lua_State *L, const char *type_name, const char *shown, const luaL_Reg *methods,
                       const luaL_Reg *metamethods);

/* Makes the userdata on top of the stack one of that kind. */
void vsms_lua_set_type(lua_State *L, const char *type_name);

/* Pushes a userdata of that kind that holds one pointer, NULL as yet: nothing can raise an error while what it will point
 * to is nobody's. */
void *vsms_lua_push_box(lua_State *L, const char *type_name);

/* Register the metatables; called once by luaopen_vertexsms_core. */
void vsms_lua_open_engine(lua_State *L);
void vsms_lua_open_ticket(lua_State *L);

/* Adds the functions of text.c to the table on top of the stack. */
void vsms_lua_open_text(lua_State *L);

/* "GSM-7" or "UCS-2", of what was counted. */
const char *vsms_lua_encoding_name(vsms_coding coding);

/* The same for response.c, json.c and message.c. */
void vsms_lua_open_response(lua_State *L);
void vsms_lua_open_json(lua_State *L);
void vsms_lua_open_message(lua_State *L);

/* The same for what callbacks and tracking need: ip.c, report.c, secret.c, journal.c. */
void vsms_lua_open_ip(lua_State *L);
void vsms_lua_open_report(lua_State *L);
void vsms_lua_open_secret(lua_State *L);
void vsms_lua_open_journal(lua_State *L);

/* And for the command line: signals.c. */
void vsms_lua_open_signals(lua_State *L);

/* core.engine(config): see engine.c. */
int vsms_lua_engine(lua_State *L);

/* Pushes an empty ticket of the engine whose table (engine.c) is at `table`, for the caller to fill: nothing can raise
 * an error while a ticket is nobody's. */
vsms_ticket **vsms_lua_push_ticket(lua_State *L, int table);

/* Reads the field `name` of the table at `index` and leaves the value on the stack, which keeps the octets alive.
 * Absent for nil; an error for anything but a string. */
vsms_bytes vsms_lua_bytes_field(lua_State *L, int index, const char *name);
/* Reads a number, 0 for nil. Leaves nothing. */
double vsms_lua_number_field(lua_State *L, int index, const char *name);

/* Reads seconds; 0 for nil, -1 for what is not above 0 or no time at all, so that the core refuses it by name. */
long vsms_lua_milliseconds_field(lua_State *L, int index, const char *name);

/* Fills *request from the table at `index`; pushes what keeps its octets alive. */
void vsms_lua_to_request(lua_State *L, int index, vsms_request *request);

/* Pushes a userdata that owns the response that is put into it; nothing can raise an error while that is nobody's. */
vsms_response **vsms_lua_push_response_box(lua_State *L);

/* The response of the ticket at `index`; NULL while it is under way. */
const vsms_response *vsms_lua_ticket_response(lua_State *L, int index);

/* Pushes a table. `owner` is the index of the box or the ticket that owns the response. True: the table needs it. */
bool vsms_lua_push_response(lua_State *L, const vsms_response *response, int owner);
/* Pushes nil and a table; returns 2. */
int vsms_lua_push_error(lua_State *L, const vsms_error *error);

/* Ctrl-C: the interpreter's handler sets a hook, to raise an error at the next instruction. A hook that was not
 * there when a blocking call began therefore means: give up. So does a signal that was counted meanwhile. */
struct vsms_lua_watch {
  lua_State *state, *main;
  lua_Hook hook, main_hook;
  int signals;
};
vsms_interrupt vsms_lua_watch_hooks(lua_State *L, struct vsms_lua_watch *watch);

#endif
