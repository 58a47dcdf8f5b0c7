#!/usr/bin/env bash
# Measures what an idle arq:// connection costs its server: 10,000 connections to one listener of Kestrel, each with one message
# answered, their handlers waiting for the next. The heap is what is left after a collection, the resident set what the system
# counts; both are differences to the same server before. Then the same number in the engine alone, in virtual time.
#
#   benchmarks/arq-idle.sh                   about twenty seconds
#   CONNECTIONS=1000 ...                     another number
#   BENCHMARKS=/path/to/Aldis.Benchmarks ... measures a program that is built already
#
# Exit status 1: a connection costs more than 6 KiB of heap, or the engine alone more than 2 KiB.
set -euo pipefail

connections=${CONNECTIONS:-10000}
heap_bar=6144
engine_bar=2048
settle_seconds=3 # connections give back what they do not need after a second
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# await FILE PATTERN PROCESS: until the process has written that.
await() {
    until grep -q "$2" "$1"; do
        kill -0 "$3" 2>/dev/null || fail "no '$2': $(cat "$1")"
        sleep 0.05
    done
}

# measure CONNECTIONS: asks the server; sets $heap and $resident.
measure() {
    echo >&3
    await "$work/server.log" "connections=$1 " "$server"
    read -r heap resident < <(sed -n "s/^connections=$1 heap=\([0-9]*\) rss=\([0-9]*\).*/\1 \2/p" "$work/server.log" | tail -n 1)
}

benchmarks=${BENCHMARKS:-$work/benchmarks/Aldis.Benchmarks}
if [[ -z ${BENCHMARKS:-} ]]; then
    publish benchmarks/Aldis.Benchmarks benchmarks
fi
mkfifo "$work/server.in" "$work/load.in"
: >"$work/server.log" >"$work/server.err" >"$work/load.log"
"$benchmarks" arq-idle arq://127.0.0.1:0 <"$work/server.in" >"$work/server.log" 2>"$work/server.err" &
server=$!
processes+=("$server")
exec 3>"$work/server.in"
await "$work/server.err" LISTEN "$server"
port=$(sed -n 's/^LISTEN.*:\([0-9][0-9]*\)$/\1/p' "$work/server.err")
measure 0
heap_before=$heap
resident_before=$resident

"$benchmarks" arq-idle-load "arq://127.0.0.1:$port" --count "$connections" <"$work/load.in" >"$work/load.log" 2>&1 &
load=$!
processes+=("$load")
exec 4>"$work/load.in"
await "$work/load.log" "^idle $connections" "$load"
sleep "$settle_seconds"
measure "$connections"
engine=$("$benchmarks" arq-idle-engine --count "$connections" | sed -n 's/.*engine_bytes_per_connection=\([0-9]*\).*/\1/p')

awk -v count="$connections" -v heap="$((heap - heap_before))" -v resident="$((resident - resident_before))" -v engine="$engine" \
    -v heap_bar="$heap_bar" -v engine_bar="$engine_bar" '
function verdict(value, bar) {
    return value > bar ? "missed" : "reached"
}
BEGIN {
    printf "%d idle connections, bytes for each\n", count
    printf "%-36s %8.0f, bar %d: %s\n", "heap of the server", heap / count, heap_bar, verdict(heap, count * heap_bar)
    printf "%-36s %8.0f\n", "resident set of the server", resident / count
    printf "%-36s %8.0f, bar %d: %s\n", "heap of the engine alone", engine, engine_bar, verdict(engine, engine_bar)
    exit heap > count * heap_bar || engine > engine_bar
}'
