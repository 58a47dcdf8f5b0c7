#!/usr/bin/env bash
# eng/package.sh [FOLDER]: makes everything that is published into FOLDER (artifacts/packages if left out): the native command as tarball,
# Debian package and container image, the .NET tool, the packages of the libraries, a bill of materials and SHA-256 sums. Offline but for
# the package registries. Names, times and order are fixed, so that the same commit gives the same bytes (eng/prove-packages.sh compares); only_native=1 leaves out what is not native.
#
# It needs the .NET SDK, gcc and binutils, python3, dpkg-deb and apt-get (the base of the image, and the hash that is linked, are Debian's).
set -euo pipefail
cd "$(dirname "$0")/.."
out=$(realpath -m "${1:-artifacts/packages}")
work=$(mktemp -d "${TMPDIR:-/tmp}/aldis-package-XXXXXX")
trap 'rm -rf "$work" artifacts/package' EXIT
for program in dotnet gcc objdump python3 dpkg-deb apt-get; do
    command -v "$program" >/dev/null || { echo "eng/package.sh needs $program" >&2; exit 2; }
done

export LC_ALL=C TZ=UTC DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
umask 022
# The time that everything here bears: that of the commit; of a tree without history, that of the file with its version.
if [[ -z ${SOURCE_DATE_EPOCH:-} ]]; then
    SOURCE_DATE_EPOCH=$(git log -1 --format=%ct 2>/dev/null) || SOURCE_DATE_EPOCH=$(stat -c %Y Directory.Build.props)
fi
export SOURCE_DATE_EPOCH
version=$(sed -n 's:.*<Version>\(.*\)</Version>.*:\1:p' Directory.Build.props)
name=aldis-$version-linux-x64
rm -rf "$out"
mkdir -p "$out"

# Folders of its own, so that a build beside it is not disturbed; below the tree, since names of files within it are all that gets into what is
# built. What is restored is then held against the lock files of the tree.
rm -rf artifacts/package
build=(--artifacts-path "$PWD/artifacts/package" -p:ContinuousIntegrationBuild=true -p:AldisLockFolder="$work/locks" -p:RestoreLockedMode=false
    -v quiet -nologo -clp:ErrorsOnly)
# Several outer builds of one project must not share files of MSBuild.
export MSBUILDDISABLENODEREUSE=1

eng/packaging/blake3.sh "$work/blake3"
echo "native command, with the code of BLAKE3 $(cat "$work/blake3/VERSION") linked in"
native=(-r linux-x64 -p:PublishAot=true -p:CppCompilerAndLinker=gcc "-p:Blake3Library=$work/blake3/libblake3.a")
dotnet publish src/Aldis.Cli -c Release "${native[@]}" "${build[@]}" -o "$work/native"
aldis=$work/native/aldis
python3 eng/packaging/bom.py --locks "$work/locks" --blake3 "$work/blake3" --version "$version" --sbom "$out/aldis-$version.cdx.json" --notices "$work/notices.txt"

# tree FOLDER: the files of the command as they lie below /usr.
tree() {
    install -D -m 755 "$aldis" "$1/bin/aldis"
    "$aldis" manual --out "$1/share/man/man1"
    chmod 644 "$1"/share/man/man1/*
    mkdir -p "$1"/share/{bash-completion/completions,fish/vendor_completions.d}
    "$aldis" completion bash >"$1/share/bash-completion/completions/aldis"
    "$aldis" completion fish >"$1/share/fish/vendor_completions.d/aldis.fish"
}

# pack TAR FOLDER NAME: NAME below FOLDER as a compressed tarball, the same for the same files.
pack() {
    tar --create --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" --format=gnu --directory="$2" "$3" |
        gzip -9 --no-name >"$1"
}

echo "tarball"
tree "$work/tar/$name"
mkdir -p "$work/tar/$name/share/zsh/site-functions"
"$aldis" completion zsh >"$work/tar/$name/share/zsh/site-functions/_aldis"
install -m 644 LICENSE README.md "$work/tar/$name"
install -m 644 "$work/notices.txt" "$work/tar/$name/THIRD-PARTY-NOTICES.txt"
install -D -m 644 -t "$work/tar/$name/share/aldis" deploy/aldis.service deploy/aldis.socket docs/aldis.schema.json
pack "$out/$name.tar.gz" "$work/tar" "$name"

echo "Debian package"
root=$work/deb
tree "$root/usr"
gzip -9 --no-name "$root"/usr/share/man/man1/*
mkdir -p "$root/usr/share/zsh/vendor-completions"
"$aldis" completion zsh >"$root/usr/share/zsh/vendor-completions/_aldis"
install -D -m 644 -t "$root/lib/systemd/system" deploy/aldis.service deploy/aldis.socket
install -D -m 644 eng/packaging/debian/native.conf "$root/lib/systemd/system/aldis.service.d/native.conf"
install -D -m 644 eng/packaging/debian/sysusers "$root/usr/lib/sysusers.d/aldis.conf"
install -D -m 640 eng/packaging/debian/aldis.json "$root/etc/aldis/aldis.json"
chmod 750 "$root/etc/aldis"
install -D -m 644 docs/aldis.schema.json "$root/usr/share/aldis/aldis.schema.json"
install -D -m 644 eng/packaging/debian/lintian-overrides "$root/usr/share/lintian/overrides/aldis"
install -D -m 644 "$work/notices.txt" "$root/usr/share/doc/aldis/THIRD-PARTY-NOTICES.txt"
gzip -9 --no-name "$root/usr/share/doc/aldis/THIRD-PARTY-NOTICES.txt"
install -m 644 eng/packaging/debian/copyright "$root/usr/share/doc/aldis/copyright"
printf 'aldis (%s) stable; urgency=medium\n\n  * %s\n\n -- The Aldis authors <aldis@localhost>  %s\n' "$version" \
    'See CHANGELOG.md of the sources.' "$(date -R -d "@$SOURCE_DATE_EPOCH")" | gzip -9 --no-name >"$root/usr/share/doc/aldis/changelog.gz"
mkdir "$root/DEBIAN"
install -m 755 eng/packaging/debian/{postinst,prerm,postrm} "$root/DEBIAN"
echo /etc/aldis/aldis.json >"$root/DEBIAN/conffiles"
glibc=$(objdump -T "$aldis" | sed -n 's/.*GLIBC_\([0-9.]*\).*/\1/p' | sort -uV | tail -n 1)
sed -e "s/@VERSION@/$version/" -e "s/@GLIBC@/$glibc/" -e "s/@SIZE@/$(du -k -s --apparent-size --exclude=DEBIAN "$root" | cut -f 1)/" \
    eng/packaging/debian/control >"$root/DEBIAN/control"
(cd "$root" && find . -path ./DEBIAN -prune -o -type f -print | sort | cut -c 3- | xargs md5sum >DEBIAN/md5sums)
find "$root" -newermt "@$SOURCE_DATE_EPOCH" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
dpkg-deb --root-owner-group -Zxz --build "$root" "$out/aldis_${version}_amd64.deb" >/dev/null

if [[ -z ${only_native:-} ]]; then
    echo "packages of .NET"
    for project in Protocols Transports Journal Services Lab Postgres Dashboard; do
        dotnet pack "src/Aldis.$project" -c Release "${build[@]}" -o "$work/nuget"
    done
    # The command as a tool: native for linux-x64, for whatever else .NET runs on, and the package that tells which is whose.
    dotnet pack src/Aldis.Cli -c Release "${native[@]}" -p:PackAsTool=true -p:CopyOutputSymbolsToPublishDirectory=false "${build[@]}" -o "$work/nuget"
    dotnet pack src/Aldis.Cli -c Release -r any -p:PackAsTool=true "${build[@]}" -o "$work/nuget"
    dotnet pack src/Aldis.Cli -c Release -p:PackAsTool=true -p:PublishAot=true "${build[@]}" -o "$work/nuget"
    python3 eng/packaging/repack.py "$work/nuget" "$out"

    echo "container image"
    mkdir -p "$work/image/usr/bin" "$work/image/usr/share/doc/aldis" "$work/image/var/lib/aldis"
    install -m 755 "$aldis" "$work/image/usr/bin/aldis"
    install -m 644 "$work/notices.txt" "$work/image/usr/share/doc/aldis/THIRD-PARTY-NOTICES.txt"
    eng/packaging/base.sh "$work/base"
    python3 eng/packaging/oci.py --version "$version" --base "$work/base" --layer "$work/image" --out "$work/oci/aldis-$version-oci"
    tar --create --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" --format=gnu \
        --directory="$work/oci/aldis-$version-oci" . >"$out/aldis-$version-oci.tar"
fi

(cd "$out" && sha256sum -- * >SHA256SUMS)
ls -l "$out"
