/* secret.c - secrets and where they stand, random IDs and fingerprints: what the callback modules stand on. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/hex.h"
#include "lua/binding.h"
#include "lua/convert.h"
#include "lua/open.h"

enum { RANDOM_OCTETS_MAX = 64 };

/* Whether the text is one of the secrets in the list at `index`; all are compared. */
static bool is_listed(lua_State *L, int index, vsms_bytes text) {
  bool found = false;
  luaL_checktype(L, index, LUA_TTABLE);
  for (int i = 1; lua_rawgeti(L, index, i), !lua_isnil(L, -1); i++) {
    if (vsms_equal_constant_time(text, vsms_lua_check_bytes(L, -1))) found = true;
    lua_pop(L, 1);
  }
  return found;
}

/* core.is_one_of(text, { secret, ... }) -> boolean, in a time that depends on the lengths alone. */
static int is_one_of(lua_State *L) {
  lua_pushboolean(L, is_listed(L, 2, vsms_lua_check_bytes(L, 1)));
  return 1;
}

/* The value of the parameter at index 2 of the URI at index 1, decoded; leaves on the stack what keeps it alive. */
static bool take_parameter(lua_State *L, vsms_bytes *value) {
  if (!vsms_query_parameter(vsms_lua_check_bytes(L, 1), vsms_lua_check_bytes(L, 2), value)) return false;
  if (memchr(value->data, '%', value->length) == NULL) return true;
  char *out = lua_newuserdata(L, value->length);
  *value = (vsms_bytes){out, vsms_percent_decode(*value, out)};
  return true;
}

/* core.query_parameter(uri, name) -> the value, decoded; nil when there is none, or more than one. */
static int query_parameter(lua_State *L) {
  vsms_bytes value;
  if (!take_parameter(L, &value)) return 0;
  lua_pushlstring(L, value.data, value.length);
  return 1;
}

/* core.query_holds(uri, name, { secret, ... }) -> boolean: both of the above in one. */
static int query_holds(lua_State *L) {
  vsms_bytes value;
  bool found = take_parameter(L, &value);
  lua_pushboolean(L, found && is_listed(L, 3, value));
  return 1;
}

/* core.hmac_sha256(key, data) -> lower-case hexadecimal digits | nil, refusal */
static int hmac_sha256(lua_State *L) {
  char out[VSMS_HMAC_TEXT];
  vsms_error error;
  if (!vsms_hmac_sha256(vsms_lua_check_bytes(L, 1), vsms_lua_check_bytes(L, 2), out, &error))
    return vsms_lua_push_error(L, &error);
  lua_pushlstring(L, out, sizeof out - 1);
  return 1;
}

/* core.random_hex(octets) -> twice as many hexadecimal digits from the operating system. */
static int random_hex(lua_State *L) {
  unsigned char octets[RANDOM_OCTETS_MAX];
  char out[2 * RANDOM_OCTETS_MAX];
  lua_Integer count = luaL_checkinteger(L, 1);
  luaL_argcheck(L, count >= 1 && count <= RANDOM_OCTETS_MAX, 1, "1 to 64 octets");
  if (!vsms_random(octets, (size_t)count)) return luaL_error(L, "the system has no random numbers");
  for (lua_Integer i = 0; i < count; i++) vsms_hex_write(octets[i], out + 2 * i);
  lua_pushlstring(L, out, 2 * (size_t)count);
  return 1;
}

/* core.fingerprint(text) -> 16 hexadecimal digits that tell texts apart. */
static int fingerprint(lua_State *L) {
  char out[17];
  snprintf(out, sizeof out, "%016llx", (unsigned long long)vsms_fingerprint(vsms_lua_check_bytes(L, 1)));
  lua_pushlstring(L, out, 16);
  return 1;
}

/* core.process_id() -> integer; another one after a fork. */
static int process_id(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)getpid());
  return 1;
}

/* core.process_is_alive(pid) -> boolean */
static int process_is_alive(lua_State *L) {
  lua_pushboolean(L, vsms_process_is_alive((long)luaL_checkinteger(L, 1)));
  return 1;
}

static const luaL_Reg functions[] = {
    {"is_one_of", is_one_of},
    {"query_parameter", query_parameter},
    {"query_holds", query_holds},
    {"hmac_sha256", hmac_sha256},
    {"random_hex", random_hex},
    {"fingerprint", fingerprint},
    {"process_id", process_id},
    {"process_is_alive", process_is_alive},
    {NULL, NULL},
};

void vsms_lua_open_secret(lua_State *L) { vsms_lua_setfuncs(L, functions); }
