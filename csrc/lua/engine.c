/* engine.c - the engine as userdata, which has a desk. */
#include <math.h>
#include <string.h>

#include "lua/binding.h"
#include "lua/convert.h"
#include "lua/desk.h"
#include "lua/open.h"
#include "lua/owner.h"
#include "lua/response.h"
#include "lua/send.h"
#include "lua/sends.h"
#include "lua/watch.h"

static const char type_name[] = "vertexsms.engine";

static struct vsms_lua_desk *box_at(lua_State *L, int index) { return vsms_lua_check_type(L, index, type_name); }

static vsms_engine *engine_at(lua_State *L, int index) {
  vsms_engine *engine = box_at(L, index)->owner;
  if (engine == NULL) luaL_error(L, "the engine is gone");
  return engine;
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
  config.max_response_bytes = vsms_lua_size_field(L, 1, "max_response_bytes");
  config.concurrency = vsms_lua_size_field(L, 1, "concurrency");
  config.queue_limit = vsms_lua_size_field(L, 1, "queue_limit");
  struct vsms_lua_desk *box = vsms_lua_push_desk(L, type_name);
  vsms_error error;
  vsms_engine *engine = vsms_engine_new(&config, &error);
  if (engine == NULL) return vsms_lua_push_error(L, &error);
  box->owner = engine;
  box->desk = vsms_engine_desk(engine);
  return 1;
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
  struct vsms_lua_ticket *box = vsms_lua_push_ticket_of(L, 1, 0);
  vsms_error error;
  box->push = vsms_lua_push_ticket_response;
  box->ticket = vsms_engine_submit(engine, &request, &error);
  if (box->ticket == NULL) return vsms_lua_push_error(L, &error);
  vsms_lua_enlist(L, 1, box->ticket);
  return 1;
}

/* See send.h. */
static int send_message(lua_State *L) { return vsms_lua_send_message(L, engine_at(L, 1)); }
static int submit_message(lua_State *L) { return vsms_lua_submit_message(L, engine_at(L, 1)); }

/* See sends.h. */
static int new_sends(lua_State *L) {
  engine_at(L, 1);
  return vsms_lua_new_sends(L);
}

static int base_url(lua_State *L) {
  lua_pushstring(L, vsms_engine_base_url(engine_at(L, 1)));
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
  vsms_engine *engine = box_at(L, 1)->owner;
  if (engine != NULL) vsms_engine_close(engine);
  return 0;
}

static int is_closed(lua_State *L) {
  vsms_engine *engine = box_at(L, 1)->owner;
  lua_pushboolean(L, engine == NULL || vsms_engine_is_closed(engine));
  return 1;
}

static int collect_garbage(lua_State *L) {
  struct vsms_lua_desk *box = box_at(L, 1);
  vsms_engine_free(box->owner);
  box->owner = box->desk = NULL;
  return 0;
}

static int to_string(lua_State *L) {
  vsms_engine *engine = box_at(L, 1)->owner;
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
    {"send_message", send_message},
    {"submit_message", submit_message},
    {"sends", new_sends},
    {"base_url", base_url},
    {"close", close_engine},
    {"is_closed", is_closed},
    {"redact", redact},
    {"holds_token", holds_token},
    {NULL, NULL},
};

static const luaL_Reg metamethods[] = {
    {"__gc", collect_garbage}, {"__close", close_engine}, {"__tostring", to_string}, {NULL, NULL}};

void vsms_lua_open_engine(lua_State *L) {
  vsms_lua_new_desk_type(L, type_name, "vertexsms engine", methods, metamethods);
  lua_pushcfunction(L, new_engine);
  lua_setfield(L, -2, "engine");
}
