#!/bin/sh
# Runs the core's own tests and every spec on every Lua that was built, and adds up what they say.
# Usage: tools/test.sh [busted arguments]; LUAS narrows the Lua versions, BUILD names another build folder,
# INTERPRETER another program for the one Lua that LUAS then names, SPEC_LOCALE a locale for all of them.  JOBS is how many
# Luas run at once (1).  With AGAIN=yes a spec file that failed runs twice more, alone: a failure that does not come back is
# named at the end and does not count.
set -u
cd "$(dirname "$0")/.." || exit 1

build=${BUILD:-build}
passed=0 failed=0
folder=$(mktemp -d) || exit 1
report=$folder/report failures=$folder/failures unsteady=$folder/unsteady
: >"$failures"; : >"$unsteady"
trap 'rm -rf "$folder"' EXIT
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

# A machine that does other work at the same time makes a spec miss a time limit now and then.  More than a few such
# files are no chance.
forgive_unsteady() {
  files=$(sed -n -E 's/^(Failure|Error) -> (spec[^ ]*) @.*/\2/p' "$report" | sort -u)
  [ "$(echo "$files" | wc -w)" -le 3 ] || return 0
  for file in $files; do
    echo "== $lua, twice more: $file"
    tools/specs.sh "$lua" "$file" && tools/specs.sh "$lua" "$file" || continue
    count=$(grep -c -E "^(Failure|Error) -> $file @" "$report")
    passed=$((passed + count)) failed=$((failed - count))
    list_failures "$lua" | grep -F -A 6 -- "-> $file @" >>"$unsteady"
    sed -i -E "s#^(Failure|Error) -> $file @#unsteady: &#" "$report"
  done
}

command -v busted >/dev/null || { echo "busted is not installed; try 'make deps'" >&2; exit 1; }
tools/locales.sh || exit 1
luas=
for lua in ${LUAS:-luajit lua5.4 lua5.3 lua5.1}; do
  if [ -e "$build/$lua/vertexsms/core.so" ]; then luas="$luas $lua"; else
    echo "not built for $lua; try 'make'" >&2
    failed=$((failed + 1))
  fi
done

# xargs and not "&": what a shell starts in the background does not hear Ctrl-C, which specs send.
# shellcheck disable=SC2016
[ -z "$luas" ] || echo "$luas" | tr ' ' '\n' | sed '/^$/d' | xargs -P "${JOBS:-1}" -I '{}' sh -c '
  lua=$1 folder=$2
  shift 2
  tools/specs.sh "$lua" "$@" >"$folder/$lua" 2>&1
  echo $? >"$folder/$lua.status"
  cat "$folder/$lua"' sh '{}' "$folder" "$@"

for lua in $luas; do
  report=$folder/$lua
  status=$(cat "$report.status" 2>/dev/null || echo 130)
  add_busted
  if [ "$status" -ne 0 ] && [ "$failed" -eq 0 ]; then failed=1; fi
  [ "$status" -eq 0 ] || [ "${AGAIN:-}" != yes ] || forgive_unsteady
  list_failures "$lua" >>"$failures"
done

if [ -s "$unsteady" ]; then echo "== unsteady: failed once, passed twice alone"; cat "$unsteady"; fi
if [ -s "$failures" ]; then echo "== what failed"; cat "$failures"; fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
