/* engine.c - the engine as userdata. Its table holds [1] itself, so that its tickets keep it alive, [2] a weak
 * table of the tickets by address, so that collect() finds the userdata, and [3] what attachments() gives. */
#include <math.h>
#include <string.h>

#include "lua/binding.h"
#include "lua/convert.h"
#include "lua/open.h"
#include "lua/owner.h"
#include "lua/response.h"
#include "lua/ticket.h"
#include "lua/watch.h"

static const char type_name[] = "vertexsms.engine";

/* NULL inside until there is an engine, and after __gc. */
static vsms_engine **box_at(lua_State *L, int index) { return luaL_checkudata(L, index, type_name); }

static vsms_engine *engine_at(lua_State *L, int index) {
  vsms_engine *engine = *box_at(L, index);
  if (engine == NULL) luaL_error(L, "the engine is gone");
  return engine;
}

static vsms_engine **push_box(lua_State *L) {
  vsms_engine **box = vsms_lua_push_box(L, type_name);
  int engine = lua_gettop(L);
  lua_createtable(L, 2, 0);
  lua_pushvalue(L, engine);
  lua_rawseti(L, -2, 1);
  lua_newtable(L);
  lua_createtable(L, 0, 1);
  lua_pushliteral(L, "v");
  lua_setfield(L, -2, "__mode");
  lua_setmetatable(L, -2);
  lua_rawseti(L, -2, 2);
  lua_newtable(L);
  lua_rawseti(L, -2, 3);
  vsms_lua_set_table_of(L, engine);
  return box;
}

static size_t size_field(lua_State *L, int index, const char *name) {
  double number = vsms_lua_number_field(L, index, name);
  return number >= 1 && number < 1e15 ? (size_t)number : 0;
}

/* core.engine(config) -> engine | nil, error. config: token, base_url, status_base_url, user_agent, ca_file, proxy
 * (strings), timeout, connect_timeout, max_idle (seconds), max_response_bytes, concurrency, queue_limit. */
static int new_engine(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  luaL_checkstack(L, 16, "config");
  vsms_config config;
  memset(&config, 0, sizeof config);
  config.token = vsms_lua_bytes_field(L, 1, "token");
  config.base_url = vsms_lua_bytes_field(L, 1, "base_url");
  config.alternate_base_url = vsms_lua_bytes_field(L, 1, "status_base_url");
  config.user_agent = vsms_lua_bytes_field(L, 1, "user_agent");
  config.ca_file = vsms_lua_bytes_field(L, 1, "ca_file");
  config.proxy = vsms_lua_bytes_field(L, 1, "proxy");
  config.timeout_ms = vsms_lua_milliseconds_field(L, 1, "timeout");
  config.connect_timeout_ms = vsms_lua_milliseconds_field(L, 1, "connect_timeout");
  config.max_idle_ms = vsms_lua_milliseconds_field(L, 1, "max_idle");
  config.max_response_bytes = size_field(L, 1, "max_response_bytes");
  config.concurrency = size_field(L, 1, "concurrency");
  config.queue_limit = size_field(L, 1, "queue_limit");
  vsms_engine **box = push_box(L);
  vsms_error error;
  *box = vsms_engine_new(&config, &error);
  return *box != NULL ? 1 : vsms_lua_push_error(L, &error);
}

/* engine:perform(request) -> response | nil, error. request: method, path, query?, body?, headers?, timeout? (seconds),
 * repeatable?, alternate?. Blocks the calling thread. */
static int perform(lua_State *L) {
  vsms_engine *engine = engine_at(L, 1);
  vsms_request request;
  vsms_lua_to_request(L, 2, &request);
  vsms_response **box = vsms_lua_push_response_box(L);
  int owner = lua_gettop(L);
  struct vsms_lua_watch watch;
  vsms_interrupt interrupt = vsms_lua_watch_hooks(L, &watch);
  vsms_error error;
  *box = vsms_engine_perform(engine, &request, &interrupt, &error);
  if (*box == NULL) return vsms_lua_push_error(L, &error);
  if (vsms_lua_push_response(L, *box, owner)) return 1;
  vsms_response_free(*box);
  *box = NULL;
  return 1;
}

/* engine:submit(request) -> ticket | nil, error. Returns at once. */
static int submit(lua_State *L) {
  vsms_engine *engine = engine_at(L, 1);
  vsms_request request;
  vsms_lua_to_request(L, 2, &request);
  vsms_lua_get_table_of(L, 1);
  int table = lua_gettop(L);
  vsms_ticket **box = vsms_lua_push_ticket(L, table);
  vsms_error error;
  *box = vsms_engine_submit(engine, &request, &error);
  if (*box == NULL) return vsms_lua_push_error(L, &error);
  lua_rawgeti(L, table, 2);
  lua_pushnumber(L, (lua_Number)(size_t)*box);
  lua_pushvalue(L, -3);
  lua_rawset(L, -3);
  lua_pop(L, 1);
  return 1;
}

/* engine:collect() -> ticket | nil: the next finished one. Never blocks. */
static int collect(lua_State *L) {
  vsms_engine *engine = engine_at(L, 1);
  vsms_lua_get_table_of(L, 1);
  lua_rawgeti(L, -1, 2);
  vsms_ticket *ticket;
  while ((ticket = vsms_engine_collect(engine)) != NULL) {
    lua_pushnumber(L, (lua_Number)(size_t)ticket);
    lua_rawget(L, -2);
    if (!lua_isnil(L, -1)) return 1;
    lua_pop(L, 1); /* garbage that was not swept yet: no call waits for it */
  }
  return 0;
}

/* engine:fd() -> integer | nil, error: readable while collect() has something. */
static int fd(lua_State *L) {
  vsms_error error;
  int descriptor = vsms_engine_fd(engine_at(L, 1), &error);
  if (descriptor < 0) return vsms_lua_push_error(L, &error);
  lua_pushinteger(L, descriptor);
  return 1;
}

/* engine:listen() -> path | nil, error; then connect to it and call engine:accept() -> true | nil, error. See vsms/engine.h.
 */
static int listen_on_path(lua_State *L) {
  char path[128];
  vsms_error error;
  if (!vsms_engine_listen(engine_at(L, 1), path, sizeof path, &error)) return vsms_lua_push_error(L, &error);
  lua_pushstring(L, path);
  return 1;
}

static int accept_host(lua_State *L) {
  vsms_error error;
  if (!vsms_engine_accept(engine_at(L, 1), &error)) return vsms_lua_push_error(L, &error);
  lua_pushboolean(L, true);
  return 1;
}

/* engine:hang_up(): ends the connection that accept() took. */
static int hang_up(lua_State *L) {
  vsms_engine_hang_up(engine_at(L, 1));
  return 0;
}

/* engine:wait(seconds) -> boolean: is there something to collect? Blocks the calling thread. */
static int wait_for_any(lua_State *L) {
  vsms_engine *engine = engine_at(L, 1);
  double milliseconds = luaL_checknumber(L, 2) * 1e3;
  struct vsms_lua_watch watch;
  vsms_interrupt interrupt = vsms_lua_watch_hooks(L, &watch);
  long timeout_ms = milliseconds > 1e9 ? 1000000000L : milliseconds > 0 ? (long)(milliseconds + 0.5) : 0;
  lua_pushboolean(L, vsms_engine_wait(engine, timeout_ms, &interrupt));
  return 1;
}

/* engine:is_idle() -> boolean: nothing queued, in flight or uncollected. */
static int is_idle(lua_State *L) {
  vsms_counters now = vsms_engine_counters(engine_at(L, 1));
  lua_pushboolean(L, now.queued + now.in_flight + now.uncollected == 0);
  return 1;
}

/* engine:counters() -> { queued, in_flight, uncollected } */
static int counters(lua_State *L) {
  vsms_counters now = vsms_engine_counters(engine_at(L, 1));
  lua_createtable(L, 0, 3);
  vsms_lua_set_count(L, "queued", now.queued);
  vsms_lua_set_count(L, "in_flight", now.in_flight);
  vsms_lua_set_count(L, "uncollected", now.uncollected);
  return 1;
}

static int base_url(lua_State *L) {
  lua_pushstring(L, vsms_engine_base_url(engine_at(L, 1)));
  return 1;
}

/* engine:attachments() -> a table for what must go with the engine. In a weak table with the engine as its key, Lua 5.1
 * and LuaJIT keep for ever what leads back to the engine. */
static int attachments(lua_State *L) {
  box_at(L, 1);
  vsms_lua_get_table_of(L, 1);
  lua_rawgeti(L, -1, 3);
  return 1;
}

/* engine:redact(text) -> the text with '*' for every octet of a secret: see vsms_engine_redact. */
static int redact(lua_State *L) {
  vsms_engine *engine = engine_at(L, 1);
  vsms_bytes text = vsms_lua_check_bytes(L, 2);
  char *copy = lua_newuserdata(L, text.length + 1);
  memcpy(copy, text.data, text.length);
  if (vsms_engine_redact(engine, copy, text.length)) {
    lua_pushlstring(L, copy, text.length);
  } else {
    lua_pushvalue(L, 2);
  }
  return 1;
}

/* engine:holds_token(text) -> boolean: the whole of it, in any spelling. */
static int holds_token(lua_State *L) {
  vsms_bytes text = vsms_lua_check_bytes(L, 2);
  lua_pushboolean(L, vsms_engine_holds_token(engine_at(L, 1), text));
  return 1;
}

/* engine:close(): gives up what is under way; twice is fine. */
static int close_engine(lua_State *L) {
  vsms_engine *engine = *box_at(L, 1);
  if (engine != NULL) vsms_engine_close(engine);
  return 0;
}

static int is_closed(lua_State *L) {
  vsms_engine *engine = *box_at(L, 1);
  lua_pushboolean(L, engine == NULL || vsms_engine_is_closed(engine));
  return 1;
}

static int collect_garbage(lua_State *L) {
  vsms_engine **box = box_at(L, 1);
  vsms_engine_free(*box);
  *box = NULL;
  return 0;
}

static int to_string(lua_State *L) {
  vsms_engine *engine = *box_at(L, 1);
  if (engine == NULL) {
    lua_pushliteral(L, "vertexsms engine (gone)");
  } else {
    lua_pushfstring(L, "vertexsms engine (%s%s)", vsms_engine_base_url(engine),
                    vsms_engine_is_closed(engine) ? ", closed" : "");
  }
  return 1;
}

static const luaL_Reg methods[] = {
    {"perform", perform},
    {"submit", submit},
    {"collect", collect},
    {"fd", fd},
    {"counters", counters},
    {"base_url", base_url},
    {"attachments", attachments},
    {"close", close_engine},
    {"is_closed", is_closed},
    {"wait", wait_for_any},
    {"is_idle", is_idle},
    {"listen", listen_on_path},
    {"accept", accept_host},
    {"hang_up", hang_up},
    {"redact", redact},
    {"holds_token", holds_token},
    {NULL, NULL},
};

static const luaL_Reg metamethods[] = {
    {"__gc", collect_garbage}, {"__close", close_engine}, {"__tostring", to_string}, {NULL, NULL}};

void vsms_lua_open_engine(lua_State *L) {
  vsms_lua_new_type(L, type_name, "vertexsms engine", methods, metamethods);
  lua_pushcfunction(L, new_engine);
  lua_setfield(L, -2, "engine");
}
