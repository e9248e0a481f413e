#!/bin/sh
# The reference of what is public, in build/docs: LDoc, from the annotations in the sources.
set -eu
cd "$(dirname "$0")/.."

docs=$PWD/${BUILD:-build}/docs
rm -rf "$docs"
cd lua/vertexsms
for source in init.lua client.lua api/*.lua concurrency.lua calls.lua options.lua retry.lua message.lua draft.lua \
  submission.lua error.lua callback.lua callback/handler.lua callback/report.lua tracking.lua text.lua udh.lua \
  address.lua json.lua; do
  mkdir -p "$(dirname "$docs/source/vertexsms/$source")"
  luajit ../../tools/annotations.lua <"$source" >"$docs/source/vertexsms/$source"
done
ldoc --quiet --fatalwarnings --testing -f backtick -p vertexsms -t "vertexsms for Lua" -d "$docs" "$docs/source"
rm -rf "$docs/source"
echo "$docs/index.html"
