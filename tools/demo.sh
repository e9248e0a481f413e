#!/bin/sh
# The whole story on this machine alone: a simulator, a listener for delivery reports, one SMS.
set -eu
cd "$(dirname "$0")/.."

work=$(mktemp -d)
simulator= listener=
stop() {
  for pid in $simulator $listener; do kill "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
  rm -rf "$work"
}
trap stop EXIT
trap 'exit 130' INT TERM

# Waits, at most ten seconds, for a line that matches.
await() {
  tries=0
  until grep -q "$2" "$1" 2>/dev/null; do
    tries=$((tries + 1))
    if [ "$tries" -gt 100 ]; then echo "no '$2' after ten seconds:" >&2; cat "$1" >&2; exit 1; fi
    sleep 0.1
  done
}

url_in() { sed -n "s|.*\(http://[^ /]*\).*|\1|p" "$1" | head -n 1; }

luajit bin/vertexsms simulate --port 0 >"$work/simulator" 2>&1 &
simulator=$!
luajit bin/vertexsms listen --port 0 >"$work/listener" 2>&1 &
listener=$!
await "$work/simulator" "listening on"
await "$work/listener" "listening on"

export VERTEXSMS_TOKEN="${VERTEXSMS_TOKEN:-demo-token-of-the-simulator}"
VERTEXSMS_BASE_URL=$(url_in "$work/simulator")
export VERTEXSMS_BASE_URL
dlr_url="$(url_in "$work/listener")/dlr"

echo "simulator on $VERTEXSMS_BASE_URL, delivery reports to $dlr_url"
echo
echo "\$ vertexsms send --to 37069912345 --from MyShop --message 'Your code is 4815' --dlr-url $dlr_url"
luajit bin/vertexsms send --to 37069912345 --from MyShop --message "Your code is 4815" --dlr-url "$dlr_url"
await "$work/listener" " report "
echo
echo "\$ vertexsms listen"
sed -n '/ report /p' "$work/listener"
echo
echo "The rest: luajit bin/vertexsms --help, README.md and docs/."
