#!/usr/bin/env bash
# Measures the UDP echo of `aldis serve` against a C loop on this machine, and prints the ratios. The server under test has core 0, the
# load core 1; rounds alternate between the two servers and the medians are compared, because a machine's speed drifts.
#
#   benchmarks/udp-echo.sh                   builds everything, about two minutes
#   ROUNDS=9 SECONDS_PER_ROUND=2 ...         slower and steadier
#   SERVER_COMMAND="program arguments" ...   measures another server; it prints a line with port=N on stderr once it receives
#   BASELINE_COMMAND="program arguments" ... against another one than the C loop, for example an older build
#
# Needs Linux, cc, taskset and two cores.
set -euo pipefail

rounds=${ROUNDS:-7}
seconds=${SECONDS_PER_ROUND:-1}
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
source "$repository/benchmarks/two-cores.sh"

# load PORT SOCKETS BYTES DEPTH SECONDS: prints messages per second.
load() {
    taskset -c 1 "$work/udp_echo_load" "$@" | sed 's/^messages_per_second=\([0-9]*\).*/\1/'
}

compare() {
    local sockets=$1 bytes=$2 depth=$3 label=$4 baseline measured
    # The runtime compiles what runs often while it runs; that belongs to the start, not to the rate.
    for _ in 1 2 3; do
        load "$aldis_port" "$sockets" "$bytes" "$depth" 1 >/dev/null
    done
    : >"$work/baseline"
    : >"$work/measured"
    for _ in $(seq "$rounds"); do
        load "$baseline_port" "$sockets" "$bytes" "$depth" "$seconds" >>"$work/baseline"
        load "$aldis_port" "$sockets" "$bytes" "$depth" "$seconds" >>"$work/measured"
    done
    baseline=$(median "$work/baseline")
    measured=$(median "$work/measured")
    awk -v label="$label" -v baseline="$baseline" -v measured="$measured" \
        'BEGIN { printf "%-28s %12d %12d %8.2f\n", label, baseline, measured, measured / baseline }'
}

need_cores_and_compiler
compile udp_echo_server udp_echo_load

if [[ -n ${SERVER_COMMAND:-} ]]; then
    read -ra command <<<"$SERVER_COMMAND"
else
    publish src/Aldis.Cli aldis
    command=("$work/aldis/aldis" serve "echo=udp://127.0.0.1:0?rate=1000000000" --quiet --data "$work/data")
fi
read -ra baseline_command <<<"${BASELINE_COMMAND:-$work/udp_echo_server 0}"

start baseline "${baseline_command[@]}"
baseline_port=$port
start aldis "${command[@]}"
aldis_port=$port

echo "messages per second, median of $rounds rounds of $seconds s, one core each for server and load"
printf '%-28s %12s %12s %8s\n' "" "$([[ -n ${BASELINE_COMMAND:-} ]] && echo baseline || echo "C loop")" "aldis" "ratio"
compare 1 32 1 "32 B x 1, one in flight"
compare 64 32 1 "32 B x 64"
compare 8 32 32 "32 B x 8, 32 in flight"
compare 8 1400 16 "1,400 B x 8, 16 in flight"
