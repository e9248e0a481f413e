/* answer.c - the answer to a send as most are: a list of IDs. */
#include "lua/answer.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "lua/binding.h"
#include "lua/open.h"
#include "lua/response.h"

enum { ID_OCTETS_MAX = 64 };

static const bool is_id_octet[256] = {
    ['0' ... '9'] = true, ['a' ... 'z'] = true, ['A' ... 'Z'] = true, ['_'] = true, ['-'] = true};

static bool are_id(vsms_bytes octets) {
  if (octets.length == 0 || octets.length > ID_OCTETS_MAX) return false;
  for (size_t i = 0; i < octets.length; i++) {
    if (!is_id_octet[(unsigned char)octets.data[i]]) return false;
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

/* ---- a list of strings ------------------------------------------------------------------------- */

static const char *skip_space(const char *at, const char *end) {
  while (at < end && (*at == ' ' || *at == '\t' || *at == '\r' || *at == '\n')) at++;
  return at;
}

/* Octets of ASCII that stand for themselves in a string, and no control characters. */
static const bool is_plain_octet[256] = {[' ' ... '!'] = true, ['#' ... '['] = true, [']' ... '~'] = true};

/* The string or integer that begins at `at`, and what is behind it; NULL for anything else, and where it has an escape
 * or more than ASCII. */
static const char *take_value(const char *at, const char *end, vsms_bytes *value) {
  if (at < end && *at == '"') {
    const char *begin = ++at;
    while (at < end && is_plain_octet[(unsigned char)*at]) at++;
    *value = (vsms_bytes){begin, (size_t)(at - begin)};
    return at < end && *at == '"' ? at + 1 : NULL;
  }
  const char *begin = at;
  while (at < end && vsms_is_digit(*at)) at++;
  *value = (vsms_bytes){begin, (size_t)(at - begin)};
  return value->length == 0 || (*begin == '0' && value->length > 1) ? NULL : at;
}

/* Goes through a list of such values. */
struct list {
  const char *at, *end;
  bool is_closed; /* its last value was taken, and nothing is behind it */
};

static bool open_list(struct list *list, vsms_bytes json) {
  list->end = json.data + json.length;
  list->at = skip_space(json.data, list->end);
  list->is_closed = false;
  return list->at < list->end && *list->at++ == '[';
}

/* False where the list, or what is behind it, is another. */
static bool take_item(struct list *list, vsms_bytes *value) {
  const char *at = take_value(skip_space(list->at, list->end), list->end, value);
  if (at == NULL) return false;
  at = skip_space(at, list->end);
  if (at == list->end || (*at != ',' && *at != ']')) return false;
  list->is_closed = *at == ']';
  list->at = list->is_closed ? skip_space(at + 1, list->end) : at + 1;
  return !list->is_closed || list->at == list->end;
}

/* Of a list of strings and integers, at least: between two of its values there is a comma. */
static int commas(vsms_bytes json) {
  size_t count = 0;
  for (size_t i = 0; i < json.length; i++) count += json.data[i] == ',';
  return count < INT_MAX ? (int)count : INT_MAX - 1;
}

bool vsms_lua_only_id(vsms_bytes json, vsms_bytes *id) {
  struct list list;
  return open_list(&list, json) && take_item(&list, id) && list.is_closed && are_id(*id);
}

/* core.plain_list(json) -> list | nil: what json.decode_exact makes of a list of strings and integers. Nothing for
 * anything else: that is for the decoder to read, or to refuse. */
static int plain_list(lua_State *L) {
  vsms_bytes json = vsms_lua_check_bytes(L, 1), value;
  struct list list;
  if (!open_list(&list, json)) return 0;
  lua_createtable(L, commas(json) + 1, 0);
  for (int count = 1; !list.is_closed; count++) {
    if (!take_item(&list, &value)) return 0;
    lua_pushlstring(L, value.data, value.length);
    lua_rawseti(L, -2, count);
  }
  return 1;
}

/* Adds the IDs of a list to that at `index`, behind `*last` and up to `end`. False where there are more or less, and
 * where one is not greater than the one before: it may be there twice. `*last` is the last that was added. */
static bool add_rising_ids(lua_State *L, int index, vsms_bytes json, int *last, lua_Integer end) {
  struct list list;
  vsms_bytes value, before = {NULL, 0};
  if (!open_list(&list, json)) return false;
  for (; !list.is_closed; before = value) {
    if (*last == end || !take_item(&list, &value) || !are_id(value)) return false;
    if (before.data != NULL && compare_ids(&before, &value) >= 0) return false;
    lua_pushlstring(L, value.data, value.length);
    lua_rawseti(L, index, ++*last);
  }
  return *last == end;
}

/* core.take_ids(response, ids, count) -> boolean: adds the IDs of the answer to the list `ids` where there are as many,
 * and they rise. False, and `ids` as it was, for any other answer. */
static int take_ids(lua_State *L) {
  enum { RESPONSE = 1, IDS, COUNT };
  luaL_checktype(L, RESPONSE, LUA_TTABLE);
  luaL_checktype(L, IDS, LUA_TTABLE);
  lua_Integer count = luaL_checkinteger(L, COUNT);
  int before = (int)vsms_lua_rawlen(L, IDS), last = before;
  const vsms_response *response = vsms_lua_slim_response(L, RESPONSE);
  vsms_bytes json = response != NULL ? vsms_response_body(response) : (vsms_bytes){"", 0};
  bool are_taken = add_rising_ids(L, IDS, json, &last, before + count);
  for (; !are_taken && last > before; last--) {
    lua_pushnil(L);
    lua_rawseti(L, IDS, last);
  }
  lua_pushboolean(L, are_taken);
  return 1;
}

void vsms_lua_open_answer(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"is_id", is_id},           {"are_ids", are_ids},   {"have_duplicates", have_duplicates},
      {"plain_list", plain_list}, {"take_ids", take_ids}, {NULL, NULL}};
  vsms_lua_setfuncs(L, functions);
}
