/* step.h - a step from a Lua table, and a result into one. */
#ifndef VSMS_LUA_STEP_H
#define VSMS_LUA_STEP_H

#include "lua/compat.h"
#include "vsms.h"

/* A step, and room for a usual one. */
enum { VSMS_LUA_STEP_STATEMENTS = 16, VSMS_LUA_STEP_PARAMS = 64 };
struct vsms_lua_step {
  vsms_step step;
  size_t params_used;
  vsms_statement first_statements[VSMS_LUA_STEP_STATEMENTS];
  vsms_datum first_params[VSMS_LUA_STEP_PARAMS];
};

/* Fills *read from the table at `index`, which keeps the octets alive; may leave something on the stack. */
void vsms_lua_to_step(lua_State *L, int index, struct vsms_lua_step *read);

/* The same of one statement, from arguments: its SQL at `index`, then its `must` or nil, then its parameters. */
void vsms_lua_to_statement(lua_State *L, int index, struct vsms_lua_step *read);

/* The same of one statement that is done for each row of a list, from arguments: its SQL at `index`, then whether each must
 * find a row, by the number of which it is named then, then how many rows there are, then what its parameters are: of a
 * table each row has its own, anything else is the same for all. */
void vsms_lua_to_statements(lua_State *L, int index, struct vsms_lua_step *read);

/* Pushes a userdata that owns the result that is put into it afterwards, so that an error of Lua's leaks nothing. */
vsms_result **vsms_lua_push_result_box(lua_State *L);

/* Pushes a table with all that the result says. */
void vsms_lua_push_result(lua_State *L, const vsms_result *result);

/* Of one statement that gave one row: pushes true and the row's cells; of one that gave none and inserted one: true and
 * its rowid. Says how many it has pushed, 0 for any other. */
int vsms_lua_push_only_row(lua_State *L, const vsms_result *result);

/* Of several statements that each gave such cells: the same, with a list of them for each column. */
int vsms_lua_push_columns(lua_State *L, const vsms_result *result);

#endif
