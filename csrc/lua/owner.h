/* owner.h - the userdata that own a response: a ticket, or a box where there is no ticket. */
#ifndef VSMS_LUA_OWNER_H
#define VSMS_LUA_OWNER_H

#include "lua/compat.h"
#include "vsms.h"

/* ticket.c makes and frees them; no other kind of userdata holds a vsms_ticket. */
extern const char vsms_lua_ticket_type[];

struct vsms_lua_sending; /* sending.h */

struct vsms_lua_ticket {
  vsms_ticket *ticket;
  struct vsms_lua_sending *sending; /* in the same userdata; NULL unless the work is a plain message's request */
  /* Pushes what became of the work of the finished ticket at `index`, or nothing and returns 0. */
  int (*push)(lua_State *L, vsms_ticket *ticket, int index);
};

/* The ticket at `index`; an error for anything else, and for one that was freed. */
vsms_ticket *vsms_lua_check_ticket(lua_State *L, int index);

/* Registers the boxes. */
void vsms_lua_open_owner(lua_State *L);

/* Pushes an empty box, which owns the response that is then put into it. */
vsms_response **vsms_lua_push_response_box(lua_State *L);

/* The response of the ticket or the box at `index`; NULL while there is none. */
const vsms_response *vsms_lua_owned_response(lua_State *L, int index);

#endif
