#!/usr/bin/env bash
# eng/prove-packages.sh FOLDER [PART…]: proves what eng/package.sh made in FOLDER by using it as a stranger would. The parts are tarball,
# deb, tool, libraries, image, source, portable and reproducible; all if none is named. As root; it needs debootstrap, lintian and systemd-analyze. What is served meanwhile
# is served in a network of its own that has nothing but loopback. 'deb' takes minutes, most of them for the empty systems it makes:
# EMPTY_SYSTEM=FOLDER names one that debootstrap made (--variant=minbase), which is copied.
set -euo pipefail
repository=$(cd "$(dirname "$0")/.." && pwd)
packages=$(realpath -- "$1")
shift
parts=("$@")
((${#parts[@]})) || parts=(tarball deb tool libraries image source portable reproducible)
version=$(sed -n 's:.*<Version>\(.*\)</Version>.*:\1:p' "$repository/Directory.Build.props")
deb=$packages/aldis_${version}_amd64.deb
work=$(mktemp -d "${TMPDIR:-/tmp}/aldis-prove-XXXXXX")
# A chroot reads the folder as other users too.
chmod 755 "$work"
mounted=()
finish() {
    for place in "${mounted[@]}"; do
        umount -l "$place" 2>/dev/null || true
    done
    rm -rf --one-file-system "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 LC_ALL=C

fail() {
    echo "eng/prove-packages.sh: $*" >&2
    exit 1
}

# alone COMMAND…: runs it in a network of its own, whose loopback is up.
alone() { unshare --net -- bash -c 'ip link set lo up 2>/dev/null || true; exec "$@"' alone "$@"; }

# empty_system NAME: an empty Debian in $work/NAME, with /proc and /dev/null.
empty_system() {
    if [[ -n ${EMPTY_SYSTEM:-} ]]; then
        cp -a "$EMPTY_SYSTEM" "$work/$1"
    elif [[ -d $work/empty ]]; then
        cp -a "$work/empty" "$work/$1"
    else
        local mirror
        mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Codename: bookworm' | head -n 1)
        debootstrap --variant=minbase bookworm "$work/empty" "$mirror" >"$work/debootstrap.log" || fail "$(tail "$work/debootstrap.log")"
        cp -a "$work/empty" "$work/$1"
    fi
    mount -t proc proc "$work/$1/proc"
    mounted+=("$work/$1/proc")
    install -m 644 "$deb" "$work/$1/aldis_${version}_amd64.deb"
}

# files_of SYSTEM: all that is in it, but for what a package manager writes down for itself.
files_of() { (cd "$1" && find . -xdev \( -path ./proc -o -path ./var/lib/dpkg -o -path ./var/cache -o -path ./var/log \) -prune -o -print | sort); }

# first_acknowledgement: the first message of a new server, started with the unit's own command line as the unit's own user. Runs inside.
first_acknowledgement='
    set -e
    command=$(sed -n "s/^ExecStart=//p" /lib/systemd/system/aldis.service)
    install -d -m 700 -o aldis -g aldis /var/lib/aldis
    setpriv --reuid=aldis --regid=aldis --init-groups --no-new-privs --bounding-set=-all $command >/tmp/serve.out 2>/tmp/serve.err &
    server=$!
    for try in $(seq 400); do grep -qs "service=messages proto=arq" /tmp/serve.err && break; sleep 0.025; done
    aldis send --client device-1 127.0.0.1:9999 "first $1" || { cat /tmp/serve.err; exit 1; }
    kill -TERM $server
    wait $server || { cat /tmp/serve.err; exit 1; }
'

# without_openssl: what people begin with, in a system that has none; and what needs it, which says so. Runs inside.
without_openssl='
    set -e
    mkdir /tmp/w /tmp/w/shared && cd /tmp/w && echo there >shared/there
    aldis serve --data data --share shared --dashboard off ack=tcp://127.0.0.1:9001 echo=tcp://127.0.0.1:9002 echo=udp://127.0.0.1:9002 \
        exchange=tcp://127.0.0.1:9003 files=tcp://127.0.0.1:9004 messages=tcp://127.0.0.1:9005 messages=arq://127.0.0.1:9005 >serve.out 2>serve.err &
    server=$!
    trap "kill $server 2>/dev/null || true" EXIT
    for try in $(seq 400); do grep -qs "service=messages proto=arq" serve.err && break; sleep 0.025; done
    does() { "$@" >printed 2>&1 || { echo "without OpenSSL: $*"; cat printed serve.err; exit 1; }; }
    says() { "$@" >printed 2>&1 && exit 1; grep -q "install the package libssl3" printed || { echo "without OpenSSL: $*"; cat printed; exit 1; }; }
    does aldis echo 127.0.0.1:9002 hello
    does aldis echo udp://127.0.0.1:9002 -c 10
    does aldis ping tcp://127.0.0.1:9002 -c 2 -i 0.01
    does sh -c "echo one | aldis talk 127.0.0.1:9003"
    does sh -c "echo one | aldis talk 127.0.0.1:9001"
    does aldis send 127.0.0.1:9005 second
    does aldis send --plain 127.0.0.1:9005 third
    does aldis send arq://127.0.0.1:9005 fourth
    head -c 3000000 /dev/urandom >random
    does aldis copy random 127.0.0.1:9004
    cmp random data/files/random
    cp random other
    does aldis copy --digest sha256 other 127.0.0.1:9004
    cmp other data/files/other
    does aldis copy 127.0.0.1:9004/there fetched
    does sh -c "aldis log --data data | grep fourth"
    does aldis lab --frames 20 --loss 10% --seed 1
    does aldis token new pump-7
    does aldis bench --duration 100ms --transports tcp,unix,udp,arq-selective-repeat
    says aldis send tls://127.0.0.1:9005 fifth
    says aldis cert
    says aldis bench --duration 100ms --transports tls
    says aldis store check postgres://nobody@127.0.0.1:1/aldis
    says aldis serve --data unused "messages=tls://127.0.0.1:0?cert=none.pem&key=none.key"
    kill -TERM $server
    wait $server || { cat serve.err; exit 1; }
    rm -rf /tmp/w
'

prove_deb() {
    lintian --fail-on error,warning --tag-display-limit 0 --allow-root "$deb" || fail "lintian has something to say"
    echo "deb: lintian says nothing"

    # dpkg alone: nothing is missing in the smallest Debian there is, which has no OpenSSL.
    empty_system alone
    [[ -z $(find "$work/alone/usr/lib" "$work/alone/lib" -name 'libssl*') ]] || fail "the empty system has OpenSSL, and proves nothing without it"
    local begin end
    files_of "$work/alone" >"$work/before"
    begin=$(date +%s%N)
    alone chroot "$work/alone" dpkg -i "/aldis_${version}_amd64.deb" >"$work/dpkg.log" 2>&1 || fail "$(cat "$work/dpkg.log")"
    alone chroot "$work/alone" sh -c "$first_acknowledgement" sh time || fail "no acknowledgement"
    end=$(date +%s%N)
    echo "deb: from dpkg -i to the first acknowledged message: $(((end - begin) / 1000000)) ms"
    chroot "$work/alone" aldis log --data /var/lib/aldis | grep -q 'first time' || fail "the message is not there"
    alone chroot "$work/alone" sh -c "$without_openssl" || fail "something that needs no OpenSSL does not go without it"
    echo "deb: every conversation goes without OpenSSL, and what needs it says so"

    systemd-analyze security --offline=true --threshold=20 --root="$work/alone" aldis.service >"$work/security" || fail "$(cat "$work/security")"
    echo "deb: $(grep -o 'Overall exposure level.*: [0-9.]*' "$work/security")"

    # A newer one over it: what the administrator wrote and what was received stay.
    sed -i 's/"127.0.0.1"/"localhost"/' "$work/alone/etc/aldis/aldis.json"
    dpkg-deb -R "$deb" "$work/newer"
    sed -i "s/^Version: .*/Version: $version+1/" "$work/newer/DEBIAN/control"
    dpkg-deb --root-owner-group -b "$work/newer" "$work/alone/newer.deb" >/dev/null
    chroot "$work/alone" dpkg -i /newer.deb >"$work/dpkg.log" 2>&1 || fail "$(cat "$work/dpkg.log")"
    grep -q '"localhost"' "$work/alone/etc/aldis/aldis.json" || fail "an upgrade took the settings back"
    alone chroot "$work/alone" sh -c "$first_acknowledgement" sh upgrade || fail "no acknowledgement after an upgrade"
    chroot "$work/alone" aldis log --data /var/lib/aldis | grep -c first | grep -qx 2 || fail "an upgrade lost a message"
    echo "deb: an upgrade keeps settings and messages"

    chroot "$work/alone" dpkg --remove aldis >"$work/dpkg.log" 2>&1 || fail "$(cat "$work/dpkg.log")"
    [[ -e $work/alone/etc/aldis/aldis.json && ! -e $work/alone/usr/bin/aldis ]] || fail "remove takes the program and leaves the settings"
    chroot "$work/alone" dpkg --purge aldis >"$work/dpkg.log" 2>&1 || fail "$(cat "$work/dpkg.log")"
    rm -rf "$work/alone/newer.deb" "$work/alone/tmp/serve.out" "$work/alone/tmp/serve.err"
    files_of "$work/alone" >"$work/after"
    local left
    left=$(comm -13 "$work/before" "$work/after" | grep -v '^\./var/lib/aldis\|^\./etc/\(passwd\|group\|shadow\|gshadow\|subuid\|subgid\)-$' || true)
    [[ -z $left ]] || fail "a purge leaves $left"
    [[ -e $work/alone/var/lib/aldis/journal ]] || fail "a purge takes what was acknowledged"
    echo "deb: a purge leaves what was received, and nothing else"

    # With its Recommends, by apt: from the network.
    empty_system apt
    cp /etc/resolv.conf "$work/apt/etc/resolv.conf" 2>/dev/null || true
    cp /etc/hosts "$work/apt/etc/hosts"
    chroot "$work/apt" apt-get update -qq >"$work/apt.log" 2>&1 || fail "$(cat "$work/apt.log")"
    chroot "$work/apt" env DEBIAN_FRONTEND=noninteractive TMPDIR=/tmp apt-get install -qq -y "./aldis_${version}_amd64.deb" >"$work/apt.log" 2>&1 ||
        fail "$(cat "$work/apt.log")"
    alone chroot "$work/apt" sh -c "$first_acknowledgement" sh apt || fail "no acknowledgement"
    chroot "$work/apt" systemctl is-enabled aldis.service | grep -qx enabled || fail "the service is not enabled"
    chroot "$work/apt" systemd-analyze verify aldis.service aldis.socket >"$work/verify" 2>&1 || true
    ! grep -i aldis "$work/verify" || fail "systemd has something to say of the units"
    echo "deb: apt-get install, with what it recommends, serves"
}

prove_tarball() {
    tar xzf "$packages/aldis-$version-linux-x64.tar.gz" -C "$work"
    local aldis=$work/aldis-$version-linux-x64/bin/aldis
    alone "$repository/eng/smoke.sh" "$aldis" | tail -n 1

    # As the unit has it (MemoryDenyWriteExecute), asked of the kernel here: nothing becomes executable that was written.
    printf '#!/usr/bin/python3\nimport ctypes, os, sys\nctypes.CDLL(None).prctl(65, 1, 0, 0, 0) and sys.exit("no PR_SET_MDWE")\nos.execv("%s", sys.argv)\n' \
        "$aldis" >"$work/guarded"
    chmod 755 "$work/guarded"
    if "$work/guarded" --version >/dev/null; then
        alone "$repository/eng/smoke.sh" "$work/guarded" | tail -n 1
    fi
    MANPATH=$work/aldis-$version-linux-x64/share/man man aldis-serve | grep -q 'ALDIS-SERVE' || fail "no manual"
    (cd "$packages" && sha256sum --check --quiet SHA256SUMS) || fail "the sums are wrong"
    echo "tarball: serves, has a manual, and the sums are right"
}

prove_tool() {
    dotnet tool install Aldis.Cli --version "$version" --tool-path "$work/tool" --add-source "$packages" --no-cache >/dev/null
    alone "$repository/eng/smoke.sh" "$work/tool/aldis" | tail -n 1
    file -L "$(find "$work/tool/.store" -path '*linux-x64*' -name aldis -type f | head -n 1)" | grep -q ELF || fail "the tool is not native"
    mkdir "$work/any"
    python3 -m zipfile -e "$packages/Aldis.Cli.any.$version.nupkg" "$work/any"
    alone dotnet "$(find "$work/any" -name aldis.dll)" lab --frames 2 --quiet >/dev/null || fail "the portable tool does not run"
    echo "tool: native for linux-x64, and portable"
}

prove_libraries() {
    cp -r "$repository/samples" "$work/samples"
    find "$work/samples" \( -name bin -o -name obj -o -name packages.lock.json \) -prune -exec rm -rf {} +
    cp "$repository/global.json" "$work/samples"
    # The samples as they are, but for where the library comes from.
    cat >"$work/samples/Directory.Build.props" <<PROPS
<Project>
  <PropertyGroup>
    <TargetFramework>net10.0</TargetFramework><LangVersion>latest</LangVersion><Nullable>enable</Nullable>
    <ImplicitUsings>enable</ImplicitUsings><OutputType>Exe</OutputType><TreatWarningsAsErrors>true</TreatWarningsAsErrors>
    <NuGetAudit>false</NuGetAudit>
  </PropertyGroup>
  <ItemGroup>
    <PackageReference Include="Aldis" />
    <PackageReference Include="Aldis.Lab" />
  </ItemGroup>
</Project>
PROPS
    sed "s:</Project>:<ItemGroup><PackageVersion Include='Aldis' Version='$version' /><PackageVersion Include='Aldis.Lab' Version='$version' /></ItemGroup>&:" \
        "$repository/Directory.Packages.props" >"$work/samples/Directory.Packages.props"
    cat >"$work/samples/nuget.config" <<CONFIG
<configuration><packageSources><add key="made-here" value="$packages" /></packageSources>
<config><add key="globalPackagesFolder" value="$work/cache" /></config></configuration>
CONFIG
    # What they name of the tree's projects, they have from the packages.
    sed -i '/<ProjectReference/d' "$work"/samples/*/*.csproj
    local project
    for project in "$work"/samples/*/*.csproj; do
        dotnet build "$project" -v q -clp:ErrorsOnly -nologo -nodeReuse:false >"$work/sample.log" 2>&1 || fail "$project: $(cat "$work/sample.log")"
    done
    alone bash -c "cd '$work' && { sleep 100 | dotnet run --no-build --project samples/Messages -- serve >served 2>&1 & }
        for try in \$(seq 200); do grep -q Serving served && break; sleep 0.1; done
        timeout 60 dotnet run --no-build --project samples/Messages -- 'pressure 3.1'" | grep -qx 'acknowledged: pressure 3.1' ||
        fail "the sample of messages does not run"
    (cd "$work" && timeout 60 dotnet run --no-build --project samples/Laboratory) | grep -q efficiency || fail "the laboratory does not run"

    # A fresh project.
    mkdir "$work/fresh"
    cp "$work/samples/nuget.config" "$work/fresh"
    (cd "$work/fresh" && dotnet new console >/dev/null && dotnet add package Aldis --version "$version" >/dev/null &&
        cp "$repository/samples/Echo/Program.cs" . && dotnet build -v q -clp:ErrorsOnly -nologo -nodeReuse:false >/dev/null) ||
        fail "a fresh project cannot add the package"
    echo "libraries: the samples build and run against the packages, and a fresh project adds Aldis"
}

prove_image() {
    local image=$work/image manifest digest
    mkdir -p "$image/root"
    tar xf "$packages/aldis-$version-oci.tar" -C "$image"
    manifest=$(python3 -c "import json; print(json.load(open('$image/index.json'))['manifests'][0]['digest'][7:])")
    for digest in $(python3 -c "import json; [print(l['digest'][7:]) for l in json.load(open('$image/blobs/sha256/$manifest'))['layers']]"); do
        echo "$digest  $image/blobs/sha256/$digest" | sha256sum --check --quiet || fail "a layer is not what its name says"
        tar xzf "$image/blobs/sha256/$digest" -C "$image/root"
    done
    # What every runtime of containers gives: /proc and devices.
    mount -t proc proc "$image/root/proc"
    mounted+=("$image/root/proc")
    mknod -m 666 "$image/root/dev/null" c 1 3
    mknod -m 666 "$image/root/dev/urandom" c 1 9
    # The image's own command, as its own user.
    alone bash -c "
        chroot --userspec=65532:65532 '$image/root' /usr/bin/aldis serve --listen any --data /var/lib/aldis --dashboard off --log-format json >'$work/i.out' 2>&1 &
        server=\$!
        for try in \$(seq 200); do grep -q 'service=messages proto=arq' '$work/i.out' && break; sleep 0.05; done
        chroot --userspec=65532:65532 '$image/root' /usr/bin/aldis send 127.0.0.1:9999 hello
        status=\$?; kill \$server; wait \$server; exit \$status" || fail "the image does not serve: $(cat "$work/i.out")"
    chroot --userspec=65532:65532 "$image/root" /usr/bin/aldis cert --out /var/lib/aldis/cert >/dev/null || fail "the image has no TLS"
    echo "image: serves as its user, $(du -sh --apparent-size "$packages/aldis-$version-oci.tar" | cut -f 1)"
}

prove_source() {
    # The tree without its history, as a release page hands it out.
    mkdir "$work/source"
    git -C "$repository" archive HEAD | tar x -C "$work/source"
    (cd "$work/source" && dotnet build Aldis.slnx -c Release -v q -clp:ErrorsOnly -nologo -nodeReuse:false &&
        dotnet run -c Release --no-build --project tests/Aldis.Lab.Tests) >"$work/source.log" 2>&1 || fail "$(tail -n 30 "$work/source.log")"
    echo "source: a tarball of the tree builds and tests: $(grep -E '^ *succeeded:' "$work/source.log" | xargs)"
}

prove_portable() {
    # For systems that are not here: the command is compiled, with a program to start it, and not run.
    local runtime kind
    for runtime in win-x64 osx-arm64 linux-arm64; do
        dotnet publish "$repository/src/Aldis.Cli" -c Release -r "$runtime" --self-contained false --artifacts-path "$work/portable" \
            -p:AldisLockFolder="$work/locks" -p:RestoreLockedMode=false -v quiet -nologo -clp:ErrorsOnly -nodeReuse:false -o "$work/$runtime" \
            >"$work/portable.log" 2>&1 || fail "$runtime: $(tail "$work/portable.log")"
        kind=$(file -b "$work/$runtime"/aldis "$work/$runtime"/aldis.exe 2>/dev/null | grep -o 'PE32+.*x86-64\|Mach-O.*arm64\|ELF.*aarch64' | head -n 1)
        [[ -n $kind ]] || fail "$runtime: there is no program"
        echo "portable: $runtime compiled (${kind%%,*}), not run"
    done
}

prove_reproducible() {
    # The same commit in a fresh clone, in a folder of another name: what it gives has the same sums.
    git clone --quiet "$repository" "$work/another place"
    local origin
    origin=$(git -C "$repository" remote get-url origin 2>/dev/null) && git -C "$work/another place" remote set-url origin "$origin"
    [[ -n $origin ]] || git -C "$work/another place" remote remove origin
    (cd "$work/another place" && eng/package.sh) >"$work/again.log" 2>&1 || fail "$(tail "$work/again.log")"
    diff "$packages/SHA256SUMS" "$work/another place/artifacts/packages/SHA256SUMS" >&2 || fail "the same commit gave other bytes (or these packages are of another one)"
    echo "reproducible: $(wc -l <"$packages/SHA256SUMS") files, the same again from a clone in another folder"
}

for part in "${parts[@]}"; do
    "prove_$part"
done
