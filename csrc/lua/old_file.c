/* old_file.c - a locked tracking file of an old version as userdata. */
#include <string.h>

#include "lua/binding.h"
#include "lua/convert.h"
#include "lua/open.h"
#include "store/old_file.h"

static const char type_name[] = "vertexsms.old_file";

/* NULL inside until it is open, and after close. */
static vsms_old_file **box_at(lua_State *L, int index) { return vsms_lua_check_type(L, index, type_name); }

static vsms_old_file *file_at(lua_State *L, int index) {
  vsms_old_file *file = *box_at(L, index);
  if (file == NULL) luaL_error(L, "the file is closed");
  return file;
}

static const char *check_path(lua_State *L, int index) {
  vsms_bytes path = vsms_lua_check_bytes(L, index);
  luaL_argcheck(L, path.length > 0 && strlen(path.data) == path.length, index, "the path of a file expected");
  return path.data;
}

/* core.old_file(path) -> file, locked until it is closed | false, when another process has it locked | nil, refusal. */
static int open_file(lua_State *L) {
  const char *path = check_path(L, 1);
  vsms_old_file **box = vsms_lua_push_box(L, type_name);
  bool is_busy;
  vsms_error error;
  *box = vsms_old_file_open(path, &is_busy, &error);
  if (*box != NULL) return 1;
  if (!is_busy) return vsms_lua_push_error(L, &error);
  lua_pushboolean(L, 0);
  return 1;
}

/* file:read(offset, octets) -> text, shorter only at the end | nil, refusal */
static int read_text(lua_State *L) {
  vsms_old_file *file = file_at(L, 1);
  lua_Number offset = luaL_checknumber(L, 2); /* a lua_Integer of LuaJIT has 32 bits on 32-bit systems */
  lua_Integer wanted = luaL_checkinteger(L, 3);
  luaL_argcheck(L, offset >= 0 && vsms_lua_is_exact_double(offset), 2, "must be from 0 to 2^53");
  luaL_argcheck(L, wanted >= 0, 3, "must not be negative");
  char *out = lua_newuserdata(L, (size_t)wanted + 1);
  size_t length;
  vsms_error error;
  if (!vsms_old_file_read(file, (long long)offset, out, (size_t)wanted, &length, &error)) {
    return vsms_lua_push_error(L, &error);
  }
  lua_pushlstring(L, out, length);
  return 1;
}

/* file:give_way(new_path, kept_path) -> true | nil, refusal */
static int give_way(lua_State *L) {
  vsms_error error;
  if (!vsms_old_file_give_way(file_at(L, 1), check_path(L, 2), check_path(L, 3), &error)) {
    return vsms_lua_push_error(L, &error);
  }
  lua_pushboolean(L, 1);
  return 1;
}

/* file:close(): twice is fine. */
static int close_file(lua_State *L) {
  vsms_old_file **box = box_at(L, 1);
  vsms_old_file_close(*box);
  *box = NULL;
  return 0;
}

static const luaL_Reg methods[] = {{"read", read_text}, {"give_way", give_way}, {"close", close_file}, {NULL, NULL}};

static const luaL_Reg metamethods[] = {{"__gc", close_file}, {NULL, NULL}};

void vsms_lua_open_old_file(lua_State *L) {
  vsms_lua_new_type(L, type_name, "vertexsms old file", methods, metamethods);
  lua_pushcfunction(L, open_file);
  lua_setfield(L, -2, "old_file");
}
