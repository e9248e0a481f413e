#!/bin/sh
# The tarball of the commit that is checked out, with its checksum: the same commit gives the same octets. With a URL, the
# one that the releaser is going to offer it at, also the rockspec of the release.
# Usage: URL= HOMEPAGE= ISSUES= tools/dist.sh VERSION FOLDER
set -eu
cd "$(dirname "$0")/.."

version=$1 folder=$2
name=vertexsms-$version

git rev-parse -q --verify HEAD >/dev/null 2>&1 && [ -z "$(git rev-parse --show-prefix)" ] || {
  echo "make dist packs a commit, and this is not a git checkout" >&2
  exit 1
}
[ -z "$(git status --porcelain)" ] || echo "note: what is not committed is not in the tarball" >&2
[ "$(git describe --tags --exact-match 2>/dev/null)" = "v$version" ] || echo "note: this commit has no tag v$version" >&2

mkdir -p "$folder"
rm -f "$folder/$name.tar.gz" "$folder/$name.tar.gz.sha256" "$folder/$name-1.rockspec"
# The owner, the times and the modes are git's; no setting of the user changes them.
git -c tar.umask=0022 -c core.autocrlf=false archive --format=tar --prefix="$name/" HEAD | gzip -9n >"$folder/$name.tar.gz"
(cd "$folder" && sha256sum "$name.tar.gz" >"$name.tar.gz.sha256")
echo "$folder/$name.tar.gz"
cat "$folder/$name.tar.gz.sha256"

if [ -z "$URL" ]; then
  echo "note: no rockspec, because it needs URL=https://.../$name.tar.gz, where the tarball is going to be" >&2
  exit 0
fi
MD5=$(md5sum "$folder/$name.tar.gz" | cut -d ' ' -f 1)
export URL MD5 HOMEPAGE ISSUES
luajit tools/rockspec.lua "$version" <rockspec/vertexsms-scm-1.rockspec >"$folder/$name-1.rockspec" || {
  rm -f "$folder/$name-1.rockspec"
  exit 1
}
echo "$folder/$name-1.rockspec"
