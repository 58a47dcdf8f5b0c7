#!/usr/bin/env bash
# Makes the pictures of this folder: a server with clients, a bad link and a mistake, its dashboard in a headless Chromium, in both themes.
#
#   docs/images/make.sh              builds everything, some three minutes
#   SECONDS_OF_TRAFFIC=600 ...       as much as the lines of the overview have room for; 90 if left out
#   ALDIS=/path/to/aldis ...         a command that is built already
#
# Needs Linux, Chromium, curl and pngquant (Debian: apt install chromium curl pngquant).
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../../benchmarks/common.sh"

traffic_seconds=${SECONDS_OF_TRAFFIC:-90}
images=$repository/docs/images
tests=$repository/tests/Aldis.Dashboard.Browser.Tests
command -v curl >/dev/null || fail "curl is missing (Debian: apt install curl)"
command -v pngquant >/dev/null || fail "pngquant is missing (Debian: apt install pngquant)"
aldis=${ALDIS:-$work/aldis/aldis}
[[ -n ${ALDIS:-} ]] || publish src/Aldis.Cli aldis
publish benchmarks/Aldis.Benchmarks benchmarks
dotnet build --configuration Release "$tests" >"$work/build.log" || fail "$(cat "$work/build.log")"

# await FILE PATTERN
await() {
    for _ in $(seq 600); do
        grep -q "$2" "$1" 2>/dev/null && return
        sleep 0.05
    done
    fail "no '$2': $(cat "$1")"
}

# run COMMAND...: in the background, until the script ends.
run() {
    "$@" >/dev/null 2>&1 &
    processes+=($!)
}

# port PROTO SERVICE
port() { sed -n "s/^LISTEN service=$2 proto=$1 .* port=\([0-9]*\)\$/\1/p" "$work/serve.log"; }

cd "$work"
"$aldis" serve messages=tcp://127.0.0.1:0 messages=arq://127.0.0.1:0 echo=tcp://127.0.0.1:0 files=tcp://127.0.0.1:0 --quiet --data data \
    --dashboard 127.0.0.1:0 >/dev/null 2>serve.log </dev/null &
processes+=($!)
await serve.log '^DASHBOARD '
messages=127.0.0.1:$(port tcp messages)

# Sensors that send now and then, and a load that comes and goes.
run dotnet benchmarks/Aldis.Benchmarks.dll sensors "tcp://$messages" --count 24 --pause 0.5 --readings 100000
loads() {
    while true; do
        for rate in 200 500 350 700 400 600 300 450 800 500; do
            "$aldis" bench "$messages" --as native --rate "$rate" --connections 6 --duration 6s --quiet || true
        done
    done
}
run loads

# A pump behind a bad link.
"$aldis" link udp://127.0.0.1:0 "udp://127.0.0.1:$(port arq messages)" --loss 8% --delay 15ms --seed 3 --quiet 2>link.log &
processes+=($!)
await link.log '^LISTEN '
pump() {
    while true; do
        echo "pressure 3.2 bar"
        sleep 0.02
    done | "$aldis" send --client pump-7 "arq://127.0.0.1:$(sed -n 's/.*port=\([0-9]*\).*/\1/p' link.log)"
}
run pump

# How fast the journal grows is known from the second look at it on.
curl --silent --output /dev/null --header "Authorization: Bearer $(cat data/dashboard.token)" \
    "$(sed -n 's|^DASHBOARD \(.*\)/#token=.*|\1/api/v1/overview|p' serve.log)"

# A file, and somebody who wanted another port.
head -c 3000000 /dev/urandom >survey-2030-04.tif
"$aldis" copy --quiet survey-2030-04.tif "127.0.0.1:$(port tcp files)"
exec 3<>"/dev/tcp/127.0.0.1/$(port tcp messages)"
printf '%-64s' 'GET / HTTP/1.1' >&3
sleep "$traffic_seconds"
exec 3>&-

ALDIS_PAGE_LINK="$(sed -n 's/^DASHBOARD //p' serve.log)" ALDIS_PICTURES=$work \
    dotnet run --configuration Release --no-build --project "$tests" -- --explicit only --parallel none \
    --filter-method '*Pictures_are_taken*' >pictures.log 2>&1 || fail "$(cat pictures.log)"
for picture in overview ladder lab; do
    for file in "$picture.png" "$picture-dark.png"; do
        pngquant --force --strip --speed 1 --output "$images/$file" 256 "$file"
    done
done
ls -l "$images"/*.png
