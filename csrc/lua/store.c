/* store.c - a store as userdata, its steps and results as tables. */
#include <string.h>

#include "lua/binding.h"
#include "lua/convert.h"
#include "lua/desk.h"
#include "lua/open.h"
#include "lua/step.h"
#include "lua/watch.h"

static const char type_name[] = "vertexsms.store";

static struct vsms_lua_desk *box_at(lua_State *L, int index) { return vsms_lua_check_type(L, index, type_name); }

static vsms_store *store_at(lua_State *L, int index) {
  vsms_store *store = box_at(L, index)->owner;
  if (store == NULL) luaL_error(L, "the store is gone");
  return store;
}

/* core.store(config) -> store | nil, refusal. config: path or url (strings), timeout (seconds), queue_limit. */
static int new_store(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  vsms_store_config config;
  memset(&config, 0, sizeof config);
  config.path = vsms_lua_bytes_field(L, 1, "path");
  config.url = vsms_lua_bytes_field(L, 1, "url");
  config.timeout_ms = vsms_lua_milliseconds_field(L, 1, "timeout");
  config.queue_limit = vsms_lua_size_field(L, 1, "queue_limit");
  struct vsms_lua_desk *box = vsms_lua_push_desk(L, type_name);
  vsms_error error;
  vsms_store *store = vsms_store_new(&config, &error);
  if (store == NULL) return vsms_lua_push_error(L, &error);
  box->owner = store;
  box->desk = vsms_store_desk(store);
  return 1;
}

/* Pushes a box with the result. NULL with *error filled. */
static vsms_result **push_performed(lua_State *L, vsms_store *store, const vsms_step *step, vsms_error *error) {
  vsms_result **box = vsms_lua_push_result_box(L);
  struct vsms_lua_watch watch;
  vsms_interrupt interrupt = vsms_lua_watch_hooks(L, &watch);
  *box = vsms_store_perform(store, step, &interrupt, error);
  return *box != NULL ? box : NULL;
}

/* What was pushed of the result stays, and the result goes. */
static int drop_result(vsms_result **box, int pushed) {
  vsms_result_free(*box);
  *box = NULL;
  return pushed;
}

/* store:perform(step) -> result | nil, refusal. Blocks the calling thread. */
static int perform(lua_State *L) {
  vsms_store *store = store_at(L, 1);
  struct vsms_lua_step read;
  vsms_lua_to_step(L, 2, &read);
  vsms_error error;
  vsms_result **box = push_performed(L, store, &read.step, &error);
  if (box == NULL) return vsms_lua_push_error(L, &error);
  vsms_lua_push_result(L, *box);
  return drop_result(box, 1);
}

/* How a step is read from the arguments behind the store, and how the cells of its result are pushed: see step.h. */
typedef void read_step(lua_State *L, int index, struct vsms_lua_step *read);
typedef int push_cells(lua_State *L, const vsms_result *result);

static int perform_step(lua_State *L, read_step *read_arguments, push_cells *push) {
  vsms_store *store = store_at(L, 1);
  struct vsms_lua_step read;
  read_arguments(L, 2, &read);
  vsms_error error;
  vsms_result **box = push_performed(L, store, &read.step, &error);
  if (box == NULL) return vsms_lua_push_error(L, &error);
  int pushed = push(L, *box);
  if (pushed > 0) return drop_result(box, pushed);
  lua_pushboolean(L, 0);
  vsms_lua_push_result(L, *box);
  return drop_result(box, 2);
}

/* store:perform_one(sql, must, ...) -> true, cells... | false, result | nil, refusal. A step of one statement with these
 * parameters, as perform() does it: the cells are those of the one row that it gave, or the rowid of the one that it
 * inserted (SQLite); else the result is as it is there. */
static int perform_one(lua_State *L) { return perform_step(L, vsms_lua_to_statement, vsms_lua_push_only_row); }

/* store:perform_each(sql, must, count, ...) -> true, lists... | false, result | nil, refusal. The same for a step of a
 * statement that is done `count` times, with parameters that are the same for all, or lists: the results are a list for
 * each column, where each gave one row. */
static int perform_each(lua_State *L) { return perform_step(L, vsms_lua_to_statements, vsms_lua_push_columns); }

static int push_result(lua_State *L, vsms_ticket *ticket, int index) {
  const vsms_result *result = vsms_ticket_result(ticket);
  (void)index;
  if (result == NULL) return 0;
  vsms_lua_push_result(L, result);
  return 1;
}

static int submit_step(lua_State *L, read_step *read_arguments) {
  vsms_store *store = store_at(L, 1);
  struct vsms_lua_step read;
  read_arguments(L, 2, &read);
  struct vsms_lua_ticket *box = vsms_lua_push_ticket_of(L, 1, 0);
  vsms_error error;
  box->push = push_result;
  box->ticket = vsms_store_submit(store, &read.step, &error);
  if (box->ticket == NULL) return vsms_lua_push_error(L, &error);
  vsms_lua_enlist(L, 1, box->ticket);
  return 1;
}

/* store:submit(step) -> ticket | nil, refusal. Returns at once. */
static int submit(lua_State *L) { return submit_step(L, vsms_lua_to_step); }

/* store:submit_one(sql, must, ...) -> ticket | nil, refusal. The same for a step of one statement with these parameters. */
static int submit_one(lua_State *L) { return submit_step(L, vsms_lua_to_statement); }

/* store:submit_each(sql, must, count, ...) -> ticket | nil, refusal. Likewise, see perform_each(). */
static int submit_each(lua_State *L) { return submit_step(L, vsms_lua_to_statements); }

static int push_ticket_cells(lua_State *L, push_cells *push) {
  vsms_ticket *ticket = vsms_lua_check_ticket(L, 1);
  const struct vsms_lua_ticket *box = lua_touserdata(L, 1);
  if (box->push != push_result) luaL_error(L, "the ticket is not one of a step");
  const vsms_result *result = vsms_ticket_result(ticket);
  if (result == NULL) return 0;
  int pushed = push(L, result);
  if (pushed == 0) {
    lua_pushboolean(L, 0);
    return 1;
  }
  vsms_lua_spend_ticket(L, 1);
  return pushed;
}

/* ticket:row() -> true, cells... | false | nil, as perform_one() gives them. False: it has finished in another way, see
 * ticket:response(). Nil: it is under way. With its row the ticket is spent, and good for nothing more. */
static int row(lua_State *L) { return push_ticket_cells(L, vsms_lua_push_only_row); }

/* ticket:columns() -> true, lists... | false | nil. The same of a step in which each statement gave one row. */
static int columns(lua_State *L) { return push_ticket_cells(L, vsms_lua_push_columns); }

/* store:dialect() -> "sqlite" | "postgresql" */
static int dialect(lua_State *L) {
  lua_pushstring(L, vsms_dialect_name(vsms_store_dialect(store_at(L, 1))));
  return 1;
}

/* store:name() -> the path, or the URL without its password. */
static int name(lua_State *L) {
  lua_pushstring(L, vsms_store_name(store_at(L, 1)));
  return 1;
}

/* store:close(): twice is fine. */
static int close_store(lua_State *L) {
  vsms_store *store = box_at(L, 1)->owner;
  if (store != NULL) vsms_store_close(store);
  return 0;
}

static int is_closed(lua_State *L) {
  vsms_store *store = box_at(L, 1)->owner;
  lua_pushboolean(L, store == NULL || vsms_store_is_closed(store));
  return 1;
}

static int collect_garbage(lua_State *L) {
  struct vsms_lua_desk *box = box_at(L, 1);
  vsms_store_free(box->owner);
  box->owner = box->desk = NULL;
  return 0;
}

static int to_string(lua_State *L) {
  vsms_store *store = box_at(L, 1)->owner;
  if (store == NULL) {
    lua_pushliteral(L, "vertexsms store (gone)");
  } else {
    lua_pushfstring(L, "vertexsms store (%s%s)", vsms_store_name(store), vsms_store_is_closed(store) ? ", closed" : "");
  }
  return 1;
}

static const luaL_Reg methods[] = {
    {"perform", perform},           {"perform_one", perform_one}, {"submit", submit},   {"submit_one", submit_one},
    {"perform_each", perform_each}, {"submit_each", submit_each}, {"dialect", dialect}, {"name", name},
    {"close", close_store},         {"is_closed", is_closed},     {NULL, NULL},
};

static const luaL_Reg metamethods[] = {
    {"__gc", collect_garbage}, {"__close", close_store}, {"__tostring", to_string}, {NULL, NULL}};

/* core.stores: { sqlite = boolean, postgresql = boolean } */
static void push_stores(lua_State *L) {
  lua_createtable(L, 0, VSMS_DIALECT_COUNT);
  for (int i = 0; i < VSMS_DIALECT_COUNT; i++) {
    lua_pushboolean(L, vsms_dialect_is_built((vsms_dialect)i));
    lua_setfield(L, -2, vsms_dialect_name((vsms_dialect)i));
  }
}

static void add_to_tickets(lua_State *L) {
  static const luaL_Reg of_steps[] = {{"row", row}, {"columns", columns}, {NULL, NULL}};
  vsms_lua_push_type(L, vsms_lua_ticket_type);
  lua_getfield(L, -1, "__index");
  vsms_lua_setfuncs(L, of_steps);
  lua_pop(L, 2);
}

void vsms_lua_open_store(lua_State *L) {
  add_to_tickets(L);
  vsms_lua_new_desk_type(L, type_name, "vertexsms store", methods, metamethods);
  lua_pushcfunction(L, new_store);
  lua_setfield(L, -2, "store");
  push_stores(L);
  lua_setfield(L, -2, "stores");
}
