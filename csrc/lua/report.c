/* report.c - the fields of a call's body as Lua values. */
#include "binding.h"

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

/* core.report(body) -> id, status, error, mcc, mnc, imsi, country, operatorId, operator (strings, numbers too; nil for
 * what is missing, empty or neither), and whether `ported` is an object or an array
 * | false, refusal */
static int report(lua_State *L) {
  vsms_bytes body;
  vsms_report found;
  vsms_error error;
  body.data = luaL_checklstring(L, 1, &body.length);
  if (!vsms_report_read(body, &found, &error)) {
    vsms_lua_push_error(L, &error);
    lua_pushboolean(L, 0);
    lua_replace(L, -3);
    return 2;
  }
  luaL_checkstack(L, VSMS_REPORT_FIELDS + 2, "report");
  for (unsigned i = 0; i < VSMS_REPORT_PORTED; i++) push_value(L, &found.values[i]);
  lua_pushboolean(L, found.values[VSMS_REPORT_PORTED].is_nested);
  return VSMS_REPORT_FIELDS;
}

void vsms_lua_open_report(lua_State *L) {
  lua_pushcfunction(L, report);
  lua_setfield(L, -2, "report");
}
