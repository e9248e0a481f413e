/* ticket.c - a ticket as userdata. It is tied to its engine's table, which keeps the engine alive. */
#include "lua/binding.h"

static const char type_name[] = "vertexsms.ticket";

static vsms_ticket *ticket_at(lua_State *L, int index) {
  vsms_ticket **box = luaL_checkudata(L, index, type_name);
  if (*box == NULL) luaL_error(L, "the ticket is gone");
  return *box;
}

vsms_ticket **vsms_lua_push_ticket(lua_State *L, int table) {
  vsms_ticket **box = vsms_lua_push_box(L, type_name);
  int ticket = lua_gettop(L);
  lua_pushvalue(L, table);
  vsms_lua_set_table_of(L, ticket);
  return box;
}

const vsms_response *vsms_lua_ticket_response(lua_State *L, int index) {
  return vsms_ticket_response(ticket_at(L, index));
}

/* ticket:response() -> response | nil while the request is under way. */
static int response(lua_State *L) {
  const vsms_response *answer = vsms_ticket_response(ticket_at(L, 1));
  if (answer == NULL) return 0;
  vsms_lua_push_response(L, answer, 1);
  return 1;
}

static int is_finished(lua_State *L) {
  lua_pushboolean(L, vsms_ticket_response(ticket_at(L, 1)) != NULL);
  return 1;
}

/* ticket:wait(seconds?) -> boolean: has it finished? Blocks the calling thread; no time means no limit. */
static int wait_for(lua_State *L) {
  vsms_ticket *ticket = ticket_at(L, 1);
  double seconds = luaL_optnumber(L, 2, -1);
  struct vsms_lua_watch watch;
  vsms_interrupt interrupt = vsms_lua_watch_hooks(L, &watch);
  long timeout_ms = seconds < 0 ? -1 : seconds > 1e6 ? 1000000000L : 0;
  if (seconds > 0 && seconds <= 1e6) timeout_ms = (long)(seconds * 1e3 + 0.5); /* NaN is nothing of all this */
  lua_pushboolean(L, vsms_ticket_wait(ticket, timeout_ms, &interrupt));
  return 1;
}

/* ticket:cancel(): the request is given up; the ticket finishes soon after. */
static int cancel(lua_State *L) {
  vsms_ticket_cancel(ticket_at(L, 1));
  return 0;
}

static int collect_garbage(lua_State *L) {
  vsms_ticket **box = luaL_checkudata(L, 1, type_name);
  vsms_ticket_free(*box);
  *box = NULL;
  return 0;
}

static int to_string(lua_State *L) {
  bool finished = vsms_ticket_response(ticket_at(L, 1)) != NULL;
  lua_pushstring(L, finished ? "vertexsms ticket (finished)" : "vertexsms ticket (under way)");
  return 1;
}

static const luaL_Reg methods[] = {
    {"response", response}, {"is_finished", is_finished}, {"wait", wait_for}, {"cancel", cancel}, {NULL, NULL}};

static const luaL_Reg metamethods[] = {{"__gc", collect_garbage}, {"__tostring", to_string}, {NULL, NULL}};

void vsms_lua_open_ticket(lua_State *L) { vsms_lua_new_type(L, type_name, "vertexsms ticket", methods, metamethods); }
