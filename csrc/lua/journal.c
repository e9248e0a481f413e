/* journal.c - a locked file of lines as userdata. */
#include <string.h>

#include "lua/binding.h"
#include "lua/convert.h"
#include "lua/open.h"
#include "store/journal.h"

static const char type_name[] = "vertexsms.journal";

/* NULL inside until it is open, and after close. */
static vsms_journal **box_at(lua_State *L, int index) { return luaL_checkudata(L, index, type_name); }

static vsms_journal *journal_at(lua_State *L, int index) {
  vsms_journal *journal = *box_at(L, index);
  if (journal == NULL) luaL_error(L, "the journal is closed");
  return journal;
}

/* core.journal(path, seconds) -> journal | nil, refusal. Locked until it is closed; waits at most so long for others. */
static int open_journal(lua_State *L) {
  vsms_bytes path = vsms_lua_check_bytes(L, 1);
  luaL_argcheck(L, path.length > 0 && strlen(path.data) == path.length, 1, "no path of a file");
  lua_Number seconds = luaL_checknumber(L, 2);
  luaL_argcheck(L, seconds >= 0 && seconds <= 3600, 2, "must be 0 to 3600 seconds");
  vsms_journal **box = vsms_lua_push_box(L, type_name);
  vsms_error error;
  *box = vsms_journal_open(path.data, (unsigned)(seconds * 1e3), &error);
  return *box != NULL ? 1 : vsms_lua_push_error(L, &error);
}

/* journal:size() -> octets */
static int size(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)vsms_journal_size(journal_at(L, 1)));
  return 1;
}

/* journal:read(offset, octets) -> text, shorter only at the end | nil, refusal */
static int read_text(lua_State *L) {
  vsms_journal *journal = journal_at(L, 1);
  lua_Integer offset = luaL_checkinteger(L, 2), wanted = luaL_checkinteger(L, 3);
  luaL_argcheck(L, offset >= 0, 2, "must not be negative");
  luaL_argcheck(L, wanted >= 0, 3, "must not be negative");
  char *out = lua_newuserdata(L, (size_t)wanted + 1);
  size_t length;
  vsms_error error;
  if (!vsms_journal_read(journal, (size_t)offset, out, (size_t)wanted, &length, &error)) {
    return vsms_lua_push_error(L, &error);
  }
  lua_pushlstring(L, out, length);
  return 1;
}

static int push_result(lua_State *L, bool ok, const vsms_error *error) {
  if (!ok) return vsms_lua_push_error(L, error);
  lua_pushboolean(L, 1);
  return 1;
}

/* journal:append(text) -> true | nil, refusal */
static int append(lua_State *L) {
  vsms_error error;
  bool ok = vsms_journal_append(journal_at(L, 1), vsms_lua_check_bytes(L, 2), &error);
  return push_result(L, ok, &error);
}

/* journal:sync() -> true, when all is on the disk | nil, refusal. The journal can only be closed then. */
static int sync_journal(lua_State *L) {
  vsms_error error;
  bool ok = vsms_journal_sync(journal_at(L, 1), &error);
  return push_result(L, ok, &error);
}

/* journal:replace(text) -> true | nil, refusal. The journal can only be closed then. */
static int replace(lua_State *L) {
  vsms_error error;
  bool ok = vsms_journal_replace(journal_at(L, 1), vsms_lua_check_bytes(L, 2), &error);
  return push_result(L, ok, &error);
}

/* journal:close(): twice is fine. */
static int close_journal(lua_State *L) {
  vsms_journal **box = box_at(L, 1);
  vsms_journal_close(*box);
  *box = NULL;
  return 0;
}

static const luaL_Reg methods[] = {
    {"size", size},       {"read", read_text},      {"append", append}, {"sync", sync_journal},
    {"replace", replace}, {"close", close_journal}, {NULL, NULL},
};

static const luaL_Reg metamethods[] = {{"__gc", close_journal}, {NULL, NULL}};

void vsms_lua_open_journal(lua_State *L) {
  vsms_lua_new_type(L, type_name, "vertexsms journal", methods, metamethods);
  lua_pushcfunction(L, open_journal);
  lua_setfield(L, -2, "journal");
}
