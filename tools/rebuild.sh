#!/bin/sh
# Builds what a release's tarball has, in a folder of its own, in two ways. Without libcrypto there are no signatures,
# and with it their specs must pass: nothing of the first build is left in the second.
set -eu
cd "$(dirname "$0")/.."
tools/deps.sh all

build=build/rebuild
specs="spec/callback/access_spec.lua spec/callback/handler_spec.lua"

rm -rf "$build"
mkdir -p "$build"
if git rev-parse -q --verify HEAD >/dev/null 2>&1; then
  make -s BUILD="$build" dist >/dev/null
  tar xzf "$build"/dist/*.tar.gz -C "$build"
  cd "$build"/vertexsms-*
  build=build
fi

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
