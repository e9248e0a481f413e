#!/bin/sh
# Runs the core's own tests and every spec on every Lua that was built, and adds up what they say.
# Usage: tools/test.sh [busted arguments]; LUAS narrows the Lua versions, BUILD names another build folder,
# INTERPRETER another program for the one Lua that LUAS then names.
set -u
cd "$(dirname "$0")/.." || exit 1

build=${BUILD:-build}
passed=0 failed=0
report=$(mktemp) || exit 1
trap 'rm -f "$report"' EXIT
trap 'exit 130' INT TERM

# "N successes / N failures / N errors / N pending" is busted's last word; a run that dies before it has failed.
add_busted() {
  totals=$(sed -n 's/^\([0-9]*\) success[a-z]* \/ \([0-9]*\) failure[a-z]* \/ \([0-9]*\) error.*/\1 \2 \3/p' "$report" | tail -n 1)
  set -- $totals
  if [ $# -ne 3 ]; then failed=$((failed + 1)); return; fi
  passed=$((passed + $1)) failed=$((failed + $2 + $3))
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
    if [ "$status" -ne 0 ]; then cat "$report"; [ "$bad" -gt 0 ] || bad=1; fi
    passed=$((passed + ok)) failed=$((failed + bad))
    echo "$ok passed"
  done
fi

busted=$(command -v busted) || { echo "busted is not installed; try 'make deps'" >&2; exit 1; }
for lua in ${LUAS:-luajit lua5.4 lua5.3 lua5.1}; do
  [ -e "$build/$lua/vertexsms/core.so" ] || { echo "not built for $lua; try 'make'" >&2; failed=$((failed + 1)); continue; }
  echo "== $lua"
  status=0
  interpreter=${INTERPRETER:-$lua}
  VERTEXSMS_SPEC_LUA=$interpreter LUA_PATH="lua/?.lua;lua/?/init.lua;./?.lua;;" LUA_CPATH="$build/$lua/?.so;;" \
    "$interpreter" "$busted" "$@" >"$report" 2>&1 || status=$?
  cat "$report"
  add_busted
  if [ "$status" -ne 0 ] && [ "$failed" -eq 0 ]; then failed=1; fi
done

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
