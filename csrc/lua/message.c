/* message.c - a message as most are: recipient, sender and text, all of them right. */
#include <string.h>

#include "lua/binding.h"
#include "lua/open.h"
#include "lua/text.h"

enum { TO, FROM, TEXT, FIELDS };

static const char *const names[FIELDS] = {"to", "from", "message"};

static int index_of(vsms_bytes name) {
  int i = 0;
  while (i < FIELDS && (strlen(names[i]) != name.length || memcmp(names[i], name.data, name.length) != 0)) i++;
  return i;
}

/* The strings stay in the table. False when it holds anything else. */
static bool read_fields(lua_State *L, vsms_bytes *fields) {
  int count = 0;
  for (lua_pushnil(L); lua_next(L, 1) != 0; lua_pop(L, 1), count++) {
    vsms_bytes name;
    if (lua_type(L, -2) != LUA_TSTRING || lua_type(L, -1) != LUA_TSTRING) return false;
    name.data = lua_tolstring(L, -2, &name.length);
    int index = index_of(name);
    if (index == FIELDS) return false;
    fields[index].data = lua_tolstring(L, -1, &fields[index].length);
  }
  return count == FIELDS;
}

struct member {
  const char *name; /* with what stands before it and behind it */
  vsms_bytes value;
};

/* Pushes the members as an object. */
static void push_object(lua_State *L, const struct member *members, size_t count) {
  enum { FIRST_OCTETS = 1024 };
  char first[FIRST_OCTETS], *out = first, *at;
  size_t size = 1;
  for (size_t i = 0; i < count; i++) {
    size += strlen(members[i].name) + VSMS_JSON_ESCAPE_OCTETS * members[i].value.length + 2;
  }
  if (size > sizeof first) out = lua_newuserdata(L, size);
  at = out;
  for (size_t i = 0; i < count; i++) {
    size_t length = strlen(members[i].name);
    memcpy(at, members[i].name, length);
    at += length;
    at += vsms_json_write_string(members[i].value, at);
  }
  *at++ = '}';
  lua_pushlstring(L, out, (size_t)(at - out));
}

/* core.plain_message(message) -> json, parts, encoding: what goes over the wire, and what it is counted to become.
 * Nothing for a message with other fields, or a wrong one, or a metatable: rules.lua judges those. */
static int plain_message(lua_State *L) {
  vsms_bytes fields[FIELDS], to, from;
  vsms_text text;
  vsms_error error;
  const char *reason;
  lua_settop(L, 1);
  if (lua_type(L, 1) != LUA_TTABLE || lua_getmetatable(L, 1) != 0 || !read_fields(L, fields)) return 0;
  if (!vsms_msisdn(fields[TO], &to, &reason) || !vsms_sender(fields[FROM], &from, &reason)) return 0;
  if (fields[TEXT].length == 0 || !vsms_text_analyze(fields[TEXT], 8, &text, &error)) return 0;
  const struct member members[] = {{"{\"from\":", from}, {",\"message\":", fields[TEXT]}, {",\"to\":", to}};
  push_object(L, members, sizeof members / sizeof *members);
  lua_pushinteger(L, (lua_Integer)text.parts);
  lua_pushstring(L, vsms_lua_encoding_name(text.coding));
  return 3;
}

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

static const luaL_Reg functions[] = {
    {"plain_message", plain_message}, {"msisdn", msisdn}, {"sender", sender}, {NULL, NULL}};

void vsms_lua_open_message(lua_State *L) { vsms_lua_setfuncs(L, functions); }
