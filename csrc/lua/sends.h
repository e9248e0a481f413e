/* sends.h - many sends as most are, which are handed over together, and waited for like one ticket. */
#ifndef VSMS_LUA_SENDS_H
#define VSMS_LUA_SENDS_H

#include "lua/compat.h"

/* engine:sends() -> sends:
 *
 * sends:submit(path, calls, first, last, deadline) -> how many of calls[first] to calls[last] were handed over, from the
 * first on: as long as they are plain tables such as { "send", message } with a plain message, the engine takes them, and
 * it is not `deadline` by core.now(), to which at least one is handed over. None of what is read has a metatable, so
 * that no code of the caller's runs.
 *
 * sends:take(outcomes, deadline) -> count, number?, attempt?. Takes those that have finished: as many as there are, or
 * until it is `deadline` by core.now(), but for the first; `count` were taken. outcomes[number] becomes { result = sent }
 * for each, by its number among the calls. One that did not succeed plainly is the last, and is given with its attempt
 * (sending.h) instead; so is any where outcomes is nil.
 *
 * sends:count() -> how many were handed over and not taken, also after a take() for which Lua had no memory: what that
 * had come to is taken.
 *
 * sends:is_finished() -> boolean: is there something to take? Where it was not collected, this finds it. */
int vsms_lua_new_sends(lua_State *L);

#endif
