/* message.c - messages as most are: recipient, sender and text, all of them right. */
#include "lua/message.h"

#include <stdint.h>
#include <string.h>

#include "lua/open.h"
#include "lua/text.h"

static bool is_name(vsms_bytes name, const char *words, size_t length) {
  return name.length == length && memcmp(name.data, words, length) == 0;
}

/* Where the field of that name goes; NULL for any other. */
static vsms_bytes *field_of(struct vsms_lua_message *message, vsms_bytes name) {
  if (is_name(name, "to", 2)) return &message->to;
  if (is_name(name, "from", 4)) return &message->from;
  return is_name(name, "message", 7) ? &message->text : NULL;
}

bool vsms_lua_read_message(lua_State *L, int index, struct vsms_lua_message *message) {
  enum { FIELDS = 3 };
  int count = 0;
  if (lua_type(L, index) != LUA_TTABLE || lua_getmetatable(L, index) != 0) return false;
  for (lua_pushnil(L); lua_next(L, index) != 0; lua_pop(L, 1), count++) {
    vsms_bytes name;
    if (lua_type(L, -2) != LUA_TSTRING || lua_type(L, -1) != LUA_TSTRING) return false;
    name.data = lua_tolstring(L, -2, &name.length);
    vsms_bytes *field = field_of(message, name);
    if (field == NULL) return false;
    field->data = lua_tolstring(L, -1, &field->length);
  }
  return count == FIELDS;
}

/* What goes over the wire, and what it is counted to become. */
struct plain {
  vsms_bytes to, from, text;
  vsms_text counted;
};

bool vsms_lua_judge_text(const struct vsms_lua_message *message, vsms_bytes *sender, vsms_text *counted) {
  vsms_error error;
  const char *reason;
  return vsms_sender(message->from, sender, &reason) && message->text.length > 0 &&
         vsms_text_analyze(message->text, 8, counted, &error);
}

/* Of what is at `index`. False, and the stack as it may be, for a message with other fields, or a wrong one, or a
 * metatable, and for what is not a message: rules.lua judges those. */
static bool read_plain(lua_State *L, int index, struct plain *plain) {
  struct vsms_lua_message message;
  const char *reason;
  if (!vsms_lua_read_message(L, index, &message)) return false;
  plain->text = message.text;
  return vsms_msisdn(message.to, &plain->to, &reason) && vsms_lua_judge_text(&message, &plain->from, &plain->counted);
}

/* The names are in alphabetical order, as json_writer.lua has them. */
bool vsms_lua_put_head(struct vsms_lua_growing *json, vsms_bytes sender, vsms_bytes text) {
  vsms_lua_put(json, "{\"from\":");
  if (!vsms_lua_put_string(json, sender)) return false;
  vsms_lua_put(json, ",\"message\":");
  if (!vsms_lua_put_string(json, text)) return false;
  vsms_lua_put(json, ",\"to\":\"");
  return true;
}

/* Makes room for all of it. False where that took memory: a finalizer may have changed the message, and freed what it
 * held. */
static bool had_room(struct vsms_lua_growing *json, const struct plain *plain) {
  enum { SYNTAX = 64 };
  const char *before = json->data;
  if (plain->text.length > SIZE_MAX / 16) return true;
  size_t strings = VSMS_JSON_ESCAPE_OCTETS * (plain->from.length + plain->text.length);
  vsms_lua_reserve(json, strings + plain->to.length + SYNTAX);
  return json->data == before;
}

bool vsms_lua_write_message(struct vsms_lua_growing *json, int index, vsms_text *counted) {
  struct plain plain;
  do {
    if (!read_plain(json->L, index, &plain)) return false;
  } while (!had_room(json, &plain));
  if (!vsms_lua_put_head(json, plain.from, plain.text)) return false;
  vsms_lua_put_octets(json, plain.to.data, plain.to.length);
  vsms_lua_put(json, VSMS_LUA_MESSAGE_TAIL);
  *counted = plain.counted;
  return true;
}

/* core.plain_fields(message) -> to, from, text, parts: what goes over the wire, and how many parts it is counted to
 * become. Nothing for a message that is not plain. */
static int plain_fields(lua_State *L) {
  enum { MESSAGE = 1, TEXT };
  struct plain plain;
  lua_settop(L, MESSAGE);
  if (!read_plain(L, MESSAGE, &plain)) return 0;
  lua_getfield(L, MESSAGE, "message"); /* the same string, and no copy */
  lua_getfield(L, MESSAGE, "from");    /* it stays, should a finalizer change the message; so does the recipient */
  lua_getfield(L, MESSAGE, "to");
  lua_pushlstring(L, plain.to.data, plain.to.length);
  lua_pushlstring(L, plain.from.data, plain.from.length);
  lua_pushvalue(L, TEXT);
  lua_pushinteger(L, (lua_Integer)plain.counted.parts);
  return 4;
}

/* core.plain_message(message) -> json, parts, encoding: what goes over the wire, and what it is counted to become.
 * Nothing for a message that is not plain. */
static int plain_message(lua_State *L) {
  enum { MESSAGE = 1, KEEPER };
  struct vsms_lua_growing json;
  vsms_text counted;
  lua_settop(L, KEEPER);
  lua_pushnil(L);
  lua_replace(L, KEEPER);
  vsms_lua_grow(&json, L, KEEPER);
  if (!vsms_lua_write_message(&json, MESSAGE, &counted)) return 0;
  vsms_lua_push_grown(&json);
  lua_pushinteger(L, (lua_Integer)counted.parts);
  lua_pushstring(L, vsms_lua_encoding_name(counted.coding));
  return 3;
}

/* ---- addresses --------------------------------------------------------------------------------- */

static int push_address(lua_State *L, bool (*read)(vsms_bytes text, vsms_bytes *address, const char **reason)) {
  vsms_bytes address;
  const char *reason = NULL;
  if (read(vsms_lua_check_bytes(L, 1), &address, &reason)) {
    lua_pushlstring(L, address.data, address.length);
    return 1;
  }
  lua_pushnil(L);
  lua_pushstring(L, reason);
  return 2;
}

/* core.msisdn(text) -> digits | nil, reason */
static int msisdn(lua_State *L) { return push_address(L, vsms_msisdn); }

/* core.sender(text) -> sender | nil, reason */
static int sender(lua_State *L) { return push_address(L, vsms_sender); }

static const luaL_Reg functions[] = {{"plain_fields", plain_fields},
                                     {"plain_message", plain_message},
                                     {"msisdn", msisdn},
                                     {"sender", sender},
                                     {NULL, NULL}};

void vsms_lua_open_message(lua_State *L) { vsms_lua_setfuncs(L, functions); }
