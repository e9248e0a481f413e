/* sending.c - see sending.h. */
#include "lua/sending.h"

#include <string.h>

#include "lua/answer.h"
#include "lua/message.h"
#include "lua/response.h"
#include "lua/text.h"

bool vsms_lua_begin_sending(lua_State *L, int index, int keeper, struct vsms_lua_growing *json,
                            struct vsms_lua_sending *sending) {
  vsms_text counted;
  vsms_lua_grow(json, L, keeper);
  if (!vsms_lua_write_message(json, index, &counted)) return false;
  sending->started_ms = vsms_clock_ms();
  sending->process = vsms_process_number();
  sending->parts = counted.parts;
  sending->coding = counted.coding;
  sending->json = (vsms_bytes){json->data, json->length};
  return true;
}

vsms_request vsms_lua_sending_request(lua_State *L, int path, const struct vsms_lua_sending *sending) {
  vsms_request request;
  memset(&request, 0, sizeof request);
  request.method = (vsms_bytes){"POST", 4};
  request.path = vsms_lua_check_bytes(L, path);
  request.body = sending->json;
  return request;
}

void vsms_lua_push_estimate(lua_State *L, const struct vsms_lua_sending *sending) {
  lua_createtable(L, 0, 2);
  vsms_lua_set_string(L, "encoding", vsms_lua_encoding_name(sending->coding));
  vsms_lua_set_count(L, "parts", sending->parts);
}

/* { id }, of the ID on top of the stack. */
static void push_ids(lua_State *L) {
  lua_createtable(L, 1, 0);
  lua_pushvalue(L, -2);
  lua_rawseti(L, -2, 1);
}

bool vsms_lua_push_sent(lua_State *L, const vsms_response *response, const struct vsms_lua_sending *sending,
                        int estimate) {
  vsms_bytes id;
  size_t parts;
  if (vsms_response_verdict(response).kind != VSMS_OK) return false;
  if (!vsms_lua_response_parts(response, &parts) || (parts != 0 && parts != sending->parts)) return false;
  if (!vsms_lua_only_id(vsms_response_body(response), &id)) return false;
  luaL_checkstack(L, 8, "sent");
  lua_createtable(L, 0, 7);
  lua_pushlstring(L, id.data, id.length);
  push_ids(L);
  lua_setfield(L, -3, "ids");
  lua_setfield(L, -2, "id");
  vsms_lua_set_count(L, "status", (size_t)vsms_response_facts(response).status);
  if (parts != 0) vsms_lua_set_count(L, "parts", parts);
  if (estimate != 0) lua_pushvalue(L, estimate);
  if (estimate == 0) vsms_lua_push_estimate(L, sending);
  lua_setfield(L, -2, "estimate");
  vsms_lua_set_count(L, "attempts", 1);
  lua_pushnumber(L, (vsms_clock_ms() - sending->started_ms) / 1e3);
  lua_setfield(L, -2, "elapsed");
  return true;
}

void vsms_lua_push_attempt(lua_State *L, const vsms_response *response, int owner,
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
}
