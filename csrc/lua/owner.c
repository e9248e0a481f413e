/* owner.c - see owner.h. */
#include "lua/owner.h"

#include "lua/binding.h"

const char vsms_lua_ticket_type[] = "vertexsms.ticket";

static const char box_type[] = "vertexsms.response";

vsms_ticket *vsms_lua_check_ticket(lua_State *L, int index) {
  struct vsms_lua_ticket *box = vsms_lua_check_type(L, index, vsms_lua_ticket_type);
  if (box->ticket == NULL) luaL_error(L, "the ticket is gone");
  return box->ticket;
}

vsms_response **vsms_lua_push_response_box(lua_State *L) { return vsms_lua_push_box(L, box_type); }

static int free_response(lua_State *L) {
  vsms_response **box = vsms_lua_check_type(L, 1, box_type);
  vsms_response_free(*box);
  *box = NULL;
  return 0;
}

static bool is_box(lua_State *L, int index) {
  if (lua_getmetatable(L, index) == 0) return false;
  vsms_lua_push_type(L, box_type);
  bool is_same = lua_rawequal(L, -1, -2) != 0;
  lua_pop(L, 2);
  return is_same;
}

const vsms_response *vsms_lua_owned_response(lua_State *L, int index) {
  if (!is_box(L, index)) return vsms_ticket_response(vsms_lua_check_ticket(L, index));
  return *(vsms_response **)lua_touserdata(L, index);
}

void vsms_lua_open_owner(lua_State *L) {
  static const luaL_Reg methods[] = {{NULL, NULL}}, metamethods[] = {{"__gc", free_response}, {NULL, NULL}};
  vsms_lua_new_type(L, box_type, "vertexsms response", methods, metamethods);
}
