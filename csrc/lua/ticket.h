/* ticket.h - a ticket as userdata. */
#ifndef VSMS_LUA_TICKET_H
#define VSMS_LUA_TICKET_H

#include "lua/owner.h"

/* Pushes an empty ticket of the desk whose table (desk.h) is at `table`, with that many octets behind it, for the caller
 * to fill afterwards, so that an error of Lua's leaks no ticket. */
struct vsms_lua_ticket *vsms_lua_push_ticket(lua_State *L, int table, size_t more);

/* Gives back the finished ticket at `index`, which is good for nothing any more, not even for a finalizer. */
void vsms_lua_spend_ticket(lua_State *L, int index);

/* The mark (vsms_ticket_mark) of one of many tickets that are waited for together. collect() gives the userdata at the
 * address of the whole when `collected` says so, and goes on to the next ticket when not. */
struct vsms_lua_part {
  void *whole;
  bool (*collected)(struct vsms_lua_part *part);
};

#endif
