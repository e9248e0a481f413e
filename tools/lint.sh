#!/bin/sh
# Everything that reads the sources and complains.
set -eu
cd "$(dirname "$0")/.."

c_files=$(find csrc spec bench -name '*.[ch]')

echo "luacheck"
luacheck --quiet lua bin/vertexsms spec bench examples plugin tools rockspec/*.rockspec .luacheckrc .busted

# What a spec leaves in the tree is easily committed. The corpus and the picture are meant to be there.
if git rev-parse --git-dir >/dev/null 2>&1; then
  echo "empty and binary files"
  if git ls-files -z | xargs -0 grep -LI '' -- | grep -v -e '^csrc/fuzz/corpus/' -e '^docs/inbox\.webp$' >&2; then exit 1; fi
fi

echo "loop variables"
lua5.1 tools/loop_variables.lua bin/vertexsms $(find lua spec examples plugin tools bench -name '*.lua')

echo "arrows"
luajit tools/arrows.lua

echo "voice"
# shellcheck disable=SC2046
luajit tools/voice.lua $c_files $(find lua spec examples plugin tools bench -name '*.lua')

echo "ldoc, warnings as errors"
tools/docs.sh >/dev/null

for compiler in gcc clang; do
  echo "$compiler, warnings as errors"
  make -s CC="$compiler" BUILD="build/lint-$compiler" CFLAGS="-O2 -Werror" all c-test >/dev/null
done

echo "headers, each alone"
for header in csrc/vsms.h csrc/vsms/*.h; do # what a user of the core includes, without any flag of ours
  gcc -std=c11 -Wall -Wextra -pedantic -Werror -Icsrc -fsyntax-only "$header"
done
for header in $(find csrc -name '*.h' ! -path 'csrc/lua/*'); do
  # shellcheck disable=SC2046
  gcc -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Werror -Icsrc $(pkg-config --cflags libcurl libpq) -fsyntax-only "$header"
done

echo "clang-format"
# shellcheck disable=SC2086
clang-format --dry-run --Werror $c_files

echo "cppcheck"
cppcheck --quiet --error-exitcode=1 --inline-suppr --std=c11 --enable=warning,performance,portability \
  -D__attribute__\(x\)= -DLUA_VERSION_NUM=504 -DLIBCURL_VERSION_NUM=0x075801 csrc
echo "lint: clean"
