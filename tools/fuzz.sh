#!/bin/sh
# Builds every fuzz target with clang's libFuzzer and runs each for that many seconds.  Usage: tools/fuzz.sh [seconds]
# csrc/fuzz/corpus/<target>/ holds what each begins with; a crash leaves its input in build/fuzz/.
set -eu
cd "$(dirname "$0")/.."
tools/deps.sh all
seconds=${1:-20}
mkdir -p build/fuzz

for source in csrc/fuzz/*_fuzz.c; do
  target=$(basename "$source" _fuzz.c)
  # shellcheck disable=SC2046
  clang -std=gnu11 -D_GNU_SOURCE -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -Icsrc \
    $(pkg-config --cflags libcurl) -o "build/fuzz/$target" "$source" \
    $(ls csrc/*/*.c | grep -v 'csrc/lua\|csrc/fuzz' | grep -v 'poller_poll\|peer_eid\|_posix.c') $(pkg-config --libs libcurl) -ldl -lm
  mkdir -p "build/fuzz/corpus/$target"
  echo "== $target, $seconds s"
  log=build/fuzz/$target.log
  if ! "build/fuzz/$target" -max_total_time="$seconds" -timeout=5 -max_len=70000 -artifact_prefix=build/fuzz/ \
    "build/fuzz/corpus/$target" "csrc/fuzz/corpus/$target" >"$log" 2>&1; then
    tail -n 40 "$log"
    exit 1
  fi
  tail -n 1 "$log"
done
echo "fuzz: clean"
