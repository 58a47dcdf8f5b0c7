#!/usr/bin/env bash
# How much of the load is the generator's own? `aldis bench` against the generator in C of benchmarks/tools, both on core 1, driving the C epoll
# echo on core 0: requests a second of 32 bytes, one under way on each connection. Rounds alternate and the medians are compared, because a
# machine's speed drifts; both send for a while before they count.
#
#   benchmarks/load.sh                     builds everything, about two minutes
#   ROUNDS=9 SECONDS_PER_ROUND=5 ...       slower and steadier
#   ALDIS=/path/to/aldis ...               measures a command that is built already
#
# Exit status 1: with some number of connections it made less than 0.8 of the requests. Needs Linux, cc, taskset, python3, two cores and 20,000
# descriptors.
set -euo pipefail

rounds=${ROUNDS:-5}
seconds=${SECONDS_PER_ROUND:-3}
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
source "$repository/benchmarks/two-cores.sh"

need_cores_and_compiler
compile tcp_echo_server tcp_echo_load
aldis=${ALDIS:-$work/aldis/aldis}
if [[ -z ${ALDIS:-} ]]; then
    publish src/Aldis.Cli aldis
fi

generate_in_c() {
    taskset -c 1 "$work/tcp_echo_load" "$port" "$1" 32 "$seconds" | sed 's/^messages_per_second=\([0-9]*\).*/\1/'
}

generate() {
    taskset -c 1 "$aldis" bench "127.0.0.1:$port" --connections "$1" --size 32 --duration "${seconds}s" --json --quiet | python3 -c '
import json, sys
summary = [event for event in map(json.loads, sys.stdin) if event["event"] == "summary"][0]
sys.exit(str(summary["errors"])) if summary["errors"] else print(int(summary["rate"]))'
}

start echo "$work/tcp_echo_server" 0
echo "requests per second, median of $rounds rounds of $seconds s, one core each for server and load"
printf '%-14s %12s %12s %8s\n' "connections" "C" "aldis bench" "ratio"
low=0
for connections in 64 1000 10000; do
    : >"$work/c"
    : >"$work/aldis.rates"
    for _ in $(seq "$rounds"); do
        generate_in_c "$connections" >>"$work/c"
        generate "$connections" >>"$work/aldis.rates"
    done
    awk -v connections="$connections" -v c="$(median "$work/c")" -v ours="$(median "$work/aldis.rates")" \
        'BEGIN { printf "%-14d %12d %12d %8.2f\n", connections, c, ours, ours / c; exit ours / c < 0.8 }' || low=1
done
exit "$low"
