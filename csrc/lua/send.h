/* send.h - a send as most are: one message without anything unusual, and an answer with its ID. One call checks, counts,
 * writes and hands over the message, another reads its answer. */
#ifndef VSMS_LUA_SEND_H
#define VSMS_LUA_SEND_H

#include "lua/compat.h"
#include "vsms.h"

/* engine:send_message(path, message) -> sent | nil, attempt | nothing. Blocks the calling thread. Nothing: nothing was
 * done, because the message is not plain, or was not taken. With an attempt (sending.h): the request was performed, and
 * what became of it is not a plain success. */
int vsms_lua_send_message(lua_State *L, vsms_engine *engine);

/* engine:submit_message(path, message) -> ticket | nil. Returns at once. Nil: nothing was done. */
int vsms_lua_submit_message(lua_State *L, vsms_engine *engine);

#endif
