#!/bin/sh
# Changes how the core is built, and looks whether what was built before is still in use: without libcrypto there are no
# signatures, and with it their specs must pass.
set -eu
cd "$(dirname "$0")/.."
tools/deps.sh all

build=build/rebuild
specs="spec/callback/access_spec.lua spec/callback/handler_spec.lua"

rm -rf "$build"
make -s BUILD="$build" LUAS=luajit CRYPTO=n all >/dev/null
# shellcheck disable=SC2086
if BUILD="$build" LUAS=luajit tools/test.sh $specs >/dev/null 2>&1; then
  echo "the specs of signatures pass without libcrypto: they prove nothing" >&2
  exit 1
fi
make -s BUILD="$build" LUAS=luajit all >/dev/null
# shellcheck disable=SC2086
BUILD="$build" LUAS=luajit tools/test.sh $specs
echo "rebuild: clean"
