/* response.c - a response as a table: { kind, status?, body, outcome, temporary, retryable, likely_accepted, message,
 * headers, timings, reused, retry_after?, curl? }.
 *
 * Of a success most want no more than the first two, and perhaps the body. The rest is made when some of it is asked
 * for; until then the table has a metatable, and holds at [1] the userdata that owns the response. */
#include <string.h>

#include "lua/binding.h"
#include "lua/open.h"
#include "lua/owner.h"
#include "lua/response.h"

static void set_seconds(lua_State *L, const char *key, double milliseconds) {
  lua_pushnumber(L, milliseconds / 1e3);
  lua_setfield(L, -2, key);
}

/* __index of the table below: names are in lower case there, and asked for as people write them. */
static int find_header(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE); /* debug.getmetatable gives it to any caller */
  if (lua_type(L, 2) != LUA_TSTRING) return 0;
  size_t length;
  const char *name = lua_tolstring(L, 2, &length);
  luaL_Buffer lower;
  luaL_buffinit(L, &lower);
  for (size_t i = 0; i < length; i++) {
    char c = name[i];
    luaL_addchar(&lower, c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c);
  }
  luaL_pushresult(&lower);
  lua_rawget(L, 1);
  return 1;
}

static const char headers_name[] = "vertexsms.headers";

/* A repeated field becomes one value, in order, joined by ", " (RFC 9110 section 5.3). */
static void push_headers(lua_State *L, const vsms_response *response) {
  size_t count = vsms_response_field_count(response);
  lua_createtable(L, 0, (int)count);
  for (size_t i = 0; i < count; i++) {
    vsms_field field = vsms_response_field(response, i);
    lua_pushlstring(L, field.name.data, field.name.length);
    lua_pushvalue(L, -1);
    lua_rawget(L, -3);
    if (lua_isnil(L, -1)) {
      lua_pop(L, 1);
      lua_pushlstring(L, field.value.data, field.value.length);
    } else {
      lua_pushliteral(L, ", ");
      lua_pushlstring(L, field.value.data, field.value.length);
      lua_concat(L, 3);
    }
    lua_rawset(L, -3);
  }
  vsms_lua_set_type(L, headers_name);
}

static void push_timings(lua_State *L, vsms_timings timings) {
  lua_createtable(L, 0, 5);
  set_seconds(L, "dns", timings.dns_ms);
  set_seconds(L, "connect", timings.connect_ms);
  set_seconds(L, "tls", timings.tls_ms);
  set_seconds(L, "first_byte", timings.first_byte_ms);
  set_seconds(L, "total", timings.total_ms);
}

static const char slim_name[] = "vertexsms.slim_response";

static void set_first(lua_State *L, const vsms_response *response) {
  vsms_facts facts = vsms_response_facts(response);
  vsms_lua_set_string(L, "kind", vsms_kind_name(vsms_response_verdict(response).kind));
  if (facts.status != 0) {
    lua_pushinteger(L, facts.status);
    lua_setfield(L, -2, "status");
  }
}

static void set_body(lua_State *L, const vsms_response *response) {
  vsms_lua_set_bytes(L, "body", vsms_response_body(response));
}

static const char *const late[] = {"outcome", "temporary", "retryable", "likely_accepted", "message",
                                   "headers", "timings",   "reused",    "retry_after",     "curl"};

static void set_late(lua_State *L, const vsms_response *response) {
  vsms_verdict verdict = vsms_response_verdict(response);
  vsms_lua_set_string(L, "outcome", vsms_outcome_name(verdict.outcome));
  vsms_lua_set_boolean(L, "temporary", verdict.temporary);
  vsms_lua_set_boolean(L, "retryable", verdict.retryable);
  if (verdict.likely_accepted) vsms_lua_set_boolean(L, "likely_accepted", true);
  vsms_lua_set_string(L, "message", vsms_response_message(response));
  push_headers(L, response);
  lua_setfield(L, -2, "headers");
  push_timings(L, vsms_response_timings(response));
  lua_setfield(L, -2, "timings");
  vsms_lua_set_boolean(L, "reused", vsms_response_reused(response));
  long retry_after_ms = vsms_response_retry_after_ms(response);
  if (retry_after_ms >= 0) set_seconds(L, "retry_after", (double)retry_after_ms);
  int curl_code = vsms_response_facts(response).curl_code;
  if (curl_code != 0) {
    lua_pushinteger(L, curl_code);
    lua_setfield(L, -2, "curl");
  }
}

bool vsms_lua_push_response(lua_State *L, const vsms_response *response, int owner) {
  bool is_success = vsms_response_verdict(response).kind == VSMS_OK;
  luaL_checkstack(L, 8, "response");
  lua_createtable(L, is_success ? 1 : 0, is_success ? 3 : 13);
  set_first(L, response);
  if (!is_success) {
    set_body(L, response);
    set_late(L, response);
    return false;
  }
  lua_pushvalue(L, owner);
  lua_rawseti(L, -2, 1);
  vsms_lua_set_type(L, slim_name);
  return true;
}

const vsms_response *vsms_lua_slim_response(lua_State *L, int index) {
  const vsms_response *response = NULL;
  lua_rawgeti(L, index, 1);
  if (lua_type(L, -1) == LUA_TUSERDATA) response = vsms_lua_owned_response(L, lua_gettop(L));
  lua_pop(L, 1);
  return response;
}

static bool is_late(const char *name) {
  for (size_t i = 0; i < sizeof late / sizeof *late; i++) {
    if (strcmp(late[i], name) == 0) return true;
  }
  return false;
}

/* The rest of the slim one on top of the stack, which loses its metatable. */
static void complete(lua_State *L, const vsms_response *response) {
  set_body(L, response);
  set_late(L, response);
  lua_pushnil(L);
  lua_setmetatable(L, -2);
  lua_pushnil(L);
  lua_rawseti(L, -2, 1);
}

/* __index of a slim one. */
static int make_late(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  if (lua_type(L, 2) != LUA_TSTRING) return 0;
  bool is_body = strcmp(lua_tostring(L, 2), "body") == 0;
  if (!is_body && !is_late(lua_tostring(L, 2))) return 0;
  const vsms_response *response = vsms_lua_slim_response(L, 1);
  if (response == NULL) return 0;
  lua_settop(L, 2);
  lua_pushvalue(L, 1);
  if (is_body) set_body(L, response);
  if (!is_body) complete(L, response);
  lua_pushvalue(L, 2);
  lua_rawget(L, 1);
  return 1;
}

/* core.header(response, name) -> value | nil: response.headers[name], without the table where there is none yet. */
static int header(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  const char *name = luaL_checkstring(L, 2);
  const vsms_response *response = vsms_lua_slim_response(L, 1);
  if (response != NULL && vsms_response_header(response, name, 1).data == NULL) {
    vsms_bytes value = vsms_response_header(response, name, 0);
    if (value.data == NULL) return 0;
    lua_pushlstring(L, value.data, value.length);
    return 1;
  }
  lua_getfield(L, 1, "headers");
  lua_getfield(L, -1, name);
  return 1;
}

static const char parts_header[] = "x-vertexsms-amount-sent";

static bool to_count(vsms_bytes value, size_t *count) {
  enum { DIGITS_MAX = 6 };
  if (value.length == 0 || value.length > DIGITS_MAX) return false;
  *count = 0;
  for (size_t i = 0; i < value.length; i++) {
    if (value.data[i] < '0' || value.data[i] > '9') return false;
    *count = 10 * *count + (size_t)(value.data[i] - '0');
  }
  return true;
}

bool vsms_lua_response_parts(const vsms_response *response, size_t *parts) {
  vsms_bytes value = vsms_response_header(response, parts_header, 0);
  *parts = 0;
  if (value.data == NULL) return true;
  return to_count(value, parts) && *parts > 0 && vsms_response_header(response, parts_header, 1).data == NULL;
}

/* core.parts(response) -> integer | nil: how many SMS the service says that it sent. */
static int parts(lua_State *L) {
  size_t count;
  lua_settop(L, 1);
  lua_pushstring(L, parts_header);
  if (header(L) == 0 || lua_type(L, -1) != LUA_TSTRING || !to_count(vsms_lua_check_bytes(L, -1), &count)) return 0;
  lua_pushinteger(L, (lua_Integer)count);
  return 1;
}

int vsms_lua_push_ticket_response(lua_State *L, vsms_ticket *ticket, int index) {
  const vsms_response *response = vsms_ticket_response(ticket);
  if (response == NULL) return 0;
  vsms_lua_push_response(L, response, index);
  return 1;
}

void vsms_lua_open_response(lua_State *L) {
  static const luaL_Reg functions[] = {{"header", header}, {"parts", parts}, {NULL, NULL}};
  vsms_lua_setfuncs(L, functions);
  vsms_lua_open_owner(L);
  vsms_lua_new_metatable(L, headers_name);
  lua_pushcfunction(L, find_header);
  lua_setfield(L, -2, "__index");
  vsms_lua_new_metatable(L, slim_name);
  lua_pushcfunction(L, make_late);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 2);
}
