#!/bin/sh
# Makes the locales that the specs run under, in build/locales; silent when they are there.  Where localedef is missing
# the specs run in the C locale alone, and say so.
set -eu
cd "$(dirname "$0")/.."
folder=build/locales

command -v localedef >/dev/null 2>&1 || { echo "no localedef: the specs run in the C locale alone" >&2; exit 0; }
for name in lt_LT.ISO-8859-13 lt_LT.UTF-8 tr_TR.UTF-8 tr_TR.ISO-8859-9; do
  [ -e "$folder/$name" ] && continue
  mkdir -p "$folder"
  making=$folder/.$name.$$ # another make may be at it, too
  localedef -i "${name%%.*}" -f "${name#*.}" --no-archive "$PWD/$making" >/dev/null 2>&1 || [ -e "$making/LC_CTYPE" ]
  mv "$making" "$folder/$name" 2>/dev/null || rm -rf "$making"
done
