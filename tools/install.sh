#!/bin/sh
# What `make install`, `make uninstall` and LuaRocks do with files. `install` writes a list of them, `uninstall` removes
# what stands in it. LuaRocks (`rock`) has a list of its own.
# Usage: tools/install.sh install|uninstall|rock; MODULE, INTERPRETER, DESTDIR, SHARE, VERSION and INST_*DIR are make's.
set -eu
cd "$(dirname "$0")/.."
umask 022

tab=$(printf '\t')
list=$INST_LUADIR/vertexsms/installed.txt

# Lines of mode, source and target.
files() {
  printf '755\t%s\t%s\n' "$MODULE" "$INST_LIBDIR/vertexsms/core.so"
  printf '755\t%s\t%s\n' bin/vertexsms "$INST_BINDIR/vertexsms"
  # And the page of the simulator, which lies beside the modules that serve it.
  (cd lua && find vertexsms -name '*.lua' -o -path '*/inbox/page/*.*') | sed "s|.*|644${tab}lua/&${tab}$INST_LUADIR/&|"
  if [ "$1" = install ] && [ -d "$SHARE" ]; then
    (cd "$SHARE" && find . -type f) | sed "s|^\./\(.*\)|644${tab}$SHARE/\1${tab}$INST_SHAREDIR/\1|"
  fi
}

# The manual page and the completions, from the tables that --help is made from.
make_share() {
  rm -rf "$SHARE"
  "$INTERPRETER" tools/manual.lua "$VERSION" "$SHARE" 2>/dev/null && return 0
  rm -rf "$SHARE"
  echo "note: no manual page and no completions are installed: they need argparse and cjson for $INTERPRETER" >&2
}

put() {
  while IFS=$tab read -r mode source target; do
    [ -d "$DESTDIR${target%/*}" ] || mkdir -p "$DESTDIR${target%/*}"
    if [ "$source" = bin/vertexsms ]; then
      sed "1s|lua\$|$INTERPRETER|" "$source" >"$DESTDIR$target.new"
      chmod "$mode" "$DESTDIR$target.new"
      mv -f "$DESTDIR$target.new" "$DESTDIR$target"
    else
      install -m "$mode" "$source" "$DESTDIR$target"
    fi
  done
}

# The command and the manual belong to every Lua that they were installed with.
is_of_another() {
  for other in "$DESTDIR${INST_LUADIR%/*}"/*/vertexsms/installed.txt; do
    [ "$other" != "$DESTDIR$list" ] && grep -qxF "$1" "$other" 2>/dev/null && return 0
  done
  return 1
}

# The folders that only this library has; others may have been there before.
remove_folder() {
  case "$1" in
    "$DESTDIR$INST_LUADIR"/vertexsms* | "$DESTDIR$INST_LIBDIR"/vertexsms*) ;;
    *) return 0 ;;
  esac
  rmdir "$1" 2>/dev/null && remove_folder "${1%/*}"
  return 0
}

# Reads paths.
remove() {
  while read -r path; do
    if is_of_another "$path"; then
      echo "kept $DESTDIR$path, which another Lua has too: 'make install' for that one renews it"
    else
      rm -f "$DESTDIR$path"
      remove_folder "$DESTDIR${path%/*}"
    fi
  done
}

targets() { files install | cut -f 3 | LC_ALL=C sort; }

case "$1" in
  rock)
    files rock | put
    ;;
  install)
    old=$(cat "$DESTDIR$list" 2>/dev/null || true)
    make_share
    files install | put
    { targets; echo "$list"; } >"$DESTDIR$list"
    echo "$old" | grep -v '^$' | grep -vxF -f "$DESTDIR$list" | remove
    echo "installed for $INTERPRETER: $DESTDIR$INST_BINDIR/vertexsms, $DESTDIR$INST_LUADIR, $DESTDIR$INST_LIBDIR"
    [ -n "$DESTDIR" ] || "$INTERPRETER" tools/installed.lua "$INTERPRETER" "$INST_LUADIR" "$INST_LIBDIR" "$INST_BINDIR" >&2
    ;;
  uninstall)
    [ -r "$DESTDIR$list" ] || { echo "nothing is installed for $INTERPRETER here: there is no $DESTDIR$list" >&2; exit 1; }
    paths=$(cat "$DESTDIR$list")
    echo "$paths" | remove
    echo "removed what was installed for $INTERPRETER"
    ;;
esac
