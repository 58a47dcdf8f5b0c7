#!/usr/bin/env bash
# Times requests and replies of 64 bytes over loopback, one at a time on one connection: raw UDP (managed sockets at both ends), TCP
# (a managed socket; the server is Kestrel with this project's TCP transport) and arq://. Rounds alternate between them and the
# medians are printed, because a machine's speed drifts. Microseconds from the write to the last byte of the reply.
#
#   benchmarks/arq-latency.sh                under a minute
#   ROUNDS=9 COUNT=100000 ...                slower and steadier; half as many round trips come before as warm-up
#   CORES=0,1 ...                            client and server pinned to these; wherever the system likes if left out
#   BENCHMARKS=/path/to/Aldis.Benchmarks ... measures a program that is built already
#
# Exit status 1: the median of arq is above 1.5 times that of TCP. Needs Linux, taskset and two cores with little else to do.
set -euo pipefail

rounds=${ROUNDS:-5}
count=${COUNT:-20000}
bytes=64
bar=1.5
cores=${CORES:-}
contenders=(udp tcp arq)
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# on CORE COMMAND...: as in arq-loopback.sh, becomes the command.
on() {
    local core=$1
    shift
    if [[ -z $cores ]]; then
        exec "$@"
    fi
    exec taskset -c "$core" "$@"
}

# start SCHEME: sets $address.
start() {
    local server
    : >"$work/$1.err"
    (on "${cores#*,}" "$benchmarks" echo "$1://127.0.0.1:0" >/dev/null 2>"$work/$1.err") &
    server=$!
    processes+=("$server")
    until grep -q LISTEN "$work/$1.err"; do
        kill -0 "$server" 2>/dev/null || fail "the $1 echo does not listen: $(cat "$work/$1.err")"
        sleep 0.02
    done
    address=$1://127.0.0.1:$(sed -n 's/^LISTEN.*:\([0-9][0-9]*\)$/\1/p' "$work/$1.err")
}

# median FILE NAME: of the values NAME=value.
median() {
    sed -n "s/.*\b$2=\([0-9.]*\).*/\1/p" "$1" | sort -n | awk '{ value[NR] = $1 } END { print value[int((NR + 1) / 2)] }'
}

command -v taskset >/dev/null || fail "taskset is missing (Debian: apt install util-linux)"
benchmarks=${BENCHMARKS:-$work/benchmarks/Aldis.Benchmarks}
if [[ -z ${BENCHMARKS:-} ]]; then
    publish benchmarks/Aldis.Benchmarks benchmarks
fi
declare -A addresses
for contender in "${contenders[@]}"; do
    start "$contender"
    addresses[$contender]=$address
done
read -ra before </proc/stat
for ((round = 0; round < rounds; round++)); do
    for contender in "${contenders[@]}"; do
        (on "${cores%,*}" timeout 120 "$benchmarks" latency "${addresses[$contender]}" --count "$count" --bytes "$bytes") \
            >>"$work/$contender.rounds" || fail "$contender did not get through"
    done
done
read -ra after </proc/stat
where="not pinned"
[[ -z $cores ]] || where="on cores $cores"
echo "one request of $bytes bytes at a time, median of $rounds rounds of $count round trips, $where"
printf '%-6s %9s %9s %9s\n' "us" "p50" "p90" "p99"
for contender in "${contenders[@]}"; do
    rounds_of=$work/$contender.rounds
    printf '%-6s %9.1f %9.1f %9.1f\n' "$contender" "$(median "$rounds_of" p50_us)" "$(median "$rounds_of" p90_us)" \
        "$(median "$rounds_of" p99_us)"
done
# Time that the host of a virtual machine gave to others: with more than a little of it, the figures say little.
awk -v before="${before[*]}" -v after="${after[*]}" 'BEGIN {
    split(before, old); split(after, new)
    for (i = 2; i <= 9; i++) all += new[i] - old[i]
    printf "stolen from this machine meanwhile: %.1f %% of its CPU time\n", 100 * (new[9] - old[9]) / all
}'
awk -v arq="$(median "$work/arq.rounds" p50_us)" -v tcp="$(median "$work/tcp.rounds" p50_us)" -v bar="$bar" 'BEGIN {
    printf "arq takes %.2f times as long as TCP, bar %.1f: %s\n", arq / tcp, bar, (arq > bar * tcp ? "missed" : "reached")
    exit arq > bar * tcp
}'
