#!/usr/bin/env bash
# Does `aldis bench` agree with the tools that everybody knows? TCP and UDP goodput with iperf3 (blocks of 128 KiB; datagrams as fast as they
# can be sent, into buffers of the same size), round trips of 64 bytes over TCP and UDP with sockperf (ping-pong), all over loopback.
# Rounds alternate and the medians are printed, because a machine's speed drifts.
#
# What is compared must be the same thing:
# - Datagrams have the greatest length (65,507 bytes), so that what is measured is the system's copying. Of short ones each program measures
#   above all its own calls for each: iperf3 makes two, select and read, `aldis bench` one (DATAGRAM=1472 shows it).
# - Round trips are made on one core by both. Two threads that wait for each other are as fast as the cores they happen to be on are woken:
#   12 us on one, 33 us on two of this project's virtual machine.
# - TCP does not pace. BBR, the default of some systems, sends at a rate that it estimates, over loopback half as fast and differently each
#   time; so all of it runs in a network namespace of its own with Reno (which needs no root, but user namespaces).
#
#   benchmarks/bench.sh                      five rounds, some two minutes
#   ROUNDS=9 SECONDS_EACH=4 ...              slower and steadier
#   ALDIS=/path/to/aldis ...                 measures a command that is built already
#
# Exit status 1: a median differs by more than a tenth. Needs Linux, iperf3, sockperf, taskset and python3, and two cores with little else to do.
set -euo pipefail

rounds=${ROUNDS:-5}
seconds=${SECONDS_EACH:-2}
port=${PORT:-17200}
datagram=${DATAGRAM:-65507}
if [[ -z ${IN_NAMESPACE:-} ]]; then
    # shellcheck disable=SC2016 # the inner shell's
    IN_NAMESPACE=1 exec unshare --map-root-user --net bash -c \
        'ip link set lo up && echo reno >/proc/sys/net/ipv4/tcp_congestion_control && exec "$0"' "${BASH_SOURCE[0]}"
fi
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

for program in ip iperf3 sockperf python3 taskset; do
    command -v "$program" >/dev/null || fail "$program is missing (Debian: apt install $program)"
done
aldis=${ALDIS:-$work/aldis/aldis}
if [[ -z ${ALDIS:-} ]]; then
    publish src/Aldis.Cli aldis
fi

# The rate that arrived, in bits a second.
iperf() {
    iperf3 --client 127.0.0.1 --port "$port" --time "$seconds" --json "$@" 2>/dev/null | python3 -c '
import json, sys
report = json.load(sys.stdin)
sys.exit(report["error"]) if "error" in report else print(int(report["end"]["sum_received"]["bits_per_second"]))'
}

# p50 and p99 of a whole round trip, in nanoseconds.
ping_pong() {
    taskset --cpu-list 1 sockperf ping-pong --ip 127.0.0.1 --port "$((port + 1))" --time "$seconds" --msg-size 64 --full-rtt "$@" 2>&1 | sed 's/\x1b\[[0-9;]*m//g' | awk '
        /percentile 50.000/ { p50 = $NF } /percentile 99.000/ { p99 = $NF } END { printf "%d %d\n", p50 * 1000, p99 * 1000 }'
}

iperf3 --server --port "$port" >/dev/null 2>&1 &
processes+=("$!")
taskset --cpu-list 1 sockperf server --ip 127.0.0.1 --port "$((port + 1))" >/dev/null 2>&1 &
processes+=("$!")
taskset --cpu-list 1 sockperf server --tcp --ip 127.0.0.1 --port "$((port + 1))" >/dev/null 2>&1 &
processes+=("$!")
sleep 1

for ((round = 0; round < rounds; round++)); do
    iperf >>"$work/tcp.goodput"
    iperf --udp --bitrate 0 --length "$datagram" --window 4M >>"$work/udp.goodput"
    ping_pong --tcp >>"$work/tcp.rtt"
    ping_pong >>"$work/udp.rtt"
    # Round trips and a transfer take a third of a trial's time each, a flood of datagrams an eighth.
    ours=("$aldis" bench --transports tcp,udp --loss 0 --size 64 --datagram "$datagram" --duration "$((seconds * 3))s" --json --quiet)
    "${ours[@]}" >>"$work/aldis.goodput"
    taskset --cpu-list 1 "${ours[@]}" >>"$work/aldis.rtt"
done

python3 - "$work" <<'PYTHON'
import json, statistics, sys

work = sys.argv[1]
lines = lambda name: [[int(word) for word in line.split()] for line in open(f"{work}/{name}")]
reports = lambda name: [event["results"] for event in map(json.loads, open(f"{work}/aldis.{name}")) if event["event"] == "summary"]
ours = lambda name, transport, figure: [figure(next(r for r in results if r["transport"] == transport)) for results in reports(name)]
rows = [
    ("TCP goodput, Gbit/s", 1e9, [line[0] for line in lines("tcp.goodput")], ours("goodput", "tcp", lambda r: r["transfer"]["goodput_bps"])),
    ("UDP goodput, Gbit/s", 1e9, [line[0] for line in lines("udp.goodput")], ours("goodput", "udp", lambda r: r["flood"]["goodput_bps"])),
    ("TCP RTT p50, us", 1e3, [line[0] for line in lines("tcp.rtt")], ours("rtt", "tcp", lambda r: r["rtt_ns"]["p50"])),
    ("TCP RTT p99, us", 1e3, [line[1] for line in lines("tcp.rtt")], ours("rtt", "tcp", lambda r: r["rtt_ns"]["p99"])),
    ("UDP RTT p50, us", 1e3, [line[0] for line in lines("udp.rtt")], ours("rtt", "udp", lambda r: r["rtt_ns"]["p50"])),
    ("UDP RTT p99, us", 1e3, [line[1] for line in lines("udp.rtt")], ours("rtt", "udp", lambda r: r["rtt_ns"]["p99"])),
]
print(f"{len(reports('rtt'))} rounds alternating, medians; in brackets the least and the greatest")
print(f"{'':22}{'iperf3, sockperf':>28}{'aldis bench':>28}{'ratio':>8}")
differ = False
for name, unit, theirs, own in rows:
    text = lambda values: f"{statistics.median(values) / unit:.2f} ({min(values) / unit:.2f} to {max(values) / unit:.2f})"
    ratio = statistics.median(own) / statistics.median(theirs)
    differ |= not 0.9 <= ratio <= 1.1
    print(f"{name:22}{text(theirs):>28}{text(own):>28}{ratio:8.2f}")
sys.exit(differ)
PYTHON
