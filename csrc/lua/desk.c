/* desk.c - see desk.h. */
#include "lua/desk.h"

#include <math.h>

#include "lua/binding.h"
#include "lua/convert.h"
#include "lua/watch.h"

/* A metatable with this key is one of a desk. */
static const char mark;

static bool is_desk(lua_State *L, int index) {
  if (lua_getmetatable(L, index) == 0) return false;
  lua_pushlightuserdata(L, (void *)&mark);
  lua_rawget(L, -2);
  bool is_marked = lua_toboolean(L, -1);
  lua_pop(L, 2);
  return is_marked;
}

/* Also one that is gone: its desk is NULL. */
static struct vsms_lua_desk *box_at(lua_State *L, int index) {
  luaL_argcheck(L, is_desk(L, index), index, "must be an engine or a store");
  return lua_touserdata(L, index);
}

static vsms_desk *desk_at(lua_State *L, int index) {
  vsms_desk *desk = box_at(L, index)->desk;
  if (desk == NULL) luaL_error(L, "the engine or the store is gone");
  return desk;
}

struct vsms_lua_desk *vsms_lua_push_desk(lua_State *L, const char *type_name) {
  struct vsms_lua_desk *box = lua_newuserdata(L, sizeof *box);
  int userdata = lua_gettop(L);
  box->owner = box->desk = NULL;
  vsms_lua_set_type(L, type_name);
  lua_createtable(L, 3, 0);
  lua_pushvalue(L, userdata);
  lua_rawseti(L, -2, 1);
  lua_newtable(L);
  lua_createtable(L, 0, 1);
  lua_pushliteral(L, "v");
  lua_setfield(L, -2, "__mode");
  lua_setmetatable(L, -2);
  lua_rawseti(L, -2, 2);
  lua_newtable(L);
  lua_rawseti(L, -2, 3);
  vsms_lua_set_table_of(L, userdata);
  return box;
}

struct vsms_lua_ticket *vsms_lua_push_ticket_of(lua_State *L, int index, size_t more) {
  vsms_lua_get_table_of(L, index);
  int table = lua_gettop(L);
  struct vsms_lua_ticket *ticket = vsms_lua_push_ticket(L, table, more);
  lua_remove(L, table);
  return ticket;
}

void vsms_lua_enlist(lua_State *L, int index, const void *address) {
  vsms_lua_get_table_of(L, index);
  lua_rawgeti(L, -1, 2);
  lua_pushnumber(L, (lua_Number)(size_t)address);
  lua_pushvalue(L, -4);
  lua_rawset(L, -3);
  lua_pop(L, 2);
}

/* Pushes the userdata of a ticket that was collected, or of what it is one of, and counts it. False, and nothing pushed,
 * where that was pushed before, or is garbage that was not swept yet. The table of addresses is on top of the stack. */
static bool push_collected(lua_State *L, vsms_ticket *ticket, int *count) {
  struct vsms_lua_part *part = vsms_ticket_mark(ticket);
  (*count)++;
  if (part != NULL && !part->collected(part)) return false;
  lua_pushnumber(L, (lua_Number)(size_t)(part != NULL ? part->whole : ticket));
  lua_rawget(L, -2);
  if (!lua_isnil(L, -1)) return true;
  lua_pop(L, 1);
  (*count)--;
  return false;
}

/* desk:collect(until?) -> ticket | nil, count: the next finished one, or what it is one of (ticket.h); none when it is
 * `until` by core.now(). `count` tickets were collected. Never blocks. */
static int collect(lua_State *L) {
  vsms_desk *desk = desk_at(L, 1);
  int count = 0;
  bool is_pushed = false;
  if (lua_type(L, 2) != LUA_TNUMBER || vsms_clock_ms() < lua_tonumber(L, 2) * 1e3) {
    vsms_lua_get_table_of(L, 1);
    lua_rawgeti(L, -1, 2);
    vsms_ticket *ticket;
    while (!is_pushed && (ticket = vsms_desk_collect(desk)) != NULL) is_pushed = push_collected(L, ticket, &count);
  }
  if (!is_pushed) lua_pushnil(L);
  lua_pushinteger(L, count);
  return 2;
}

/* desk:fd() -> integer | nil, error: readable while collect() has something. */
static int fd(lua_State *L) {
  vsms_error error;
  int descriptor = vsms_desk_fd(desk_at(L, 1), &error);
  if (descriptor < 0) return vsms_lua_push_error(L, &error);
  lua_pushinteger(L, descriptor);
  return 1;
}

/* desk:listen() -> path | nil, error; then connect to it and call desk:accept() -> true | nil, error. See vsms/ticket.h.
 */
static int listen_on_path(lua_State *L) {
  char path[128];
  vsms_error error;
  if (!vsms_desk_listen(desk_at(L, 1), path, sizeof path, &error)) return vsms_lua_push_error(L, &error);
  lua_pushstring(L, path);
  return 1;
}

static int accept_host(lua_State *L) {
  vsms_error error;
  if (!vsms_desk_accept(desk_at(L, 1), &error)) return vsms_lua_push_error(L, &error);
  lua_pushboolean(L, true);
  return 1;
}

/* desk:hang_up(): ends the connection that accept() took. */
static int hang_up(lua_State *L) {
  vsms_desk_hang_up(desk_at(L, 1));
  return 0;
}

/* desk:wait(seconds) -> boolean: is there something to collect? Blocks the calling thread. */
static int wait_for_any(lua_State *L) {
  vsms_desk *desk = desk_at(L, 1);
  double milliseconds = luaL_checknumber(L, 2) * 1e3;
  struct vsms_lua_watch watch;
  vsms_interrupt interrupt = vsms_lua_watch_hooks(L, &watch);
  long timeout_ms = milliseconds > 1e9 ? 1000000000L : milliseconds > 0 ? (long)(milliseconds + 0.5) : 0;
  lua_pushboolean(L, vsms_desk_wait(desk, timeout_ms, &interrupt));
  return 1;
}

/* desk:is_idle() -> boolean: nothing queued, in flight or uncollected. */
static int is_idle(lua_State *L) {
  vsms_counters now = vsms_desk_counters(desk_at(L, 1));
  lua_pushboolean(L, now.queued + now.in_flight + now.uncollected == 0);
  return 1;
}

/* desk:counters() -> { queued, in_flight, uncollected } */
static int counters(lua_State *L) {
  vsms_counters now = vsms_desk_counters(desk_at(L, 1));
  lua_createtable(L, 0, 3);
  vsms_lua_set_count(L, "queued", now.queued);
  vsms_lua_set_count(L, "in_flight", now.in_flight);
  vsms_lua_set_count(L, "uncollected", now.uncollected);
  return 1;
}

/* desk:attachments() -> a table for what must go with the userdata. In a weak table with it as the key, Lua 5.1
 * and LuaJIT keep for ever what leads back to it. */
static int attachments(lua_State *L) {
  box_at(L, 1);
  vsms_lua_get_table_of(L, 1);
  lua_rawgeti(L, -1, 3);
  return 1;
}

static const luaL_Reg desk_methods[] = {
    {"collect", collect},   {"fd", fd},           {"counters", counters},     {"attachments", attachments},
    {"wait", wait_for_any}, {"is_idle", is_idle}, {"listen", listen_on_path}, {"accept", accept_host},
    {"hang_up", hang_up},   {NULL, NULL},
};

void vsms_lua_new_desk_type(lua_State *L, const char *type_name, const char *shown, const luaL_Reg *methods,
                            const luaL_Reg *metamethods) {
  vsms_lua_new_type(L, type_name, shown, methods, metamethods);
  vsms_lua_push_type(L, type_name);
  lua_pushlightuserdata(L, (void *)&mark);
  lua_pushboolean(L, 1);
  lua_rawset(L, -3);
  lua_getfield(L, -1, "__index");
  vsms_lua_setfuncs(L, desk_methods);
  lua_pop(L, 2);
}
