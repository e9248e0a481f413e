/* growing.c - see growing.h: text that is written piece by piece. */
#include "lua/growing.h"

#include <stdint.h>
#include <string.h>

void vsms_lua_grow(struct vsms_lua_growing *text, lua_State *L, int keeper) {
  text->L = L;
  text->keeper = keeper;
  text->data = text->first;
  text->length = 0;
  text->size = sizeof text->first;
}

char *vsms_lua_reserve(struct vsms_lua_growing *text, size_t octets) {
  if (text->size - text->length < octets) {
    text->size = 2 * (text->length + octets);
    char *larger = lua_newuserdata(text->L, text->size);
    memcpy(larger, text->data, text->length);
    lua_replace(text->L, text->keeper);
    text->data = larger;
  }
  return text->data + text->length;
}

void vsms_lua_put_octets(struct vsms_lua_growing *text, const void *octets, size_t count) {
  memcpy(vsms_lua_reserve(text, count), octets, count);
  text->length += count;
}

void vsms_lua_put(struct vsms_lua_growing *text, const char *words) { vsms_lua_put_octets(text, words, strlen(words)); }

bool vsms_lua_put_string(struct vsms_lua_growing *text, vsms_bytes string) {
  if (string.length > SIZE_MAX / 16) return false;
  text->length += vsms_json_write_string(string, vsms_lua_reserve(text, VSMS_JSON_ESCAPE_OCTETS * string.length + 2));
  return true;
}

void vsms_lua_push_grown(struct vsms_lua_growing *text) { lua_pushlstring(text->L, text->data, text->length); }
