#!/bin/sh
# Runs the specs on one Lua, under the locale that is its own.  Usage: tools/specs.sh LUA [busted arguments]; BUILD,
# INTERPRETER and SPEC_LOCALE as those of tools/test.sh.
set -u
cd "$(dirname "$0")/.." || exit 1
lua=$1 build=${BUILD:-build}
shift

# No locale changes anything: each Lua runs under another kind.  LuaJIT has classes and numbers of its own, so that one runs
# under the plainest.
locale_of() {
  if [ -n "${SPEC_LOCALE:-}" ]; then echo "$SPEC_LOCALE"; return; fi
  case "$1" in
    lua5.1) echo lt_LT.UTF-8 ;;       # a decimal comma
    lua5.3) echo tr_TR.UTF-8 ;;       # no i for I
    lua5.4) echo lt_LT.ISO-8859-13 ;; # letters and control characters above 0x7f
    *) echo C ;;
  esac
}

# No interpreter calls setlocale by itself: LUA_INIT does, in the programs that the specs start too.
# What the system says of an error stays English: people read that, the specs to the letter.
export LOCPATH=$PWD/build/locales LANGUAGE=C
export LUA_INIT='local name = os.getenv("VERTEXSMS_SPEC_LOCALE") if name then assert(os.setlocale(name), name) end'

locale=$(locale_of "$lua")
[ "$locale" = C ] || [ -e "$LOCPATH/$locale" ] || locale=C
echo "== $lua, locale $locale"
export VERTEXSMS_SPEC_LOCALE=$locale VERTEXSMS_SPEC_LUA=${INTERPRETER:-$lua}
export LUA_PATH="lua/?.lua;lua/?/init.lua;./?.lua;;" LUA_CPATH="$build/$lua/?.so;;"
exec "${INTERPRETER:-$lua}" "$(command -v busted)" "$@"
