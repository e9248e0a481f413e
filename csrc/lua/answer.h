/* answer.h - the answer to a send as most are. */
#ifndef VSMS_LUA_ANSWER_H
#define VSMS_LUA_ANSWER_H

#include "lua/compat.h"
#include "vsms.h"

/* Is it a list of one ID, written without escapes? *id points into `json`. */
bool vsms_lua_only_id(vsms_bytes json, vsms_bytes *id);

#endif
