#!/usr/bin/env bash
# Measures one connection over loopback, sender and receiver on the two cores of this machine: what raw UDP moves (the ceiling, with
# and without a checksum, benchmarks/tools/blaster.c), kernel TCP (iperf3, cubic), and arq://, in datagrams of 1,472 bytes and then as
# large as MTU probing finds. Rounds alternate between them and the medians are printed, because a machine's speed drifts. CPU seconds
# are of user and kernel, for a gigabyte (10^9 bytes) received. arq:// checks a CRC32C of each datagram.
#
#   benchmarks/arq-loopback.sh               about two minutes
#   ROUNDS=9 SECONDS_PER_ROUND=5 ...         slower and steadier
#   CONTENDERS="raw raw-crc tcp arq arq-probing" ...   what to measure; all of it if left out
#   CORES=0,1 ...                            sender and receiver pinned to these; wherever the system likes if left out
#   OPTIONS="profile=lab&window=4096" ...    the options of the arq:// address; profile=internet if left out
#   BENCHMARKS=/path/to/Aldis.Benchmarks ... measures a program that is built already
#
# Needs Linux, cc, taskset, iperf3 and two cores.
set -euo pipefail

rounds=${ROUNDS:-5}
seconds=${SECONDS_PER_ROUND:-3}
omit=1
datagram=1472
cores=${CORES:-}
options=${OPTIONS:-profile=internet}
read -ra contenders <<<"${CONTENDERS:-raw raw-crc tcp arq arq-probing}"
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# await FILE PATTERN PROCESS: until the process has written that.
await() {
    until grep -q "$2" "$1"; do
        kill -0 "$3" 2>/dev/null || fail "no '$2': $(cat "$1")"
        sleep 0.02
    done
}

# on sender|receiver COMMAND...: on the core of that side, if there is one. Only ever run in the background or in a subshell: it becomes
# the command, so that the process to be waited for is the command itself.
on() {
    local side=$1 core
    shift
    if [[ -z $cores ]]; then
        exec "$@"
    fi
    core=${cores#*,}
    if [[ $side == sender ]]; then
        core=${cores%,*}
    fi
    exec taskset -c "$core" "$@"
}

# Each of these prints: Gbit/s, CPU seconds of the sender and of the receiver for a gigabyte.
measure_raw() {
    "$work/blaster" --datagram "$datagram" --seconds "$seconds" ${cores:+--cores "$cores"} "$@" |
        sed 's/.*gbit_per_second=\([0-9.]*\) .*sender_cpu_seconds_per_gb=\([0-9.]*\) receiver_cpu_seconds_per_gb=\([0-9.]*\).*/\1 \2 \3/'
}

# iperf3 tells the CPU use of both ends in percent of the time measured.
measure_tcp() {
    local port=$((20000 + RANDOM % 10000)) server
    : >"$work/iperf.log"
    (on receiver timeout $((seconds + omit + 30)) iperf3 --server --one-off --forceflush --bind 127.0.0.1 --port "$port" \
        >"$work/iperf.log" 2>&1) &
    server=$!
    processes+=("$server")
    await "$work/iperf.log" 'Server listening' "$server"
    (on sender timeout $((seconds + omit + 20)) iperf3 --client 127.0.0.1 --port "$port" --time "$seconds" --omit "$omit" \
        --congestion cubic --verbose --format g) >"$work/iperf-client.log" 2>&1 ||
        fail "iperf3: $(cat "$work/iperf-client.log")"
    wait "$server"
    awk '/receiver$/ { for (i = 2; i <= NF; i++) if ($i == "Gbits/sec") rate = $(i - 1) }
         /^CPU Utilization/ { gsub("%", ""); sender = $4; receiver = $7 }
         END { print rate, sender / 100 / (rate / 8), receiver / 100 / (rate / 8) }' "$work/iperf-client.log"
}

measure_arq() {
    local server address=arq://127.0.0.1:$((20000 + RANDOM % 10000))
    : >"$work/sink.err"
    (on receiver timeout $((seconds + omit + 30)) "$benchmarks" arq-sink "$address$1" \
        --omit "$omit" --seconds "$seconds" >"$work/sink.log" 2>"$work/sink.err") &
    server=$!
    processes+=("$server")
    await "$work/sink.err" LISTEN "$server"
    (on sender timeout $((seconds + omit + 20)) "$benchmarks" arq-source "$address?$options$2" --seconds "$seconds" \
        --omit "$omit") >"$work/source.log" 2>&1 || fail "arq-source: $(cat "$work/source.log")"
    await "$work/sink.log" gbit_per_second= "$server"
    kill "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
    cat "$work/sink.log" "$work/source.log" | awk '
        { for (i = 1; i <= NF; i++) if (split($i, pair, "=") == 2) figures[pair[1]] = pair[2] }
        END { print figures["gbit_per_second"], figures["source_cpu_seconds_per_gb"], figures["sink_cpu_seconds_per_gb"] }'
}

measure() {
    case $1 in
    raw) measure_raw ;;
    raw-crc) measure_raw --crc ;;
    tcp) measure_tcp ;;
    arq) measure_arq "?datagram=$datagram" "&datagram=$datagram" ;;
    arq-probing) measure_arq "" "" ;;
    *) fail "there is no contender $1" ;;
    esac
}

describe() {
    case $1 in
    raw) echo "raw UDP, $datagram B" ;;
    raw-crc) echo "raw UDP, $datagram B, CRC32C" ;;
    tcp) echo "kernel TCP" ;;
    arq) echo "arq, $datagram B" ;;
    arq-probing) echo "arq, MTU probing" ;;
    esac
}

for tool in cc taskset iperf3; do
    command -v "$tool" >/dev/null || fail "$tool is missing (Debian: apt install gcc libc6-dev util-linux iperf3)"
done
[[ $(nproc) -ge 2 ]] || fail "two cores are needed: one for the sender, one for the receiver"
cc -O2 -Wall -Wextra -o "$work/blaster" "$repository/benchmarks/tools/blaster.c"
benchmarks=${BENCHMARKS:-$work/benchmarks/Aldis.Benchmarks}
if [[ -z ${BENCHMARKS:-} && " ${contenders[*]} " == *" arq"* ]]; then
    publish benchmarks/Aldis.Benchmarks benchmarks
fi

read -ra before </proc/stat
for ((round = 0; round < rounds; round++)); do
    for contender in "${contenders[@]}"; do
        measure "$contender" >>"$work/$contender.rounds"
    done
done
read -ra after </proc/stat
where="not pinned"
[[ -z $cores ]] || where="on cores $cores"
echo "one connection over loopback, median of $rounds rounds of $seconds s, $where"
printf '%-28s %8s %10s %10s %10s\n' "" "Gbit/s" "sender" "receiver" "CPU s/GB"
for contender in "${contenders[@]}"; do
    results=$work/$contender.rounds
    awk -v label="$(describe "$contender")" -v rate="$(median "$results" 1)" \
        -v sender="$(median "$results" 2)" -v receiver="$(median "$results" 3)" \
        'BEGIN { printf "%-28s %8.2f %10.3f %10.3f %10.3f\n", label, rate, sender, receiver, sender + receiver }'
done
# Time that the host of a virtual machine gave to others: with more than a little of it, the figures say little.
awk -v before="${before[*]}" -v after="${after[*]}" 'BEGIN {
    split(before, old); split(after, new)
    for (i = 2; i <= 9; i++) all += new[i] - old[i]
    printf "stolen from this machine meanwhile: %.1f %% of its CPU time\n", 100 * (new[9] - old[9]) / all
}'
