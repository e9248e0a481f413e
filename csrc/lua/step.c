/* step.c - a step from a table, and a result into one.
 *
 * A step is { { sql = string, params? = { n? = count, ... }, must? = string }, ..., read_only? = boolean, timeout? = seconds }.
 * A result is { kind = "ok", committed = true, [1] = { rows = { { column = value }, ... }, changes = count, inserted? = rowid },
 * ... }, or { kind, message, temporary, committed?, failed?, constraint? }. */
#include "lua/step.h"

#include <limits.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "lua/binding.h"
#include "lua/convert.h"
#include "lua/open.h"

enum { COLUMNS_MAX = 2000 };

/* ---- steps ------------------------------------------------------------------------------------- */

/* Larger ones are userdata, which stay on the stack. */
static void *scratch(lua_State *L, size_t count, size_t size, void *first, size_t room) {
  return count <= room ? first : lua_newuserdata(L, count * size);
}

/* `n` where it is given: NULL may be the last one. */
static size_t count_params(lua_State *L, int params, int statement) {
  lua_getfield(L, params, "n");
  lua_Number count = lua_isnil(L, -1) ? (lua_Number)vsms_lua_rawlen(L, params) : lua_tonumber(L, -1);
  lua_pop(L, 1);
  if (!(count >= 0 && count <= VSMS_STATEMENT_PARAMS_MAX && count == floor(count))) {
    luaL_error(L, "params of statement %d: n must be a count up to %d", statement, VSMS_STATEMENT_PARAMS_MAX);
  }
  return (size_t)count;
}

/* A number with no fraction is an integer in every Lua, however it is represented. */
static vsms_datum number_at(lua_State *L, int index) {
  long long integer;
  if (vsms_lua_exact_integer(L, index, &integer)) return (vsms_datum){.type = VSMS_INTEGER, .as.integer = integer};
  return (vsms_datum){.type = VSMS_REAL, .as.real = lua_tonumber(L, index)};
}

static vsms_datum datum_at(lua_State *L, int index, int statement, int param) {
  vsms_datum datum = {.type = VSMS_NULL};
  switch (lua_type(L, index)) {
    case LUA_TNIL: return datum;
    case LUA_TBOOLEAN: return (vsms_datum){.type = VSMS_INTEGER, .as.integer = lua_toboolean(L, index)};
    case LUA_TNUMBER: return number_at(L, index);
    case LUA_TSTRING:
      datum.type = VSMS_TEXT;
      datum.as.text.data = lua_tolstring(L, index, &datum.as.text.length);
      return datum;
    default:
      luaL_error(L, "parameter %d of statement %d must be nil, a boolean, a number or a string, not %s", param,
                 statement, luaL_typename(L, index));
      return datum;
  }
}

/* The strings stay in the step's tables. */
static vsms_bytes string_field(lua_State *L, int index, const char *field) {
  vsms_bytes bytes = vsms_lua_bytes_field(L, index, field);
  lua_pop(L, 1);
  return bytes;
}

static void read_params(lua_State *L, struct vsms_lua_step *read, vsms_statement *statement, int number) {
  int at = lua_gettop(L) + 1;
  lua_getfield(L, at - 1, "params");
  if (lua_isnil(L, at)) {
    lua_pop(L, 1);
    return;
  }
  if (!lua_istable(L, at)) luaL_error(L, "params of statement %d must be a table", number);
  statement->param_count = count_params(L, at, number);
  size_t room = VSMS_LUA_STEP_PARAMS - read->params_used;
  vsms_datum *params = scratch(L, statement->param_count, sizeof *params, read->first_params + read->params_used, room);
  bool is_first = statement->param_count <= room;
  if (is_first) read->params_used += statement->param_count;
  for (size_t i = 0; i < statement->param_count; i++) {
    lua_rawgeti(L, at, (int)i + 1);
    params[i] = datum_at(L, -1, number, (int)i + 1);
    lua_pop(L, 1);
  }
  statement->params = params;
  if (!is_first) lua_insert(L, at - 1); /* below the statement's table: it stays */
  lua_settop(L, is_first ? at - 1 : at);
}

/* Of the table on top of the stack, which it leaves there. */
static void read_statement(lua_State *L, struct vsms_lua_step *read, vsms_statement *statement, int number) {
  memset(statement, 0, sizeof *statement);
  if (!lua_istable(L, -1))
    luaL_error(L, "statement %d of the step must be a table, not %s", number, luaL_typename(L, -1));
  statement->sql = string_field(L, lua_gettop(L), "sql");
  statement->must = string_field(L, lua_gettop(L), "must");
  read_params(L, read, statement, number);
}

void vsms_lua_to_step(lua_State *L, int index, struct vsms_lua_step *read) {
  luaL_checktype(L, index, LUA_TTABLE);
  size_t count = vsms_lua_rawlen(L, index);
  if (count > VSMS_STEP_STATEMENTS_MAX) luaL_error(L, "a step has at most %d statements", VSMS_STEP_STATEMENTS_MAX);
  luaL_checkstack(L, (int)count + 16, "too many statements");
  read->params_used = 0;
  memset(&read->step, 0, sizeof read->step);
  vsms_statement *statements = scratch(L, count, sizeof *statements, read->first_statements, VSMS_LUA_STEP_STATEMENTS);
  for (size_t i = 0; i < count; i++) {
    lua_rawgeti(L, index, (int)i + 1);
    read_statement(L, read, &statements[i], (int)i + 1);
    lua_pop(L, 1);
  }
  read->step.statements = statements;
  read->step.count = count;
  lua_getfield(L, index, "read_only");
  read->step.read_only = lua_toboolean(L, -1);
  lua_pop(L, 1);
  lua_getfield(L, index, "timeout");
  bool has_timeout = !lua_isnil(L, -1);
  lua_pop(L, 1);
  if (has_timeout) read->step.timeout_ms = vsms_lua_milliseconds_field(L, index, "timeout");
}

void vsms_lua_to_statement(lua_State *L, int index, struct vsms_lua_step *read) {
  int first = index + 2, count = lua_gettop(L) - first + 1;
  vsms_statement *statement = read->first_statements;
  if (count > VSMS_LUA_STEP_PARAMS) luaL_error(L, "more than %d parameters", VSMS_LUA_STEP_PARAMS);
  memset(statement, 0, sizeof *statement);
  statement->sql = vsms_lua_check_bytes(L, index);
  if (!lua_isnoneornil(L, index + 1)) statement->must = vsms_lua_check_bytes(L, index + 1);
  for (int i = 0; i < count; i++) read->first_params[i] = datum_at(L, first + i, 1, i + 1);
  statement->params = read->first_params;
  statement->param_count = count > 0 ? (size_t)count : 0;
  read->step = (vsms_step){.statements = statement, .count = 1};
}

/* Of all rows, at `params` and every `width` behind it. */
static void read_column(lua_State *L, int index, int column, vsms_datum *params, size_t width, int count) {
  bool is_list = lua_istable(L, index);
  vsms_datum datum = {.type = VSMS_NULL};
  if (!is_list) datum = datum_at(L, index, 1, column);
  for (int i = 1; i <= count; i++, params += width) {
    if (is_list) {
      lua_rawgeti(L, index, i);
      datum = datum_at(L, -1, i, column);
      lua_pop(L, 1);
    }
    *params = datum;
  }
}

/* "1", "2" and so on, one behind the other. */
static void name_statements(lua_State *L, vsms_statement *statements, int count) {
  enum { OCTETS = sizeof "10000" }; /* as many as VSMS_STEP_STATEMENTS_MAX has */
  char *names = lua_newuserdata(L, (size_t)count * OCTETS);
  for (int i = 0; i < count; i++, names += OCTETS) {
    statements[i].must = (vsms_bytes){names, (size_t)snprintf(names, OCTETS, "%d", i + 1)};
  }
}

void vsms_lua_to_statements(lua_State *L, int index, struct vsms_lua_step *read) {
  int first = index + 3, width = lua_gettop(L) - first + 1;
  vsms_bytes sql = vsms_lua_check_bytes(L, index);
  bool must = lua_toboolean(L, index + 1);
  lua_Integer count = luaL_checkinteger(L, index + 2);
  luaL_argcheck(L, count >= 1 && count <= VSMS_STEP_STATEMENTS_MAX, index + 2, "no such count");
  luaL_argcheck(L, width >= 0 && width <= VSMS_LUA_STEP_PARAMS, first, "too many parameters");
  vsms_statement *statements = lua_newuserdata(L, (size_t)count * sizeof *statements);
  vsms_datum *params = lua_newuserdata(L, ((size_t)count * (size_t)width + 1) * sizeof *params);
  for (int i = 0; i < (int)count; i++) {
    statements[i] = (vsms_statement){.sql = sql, .params = params + i * width, .param_count = (size_t)width};
  }
  for (int i = 0; i < width; i++) read_column(L, first + i, i + 1, params + i, (size_t)width, (int)count);
  if (must) name_statements(L, statements, (int)count);
  read->step = (vsms_step){.statements = statements, .count = (size_t)count};
}

/* ---- results ----------------------------------------------------------------------------------- */

static const char box_name[] = "vertexsms.result";

vsms_result **vsms_lua_push_result_box(lua_State *L) { return vsms_lua_push_box(L, box_name); }

static int free_result(lua_State *L) {
  vsms_result **box = vsms_lua_check_type(L, 1, box_name);
  vsms_result_free(*box);
  *box = NULL;
  return 0;
}

static void push_datum(lua_State *L, const vsms_datum *datum) {
  switch (datum->type) {
    case VSMS_INTEGER: vsms_lua_push_exact_integer(L, datum->as.integer); break;
    case VSMS_REAL: lua_pushnumber(L, (lua_Number)datum->as.real); break;
    case VSMS_TEXT: lua_pushlstring(L, datum->as.text.data, datum->as.text.length); break;
    default: lua_pushnil(L); break;
  }
}

/* The names are on the stack, from `names` on. */
static void push_row(lua_State *L, const vsms_datum *cells, size_t count, int names) {
  lua_createtable(L, 0, (int)count);
  for (size_t i = 0; i < count; i++) {
    if (cells[i].type == VSMS_NULL) continue;
    lua_pushvalue(L, names + (int)i);
    push_datum(L, &cells[i]);
    lua_rawset(L, -3);
  }
}

static void push_rows(lua_State *L, const vsms_rows *rows) {
  int names = lua_gettop(L) + 1;
  if (rows->column_count > COLUMNS_MAX) luaL_error(L, "more than %d columns", COLUMNS_MAX);
  luaL_checkstack(L, (int)rows->column_count + 8, "columns");
  for (size_t i = 0; i < rows->column_count; i++) {
    lua_pushlstring(L, rows->columns[i].data, rows->columns[i].length);
  }
  lua_createtable(L, rows->row_count < INT_MAX ? (int)rows->row_count : 0, 0);
  for (size_t i = 0; i < rows->row_count; i++) {
    push_row(L, rows->cells + i * rows->column_count, rows->column_count, names);
    lua_rawseti(L, -2, (int)i + 1);
  }
  lua_insert(L, names);
  lua_settop(L, names);
}

static void push_success(lua_State *L, const vsms_result *result) {
  size_t count = vsms_result_count(result);
  lua_createtable(L, (int)count, 2);
  for (size_t i = 0; i < count; i++) {
    const vsms_rows *rows = vsms_result_rows(result, i);
    lua_createtable(L, 0, 2);
    push_rows(L, rows);
    lua_setfield(L, -2, "rows");
    vsms_lua_push_exact_integer(L, rows->changes);
    lua_setfield(L, -2, "changes");
    if (rows->inserted != 0) {
      vsms_lua_push_exact_integer(L, rows->inserted);
      lua_setfield(L, -2, "inserted");
    }
    lua_rawseti(L, -2, (int)i + 1);
  }
}

static void push_failure(lua_State *L, const vsms_result *result) {
  lua_createtable(L, 0, 6);
  lua_pushstring(L, vsms_result_message(result));
  lua_setfield(L, -2, "message");
  lua_pushboolean(L, vsms_result_is_temporary(result));
  lua_setfield(L, -2, "temporary");
  vsms_bytes failed = vsms_result_failed(result), constraint = vsms_result_constraint(result);
  if (failed.data != NULL) vsms_lua_set_bytes(L, "failed", failed);
  if (constraint.data != NULL) vsms_lua_set_bytes(L, "constraint", constraint);
}

void vsms_lua_push_result(lua_State *L, const vsms_result *result) {
  vsms_store_kind kind = vsms_result_kind(result);
  vsms_committed committed = vsms_result_committed(result);
  luaL_checkstack(L, 8, "result");
  if (kind == VSMS_STORE_OK) {
    push_success(L, result);
  } else {
    push_failure(L, result);
  }
  lua_pushstring(L, vsms_store_kind_name(kind));
  lua_setfield(L, -2, "kind");
  if (committed == VSMS_COMMITTED_UNKNOWN) return;
  lua_pushboolean(L, committed == VSMS_COMMITTED);
  lua_setfield(L, -2, "committed");
}

/* How many cells a statement gave: those of the one row, or the rowid of the one that it inserted. 0: neither. */
static size_t count_cells(const vsms_rows *rows) {
  if (rows->column_count == 0) return rows->changes == 1 && rows->inserted != 0 ? 1 : 0;
  return rows->row_count == 1 && rows->column_count <= COLUMNS_MAX ? rows->column_count : 0;
}

static void push_cell(lua_State *L, const vsms_rows *rows, size_t column) {
  if (rows->column_count > 0) {
    push_datum(L, &rows->cells[column]);
  } else {
    vsms_lua_push_exact_integer(L, rows->inserted);
  }
}

/* How many cells each statement gave. 0: not all the same number. */
static size_t count_columns(const vsms_result *result) {
  size_t count = vsms_result_count(result);
  if (vsms_result_kind(result) != VSMS_STORE_OK || count == 0) return 0;
  size_t columns = count_cells(vsms_result_rows(result, 0));
  for (size_t i = 1; i < count; i++) {
    if (count_cells(vsms_result_rows(result, i)) != columns) return 0;
  }
  return columns;
}

int vsms_lua_push_only_row(lua_State *L, const vsms_result *result) {
  size_t columns = vsms_result_count(result) == 1 ? count_columns(result) : 0;
  if (columns == 0) return 0;
  luaL_checkstack(L, (int)columns + 1, "columns");
  lua_pushboolean(L, 1);
  for (size_t i = 0; i < columns; i++) push_cell(L, vsms_result_rows(result, 0), i);
  return (int)columns + 1;
}

int vsms_lua_push_columns(lua_State *L, const vsms_result *result) {
  size_t columns = count_columns(result), count = vsms_result_count(result);
  if (columns == 0) return 0;
  luaL_checkstack(L, (int)columns + 2, "columns");
  lua_pushboolean(L, 1);
  for (size_t column = 0; column < columns; column++) {
    lua_createtable(L, (int)count, 0);
    for (size_t i = 0; i < count; i++) {
      push_cell(L, vsms_result_rows(result, i), column);
      lua_rawseti(L, -2, (int)i + 1);
    }
  }
  return (int)columns + 1;
}

void vsms_lua_open_step(lua_State *L) {
  static const luaL_Reg methods[] = {{NULL, NULL}}, metamethods[] = {{"__gc", free_result}, {NULL, NULL}};
  vsms_lua_new_type(L, box_name, "vertexsms result", methods, metamethods);
}
