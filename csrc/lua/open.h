/* open.h - the files of which the module vertexsms.core is made. Each registers its kinds of userdata, and adds its
 * functions to the table on top of the stack. */
#ifndef VSMS_LUA_OPEN_H
#define VSMS_LUA_OPEN_H

#include <lua.h>

void vsms_lua_open_answer(lua_State *L);
void vsms_lua_open_batch(lua_State *L);
void vsms_lua_open_engine(lua_State *L);
void vsms_lua_open_input(lua_State *L);
void vsms_lua_open_ip(lua_State *L);
void vsms_lua_open_old_file(lua_State *L);
void vsms_lua_open_json(lua_State *L);
void vsms_lua_open_message(lua_State *L);
void vsms_lua_open_packed(lua_State *L);
void vsms_lua_open_replace(lua_State *L);
void vsms_lua_open_report(lua_State *L);
void vsms_lua_open_response(lua_State *L);
void vsms_lua_open_secret(lua_State *L);
void vsms_lua_open_send(lua_State *L);
void vsms_lua_open_sends(lua_State *L);
void vsms_lua_open_step(lua_State *L);
void vsms_lua_open_store(lua_State *L);
void vsms_lua_open_signals(lua_State *L);
void vsms_lua_open_text(lua_State *L);
void vsms_lua_open_ticket(lua_State *L);

#endif
