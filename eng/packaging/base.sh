#!/usr/bin/env bash
# eng/packaging/base.sh FOLDER: the base of the container image: what the command needs to run and no more, from Debian's packages as
# apt-get finds them. No shell, no package manager.
set -euo pipefail
folder=$1
work=$(mktemp -d "${TMPDIR:-/tmp}/aldis-base-XXXXXX")
trap 'rm -rf "$work"' EXIT
packages=(base-files netbase tzdata libc6 libssl3 ca-certificates)
chmod 755 "$work"
(cd "$work" && apt-get download -qq "${packages[@]}" 2>/dev/null) || {
    echo "the base of the image cannot be fetched: apt-get update, and try again" >&2
    exit 1
}
mkdir -p "$folder/var/lib/dpkg/status.d"
for package in "$work"/*.deb; do
    dpkg-deb --extract "$package" "$folder"
    # What is in it, for those who look for known weaknesses.
    dpkg-deb --field "$package" >"$folder/var/lib/dpkg/status.d/$(dpkg-deb --field "$package" Package)"
done

# The bundle that ca-certificates makes when it is installed.
find "$folder/usr/share/ca-certificates" -name '*.crt' | sort | xargs cat >"$folder/etc/ssl/certs/ca-certificates.crt"
printf 'root:x:0:0:root:/root:/usr/sbin/nologin\naldis:x:65532:65532:Aldis server:/var/lib/aldis:/usr/sbin/nologin\n' >"$folder/etc/passwd"
printf 'root:x:0:\naldis:x:65532:\n' >"$folder/etc/group"
rm -rf "$folder"/usr/share/{man,locale,lintian,bug} "$folder"/usr/share/doc/*/*changelog* "$folder/usr/share/doc/libc6/NEWS"*
rm -rf "$folder"/usr/sbin "$folder"/usr/bin/* "$folder"/sbin "$folder"/bin "$folder"/usr/lib/x86_64-linux-gnu/gconv
