/* core.c - the module vertexsms.core: what the Lua layer stands on. */
#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <time.h>

#include "lua/binding.h"
#include "lua/convert.h"
#include "lua/open.h"
#include "lua/watch.h"

/* core.invalid_utf8(text) -> the position (from 1) of the first octet that is not UTF-8, or nil. */
static int invalid_utf8(lua_State *L) {
  vsms_bytes text = vsms_lua_check_bytes(L, 1);
  size_t offset = vsms_utf8_check(text);
  if (offset == text.length) return 0;
  lua_pushinteger(L, (lua_Integer)offset + 1);
  return 1;
}

/* `write` fills `out`, which holds what `size_of` says, and returns how much it has written. */
static int rewrite(lua_State *L, size_t (*size_of)(vsms_bytes json), size_t (*write)(vsms_bytes json, char *out)) {
  vsms_bytes json = vsms_lua_check_bytes(L, 1);
  char *out = lua_newuserdata(L, size_of(json) + 1);
  lua_pushlstring(L, out, write(json, out));
  return 1;
}

/* core.quote_numbers(json) -> the same JSON text with its numbers as strings. */
static int quote_numbers(lua_State *L) { return rewrite(L, vsms_json_quoted_size, vsms_json_quote_numbers); }

/* core.tag_json(json) -> the same JSON text with its numbers as strings that begin with '#', its strings with '$'. */
static int tag_json(lua_State *L) { return rewrite(L, vsms_json_tagged_size, vsms_json_tag); }

/* core.now() -> seconds on a clock that never goes back. */
static int now(lua_State *L) {
  lua_pushnumber(L, vsms_clock_ms() / 1e3);
  return 1;
}

/* core.uptime() -> seconds on a clock that goes on while the machine sleeps. */
static int uptime(lua_State *L) {
  lua_pushnumber(L, vsms_uptime_ms() / 1e3);
  return 1;
}

/* core.time() -> seconds since 1970; os.time has 32 bits where the interpreter was built so. */
static int unix_time(lua_State *L) {
  lua_pushnumber(L, (lua_Number)time(NULL));
  return 1;
}

/* core.random() -> a number in [0, 1) from the operating system. */
static int random_number(lua_State *L) {
  uint64_t bits;
  if (!vsms_random(&bits, sizeof bits)) return luaL_error(L, "the system has no random numbers");
  lua_pushnumber(L, (lua_Number)(bits >> 11) / 9007199254740992.0); /* 53 bits, divided by 2^53 */
  return 1;
}

/* core.sleep(seconds): blocks the calling thread; a signal ends it early only to look whether Ctrl-C was pressed. */
static int sleep_for(lua_State *L) {
  double until = vsms_clock_ms() + luaL_checknumber(L, 1) * 1e3;
  struct vsms_lua_watch watch;
  vsms_interrupt interrupt = vsms_lua_watch_hooks(L, &watch);
  for (double left; (left = until - vsms_clock_ms()) > 0;) {
    poll(NULL, 0, left > 1000.0 ? 1000 : (int)left + 1);
    if (interrupt.interrupted(interrupt.context)) break;
  }
  return 0;
}

/* core.retry_after(value, now) -> seconds | nil: a Retry-After field; `now` in seconds since 1970. */
static int retry_after(lua_State *L) {
  vsms_bytes value = vsms_lua_check_bytes(L, 1);
  long milliseconds = vsms_retry_after_ms(value, (long long)luaL_checknumber(L, 2));
  if (milliseconds < 0) return 0;
  lua_pushnumber(L, (double)milliseconds / 1e3);
  return 1;
}

/* core.process_number() -> integer; another one in every process of a line of forks, and cheap to ask for. */
static int process_number(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)vsms_process_number());
  return 1;
}

/* core.new_table(items, names) -> an empty table with room for that many: one that grows is copied at each step. */
static int new_table(lua_State *L) {
  lua_Integer items = luaL_checkinteger(L, 1), names = luaL_checkinteger(L, 2);
  luaL_argcheck(L, items >= 0 && items <= INT_MAX, 1, "too many");
  luaL_argcheck(L, names >= 0 && names <= INT_MAX, 2, "too many");
  lua_createtable(L, (int)items, (int)names);
  return 1;
}

/* core.is_yieldable() -> boolean | nil where it is not known: coroutine.isyieldable, which nginx's own coroutine functions
 * are without. */
static int is_yieldable(lua_State *L) {
  if (!vsms_lua_knows_yieldable()) return 0;
  lua_pushboolean(L, lua_isyieldable(L));
  return 1;
}

static bool boolean_field(lua_State *L, const char *name) {
  lua_getfield(L, 1, name);
  bool value = lua_toboolean(L, -1);
  lua_pop(L, 1);
  return value;
}

/* core.judge(facts) -> kind, outcome, retryable, likely_accepted, temporary: the table of errors, for specs and for
 * people who are curious. facts: status, headers_complete, request_started, too_large, cancelled, closed, exhausted, service_error,
 * proxy_refused, not_tls, repeatable, curl. */
static int judge(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  vsms_facts facts;
  facts.status = (int)vsms_lua_number_field(L, 1, "status");
  facts.curl_code = (int)vsms_lua_number_field(L, 1, "curl");
  facts.headers_complete = boolean_field(L, "headers_complete");
  facts.request_started = boolean_field(L, "request_started");
  facts.too_large = boolean_field(L, "too_large");
  facts.cancelled = boolean_field(L, "cancelled");
  facts.closed = boolean_field(L, "closed");
  facts.exhausted = boolean_field(L, "exhausted");
  facts.service_error = boolean_field(L, "service_error");
  facts.proxy_refused = boolean_field(L, "proxy_refused");
  facts.not_tls = boolean_field(L, "not_tls");
  facts.repeatable = boolean_field(L, "repeatable");
  vsms_verdict verdict = vsms_judge(&facts);
  lua_pushstring(L, vsms_kind_name(verdict.kind));
  lua_pushstring(L, vsms_outcome_name(verdict.outcome));
  lua_pushboolean(L, verdict.retryable);
  lua_pushboolean(L, verdict.likely_accepted);
  lua_pushboolean(L, verdict.temporary);
  return 5;
}

/* core.kinds: the words for what goes wrong, in the order of vsms_kind; an answer that is fine is none of them. */
static void push_kinds(lua_State *L) {
  lua_createtable(L, VSMS_KIND_COUNT - 1, 0);
  for (int kind = VSMS_OK + 1; kind < VSMS_KIND_COUNT; kind++) {
    lua_pushstring(L, vsms_kind_name((vsms_kind)kind));
    lua_rawseti(L, -2, kind);
  }
}

/* core.outcomes: the words for what became of a request. */
static void push_outcomes(lua_State *L) {
  lua_createtable(L, VSMS_UNKNOWN + 1, 0);
  for (int outcome = VSMS_ACCEPTED; outcome <= VSMS_UNKNOWN; outcome++) {
    lua_pushstring(L, vsms_outcome_name((vsms_outcome)outcome));
    lua_rawseti(L, -2, outcome + 1);
  }
}

/* core.curl_features: { AsynchDNS = boolean, ... } */
static void push_curl_features(lua_State *L) {
  lua_newtable(L);
  const char *name;
  bool is_there = false;
  for (size_t i = 0; (name = vsms_curl_feature(i, &is_there)) != NULL; i++) {
    lua_pushboolean(L, is_there);
    lua_setfield(L, -2, name);
  }
}

static const luaL_Reg functions[] = {
    {"invalid_utf8", invalid_utf8},
    {"quote_numbers", quote_numbers},
    {"tag_json", tag_json},
    {"now", now},
    {"uptime", uptime},
    {"time", unix_time},
    {"judge", judge},
    {"random", random_number},
    {"sleep", sleep_for},
    {"retry_after", retry_after},
    {"process_number", process_number},
    {"new_table", new_table},
    {"is_yieldable", is_yieldable},
    {NULL, NULL},
};

__attribute__((visibility("default"))) int luaopen_vertexsms_core(lua_State *L);

int luaopen_vertexsms_core(lua_State *L) {
  lua_newtable(L);
  vsms_lua_setfuncs(L, functions);
  vsms_lua_open_engine(L);
  vsms_lua_open_ticket(L);
  vsms_lua_open_send(L);
  vsms_lua_open_sends(L);
  vsms_lua_open_answer(L);
  vsms_lua_open_batch(L);
  vsms_lua_open_response(L);
  vsms_lua_open_json(L);
  vsms_lua_open_message(L);
  vsms_lua_open_text(L);
  vsms_lua_open_ip(L);
  vsms_lua_open_report(L);
  vsms_lua_open_secret(L);
  vsms_lua_open_old_file(L);
  vsms_lua_open_step(L);
  vsms_lua_open_store(L);
  vsms_lua_open_signals(L);
  vsms_lua_open_input(L);
  vsms_lua_open_packed(L);
  vsms_lua_open_replace(L);
  push_kinds(L);
  lua_setfield(L, -2, "kinds");
  push_outcomes(L);
  lua_setfield(L, -2, "outcomes");
  lua_pushliteral(L, VSMS_VERSION);
  lua_setfield(L, -2, "version");
  lua_pushstring(L, vsms_curl_version());
  lua_setfield(L, -2, "curl_version");
  push_curl_features(L);
  lua_setfield(L, -2, "curl_features");
  lua_pushstring(L, vsms_curl_authorities()); /* NULL is nil, and no field */
  lua_setfield(L, -2, "authorities");
  return 1;
}
