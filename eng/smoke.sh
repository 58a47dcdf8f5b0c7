#!/usr/bin/env bash
# eng/smoke.sh [ALDIS]: every verb of a command that was built or installed does its work once, here, over loopback. ALDIS is the command,
# the one on the path if left out. Ends with 0 and a line for each verb, or with the first that failed.
set -euo pipefail
aldis=$(realpath -- "$(command -v "${1:-aldis}")") || { echo "no command '${1:-aldis}'" >&2; exit 2; }
work=$(mktemp -d "${TMPDIR:-/tmp}/aldis-smoke-XXXXXX")
server=
link=
trap 'kill $server $link 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"

# does NAME PATTERN COMMAND…: runs it, and looks for PATTERN in all that it prints.
does() {
    local name=$1 pattern=$2
    shift 2
    if ! timeout 60 "$@" >printed 2>&1 </dev/null || ! grep -q -- "$pattern" printed; then
        echo "$name FAILED: $*" >&2
        cat printed serve.err >&2
        exit 1
    fi
    echo "$name: $(grep -m1 -- "$pattern" printed | cut -c1-100)"
}

# until_printed PATTERN FILE: waits for a line of a process in the background.
until_printed() {
    local try
    for ((try = 0; try < 200; try++)); do
        grep -q -- "$1" "$2" 2>/dev/null && return
        sleep 0.05
    done
    echo "'$1' did not come:" >&2
    cat "$2" >&2
    exit 1
}

port() { sed -n "s/^LISTEN service=$1 proto=$2 .*port=//p" serve.err | head -n 1; }

mkdir shared
echo shared >shared/there.txt
"$aldis" cert --out cert >/dev/null
"$aldis" serve --data data --share shared --dashboard 127.0.0.1:0 --admin 127.0.0.1:0 \
    ack=tcp://127.0.0.1:0 echo=tcp://127.0.0.1:0 echo=udp://127.0.0.1:0 exchange=tcp://127.0.0.1:0 files=tcp://127.0.0.1:0 \
    messages=tcp://127.0.0.1:0 messages=arq://127.0.0.1:0 \
    "messages=tls://127.0.0.1:0?cert=cert/localhost.pem&key=cert/localhost.key" >serve.out 2>serve.err &
server=$!
until_printed '^DASHBOARD' serve.err

does version '^[0-9]' "$aldis" --version
does help 'Examples:' "$aldis" --help
for verb in serve echo ping talk send copy log link lab bench cert dashboard token store completion manual; do
    does "$verb --help" "^Usage:" "$aldis" "$verb" --help
done
does echo hello "$aldis" echo "127.0.0.1:$(port echo tcp)" hello
does 'echo udp' '100 came back' "$aldis" echo "udp://127.0.0.1:$(port echo udp)" -c 100
does ping '3 received' "$aldis" ping "tcp://127.0.0.1:$(port echo tcp)" -c 3 -i 0.01
does talk '2 answered' bash -c "printf 'one\ntwo\n' | '$aldis' talk 127.0.0.1:$(port exchange tcp)"
does 'talk to ack' 'ACK received' bash -c "echo one | '$aldis' talk 127.0.0.1:$(port ack tcp)"
does send '3 acknowledged' "$aldis" send --client pump-7 --outbox outbox "127.0.0.1:$(port messages tcp)" first second third
does 'send --plain' '1 acknowledged' "$aldis" send --plain "127.0.0.1:$(port messages tcp)" fourth
does 'send arq' '1 acknowledged' "$aldis" send "arq://127.0.0.1:$(port messages arq)" fifth
does 'send tls' '1 acknowledged' "$aldis" send --cafile cert/ca.pem "tls://127.0.0.1:$(port messages tls)" sixth
does log 'third' "$aldis" log --data data
does 'log --json' '"event":"message"' "$aldis" log --data data --json
does 'log --clients' 'pump-7' "$aldis" log --data data --clients
head -c 3000000 /dev/urandom >random
does copy '' "$aldis" copy random "127.0.0.1:$(port files tcp)"
cmp random data/files/random
# What b3sum says of it: a hash may be linked into the command (docs/decisions/0025-a-linked-hash.md), and both of its ends have the same.
(yes aldis || true) | head -c 1000000 >known
does 'copy with the digest that others compute' 'blake3 1fddb61641d48c2c73c19cc1c257e949ffd3dbe66a3fda95a94a9e418c6c62f2' \
    "$aldis" copy known "127.0.0.1:$(port files tcp)"
does 'copy from' '' "$aldis" copy "127.0.0.1:$(port files tcp)/there.txt" fetched
grep -q shared fetched/there.txt
does lab 'efficiency' "$aldis" lab --frames 20 --loss 10% --seed 1
does 'lab --html' '' "$aldis" lab --frames 5 --html ladder.html --svg ladder.svg
grep -q '</svg>' ladder.svg
"$aldis" link udp://127.0.0.1:0 "udp://127.0.0.1:$(port echo udp)" --delay 1ms --seed 1 >link.out 2>link.err &
link=$!
until_printed '^LISTEN' link.err
does link '10 came back' "$aldis" echo "udp://127.0.0.1:$(sed -n 's/^LISTEN .*port=//p' link.err)" -c 10
does bench '' "$aldis" bench --duration 200ms --transports tcp,tls,unix,udp,arq-selective-repeat --html bench.html
does 'bench ADDRESS' '' "$aldis" bench "127.0.0.1:$(port echo tcp)" --duration 300ms --connections 4
does 'token new' '' "$aldis" token new pump-7
does 'cert' '' "$aldis" cert pump.example.net --out cert2
page=$(sed -n 's/^DASHBOARD \(.*\)#token=.*/\1/p' serve.err)
does dashboard "$page" "$aldis" dashboard --data data --no-open
does 'dashboard page' '<title' python3 -c "import urllib.request; print(urllib.request.urlopen('$page').read().decode())"
does 'store init --print' 'aldis_writer' "$aldis" store init --print
if "$aldis" store check postgres://nobody@127.0.0.1:1/aldis >printed 2>&1; then echo "store check FAILED" >&2; exit 1; fi
grep -q 127.0.0.1 printed
echo "store check: $(head -n 1 printed | cut -c1-100)"
does 'serve --check' '' "$aldis" serve --check --data other messages=tcp://127.0.0.1:0
does 'serve --print-config' 'listen\|Listen' "$aldis" serve --print-config
does completion '_aldis' "$aldis" completion bash
does manual 'ALDIS' "$aldis" manual serve

kill -TERM "$link" "$server"
wait "$link" || { echo "link ended with $?" >&2; exit 1; }
wait "$server" || { echo "serve ended with $?" >&2; cat serve.err >&2; exit 1; }
server=
link=
does 'log behind it' 'sixth' "$aldis" log --data data
echo "every verb did its work"
