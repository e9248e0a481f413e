/* report.c - the fields of a call's body as Lua values. */
#include <string.h>

#include "lua/binding.h"
#include "lua/convert.h"
#include "lua/open.h"

static void push_value(lua_State *L, const vsms_value *value) {
  if (value->text.data == NULL || value->is_nested || value->text.length == 0) {
    lua_pushnil(L);
  } else if (value->is_escaped) {
    char *out = lua_newuserdata(L, value->text.length);
    lua_pushlstring(L, out, vsms_json_unescape(value->text, out));
    lua_remove(L, -2);
  } else {
    lua_pushlstring(L, value->text.data, value->text.length);
  }
}

/* A text such as 12E5 may be an ID as it stands, where a number has no other meaning. */
static bool may_be_integer(const vsms_value *value) {
  if (value->text.data == NULL || value->text.length == 0 || value->is_nested) return false;
  return !value->is_string ||
         (!memchr(value->text.data, 'e', value->text.length) && !memchr(value->text.data, 'E', value->text.length));
}

static void push_integer(lua_State *L, const vsms_value *value) {
  char digits[VSMS_INTEGER_TEXT];
  size_t length = may_be_integer(value) ? vsms_integer_digits(value->text, digits) : 0;
  if (length > 0) {
    lua_pushlstring(L, digits, length);
  } else {
    push_value(L, value);
  }
}

/* core.report(body) -> id, status, error, mcc, mnc, imsi, country, operatorId, operator (strings, numbers too; nil for
 * what is missing, empty or neither), and whether `ported` is an object or an array
 * | false, refusal */
static int report(lua_State *L) {
  vsms_report found;
  vsms_error error;
  vsms_bytes body = vsms_lua_check_bytes(L, 1);
  if (!vsms_report_read(body, &found, &error)) {
    vsms_lua_push_error(L, &error);
    lua_pushboolean(L, 0);
    lua_replace(L, -3);
    return 2;
  }
  luaL_checkstack(L, VSMS_REPORT_FIELDS + 2, "report");
  for (unsigned i = 0; i <= VSMS_REPORT_ERROR; i++) push_integer(L, &found.values[i]);
  for (unsigned i = VSMS_REPORT_ERROR + 1; i < VSMS_REPORT_PORTED; i++) push_value(L, &found.values[i]);
  lua_pushboolean(L, found.values[VSMS_REPORT_PORTED].is_nested);
  return VSMS_REPORT_FIELDS;
}

/* core.integer(text) -> the digits of an integer, however it is written: "12.0", "1.2e1" | nil */
static int integer(lua_State *L) {
  char digits[VSMS_INTEGER_TEXT];
  vsms_bytes text = vsms_lua_check_bytes(L, 1);
  size_t length = vsms_integer_digits(text, digits);
  if (length == 0) return 0;
  lua_pushlstring(L, digits, length);
  return 1;
}

void vsms_lua_open_report(lua_State *L) {
  lua_pushcfunction(L, integer);
  lua_setfield(L, -2, "integer");
  lua_pushcfunction(L, report);
  lua_setfield(L, -2, "report");
}
