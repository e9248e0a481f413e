/* ticket.c - a ticket as userdata. It is tied to its desk's table (desk.h), which keeps the engine or
 * the store alive. */
#include "lua/ticket.h"

#include "lua/binding.h"
#include "lua/open.h"
#include "lua/watch.h"

struct vsms_lua_ticket *vsms_lua_push_ticket(lua_State *L, int table, size_t more) {
  struct vsms_lua_ticket *box = lua_newuserdata(L, sizeof *box + more);
  int ticket = lua_gettop(L);
  box->ticket = NULL;
  box->sending = NULL;
  vsms_lua_set_type(L, vsms_lua_ticket_type);
  lua_pushvalue(L, table);
  vsms_lua_set_table_of(L, ticket);
  return box;
}

void vsms_lua_spend_ticket(lua_State *L, int index) {
  struct vsms_lua_ticket *box = lua_touserdata(L, index);
  vsms_ticket_free(box->ticket);
  box->ticket = NULL;
  lua_pushnil(L);
  lua_setmetatable(L, index);
}

/* ticket:response() -> response or result | nil while the work is under way. */
static int response(lua_State *L) {
  vsms_ticket *ticket = vsms_lua_check_ticket(L, 1);
  return ((struct vsms_lua_ticket *)lua_touserdata(L, 1))->push(L, ticket, 1);
}

static int is_finished(lua_State *L) {
  lua_pushboolean(L, vsms_ticket_is_finished(vsms_lua_check_ticket(L, 1)));
  return 1;
}

/* ticket:wait(seconds?) -> boolean: has it finished? Blocks the calling thread; no time means no limit. */
static int wait_for(lua_State *L) {
  vsms_ticket *ticket = vsms_lua_check_ticket(L, 1);
  double seconds = luaL_optnumber(L, 2, -1);
  struct vsms_lua_watch watch;
  vsms_interrupt interrupt = vsms_lua_watch_hooks(L, &watch);
  long timeout_ms = seconds < 0 ? -1 : seconds > 1e6 ? 1000000000L : 0;
  if (seconds > 0 && seconds <= 1e6) timeout_ms = (long)(seconds * 1e3 + 0.5); /* NaN is nothing of all this */
  lua_pushboolean(L, vsms_ticket_wait(ticket, timeout_ms, &interrupt));
  return 1;
}

/* ticket:cancel(): the work is given up; the ticket finishes soon after. */
static int cancel(lua_State *L) {
  vsms_ticket_cancel(vsms_lua_check_ticket(L, 1));
  return 0;
}

static int collect_garbage(lua_State *L) {
  struct vsms_lua_ticket *box = vsms_lua_check_type(L, 1, vsms_lua_ticket_type);
  vsms_ticket_free(box->ticket);
  box->ticket = NULL;
  return 0;
}

static int to_string(lua_State *L) {
  bool finished = vsms_ticket_is_finished(vsms_lua_check_ticket(L, 1));
  lua_pushstring(L, finished ? "vertexsms ticket (finished)" : "vertexsms ticket (under way)");
  return 1;
}

static const luaL_Reg methods[] = {
    {"response", response}, {"is_finished", is_finished}, {"wait", wait_for}, {"cancel", cancel}, {NULL, NULL}};

static const luaL_Reg metamethods[] = {{"__gc", collect_garbage}, {"__tostring", to_string}, {NULL, NULL}};

void vsms_lua_open_ticket(lua_State *L) {
  vsms_lua_new_type(L, vsms_lua_ticket_type, "vertexsms ticket", methods, metamethods);
}
