/* message.h - a message as most are, checked, counted and written. */
#ifndef VSMS_LUA_MESSAGE_H
#define VSMS_LUA_MESSAGE_H

#include "lua/growing.h"

/* As it was given. */
struct vsms_lua_message {
  vsms_bytes to, from, text;
};

/* Reads the message at `index` (not relative to the top), in which the strings stay. False, and the stack as it may be,
 * for one with other fields than these, or a metatable, and for what is not a message. */
bool vsms_lua_read_message(lua_State *L, int index, struct vsms_lua_message *message);

/* Are sender and text right? The sender as it goes over the wire, and what the text is counted to become. */
bool vsms_lua_judge_text(const struct vsms_lua_message *message, vsms_bytes *sender, vsms_text *counted);

/* A message as it goes over the wire is a head with sender and text, the digits of the recipient, and a tail. */
bool vsms_lua_put_head(struct vsms_lua_growing *json, vsms_bytes sender, vsms_bytes text);
#define VSMS_LUA_MESSAGE_TAIL "\"}"

/* Writes the message at `index` (not relative to the top) as it goes over the wire, and says what it is counted to
 * become. False, and the stack as it may be, for one with other fields than recipient, sender and text, or a wrong one,
 * or a metatable, and for what is not a message. */
bool vsms_lua_write_message(struct vsms_lua_growing *json, int index, vsms_text *counted);

#endif
