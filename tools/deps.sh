#!/bin/sh
# Installs the Debian packages that are missing, and is silent when none is.  Usage: tools/deps.sh demo|all|bench
set -eu

demo="gcc libc6-dev make pkg-config libcurl4-openssl-dev ca-certificates luajit2 libluajit2-5.1-dev lua-cjson
  lua-argparse lua-http libssl-dev libsqlite3-dev"
test="lua5.1 liblua5.1-0-dev lua5.3 liblua5.3-dev lua5.4 liblua5.4-dev lua-busted lua-filesystem lua-socket lua-luaossl
  lua-cqueues lua-luv nginx libnginx-mod-http-lua procps neovim minetest-server
  luarocks libcmocka-dev openssl bsdextrautils locales"
lint="git lua-check lua-ldoc clang clang-format cppcheck libclang-rt-14-dev valgrind"

case "${1:-all}" in
  demo) packages=$demo ;;
  bench) packages="$demo $test wrk lua-curl" ;;
  *) packages="$demo $test $lint" ;;
esac

if ! command -v dpkg-query >/dev/null 2>&1 || ! command -v apt-get >/dev/null 2>&1; then
  # Not Debian: nothing is installed behind anybody's back; a build that lacks something will say so.
  if ! pkg-config --exists libcurl 2>/dev/null; then
    echo "This is not a Debian system. Please install by hand: a C compiler, make, pkg-config, libcurl (7.80 or" >&2
    echo "newer) and Lua or LuaJIT with their headers, lua-cjson, argparse, lua-http; for the tests also busted," >&2
    echo "luasocket, luaossl, cqueues and cmocka; for the outbox SQLite. (Debian's names: $packages)" >&2
  fi
  exit 0
fi

# shellcheck disable=SC2086
installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' $packages 2>/dev/null | sed -n 's/^installed //p')
missing=
for package in $packages; do
  printf '%s\n' "$installed" | grep -qx "$package" || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

as_root=
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null 2>&1 || { echo "Please install as root: apt-get install$missing" >&2; exit 1; }
  as_root=sudo
fi
echo "installing$missing"
export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 # no service is to be started: the specs start their own
log=$(mktemp)
# shellcheck disable=SC2086
if ! { $as_root apt-get -q update && $as_root apt-get -q install -y --no-install-recommends $missing; } >"$log" 2>&1; then
  tail -n 20 "$log" >&2
  rm -f "$log"
  echo "Installing failed. By hand: apt-get install$missing" >&2
  exit 1
fi
rm -f "$log"
