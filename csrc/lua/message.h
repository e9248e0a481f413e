/* message.h - a message as most are, checked, counted and written. */
#ifndef VSMS_LUA_MESSAGE_H
#define VSMS_LUA_MESSAGE_H

#include "lua/growing.h"

/* Writes the message at `index` (not relative to the top) as it goes over the wire, and says what it is counted to
 * become. False, and the stack as it may be, for one with other fields than recipient, sender and text, or a wrong one,
 * or a metatable, and for what is not a message. */
bool vsms_lua_write_message(struct vsms_lua_growing *json, int index, vsms_text *counted);

#endif
