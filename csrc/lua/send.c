/* send.c - see send.h. */
#include "lua/send.h"

#include <string.h>

#include "lua/answer.h"
#include "lua/binding.h"
#include "lua/desk.h"
#include "lua/message.h"
#include "lua/open.h"
#include "lua/owner.h"
#include "lua/response.h"
#include "lua/text.h"
#include "lua/watch.h"

/* What is known of a message when its request is handed over. */
struct vsms_lua_sending {
  double started_ms;
  unsigned process; /* by vsms_process_number */
  size_t parts;
  vsms_coding coding;
  vsms_bytes json;
};

enum { ENGINE = 1, PATH, MESSAGE, KEEPER };

/* Writes the message and fills *sending. False for one that is not plain. */
static bool begin(lua_State *L, struct vsms_lua_growing *json, struct vsms_lua_sending *sending) {
  vsms_text counted;
  lua_settop(L, MESSAGE);
  lua_pushnil(L);
  vsms_lua_grow(json, L, KEEPER);
  if (!vsms_lua_write_message(json, MESSAGE, &counted)) return false;
  lua_settop(L, KEEPER);
  sending->started_ms = vsms_clock_ms();
  sending->process = vsms_process_number();
  sending->parts = counted.parts;
  sending->coding = counted.coding;
  sending->json = (vsms_bytes){json->data, json->length};
  return true;
}

static vsms_request request_of(lua_State *L, vsms_bytes json) {
  vsms_request request;
  memset(&request, 0, sizeof request);
  request.method = (vsms_bytes){"POST", 4};
  request.path = vsms_lua_check_bytes(L, PATH);
  request.body = json;
  return request;
}

/* Pushes what vertexsms.request.sent makes the result of, or nothing where the response says anything that is unusual:
 * see send.h. */
static int push_sent(lua_State *L, const vsms_response *response, const struct vsms_lua_sending *sending) {
  vsms_bytes id;
  size_t parts;
  if (vsms_response_verdict(response).kind != VSMS_OK) return 0;
  if (!vsms_lua_response_parts(response, &parts) || (parts != 0 && parts != sending->parts)) return 0;
  if (!vsms_lua_only_id(vsms_response_body(response), &id)) return 0;
  luaL_checkstack(L, 8, "sent");
  lua_pushlstring(L, id.data, id.length);
  lua_pushinteger(L, vsms_response_facts(response).status);
  lua_pushnumber(L, (vsms_clock_ms() - sending->started_ms) / 1e3);
  lua_pushstring(L, vsms_lua_encoding_name(sending->coding));
  lua_pushinteger(L, (lua_Integer)sending->parts);
  if (parts == 0) return 5;
  lua_pushinteger(L, (lua_Integer)parts);
  return 6;
}

static int push_attempt(lua_State *L, const vsms_response *response, int owner,
                        const struct vsms_lua_sending *sending) {
  lua_createtable(L, 0, 6);
  vsms_lua_push_response(L, response, owner);
  lua_setfield(L, -2, "response");
  vsms_lua_set_bytes(L, "json", sending->json);
  vsms_lua_set_count(L, "parts", sending->parts);
  vsms_lua_set_string(L, "encoding", vsms_lua_encoding_name(sending->coding));
  lua_pushnumber(L, sending->started_ms / 1e3);
  lua_setfield(L, -2, "started");
  vsms_lua_set_count(L, "process", sending->process);
  return 1;
}

int vsms_lua_send_message(lua_State *L, vsms_engine *engine) {
  struct vsms_lua_growing json;
  struct vsms_lua_sending sending;
  if (!begin(L, &json, &sending)) return 0;
  vsms_request request = request_of(L, sending.json);
  vsms_response **box = vsms_lua_push_response_box(L);
  int owner = lua_gettop(L);
  struct vsms_lua_watch watch;
  vsms_interrupt interrupt = vsms_lua_watch_hooks(L, &watch);
  vsms_error error;
  *box = vsms_engine_perform(engine, &request, &interrupt, &error);
  if (*box == NULL) return 0;
  int count = push_sent(L, *box, &sending);
  if (count > 0) {
    vsms_response_free(*box);
    *box = NULL;
    return count;
  }
  lua_pushnil(L);
  return 1 + push_attempt(L, *box, owner, &sending);
}

int vsms_lua_submit_message(lua_State *L, vsms_engine *engine) {
  struct vsms_lua_growing json;
  struct vsms_lua_sending sending;
  if (!begin(L, &json, &sending)) return 0;
  vsms_request request = request_of(L, sending.json);
  struct vsms_lua_ticket *box = vsms_lua_push_ticket_of(L, ENGINE, sizeof sending + json.length);
  box->push = vsms_lua_push_ticket_response;
  box->sending = (struct vsms_lua_sending *)(box + 1);
  *box->sending = sending;
  box->sending->json.data = memcpy(box->sending + 1, json.data, json.length);
  vsms_error error;
  box->ticket = vsms_engine_submit(engine, &request, &error);
  if (box->ticket == NULL) return 0;
  vsms_lua_enlist_ticket(L, ENGINE);
  return 1;
}

static struct vsms_lua_ticket *message_ticket(lua_State *L) {
  vsms_lua_check_ticket(L, 1);
  struct vsms_lua_ticket *box = lua_touserdata(L, 1);
  if (box->sending == NULL) luaL_error(L, "the ticket is not one of a message");
  return box;
}

/* ticket:sent() -> what send_message gives | false | nil, of such a ticket. False: it has finished in another way, see
 * ticket:attempt(). Nil: it is under way. After a success the ticket is spent, and good for nothing more. */
static int sent(lua_State *L) {
  struct vsms_lua_ticket *box = message_ticket(L);
  const vsms_response *response = vsms_ticket_response(box->ticket);
  if (response == NULL) return 0;
  int count = push_sent(L, response, box->sending);
  if (count == 0) {
    lua_pushboolean(L, 0);
    return 1;
  }
  vsms_lua_spend_ticket(L, 1);
  return count;
}

/* ticket:attempt() -> attempt | nil while it is under way: of such a ticket. */
static int attempt(lua_State *L) {
  struct vsms_lua_ticket *box = message_ticket(L);
  const vsms_response *response = vsms_ticket_response(box->ticket);
  return response == NULL ? 0 : push_attempt(L, response, 1, box->sending);
}

void vsms_lua_open_send(lua_State *L) {
  static const luaL_Reg methods[] = {{"sent", sent}, {"attempt", attempt}, {NULL, NULL}};
  vsms_lua_push_type(L, vsms_lua_ticket_type);
  lua_getfield(L, -1, "__index");
  vsms_lua_setfuncs(L, methods);
  lua_pop(L, 2);
}
