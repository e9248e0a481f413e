#!/bin/sh
# Says what a build needs and does not find, all of it at once, before the compiler says it piece by piece.
# Usage: tools/headers.sh LUA..., the names that pkg-config knows; where LUA_INCDIR is the folder of the headers, it is not
# asked.
# PROGRAM is the Lua that is installed for. CC, CFLAGS, CURL_CFLAGS, CRYPTO, SQLITE, POSTGRES and PKG_CONFIG are make's.
set -u

missing= packages=
lacks() {
  missing="$missing, $1"
  packages="$packages${2:+ $2}"
}

headers_package() {
  case "$1" in
    lua5.1) echo liblua5.1-0-dev ;;
    luajit*) echo libluajit2-5.1-dev ;;
    lua5.*) echo "lib$1-dev" ;;
    *) echo liblua5.4-dev ;;
  esac
}

find_program() {
  case "$1" in
    lua5.*) program_package=$1 ;;
    luajit) program_package=luajit2 ;;
    *) program_package= ;;
  esac
  command -v "$1" >/dev/null 2>&1 || lacks "the program $1 (LUA=NAME names another)" "$program_package"
}

# Reads a source, and asks the compiler whether it can be preprocessed.
# shellcheck disable=SC2086
preprocesses() { $CC "$@" -E - >/dev/null 2>&1; }

find_compiler() {
  if ! $CC --version >/dev/null 2>&1; then
    lacks "a C compiler ($CC)" "gcc libc6-dev"
    return 1
  fi
  echo '#include <stdlib.h>' | preprocesses || lacks "the headers of the C library" libc6-dev
}

# shellcheck disable=SC2086
find_libcurl() {
  if [ "$has_compiler" = n ]; then
    "$PKG_CONFIG" --atleast-version=7.80 libcurl 2>/dev/null
  else
    printf '%s\n' '#include <curl/curl.h>' '#if LIBCURL_VERSION_NUM < 0x075000' '#error' '#endif' |
      preprocesses $CURL_CFLAGS $CFLAGS
  fi || lacks "the headers of libcurl 7.80 or newer" libcurl4-openssl-dev
}

# The first of them is what is proposed.
find_lua() {
  command -v "$PKG_CONFIG" >/dev/null 2>&1 || lacks pkg-config pkg-config
  for lua; do
    if "$PKG_CONFIG" --exists "$lua" 2>/dev/null; then return; fi
  done
  lacks "the headers of $(echo "$*" | sed 's/ / or /g') (LUAS=NAME, LUA=NAME name others)" "$(headers_package "$1")"
}

find_lua_header() {
  [ "$has_compiler" = n ] || echo '#include <lua.h>' | preprocesses "-I$LUA_INCDIR" ||
    lacks "lua.h in LUA_INCDIR ($LUA_INCDIR)" "$(headers_package "${LUA_INCDIR##*/}")"
}

has_compiler=y
[ -z "${PROGRAM:-}" ] || find_program "$PROGRAM"
find_compiler || has_compiler=n
find_libcurl
if [ -n "${LUA_INCDIR:-}" ] || [ $# -eq 0 ]; then find_lua_header; else find_lua "$@"; fi

if [ -n "$missing" ]; then
  echo "These are missing: ${missing#, }." >&2
  [ -z "$packages" ] || echo "On Debian: apt-get install$packages. Elsewhere: see docs/installing.md." >&2
  exit 1
fi
[ "$CRYPTO" = y ] ||
  echo "note: without OpenSSL's headers (Debian: libssl-dev) signatures of callbacks cannot be checked" >&2
[ "$SQLITE" = y ] ||
  echo "note: without SQLite's headers (Debian: libsqlite3-dev) nothing can be stored in a file of SQLite" >&2
[ "$POSTGRES" = y ] ||
  echo "note: without libpq's headers (14 or newer; Debian: libpq-dev) nothing can be stored in PostgreSQL" >&2
