/* answer.c - the answer to a send as most are: a list of IDs. */
#include "lua/answer.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "lua/binding.h"
#include "lua/open.h"

enum { ID_OCTETS_MAX = 64 };

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static bool is_id_octet(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
}

static bool are_id(vsms_bytes octets) {
  if (octets.length == 0 || octets.length > ID_OCTETS_MAX) return false;
  for (size_t i = 0; i < octets.length; i++) {
    if (!is_id_octet(octets.data[i])) return false;
  }
  return true;
}

/* Of the value on top of the stack, which is popped. */
static bool pop_is_id(lua_State *L) {
  vsms_bytes value = {NULL, 0};
  bool is_string = lua_type(L, -1) == LUA_TSTRING;
  if (is_string) value.data = lua_tolstring(L, -1, &value.length);
  bool result = is_string && are_id(value);
  lua_pop(L, 1);
  return result;
}

/* core.is_id(value) -> boolean: may it be an ID of VertexSMS's? */
static int is_id(lua_State *L) {
  lua_settop(L, 1);
  lua_pushboolean(L, pop_is_id(L));
  return 1;
}

static bool has_id_at(lua_State *L, int index) {
  lua_rawgeti(L, 1, index);
  return pop_is_id(L);
}

/* core.are_ids(list) -> boolean: is it a list of IDs, of one at least and without a hole? */
static int are_ids(lua_State *L) {
  if (lua_type(L, 1) != LUA_TTABLE) return 0;
  lua_settop(L, 1);
  int ids = 0, pairs = 0;
  while (has_id_at(L, ids + 1)) ids++;
  for (lua_pushnil(L); lua_next(L, 1) != 0; lua_pop(L, 1)) pairs++;
  lua_pushboolean(L, ids > 0 && ids == pairs);
  return 1;
}

/* By length, then by octets. */
static int compare_ids(const void *left, const void *right) {
  const vsms_bytes *a = left, *b = right;
  if (a->length != b->length) return a->length < b->length ? -1 : 1;
  return memcmp(a->data, b->data, a->length);
}

static bool do_rise(const vsms_bytes *ids, size_t count) {
  size_t i = 1;
  while (i < count && compare_ids(&ids[i - 1], &ids[i]) < 0) i++;
  return i >= count;
}

/* core.have_duplicates(ids) -> boolean: does one of these strings stand there twice? Most lists rise, and need not be
 * sorted. The memory for it is given back at once: Lua's collector would come to a table when the list is done. */
static int have_duplicates(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  int length = (int)vsms_lua_rawlen(L, 1);
  size_t count = 0;
  vsms_bytes *ids = malloc(((size_t)length + 1) * sizeof *ids);
  if (ids == NULL) return luaL_error(L, "not enough memory");
  for (int i = 1; i <= length; i++) {
    lua_rawgeti(L, 1, i);
    if (lua_type(L, -1) == LUA_TSTRING) {
      ids[count].data = lua_tolstring(L, -1, &ids[count].length);
      count++;
    }
    lua_pop(L, 1);
  }
  bool rise = do_rise(ids, count);
  if (!rise) {
    qsort(ids, count, sizeof *ids, compare_ids);
    rise = do_rise(ids, count);
  }
  free(ids);
  lua_pushboolean(L, !rise);
  return 1;
}

/* core.new_table(items, names) -> an empty table with room for that many: one that grows is copied at each step. */
static int new_table(lua_State *L) {
  lua_Integer items = luaL_checkinteger(L, 1), names = luaL_checkinteger(L, 2);
  luaL_argcheck(L, items >= 0 && items <= INT_MAX, 1, "too many");
  luaL_argcheck(L, names >= 0 && names <= INT_MAX, 2, "too many");
  lua_createtable(L, (int)items, (int)names);
  return 1;
}

/* ---- a list of strings ------------------------------------------------------------------------- */

static const char *skip_space(const char *at, const char *end) {
  while (at < end && (*at == ' ' || *at == '\t' || *at == '\r' || *at == '\n')) at++;
  return at;
}

/* The string or integer that begins at `at`, and what is behind it; NULL for anything else, and where it has an escape
 * or more than ASCII. */
static const char *take_value(const char *at, const char *end, vsms_bytes *value) {
  if (at < end && *at == '"') {
    const char *begin = ++at;
    while (at < end && *at >= ' ' && *at < 0x7f && *at != '"' && *at != '\\') at++;
    *value = (vsms_bytes){begin, (size_t)(at - begin)};
    return at < end && *at == '"' ? at + 1 : NULL;
  }
  const char *begin = at;
  while (at < end && is_digit(*at)) at++;
  *value = (vsms_bytes){begin, (size_t)(at - begin)};
  return value->length == 0 || (*begin == '0' && value->length > 1) ? NULL : at;
}

/* Of a list of strings and integers, at least: between two of its values there is a comma. */
static int commas(vsms_bytes json) {
  size_t count = 0;
  for (size_t i = 0; i < json.length; i++) count += json.data[i] == ',';
  return count < INT_MAX ? (int)count : INT_MAX - 1;
}

bool vsms_lua_only_id(vsms_bytes json, vsms_bytes *id) {
  const char *at = json.data, *end = json.data + json.length;
  at = skip_space(at, end);
  if (at == end || *at != '[') return false;
  at = take_value(skip_space(at + 1, end), end, id);
  if (at == NULL || !are_id(*id)) return false;
  at = skip_space(at, end);
  return at < end && *at == ']' && skip_space(at + 1, end) == end;
}

/* core.plain_list(json) -> list | nil: what json.decode_exact makes of a list of strings and integers. Nothing for
 * anything else: that is for the decoder to read, or to refuse. */
static int plain_list(lua_State *L) {
  vsms_bytes json = vsms_lua_check_bytes(L, 1), value;
  const char *at = json.data, *end = json.data + json.length;
  at = skip_space(at, end);
  if (at == end || *at != '[') return 0;
  lua_createtable(L, commas(json) + 1, 0);
  for (int count = 1;; count++) {
    at = take_value(skip_space(at + 1, end), end, &value);
    if (at == NULL) return 0;
    lua_pushlstring(L, value.data, value.length);
    lua_rawseti(L, -2, count);
    at = skip_space(at, end);
    if (at == end || (*at != ',' && *at != ']')) return 0;
    if (*at == ']') return skip_space(at + 1, end) == end ? 1 : 0;
  }
}

void vsms_lua_open_answer(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"is_id", is_id},           {"are_ids", are_ids},     {"have_duplicates", have_duplicates},
      {"plain_list", plain_list}, {"new_table", new_table}, {NULL, NULL}};
  vsms_lua_setfuncs(L, functions);
}
