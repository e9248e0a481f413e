/* text.c - texts and user data headers: what the module vertexsms.text stands on. */
#include <stdio.h>

#include "lua/binding.h"
#include "lua/convert.h"
#include "lua/open.h"
#include "lua/text.h"

const char *vsms_lua_encoding_name(vsms_coding coding) { return coding == VSMS_GSM7 ? "GSM-7" : "UCS-2"; }

/* Analyses arguments 1 (text) and 2 (bits of the reference, 8 or 16). */
static bool analyze(lua_State *L, vsms_bytes *text, vsms_text *result, vsms_error *error) {
  *text = vsms_lua_check_bytes(L, 1);
  return vsms_text_analyze(*text, (int)luaL_optinteger(L, 2, 8), result, error);
}

/* { char, codepoint, position, byte } */
static void push_culprit(lua_State *L, vsms_bytes text, const vsms_culprit *culprit) {
  char name[16];
  int length = snprintf(name, sizeof name, "U+%04X", (unsigned)culprit->codepoint);
  lua_createtable(L, 0, 4);
  vsms_lua_set_bytes(L, "char", (vsms_bytes){text.data + culprit->offset, culprit->octets});
  vsms_lua_set_bytes(L, "codepoint", (vsms_bytes){name, (size_t)length});
  vsms_lua_set_count(L, "position", culprit->position);
  vsms_lua_set_count(L, "byte", culprit->offset + 1);
}

static void push_part_units(lua_State *L, vsms_bytes text, const vsms_text *result) {
  lua_createtable(L, (int)result->parts, 0);
  vsms_part part = {0, 0, 0, 0};
  while (vsms_text_next_part(text, result, &part)) {
    lua_pushinteger(L, (lua_Integer)part.units);
    lua_rawseti(L, -2, (int)part.number);
  }
}

/* core.text_analyze(text, bits?) -> { encoding, units, parts, per_part, chars, left, culprit? } | nil, refusal */
static int text_analyze(lua_State *L) {
  vsms_bytes text;
  vsms_text result;
  vsms_error error;
  if (!analyze(L, &text, &result, &error)) return vsms_lua_push_error(L, &error);
  lua_createtable(L, 0, 7);
  lua_pushstring(L, vsms_lua_encoding_name(result.coding));
  lua_setfield(L, -2, "encoding");
  vsms_lua_set_count(L, "units", result.units);
  vsms_lua_set_count(L, "parts", result.parts);
  vsms_lua_set_count(L, "chars", result.chars);
  vsms_lua_set_count(L, "left", result.left);
  push_part_units(L, text, &result);
  lua_setfield(L, -2, "per_part");
  if (result.culprit.octets > 0) {
    push_culprit(L, text, &result.culprit);
    lua_setfield(L, -2, "culprit");
  }
  return 1;
}

/* core.text_count(text, bits?) -> parts, encoding, units, left, chars | nil, refusal: the same without a table. */
static int text_count(lua_State *L) {
  vsms_bytes text;
  vsms_text result;
  vsms_error error;
  if (!analyze(L, &text, &result, &error)) return vsms_lua_push_error(L, &error);
  lua_pushinteger(L, (lua_Integer)result.parts);
  lua_pushstring(L, vsms_lua_encoding_name(result.coding));
  lua_pushinteger(L, (lua_Integer)result.units);
  lua_pushinteger(L, (lua_Integer)result.left);
  lua_pushinteger(L, (lua_Integer)result.chars);
  return 5;
}

static void push_message(lua_State *L, vsms_bytes text, const vsms_text *result, const vsms_part *part,
                         vsms_concatenation concatenation) {
  lua_createtable(L, 0, 3);
  vsms_lua_set_bytes(L, "message", (vsms_bytes){text.data + part->offset, part->octets});
  vsms_lua_set_count(L, "coding", (size_t)result->coding);
  if (result->parts == 1) return;
  unsigned char header[VSMS_CONCATENATION_OCTETS];
  char written[3 * VSMS_CONCATENATION_OCTETS];
  concatenation.parts = (unsigned)result->parts;
  concatenation.part = (unsigned)part->number;
  size_t octets = vsms_udh_concatenate(&concatenation, header);
  if (octets == 0) luaL_error(L, "ref is out of range");
  size_t length = vsms_udh_encode((vsms_bytes){(const char *)header, octets}, written);
  vsms_lua_set_bytes(L, "udh", (vsms_bytes){written, length});
}

/* core.text_split(text, bits, ref) -> { { message, coding, udh? }, ... } | nil, refusal */
static int text_split(lua_State *L) {
  vsms_bytes text;
  vsms_text result;
  vsms_error error;
  vsms_concatenation concatenation = {(int)luaL_checkinteger(L, 2), (unsigned)luaL_checkinteger(L, 3), 0, 0};
  if (!analyze(L, &text, &result, &error)) return vsms_lua_push_error(L, &error);
  lua_createtable(L, (int)result.parts, 0);
  vsms_part part = {0, 0, 0, 0};
  while (vsms_text_next_part(text, &result, &part)) {
    push_message(L, text, &result, &part, concatenation);
    lua_rawseti(L, -2, (int)part.number);
  }
  return 1;
}

static void push_elements(lua_State *L, vsms_bytes header) {
  size_t offset = 1;
  vsms_element element;
  lua_newtable(L);
  for (int i = 1; vsms_udh_next(header, &offset, &element); i++) {
    lua_createtable(L, 0, 2);
    vsms_lua_set_count(L, "iei", element.iei);
    vsms_lua_set_bytes(L, "data", element.data);
    lua_rawseti(L, -2, i);
  }
}

static void push_concatenation(lua_State *L, const vsms_concatenation *concatenation) {
  lua_createtable(L, 0, 4);
  vsms_lua_set_count(L, "bits", (size_t)concatenation->bits);
  vsms_lua_set_count(L, "ref", concatenation->reference);
  vsms_lua_set_count(L, "parts", concatenation->parts);
  vsms_lua_set_count(L, "part", concatenation->part);
}

/* core.udh_parse(written) -> { length, elements = { { iei, data } }, concatenation? = { bits, ref, parts, part } }
 * | nil, refusal */
static int udh_parse(lua_State *L) {
  unsigned char octets[VSMS_USER_DATA_OCTETS];
  vsms_bytes header = {(const char *)octets, 0};
  vsms_concatenation concatenation;
  vsms_error error;
  bool ok = vsms_udh_decode(vsms_lua_check_bytes(L, 1), octets, &header.length, &error) &&
            vsms_udh_check(header, &concatenation, &error);
  if (!ok) return vsms_lua_push_error(L, &error);
  lua_createtable(L, 0, 4);
  vsms_lua_set_count(L, "length", header.length);
  push_elements(L, header);
  lua_setfield(L, -2, "elements");
  if (concatenation.bits != 0) {
    push_concatenation(L, &concatenation);
    lua_setfield(L, -2, "concatenation");
  }
  return 1;
}

/* Leaves the data on the stack: a field that a metatable makes up stands in no table. */
static vsms_element push_element(lua_State *L, int i) {
  vsms_element element;
  lua_rawgeti(L, 1, i);
  luaL_checktype(L, -1, LUA_TTABLE);
  double iei = vsms_lua_number_field(L, -1, "iei");
  if (!(iei >= 0 && iei <= 255)) luaL_error(L, "iei must be 0 to 255");
  element.iei = (unsigned char)iei;
  element.data = vsms_lua_bytes_field(L, -1, "data");
  lua_remove(L, -2);
  return element;
}

/* core.udh_build({ { iei, data }, ... }) -> "%05%00..." | nil, refusal */
static int udh_build(lua_State *L) {
  vsms_element elements[VSMS_USER_DATA_OCTETS / 2]; /* an element has two octets at least: one more is too long */
  int count = 0;
  luaL_checktype(L, 1, LUA_TTABLE);
  luaL_checkstack(L, VSMS_USER_DATA_OCTETS, "elements");
  while (count < VSMS_USER_DATA_OCTETS / 2) {
    lua_rawgeti(L, 1, count + 1);
    bool is_last = lua_isnil(L, -1);
    lua_pop(L, 1);
    if (is_last) break;
    elements[count] = push_element(L, count + 1);
    count++;
  }
  unsigned char octets[VSMS_USER_DATA_OCTETS];
  char written[3 * VSMS_USER_DATA_OCTETS];
  vsms_bytes header = {(const char *)octets, 0};
  vsms_error error;
  if (!vsms_udh_build(elements, (size_t)count, octets, &header.length, &error)) return vsms_lua_push_error(L, &error);
  lua_pushlstring(L, written, vsms_udh_encode(header, written));
  return 1;
}

/* core.udh_capacity(coding, octets) -> units beside a header of that many octets. */
static int udh_capacity(lua_State *L) {
  lua_Integer coding = luaL_checkinteger(L, 1), octets = luaL_checkinteger(L, 2);
  luaL_argcheck(L, coding >= VSMS_GSM7 && coding <= VSMS_UCS2, 1, "0, 1 or 2 expected");
  luaL_argcheck(L, octets >= 0, 2, "must not be negative");
  lua_pushinteger(L, (lua_Integer)vsms_udh_capacity((vsms_coding)coding, (size_t)octets));
  return 1;
}

static const luaL_Reg functions[] = {
    {"text_analyze", text_analyze},
    {"text_count", text_count},
    {"text_split", text_split},
    {"udh_parse", udh_parse},
    {"udh_build", udh_build},
    {"udh_capacity", udh_capacity},
    {NULL, NULL},
};

void vsms_lua_open_text(lua_State *L) { vsms_lua_setfuncs(L, functions); }
