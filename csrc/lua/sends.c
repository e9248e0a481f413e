/* sends.c - see sends.h. */
#include "lua/sends.h"

#include <stdlib.h>
#include <string.h>

#include "lua/binding.h"
#include "lua/desk.h"
#include "lua/open.h"
#include "lua/response.h"
#include "lua/sending.h"

/* One of them, on one of two lists. */
struct one {
  struct vsms_lua_part part; /* the first member */
  struct one *next, *previous;
  vsms_ticket *ticket;
  lua_Integer number;
  bool is_ready; /* it is on the list of those to be taken */
  struct vsms_lua_sending sending;
  char json[];
};

struct list {
  struct one *first, *last;
};

struct vsms_lua_sends {
  struct list under_way, ready;
  lua_Integer count; /* of those on both */
};

static const char type_name[] = "vertexsms.sends";

static void append(struct list *list, struct one *one) {
  one->next = NULL;
  one->previous = list->last;
  *(list->last != NULL ? &list->last->next : &list->first) = one;
  list->last = one;
}

static void take_off(struct list *list, struct one *one) {
  *(one->previous != NULL ? &one->previous->next : &list->first) = one->next;
  *(one->next != NULL ? &one->next->previous : &list->last) = one->previous;
}

/* Its ticket has finished. */
static void make_ready(struct vsms_lua_sends *sends, struct one *one) {
  take_off(&sends->under_way, one);
  append(&sends->ready, one);
  one->is_ready = true;
}

/* See ticket.h: those that wait are told of the first, and take what has come since. */
static bool collected(struct vsms_lua_part *part) {
  struct one *one = (struct one *)part;
  struct vsms_lua_sends *sends = part->whole;
  if (one->is_ready) return false;
  bool is_first = sends->ready.first == NULL;
  make_ready(sends, one);
  return is_first;
}

static void drop(struct list *list, struct one *one) {
  take_off(list, one);
  vsms_ticket_free(one->ticket);
  free(one);
}

static void drop_all(struct list *list) {
  while (list->first != NULL) drop(list, list->first);
}

static struct vsms_lua_sends *sends_at(lua_State *L, int index) { return vsms_lua_check_type(L, index, type_name); }

int vsms_lua_new_sends(lua_State *L) {
  struct vsms_lua_sends *sends = lua_newuserdata(L, sizeof *sends);
  int userdata = lua_gettop(L);
  memset(sends, 0, sizeof *sends);
  vsms_lua_set_type(L, type_name);
  vsms_lua_get_table_of(L, 1);
  vsms_lua_set_table_of(L, userdata);
  vsms_lua_enlist(L, 1, sends);
  return 1;
}

/* ---- handing over ------------------------------------------------------------------------------ */

enum { SENDS = 1, PATH, CALLS, FIRST, LAST, DEADLINE, KEEPER, CALL, MESSAGE };

static vsms_engine *engine_of(lua_State *L) {
  vsms_lua_get_table_of(L, SENDS);
  lua_rawgeti(L, -1, 1);
  const struct vsms_lua_desk *desk = lua_touserdata(L, -1);
  lua_pop(L, 2);
  if (desk->owner == NULL) luaL_error(L, "the engine is gone");
  return desk->owner;
}

static bool is_send(lua_State *L, int index) {
  const char *method = lua_type(L, index) == LUA_TSTRING ? lua_tostring(L, index) : "";
  return strcmp(method, "send") == 0;
}

/* Nothing but a list of two. */
static bool is_pair(lua_State *L, int index) {
  int count = 0;
  if (lua_getmetatable(L, index) != 0 || vsms_lua_rawlen(L, index) != 2) return false;
  for (lua_pushnil(L); lua_next(L, index) != 0; lua_pop(L, 1)) count++;
  return count == 2;
}

/* Puts the message of a call at MESSAGE. False for any other call. */
static bool read_call(lua_State *L, int number) {
  lua_settop(L, KEEPER);
  lua_rawgeti(L, CALLS, number);
  if (lua_type(L, CALL) != LUA_TTABLE || !is_pair(L, CALL)) return false;
  lua_rawgeti(L, CALL, 1);
  bool is_one = is_send(L, -1);
  lua_rawgeti(L, CALL, 2);
  lua_replace(L, MESSAGE);
  return is_one;
}

/* False when it is not taken. */
static bool hand_over(struct vsms_lua_sends *sends, int number, vsms_engine *engine, const vsms_request *request,
                      const struct vsms_lua_sending *sending) {
  vsms_error error;
  struct one *one = malloc(sizeof *one + sending->json.length);
  if (one == NULL) return false;
  one->ticket = vsms_engine_submit(engine, request, &error);
  if (one->ticket == NULL) {
    free(one);
    return false;
  }
  one->part = (struct vsms_lua_part){sends, collected};
  vsms_ticket_set_mark(one->ticket, &one->part);
  one->number = number;
  one->is_ready = false;
  one->sending = *sending;
  one->sending.json.data = memcpy(one->json, sending->json.data, sending->json.length);
  append(&sends->under_way, one);
  sends->count++;
  return true;
}

static bool submit_one(lua_State *L, struct vsms_lua_sends *sends, vsms_engine *engine, int number) {
  struct vsms_lua_growing json;
  struct vsms_lua_sending sending;
  lua_pushnil(L);
  lua_replace(L, KEEPER);
  if (!read_call(L, number) || !vsms_lua_begin_sending(L, MESSAGE, KEEPER, &json, &sending)) return false;
  vsms_request request = vsms_lua_sending_request(L, PATH, &sending);
  return hand_over(sends, number, engine, &request, &sending);
}

static int submit(lua_State *L) {
  struct vsms_lua_sends *sends = sends_at(L, SENDS);
  vsms_engine *engine = engine_of(L);
  luaL_checktype(L, CALLS, LUA_TTABLE);
  int first = (int)luaL_checkinteger(L, FIRST), last = (int)luaL_checkinteger(L, LAST), number = first;
  double deadline_ms = luaL_checknumber(L, DEADLINE) * 1e3;
  lua_settop(L, KEEPER);
  luaL_checkstack(L, 16, "calls");
  while (number <= last && submit_one(L, sends, engine, number)) {
    number++;
    if (vsms_clock_ms() >= deadline_ms) break;
  }
  lua_pushinteger(L, number - first);
  return 1;
}

/* ---- taking ------------------------------------------------------------------------------------ */

enum { OUTCOMES = 2, UNTIL, ESTIMATE };

/* One table for all that are counted to become the same: where there are many, memory is what they cost most. */
static void ensure_estimate(lua_State *L, const struct vsms_lua_sending *sending, struct vsms_lua_sending *last) {
  if (sending->parts == last->parts && sending->coding == last->coding) return;
  vsms_lua_push_estimate(L, sending);
  lua_replace(L, ESTIMATE);
  *last = *sending;
}

/* False when it is not a plain success. */
static bool take_sent(lua_State *L, const struct one *one, const vsms_response *response) {
  lua_createtable(L, 0, 1);
  if (!vsms_lua_push_sent(L, response, &one->sending, ESTIMATE)) return false;
  lua_setfield(L, -2, "result");
  lua_rawseti(L, OUTCOMES, (int)one->number);
  return true;
}

/* Pushes its number and what was attempted, and gives the ticket to a userdata of its own, as the owner of the response. */
static void take_attempt(lua_State *L, struct one *one, const vsms_response *response) {
  vsms_lua_get_table_of(L, SENDS);
  struct vsms_lua_ticket *box = vsms_lua_push_ticket(L, lua_gettop(L), 0);
  int owner = lua_gettop(L);
  box->push = vsms_lua_push_ticket_response;
  lua_pushinteger(L, one->number);
  vsms_lua_push_attempt(L, response, owner, &one->sending);
  vsms_ticket_set_mark(one->ticket, NULL);
  box->ticket = one->ticket;
  one->ticket = NULL;
}

static int take(lua_State *L) {
  struct vsms_lua_sends *sends = sends_at(L, SENDS);
  struct vsms_lua_sending last = {.parts = 0};
  struct one *one;
  const vsms_response *response; /* NULL where there is no memory to say that it is another process's */
  lua_Integer count = 0;
  bool has_outcomes = !lua_isnil(L, OUTCOMES);
  if (has_outcomes) luaL_checktype(L, OUTCOMES, LUA_TTABLE);
  double deadline_ms = luaL_checknumber(L, UNTIL) * 1e3;
  lua_settop(L, ESTIMATE);
  luaL_checkstack(L, 16, "outcomes");
  while ((one = sends->ready.first) != NULL && (count == 0 || vsms_clock_ms() < deadline_ms) &&
         (response = vsms_ticket_response(one->ticket)) != NULL) {
    count++;
    ensure_estimate(L, &one->sending, &last);
    bool is_sent = has_outcomes && take_sent(L, one, response);
    if (!is_sent) take_attempt(L, one, response);
    drop(&sends->ready, one);
    sends->count--;
    if (is_sent) continue;
    lua_pushinteger(L, count);
    lua_insert(L, -3);
    return 3;
  }
  lua_pushinteger(L, count);
  return 1;
}

/* In another process than that which handed them over, all have finished. */
static int is_finished(lua_State *L) {
  struct vsms_lua_sends *sends = sends_at(L, SENDS);
  struct one *next;
  for (struct one *one = sends->under_way.first; one != NULL; one = next) {
    next = one->next;
    if (vsms_ticket_is_finished(one->ticket)) make_ready(sends, one);
  }
  lua_pushboolean(L, sends->ready.first != NULL);
  return 1;
}

static int collect_garbage(lua_State *L) {
  struct vsms_lua_sends *sends = sends_at(L, SENDS);
  drop_all(&sends->under_way);
  drop_all(&sends->ready);
  return 0;
}

static int count_left(lua_State *L) {
  lua_pushinteger(L, sends_at(L, SENDS)->count);
  return 1;
}

void vsms_lua_open_sends(lua_State *L) {
  static const luaL_Reg methods[] = {
      {"submit", submit}, {"take", take}, {"count", count_left}, {"is_finished", is_finished}, {NULL, NULL}};
  static const luaL_Reg metamethods[] = {{"__gc", collect_garbage}, {NULL, NULL}};
  vsms_lua_new_type(L, type_name, "vertexsms sends", methods, metamethods);
}
