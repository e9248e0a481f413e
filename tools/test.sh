#!/bin/sh
# Runs the core's own tests and every spec on every Lua that was built, and adds up what they say.
# Usage: tools/test.sh [busted arguments]; LUAS narrows the Lua versions, BUILD names another build folder,
# INTERPRETER another program for the one Lua that LUAS then names, SPEC_LOCALE a locale for all of them.  With AGAIN=yes a
# spec file that failed runs twice more, alone: a failure that does not come back is named at the end and does not count.
set -u
cd "$(dirname "$0")/.." || exit 1

build=${BUILD:-build}
passed=0 failed=0
report=$(mktemp) && failures=$(mktemp) && unsteady=$(mktemp) || exit 1
trap 'rm -f "$report" "$failures" "$unsteady"' EXIT
trap 'exit 130' INT TERM

# "N successes / N failures / N errors / N pending" is busted's last word; a run that dies before it has failed.
add_busted() {
  totals=$(sed -n 's/^\([0-9]*\) success[a-z]* \/ \([0-9]*\) failure[a-z]* \/ \([0-9]*\) error.*/\1 \2 \3/p' "$report" | tail -n 1)
  set -- $totals
  if [ $# -ne 3 ]; then
    echo "$lua: the run died before its end" >>"$failures"
    failed=$((failed + 1))
    return
  fi
  passed=$((passed + $1)) failed=$((failed + $2 + $3))
}

# The end of a long log is what people see: what failed is named there once more, with what busted says of it first.
list_failures() {
  awk -v lua="$1" '/^(Failure|Error) (→|->) /{ print lua ": " $0; more = 6; next } more-- > 0 { print "    " $0 }' "$report"
}

if [ $# -eq 0 ]; then
  programs=
  for source in spec/core/*_test.c; do programs="$programs $build/spec/$(basename "$source" .c)"; done
  # The latter two: for systems with neither epoll nor memory that a fork wipes.
  for program in $programs "$build"/poll/spec/engine_test "$build"/poll/spec/fork_test; do
    [ -x "$program" ] || continue
    echo "== $program"
    "$program" >"$report" 2>&1
    status=$?
    ok=$(grep -c '^\[       OK \]' "$report")
    bad=$(grep -c '^\[  FAILED  \] [a-z_]*$' "$report")
    if [ "$status" -ne 0 ]; then
      cat "$report"
      echo "$program, status $status" >>"$failures"
      [ "$bad" -gt 0 ] || bad=1
    fi
    passed=$((passed + ok)) failed=$((failed + bad))
    echo "$ok passed"
  done
fi

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
tools/locales.sh || exit 1

# Of the Lua and the locale that the loop below is at.
run_busted() {
  VERTEXSMS_SPEC_LOCALE=$locale VERTEXSMS_SPEC_LUA=${INTERPRETER:-$lua} LUA_PATH="lua/?.lua;lua/?/init.lua;./?.lua;;" \
    LUA_CPATH="$build/$lua/?.so;;" "${INTERPRETER:-$lua}" "$busted" "$@"
}

# A machine that does other work at the same time makes a spec miss a time limit now and then.  More than a few such
# files are no chance.
forgive_unsteady() {
  files=$(sed -n -E 's/^(Failure|Error) -> (spec[^ ]*) @.*/\2/p' "$report" | sort -u)
  [ "$(echo "$files" | wc -w)" -le 3 ] || return 0
  for file in $files; do
    echo "== $lua, twice more: $file"
    run_busted "$file" && run_busted "$file" || continue
    count=$(grep -c -E "^(Failure|Error) -> $file @" "$report")
    passed=$((passed + count)) failed=$((failed - count))
    list_failures "$lua" | grep -F -A 6 -- "-> $file @" >>"$unsteady"
    sed -i -E "s#^(Failure|Error) -> $file @#unsteady: &#" "$report"
  done
}

busted=$(command -v busted) || { echo "busted is not installed; try 'make deps'" >&2; exit 1; }
for lua in ${LUAS:-luajit lua5.4 lua5.3 lua5.1}; do
  [ -e "$build/$lua/vertexsms/core.so" ] || { echo "not built for $lua; try 'make'" >&2; failed=$((failed + 1)); continue; }
  locale=$(locale_of "$lua")
  [ "$locale" = C ] || [ -e "$LOCPATH/$locale" ] || locale=C
  echo "== $lua, locale $locale"
  status=0
  run_busted "$@" >"$report" 2>&1 || status=$?
  cat "$report"
  add_busted
  if [ "$status" -ne 0 ] && [ "$failed" -eq 0 ]; then failed=1; fi
  [ "$status" -eq 0 ] || [ "${AGAIN:-}" != yes ] || forgive_unsteady
  list_failures "$lua" >>"$failures"
done

if [ -s "$unsteady" ]; then echo "== unsteady: failed once, passed twice alone"; cat "$unsteady"; fi
if [ -s "$failures" ]; then echo "== what failed"; cat "$failures"; fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
