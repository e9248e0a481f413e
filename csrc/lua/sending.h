/* sending.h - a send as most are, from its message to its answer: one message without anything unusual, and an answer with
 * its ID. */
#ifndef VSMS_LUA_SENDING_H
#define VSMS_LUA_SENDING_H

#include "lua/growing.h"

/* What is known of a message when its request is handed over. */
struct vsms_lua_sending {
  double started_ms;
  unsigned process; /* by vsms_process_number */
  size_t parts;
  vsms_coding coding;
  vsms_bytes json;
};

/* Checks, counts and writes the message at `index`, and fills *sending, whose octets are those of `json`. False, and the
 * stack as it may be, for one that is not plain. `keeper` is the index of a nil that is the text's from now on. */
bool vsms_lua_begin_sending(lua_State *L, int index, int keeper, struct vsms_lua_growing *json,
                            struct vsms_lua_sending *sending);

/* Its request, to the path at `path`. */
vsms_request vsms_lua_sending_request(lua_State *L, int path, const struct vsms_lua_sending *sending);

/* Pushes { encoding, parts }: what the message was counted to become. */
void vsms_lua_push_estimate(lua_State *L, const struct vsms_lua_sending *sending);

/* Pushes the result of the send (vertexsms.Sent in api/sms.lua) with the estimate at `estimate`, or with one of its own
 * for 0. False, and nothing pushed, where the response says anything that is unusual. */
bool vsms_lua_push_sent(lua_State *L, const vsms_response *response, const struct vsms_lua_sending *sending,
                        int estimate);

/* Pushes { response, json, parts, encoding, started, process }. `owner` is the index of the userdata (owner.h) that owns
 * the response. */
void vsms_lua_push_attempt(lua_State *L, const vsms_response *response, int owner,
                           const struct vsms_lua_sending *sending);

#endif
