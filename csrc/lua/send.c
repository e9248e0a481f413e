/* send.c - see send.h. */
#include "lua/send.h"

#include <string.h>

#include "lua/binding.h"
#include "lua/desk.h"
#include "lua/open.h"
#include "lua/owner.h"
#include "lua/response.h"
#include "lua/sending.h"
#include "lua/watch.h"

enum { ENGINE = 1, PATH, MESSAGE, KEEPER };

/* The request of a plain message; its octets are those of `json`. False for any other message. */
static bool begin(lua_State *L, struct vsms_lua_growing *json, struct vsms_lua_sending *sending,
                  vsms_request *request) {
  lua_settop(L, MESSAGE);
  lua_pushnil(L);
  bool is_plain = vsms_lua_begin_sending(L, MESSAGE, KEEPER, json, sending);
  lua_settop(L, KEEPER);
  if (is_plain) *request = vsms_lua_sending_request(L, PATH, sending);
  return is_plain;
}

int vsms_lua_send_message(lua_State *L, vsms_engine *engine) {
  struct vsms_lua_growing json;
  struct vsms_lua_sending sending;
  vsms_request request;
  if (!begin(L, &json, &sending, &request)) return 0;
  vsms_response **box = vsms_lua_push_response_box(L);
  int owner = lua_gettop(L);
  struct vsms_lua_watch watch;
  vsms_interrupt interrupt = vsms_lua_watch_hooks(L, &watch);
  vsms_error error;
  *box = vsms_engine_perform(engine, &request, &interrupt, &error);
  if (*box == NULL) return 0;
  if (vsms_lua_push_sent(L, *box, &sending, 0)) {
    vsms_response_free(*box);
    *box = NULL;
    return 1;
  }
  lua_pushnil(L);
  vsms_lua_push_attempt(L, *box, owner, &sending);
  return 2;
}

int vsms_lua_submit_message(lua_State *L, vsms_engine *engine) {
  struct vsms_lua_growing json;
  struct vsms_lua_sending sending;
  vsms_request request;
  if (!begin(L, &json, &sending, &request)) return 0;
  struct vsms_lua_ticket *box = vsms_lua_push_ticket_of(L, ENGINE, sizeof sending + json.length);
  box->push = vsms_lua_push_ticket_response;
  box->sending = (struct vsms_lua_sending *)(box + 1);
  *box->sending = sending;
  box->sending->json.data = memcpy(box->sending + 1, json.data, json.length);
  vsms_error error;
  box->ticket = vsms_engine_submit(engine, &request, &error);
  if (box->ticket == NULL) return 0;
  vsms_lua_enlist(L, ENGINE, box->ticket);
  return 1;
}

static struct vsms_lua_ticket *message_ticket(lua_State *L) {
  vsms_lua_check_ticket(L, 1);
  struct vsms_lua_ticket *box = lua_touserdata(L, 1);
  if (box->sending == NULL) luaL_error(L, "the ticket is not one of a message");
  return box;
}

/* ticket:sent() -> sent | false | nil, of such a ticket. False: it has finished in another way, see ticket:attempt(). Nil:
 * it is under way. After a success the ticket is spent, and good for nothing more. */
static int sent(lua_State *L) {
  struct vsms_lua_ticket *box = message_ticket(L);
  const vsms_response *response = vsms_ticket_response(box->ticket);
  if (response == NULL) return 0;
  if (vsms_lua_push_sent(L, response, box->sending, 0)) {
    vsms_lua_spend_ticket(L, 1);
  } else {
    lua_pushboolean(L, 0);
  }
  return 1;
}

/* ticket:attempt() -> attempt | nil while it is under way: of such a ticket. */
static int attempt(lua_State *L) {
  struct vsms_lua_ticket *box = message_ticket(L);
  const vsms_response *response = vsms_ticket_response(box->ticket);
  if (response == NULL) return 0;
  vsms_lua_push_attempt(L, response, 1, box->sending);
  return 1;
}

void vsms_lua_open_send(lua_State *L) {
  static const luaL_Reg methods[] = {{"sent", sent}, {"attempt", attempt}, {NULL, NULL}};
  vsms_lua_push_type(L, vsms_lua_ticket_type);
  lua_getfield(L, -1, "__index");
  vsms_lua_setfuncs(L, methods);
  lua_pop(L, 2);
}
