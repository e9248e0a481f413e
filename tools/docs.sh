#!/bin/sh
# The reference of what is public, in build/docs: LDoc, from the annotations in the sources.
set -eu
cd "$(dirname "$0")/.."

docs=$PWD/${BUILD:-build}/docs
rm -rf "$docs"
cd lua/vertexsms
resources=$(ls api/*.lua | grep -v /init.lua) # which is a list of them
for source in init.lua client.lua $resources request/together.lua request/handle.lua options.lua request/retry.lua \
  message/rules.lua message/draft.lua request/submission.lua error.lua callback.lua callback/handler.lua \
  callback/report.lua tracking.lua text.lua text/udh.lua address.lua json.lua; do
  mkdir -p "$(dirname "$docs/source/vertexsms/$source")"
  luajit ../../tools/annotations.lua <"$source" >"$docs/source/vertexsms/$source"
done
ldoc --quiet --fatalwarnings --testing -f backtick -p vertexsms -t "vertexsms for Lua" -d "$docs" "$docs/source"
rm -rf "$docs/source"
echo "$docs/index.html"
