#!/usr/bin/env bash
# Measures the TCP echo of `aldis serve` against a C epoll echo on this machine, and prints the ratios.
# The server under test has core 0, the load core 1; rounds alternate between the two servers and the medians are compared, because
# a machine's speed drifts. Then memory: 10,000 connections that had one message answered and are idle.
#
#   benchmarks/tcp-echo.sh                 builds everything, about two minutes
#   ROUNDS=9 SECONDS_PER_ROUND=2 ...       slower and steadier
#   SERVER_COMMAND="program arguments" ... measures another server; it prints a line with port=N on stderr once it accepts
#
# Needs Linux, cc, taskset and two cores.
set -euo pipefail

rounds=${ROUNDS:-7}
seconds=${SECONDS_PER_ROUND:-1}
idle_connections=${IDLE_CONNECTIONS:-10000}
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
source "$repository/benchmarks/two-cores.sh"

# load PORT CONNECTIONS BYTES SECONDS: prints messages per second.
load() {
    taskset -c 1 "$work/tcp_echo_load" "$@" | sed 's/^messages_per_second=\([0-9]*\).*/\1/'
}

resident_kib() {
    awk '/^VmRSS:/ { print $2 }' "/proc/$1/status"
}

compare() {
    local connections=$1 bytes=$2 label=$3 ceiling measured
    # The runtime compiles what runs often while it runs; that belongs to the start, not to the rate.
    for _ in 1 2 3; do
        load "$aldis_port" "$connections" "$bytes" 1 >/dev/null
    done
    : >"$work/ceiling"
    : >"$work/measured"
    for _ in $(seq "$rounds"); do
        load "$ceiling_port" "$connections" "$bytes" "$seconds" >>"$work/ceiling"
        load "$aldis_port" "$connections" "$bytes" "$seconds" >>"$work/measured"
    done
    ceiling=$(median "$work/ceiling")
    measured=$(median "$work/measured")
    awk -v label="$label" -v ceiling="$ceiling" -v measured="$measured" \
        'BEGIN { printf "%-22s %12d %12d %8.2f\n", label, ceiling, measured, measured / ceiling }'
}

measure_idle() {
    local before after
    start idle "${command[@]}"
    # Before anything is counted, the code that a connection runs is there.
    load "$port" 500 32 1 >/dev/null
    sleep 1
    before=$(resident_kib "$server")
    mkfifo "$work/hold"
    taskset -c 1 "$work/tcp_echo_load" "$port" "$idle_connections" idle <"$work/hold" >"$work/idle" &
    local holder=$!
    exec 9>"$work/hold"
    until grep -q '^idle' "$work/idle"; do
        kill -0 "$holder" 2>/dev/null || fail "the idle connections could not be opened"
        sleep 0.1
    done
    sleep 1
    after=$(resident_kib "$server")
    exec 9>&-
    wait "$holder"
    awk -v count="$idle_connections" -v before="$before" -v after="$after" \
        'BEGIN { printf "\n%d idle connections: %d KiB before, %d KiB with them, %.2f KiB each\n", count, before, after, (after - before) / count }'
}

need_cores_and_compiler
compile tcp_echo_server tcp_echo_load

if [[ -n ${SERVER_COMMAND:-} ]]; then
    read -ra command <<<"$SERVER_COMMAND"
else
    publish src/Aldis.Cli aldis
    command=("$work/aldis/aldis" serve echo=tcp://127.0.0.1:0 --quiet --data "$work/data")
fi

start ceiling "$work/tcp_echo_server" 0
ceiling_port=$port
start aldis "${command[@]}"
aldis_port=$port

echo "messages per second, median of $rounds rounds of $seconds s, one core each for server and load"
printf '%-22s %12s %12s %8s\n' "" "C epoll" "aldis" "ratio"
compare 64 32 "32 B x 64"
compare 1000 32 "32 B x 1,000"
compare 8 65536 "64 KiB x 8"
measure_idle
