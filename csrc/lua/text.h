/* text.h - names that texts have in Lua. */
#ifndef VSMS_LUA_TEXT_H
#define VSMS_LUA_TEXT_H

#include "vsms.h"

/* "GSM-7" or "UCS-2". */
const char *vsms_lua_encoding_name(vsms_coding coding);

#endif
