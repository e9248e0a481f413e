/* message.c - messages as most are: recipient, sender and text, all of them right. */
#include "lua/message.h"

#include <limits.h>
#include <string.h>

#include "lua/open.h"
#include "lua/text.h"

enum { TO, FROM, TEXT, FIELDS };

static const char *const names[FIELDS] = {"to", "from", "message"};

static int index_of(vsms_bytes name) {
  int i = 0;
  while (i < FIELDS && (strlen(names[i]) != name.length || memcmp(names[i], name.data, name.length) != 0)) i++;
  return i;
}

/* Of the table at `index`, in which the strings stay. False when it holds anything else. */
static bool read_fields(lua_State *L, int index, vsms_bytes *fields) {
  int count = 0;
  for (lua_pushnil(L); lua_next(L, index) != 0; lua_pop(L, 1), count++) {
    vsms_bytes name;
    if (lua_type(L, -2) != LUA_TSTRING || lua_type(L, -1) != LUA_TSTRING) return false;
    name.data = lua_tolstring(L, -2, &name.length);
    int field = index_of(name);
    if (field == FIELDS) return false;
    fields[field].data = lua_tolstring(L, -1, &fields[field].length);
  }
  return count == FIELDS;
}

/* What goes over the wire, and what it is counted to become. */
struct plain {
  vsms_bytes to, from, text;
  vsms_text counted;
};

/* Of what is at `index`. False, and the stack as it may be, for a message with other fields, or a wrong one, or a
 * metatable, and for what is not a message: rules.lua judges those. */
static bool read_plain(lua_State *L, int index, struct plain *plain) {
  vsms_bytes fields[FIELDS];
  vsms_error error;
  const char *reason;
  if (lua_type(L, index) != LUA_TTABLE || lua_getmetatable(L, index) != 0) return false;
  if (!read_fields(L, index, fields)) return false;
  plain->text = fields[TEXT];
  return vsms_msisdn(fields[TO], &plain->to, &reason) && vsms_sender(fields[FROM], &plain->from, &reason) &&
         plain->text.length > 0 && vsms_text_analyze(plain->text, 8, &plain->counted, &error);
}

/* The names are in alphabetical order, as json_writer.lua has them. */
static bool put_plain(struct vsms_lua_growing *json, const struct plain *plain) {
  vsms_lua_put(json, "{\"from\":");
  if (!vsms_lua_put_string(json, plain->from)) return false;
  vsms_lua_put(json, ",\"message\":");
  if (!vsms_lua_put_string(json, plain->text)) return false;
  vsms_lua_put(json, ",\"to\":");
  if (!vsms_lua_put_string(json, plain->to)) return false;
  vsms_lua_put(json, "}");
  return true;
}

bool vsms_lua_write_message(struct vsms_lua_growing *json, int index, vsms_text *counted) {
  struct plain plain;
  if (!read_plain(json->L, index, &plain) || !put_plain(json, &plain)) return false;
  *counted = plain.counted;
  return true;
}

/* core.plain_fields(message) -> to, from, text, parts: what goes over the wire, and how many parts it is counted to
 * become. Nothing for a message that is not plain. */
static int plain_fields(lua_State *L) {
  enum { MESSAGE = 1 };
  struct plain plain;
  lua_settop(L, MESSAGE);
  if (!read_plain(L, MESSAGE, &plain)) return 0;
  lua_pushlstring(L, plain.to.data, plain.to.length);
  lua_pushlstring(L, plain.from.data, plain.from.length);
  lua_getfield(L, MESSAGE, names[TEXT]); /* the same string, and no copy */
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

/* ---- lists ------------------------------------------------------------------------------------- */

/* Pushes { estimate = { encoding, parts } }. */
static void push_draft(lua_State *L, const vsms_text *counted) {
  lua_createtable(L, 0, 1);
  lua_createtable(L, 0, 2);
  vsms_lua_set_string(L, "encoding", vsms_lua_encoding_name(counted->coding));
  vsms_lua_set_count(L, "parts", counted->parts);
  lua_setfield(L, -2, "estimate");
}

enum { LIST = 1, COUNT, SIZE, KEEPER, BATCHES, DRAFTS, DRAFT, MESSAGE };

/* Puts a batch at DRAFTS. False when a message of it is not plain. */
static bool read_batch(struct vsms_lua_growing *json, int first, int last) {
  lua_State *L = json->L;
  struct plain plain;
  vsms_text counted = {.parts = 0};
  json->length = 0;
  lua_createtable(L, last - first + 1, 1);
  lua_replace(L, DRAFTS);
  for (int i = first; i <= last; i++) {
    lua_rawgeti(L, LIST, i);
    vsms_lua_put(json, i == first ? "[" : ",");
    if (!read_plain(L, MESSAGE, &plain) || !put_plain(json, &plain)) return false;
    if (plain.counted.parts != counted.parts || plain.counted.coding != counted.coding) {
      counted = plain.counted;
      push_draft(L, &counted);
      lua_replace(L, DRAFT);
    }
    lua_pushvalue(L, DRAFT);
    lua_rawseti(L, DRAFTS, i - first + 1);
    lua_settop(L, DRAFT);
  }
  vsms_lua_put(json, "]");
  vsms_lua_push_grown(json);
  lua_setfield(L, DRAFTS, "json");
  return true;
}

/* core.plain_batches(list, count, size) -> batches: of `size` messages each, the last one of what is left. A batch is a
 * list of drafts, and has all of it as an array in `json`; messages that were counted to become the same have the same
 * draft. It is false where a message is not plain. */
static int plain_batches(lua_State *L) {
  struct vsms_lua_growing json;
  lua_Integer count = luaL_checkinteger(L, COUNT), size = luaL_checkinteger(L, SIZE);
  luaL_checktype(L, LIST, LUA_TTABLE);
  luaL_argcheck(L, count >= 0 && count <= INT_MAX / 2, COUNT, "no such length");
  luaL_argcheck(L, size >= 1 && size <= INT_MAX / 2, SIZE, "no such size");
  lua_settop(L, SIZE);
  lua_pushnil(L);
  vsms_lua_grow(&json, L, KEEPER);
  lua_createtable(L, (int)((count + size - 1) / size), 0);
  lua_settop(L, DRAFT);
  for (int first = 1, batch = 1; first <= (int)count; first += (int)size, batch++) {
    int last = first + (int)size - 1;
    bool is_plain = read_batch(&json, first, last < (int)count ? last : (int)count);
    lua_settop(L, DRAFT);
    if (is_plain) lua_pushvalue(L, DRAFTS);
    if (!is_plain) lua_pushboolean(L, false);
    lua_rawseti(L, BATCHES, batch);
  }
  lua_pushvalue(L, BATCHES);
  return 1;
}

/* ---- addresses --------------------------------------------------------------------------------- */

static int push_address(lua_State *L, bool is_right, vsms_bytes address, const char *reason) {
  if (is_right) {
    lua_pushlstring(L, address.data, address.length);
    return 1;
  }
  lua_pushnil(L);
  lua_pushstring(L, reason);
  return 2;
}

/* core.msisdn(text) -> digits | nil, reason */
static int msisdn(lua_State *L) {
  vsms_bytes digits;
  const char *reason = NULL;
  bool is_right = vsms_msisdn(vsms_lua_check_bytes(L, 1), &digits, &reason);
  return push_address(L, is_right, digits, reason);
}

/* core.sender(text) -> sender | nil, reason */
static int sender(lua_State *L) {
  vsms_bytes address;
  const char *reason = NULL;
  bool is_right = vsms_sender(vsms_lua_check_bytes(L, 1), &address, &reason);
  return push_address(L, is_right, address, reason);
}

static const luaL_Reg functions[] = {{"plain_fields", plain_fields},
                                     {"plain_message", plain_message},
                                     {"plain_batches", plain_batches},
                                     {"msisdn", msisdn},
                                     {"sender", sender},
                                     {NULL, NULL}};

void vsms_lua_open_message(lua_State *L) { vsms_lua_setfuncs(L, functions); }
