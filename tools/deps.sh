#!/bin/sh
# Installs the Debian packages that are missing, says which ones before, and is silent when none is.
# Usage: tools/deps.sh demo|all|bench; with NO_INSTALL=1 it installs nothing, and fails where something is missing.
set -eu

demo="gcc libc6-dev make pkg-config libcurl4-openssl-dev ca-certificates luajit2 libluajit2-5.1-dev lua-cjson
  lua-argparse lua-http libssl-dev libsqlite3-dev"
test="lua5.1 liblua5.1-0-dev lua5.3 liblua5.3-dev lua5.4 liblua5.4-dev lua-busted lua-filesystem lua-socket lua-luaossl
  lua-cqueues lua-luv nginx libnginx-mod-http-lua procps neovim minetest-server
  luarocks libcmocka-dev sqlite3 libpq-dev postgresql openssl bsdextrautils locales"
browser="chromium chromium-driver"
lint="git lua-check lua-ldoc clang clang-format cppcheck libclang-rt-14-dev valgrind"

case "${1:-all}" in
  demo) packages=$demo ;;
  bench) packages="$demo $test wrk lua-curl" ;;
  *) packages="$demo $test $browser $lint" ;;
esac

# Elsewhere nothing is installed: what lacks most often is named, and the build says the rest.
check_by_hand() {
  missing=
  for program in cc pkg-config luajit; do
    command -v "$program" >/dev/null 2>&1 || missing="$missing $program"
  done
  for library in libcurl luajit; do
    pkg-config --exists "$library" 2>/dev/null || missing="$missing $library's-headers"
  done
  for module in cjson argparse http.server; do
    luajit -e "require '$module'" >/dev/null 2>&1 || missing="$missing $module"
  done
  [ -n "$missing" ] || return 0
  echo "This is not a Debian system, so nothing is installed. These are missing:$missing" >&2
  echo "They are, by Debian's names: $packages" >&2
  return 1
}

if ! command -v dpkg-query >/dev/null 2>&1 || ! command -v apt-get >/dev/null 2>&1; then
  check_by_hand || [ "${NO_INSTALL:-0}" = 0 ] || exit 1
  exit 0
fi

# shellcheck disable=SC2086
installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' $packages 2>/dev/null | sed -n 's/^installed //p')
missing=
for package in $packages; do
  printf '%s\n' "$installed" | grep -qx "$package" || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "${NO_INSTALL:-0}" != 0 ]; then
  echo "These Debian packages are missing; nothing was installed (NO_INSTALL). apt-get install$missing" >&2
  exit 1
fi

as_root=
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null 2>&1 || { echo "Please install as root: apt-get install$missing" >&2; exit 1; }
  as_root=sudo
fi
echo "These Debian packages are missing. They are installed now, by ${as_root:+sudo }apt-get (NO_INSTALL=1 only names them):"
echo "$missing" | fold -s -w 96 | sed 's/^ */  /'
# No service is to be started: the specs start their own. sudo takes no environment along.
apt_get="$as_root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get -q"
log=$(mktemp)
# shellcheck disable=SC2086
if ! { $apt_get update && $apt_get install -y --no-install-recommends $missing; } >"$log" 2>&1; then
  tail -n 20 "$log" >&2
  rm -f "$log"
  echo "Installing failed. By hand: apt-get install$missing" >&2
  exit 1
fi
rm -f "$log"
