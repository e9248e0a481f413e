/* batch.c - lists of messages as most are, in batches of one request each.
 *
 * All messages are checked before the first request leaves, so all batches are there at once. Until its request is
 * made a batch is packed: messages in a row with the same sender and the same text are a run, whose items are the
 * recipients. */
#include <limits.h>
#include <string.h>

#include "lua/message.h"
#include "lua/open.h"
#include "lua/packed.h"
#include "lua/text.h"

/* core.list_length(list) -> count | nil: of a list of tables, without holes, names or a metatable, whose items come in
 * order. Nothing for anything else: that is for draft.lua to judge. */
static int list_length(lua_State *L) {
  enum { LIST = 1 };
  luaL_checktype(L, LIST, LUA_TTABLE);
  lua_settop(L, LIST);
  if (lua_getmetatable(L, LIST) != 0) return 0;
  int count = 0;
  for (lua_pushnil(L); lua_next(L, LIST) != 0; lua_pop(L, 1)) {
    if (count == INT_MAX || lua_type(L, -2) != LUA_TNUMBER || lua_tonumber(L, -2) != ++count) return 0;
    if (lua_type(L, -1) != LUA_TTABLE) return 0;
  }
  if (count == 0) return 0;
  lua_pushinteger(L, count);
  return 1;
}

/* ---- packing ----------------------------------------------------------------------------------- */

enum { LIST = 1, COUNT, SIZE, KEEPER, BATCHES, PACKED, DRAFT, DRAFTS, EVEN, FROM, TEXT, MESSAGE };

struct packing {
  struct vsms_lua_growing *out;
  size_t json_octets; /* without the brackets, and with a comma too many */
  size_t run_at;      /* where the run that was begun last is */
  struct vsms_lua_run run;
  vsms_bytes from, text; /* of that run, as given; the strings are at FROM and TEXT */
  vsms_text counted;     /* what the draft at DRAFT says */
};

static bool is_equal(vsms_bytes a, vsms_bytes b) {
  return a.length == b.length && (a.data == b.data || memcmp(a.data, b.data, a.length) == 0);
}

static bool is_of_run(const struct packing *packing, const struct vsms_lua_message *message) {
  return packing->run.count > 0 && is_equal(message->from, packing->from) && is_equal(message->text, packing->text);
}

static void end_run(struct packing *packing) {
  if (packing->run.count > 0) memcpy(packing->out->data + packing->run_at, &packing->run, sizeof packing->run);
  packing->run.count = 0;
}

static void keep_strings(lua_State *L) {
  lua_getfield(L, MESSAGE, "from");
  lua_replace(L, FROM);
  lua_getfield(L, MESSAGE, "message");
  lua_replace(L, TEXT);
}

/* With this message. False when its sender or its text is wrong. */
static bool begin_run(struct packing *packing, const struct vsms_lua_message *message, vsms_text *counted) {
  vsms_bytes sender;
  end_run(packing);
  if (!vsms_lua_judge_text(message, &sender, counted)) return false;
  keep_strings(packing->out->L);
  packing->from = message->from;
  packing->text = message->text;
  packing->run_at = packing->out->length;
  vsms_lua_put_octets(packing->out, &packing->run, sizeof packing->run);
  size_t head_at = packing->out->length;
  if (!vsms_lua_put_head(packing->out, sender, message->text)) return false;
  packing->run.head = packing->out->length - head_at;
  packing->run.tail = strlen(VSMS_LUA_MESSAGE_TAIL);
  vsms_lua_put(packing->out, VSMS_LUA_MESSAGE_TAIL);
  return true;
}

/* The item of a run: the digits, and before them how many they are. */
struct recipient {
  char octets[16];
};

static bool take_recipient(struct recipient *recipient, vsms_bytes to) {
  vsms_bytes digits;
  const char *reason;
  if (!vsms_msisdn(to, &digits, &reason) || digits.length >= sizeof recipient->octets) return false;
  recipient->octets[0] = (char)digits.length;
  memcpy(recipient->octets + 1, digits.data, digits.length);
  return true;
}

static void put_recipient(struct packing *packing, const struct recipient *recipient) {
  size_t digits = (size_t)recipient->octets[0];
  vsms_lua_put_octets(packing->out, recipient->octets, 1 + digits);
  packing->run.count++;
  packing->json_octets += packing->run.head + digits + packing->run.tail + 1;
}

/* ---- drafts ------------------------------------------------------------------------------------ */

/* Pushes { estimate = { encoding, parts } }. */
static void push_draft(lua_State *L, const vsms_text *counted) {
  lua_createtable(L, 0, 1);
  lua_createtable(L, 0, 2);
  vsms_lua_set_string(L, "encoding", vsms_lua_encoding_name(counted->coding));
  vsms_lua_set_count(L, "parts", counted->parts);
  lua_setfield(L, -2, "estimate");
}

/* Makes the list at `index` one of `count` items, the first `filled` of which are the draft. */
static void new_drafts(lua_State *L, int index, int count, int filled) {
  lua_createtable(L, count, 0);
  for (int i = 1; i <= filled; i++) {
    lua_pushvalue(L, DRAFT);
    lua_rawseti(L, -2, i);
  }
  lua_replace(L, index);
}

/* Messages that are counted to become the same have the same draft. `before` messages of the batch of `count` have the one
 * that is at DRAFT now. */
static void change_draft(struct packing *packing, const vsms_text *counted, int before, int count) {
  lua_State *L = packing->out->L;
  if (counted->parts == packing->counted.parts && counted->coding == packing->counted.coding) return;
  if (before > 0 && lua_isnil(L, DRAFTS)) new_drafts(L, DRAFTS, count, before);
  packing->counted = *counted;
  push_draft(L, counted);
  lua_replace(L, DRAFT);
}

/* Pushes the drafts of a batch. Most batches have one draft, and then they have one list. */
static void push_drafts(lua_State *L, int count) {
  if (!lua_isnil(L, DRAFTS)) {
    lua_pushvalue(L, DRAFTS);
    return;
  }
  bool is_same = false;
  if (!lua_isnil(L, EVEN) && (int)vsms_lua_rawlen(L, EVEN) == count) {
    lua_rawgeti(L, EVEN, 1);
    is_same = lua_rawequal(L, -1, DRAFT) != 0;
    lua_pop(L, 1);
  }
  if (!is_same) {
    new_drafts(L, EVEN, count, count);
    lua_pushvalue(L, DRAFT);
    lua_setfield(L, EVEN, "common");
  }
  lua_pushvalue(L, EVEN);
}

/* ---- batches ----------------------------------------------------------------------------------- */

/* The message at MESSAGE, of which nothing is read once something was allocated: a finalizer may change it. */
static bool pack_message(struct packing *packing, int before, int count) {
  struct vsms_lua_message message;
  struct recipient recipient;
  vsms_text counted;
  if (!vsms_lua_read_message(packing->out->L, MESSAGE, &message) || !take_recipient(&recipient, message.to))
    return false;
  if (!is_of_run(packing, &message)) {
    if (!begin_run(packing, &message, &counted)) return false;
    change_draft(packing, &counted, before, count);
  }
  put_recipient(packing, &recipient);
  return true;
}

/* False when a message of it is not plain. */
static bool pack_batch(struct packing *packing, int first, int last) {
  lua_State *L = packing->out->L;
  packing->out->length = 0;
  packing->json_octets = 0;
  packing->run.count = 0;
  lua_pushnil(L);
  lua_replace(L, DRAFTS);
  for (int i = first; i <= last; i++) {
    lua_rawgeti(L, LIST, i);
    if (!pack_message(packing, i - first, last - first + 1)) return false;
    lua_settop(L, TEXT);
    if (lua_isnil(L, DRAFTS)) continue;
    lua_pushvalue(L, DRAFT);
    lua_rawseti(L, DRAFTS, i - first + 1);
  }
  end_run(packing);
  return true;
}

/* core.plain_batches(list, count, size) -> batches: of `size` messages each, the last one of what is left. A batch is a
 * list of drafts, which may be that of other batches, too; its messages are in `packed` at the same place. Both are false
 * where a message is not plain. */
static int plain_batches(lua_State *L) {
  struct vsms_lua_growing out;
  struct packing packing = {.out = &out};
  lua_Integer count = luaL_checkinteger(L, COUNT), size = luaL_checkinteger(L, SIZE);
  luaL_checktype(L, LIST, LUA_TTABLE);
  luaL_argcheck(L, count >= 0 && count <= INT_MAX / 2, COUNT, "no such length");
  luaL_argcheck(L, size >= 1 && size <= INT_MAX / 2, SIZE, "no such size");
  luaL_checkstack(L, TEXT + LUA_MINSTACK, "batches");
  lua_settop(L, TEXT);
  int batches = (int)((count + size - 1) / size);
  lua_createtable(L, batches, 1);
  lua_replace(L, BATCHES);
  lua_createtable(L, batches, 0);
  lua_replace(L, PACKED);
  vsms_lua_grow(&out, L, KEEPER);
  for (int first = 1, number = 1; first <= (int)count; first += (int)size, number++) {
    int last = first + (int)size - 1 < (int)count ? first + (int)size - 1 : (int)count;
    bool is_plain = pack_batch(&packing, first, last);
    lua_settop(L, TEXT);
    if (is_plain) vsms_lua_push_packed(L, (vsms_bytes){out.data, out.length}, packing.json_octets + 1);
    if (!is_plain) lua_pushboolean(L, false);
    lua_rawseti(L, PACKED, number);
    if (is_plain) push_drafts(L, last - first + 1);
    if (!is_plain) lua_pushboolean(L, false);
    lua_rawseti(L, BATCHES, number);
  }
  lua_pushvalue(L, PACKED);
  lua_setfield(L, BATCHES, "packed");
  lua_pushvalue(L, BATCHES);
  return 1;
}

void vsms_lua_open_batch(lua_State *L) {
  static const luaL_Reg functions[] = {{"list_length", list_length}, {"plain_batches", plain_batches}, {NULL, NULL}};
  vsms_lua_setfuncs(L, functions);
}
