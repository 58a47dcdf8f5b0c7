#!/usr/bin/env bash
# eng/packaging/blake3.sh FOLDER: the hash of file transfers as BLAKE3's authors wrote it, for linking into the native command:
# FOLDER/libblake3.a, and VERSION and LICENSE of what it is made of. It asks the processor whether it has AVX-512, AVX2, SSE4.1 or neither.
# The sources are those that Debian has for its own programs; apt-get checks their signature.
set -euo pipefail
folder=$(realpath -m "$1")
package=librust-blake3-dev
work=$(mktemp -d "${TMPDIR:-/tmp}/aldis-blake3-XXXXXX")
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
(cd "$work" && apt-get download -qq "$package" 2>/dev/null) || {
    echo "the sources of the hash ($package) cannot be fetched: apt-get update, and try again" >&2
    exit 1
}
dpkg-deb --extract "$work/$package"*.deb "$work/package"
mkdir -p "$folder"
cp "$work/package/usr/share/doc/$package/copyright" "$folder/LICENSE"
dpkg-deb --field "$work/$package"*.deb Version >"$folder/VERSION"
cd "$work"/package/usr/share/cargo/registry/blake3-*/c
for source in blake3.c blake3_dispatch.c blake3_portable.c blake3_{sse2,sse41,avx2,avx512}_x86-64_unix.S; do
    gcc -O3 -fPIC -fvisibility=hidden -ffile-prefix-map="$PWD=blake3" -c "$source" -o "$work/${source%.*}.o"
done
rm -f "$folder/libblake3.a"
ar rcsD "$folder/libblake3.a" "$work"/*.o
