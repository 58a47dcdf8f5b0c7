#!/usr/bin/env bash
# Does `aldis bench` agree with the tools that everybody knows? TCP and UDP goodput with iperf3 (blocks of 128 KiB; datagrams of 16 KiB as fast
# as they can be sent, into buffers of the same size), round trips of 64 bytes over TCP and UDP with sockperf (ping-pong), all over loopback.
# Rounds alternate and the medians are printed, because a machine's speed drifts. Datagrams are that long because of short ones each program
# measures above all its own work for each: of 1,472 bytes iperf3 sends fewer (DATAGRAM=1472).
#
#   benchmarks/bench.sh                      five rounds, some three minutes
#   ROUNDS=9 SECONDS_EACH=4 ...              slower and steadier
#   ALDIS=/path/to/aldis ...                 measures a command that is built already
#
# Exit status 1: a median differs by more than a tenth. Needs Linux, iperf3, sockperf and python3, and two cores with little else to do.
set -euo pipefail

rounds=${ROUNDS:-5}
seconds=${SECONDS_EACH:-2}
port=${PORT:-17200}
datagram=${DATAGRAM:-16384}
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

for program in iperf3 sockperf python3; do
    command -v "$program" >/dev/null || fail "$program is missing (Debian: apt install $program)"
done
aldis=${ALDIS:-$work/aldis/aldis}
if [[ -z ${ALDIS:-} ]]; then
    publish src/Aldis.Cli aldis
fi

# The rate that arrived, in bits a second.
iperf() {
    iperf3 --client 127.0.0.1 --port "$port" --time "$seconds" --json "$@" | python3 -c '
import json, sys
report = json.load(sys.stdin)
sys.exit(report["error"]) if "error" in report else print(int(report["end"]["sum_received"]["bits_per_second"]))'
}

# p50 and p99 of a whole round trip, in nanoseconds.
ping_pong() {
    sockperf ping-pong --ip 127.0.0.1 --port "$((port + 1))" --time "$seconds" --msg-size 64 --full-rtt "$@" 2>&1 | sed 's/\x1b\[[0-9;]*m//g' | awk '
        /percentile 50.000/ { p50 = $NF } /percentile 99.000/ { p99 = $NF } END { printf "%d %d\n", p50 * 1000, p99 * 1000 }'
}

iperf3 --server --port "$port" >/dev/null 2>&1 &
processes+=("$!")
sockperf server --ip 127.0.0.1 --port "$((port + 1))" >/dev/null 2>&1 &
processes+=("$!")
sockperf server --tcp --ip 127.0.0.1 --port "$((port + 1))" >/dev/null 2>&1 &
processes+=("$!")
sleep 1

for ((round = 0; round < rounds; round++)); do
    iperf >>"$work/tcp.goodput"
    iperf --udp --bitrate 0 --length "$datagram" --window 4M >>"$work/udp.goodput"
    ping_pong --tcp >>"$work/tcp.rtt"
    ping_pong >>"$work/udp.rtt"
    # A transfer takes a third of a trial's time, a flood of datagrams an eighth.
    "$aldis" bench --transports tcp,udp --loss 0 --size 64 --datagram "$datagram" --duration "$((seconds * 3))s" --json --quiet >>"$work/aldis"
done

python3 - "$work" <<'PYTHON'
import json, statistics, sys

work = sys.argv[1]
lines = lambda name: [[int(word) for word in line.split()] for line in open(f"{work}/{name}")]
reports = [event["results"] for event in map(json.loads, open(f"{work}/aldis")) if event["event"] == "summary"]
ours = lambda transport, figure: [figure(next(r for r in results if r["transport"] == transport)) for results in reports]
rows = [
    ("TCP goodput, Gbit/s", 1e9, [line[0] for line in lines("tcp.goodput")], ours("tcp", lambda r: r["transfer"]["goodput_bps"])),
    ("UDP goodput, Gbit/s", 1e9, [line[0] for line in lines("udp.goodput")], ours("udp", lambda r: r["flood"]["goodput_bps"])),
    ("TCP RTT p50, us", 1e3, [line[0] for line in lines("tcp.rtt")], ours("tcp", lambda r: r["rtt_ns"]["p50"])),
    ("TCP RTT p99, us", 1e3, [line[1] for line in lines("tcp.rtt")], ours("tcp", lambda r: r["rtt_ns"]["p99"])),
    ("UDP RTT p50, us", 1e3, [line[0] for line in lines("udp.rtt")], ours("udp", lambda r: r["rtt_ns"]["p50"])),
    ("UDP RTT p99, us", 1e3, [line[1] for line in lines("udp.rtt")], ours("udp", lambda r: r["rtt_ns"]["p99"])),
]
print(f"{len(reports)} rounds alternating, medians; in brackets the least and the greatest")
print(f"{'':22}{'iperf3, sockperf':>28}{'aldis bench':>28}{'ratio':>8}")
differ = False
for name, unit, theirs, own in rows:
    text = lambda values: f"{statistics.median(values) / unit:.2f} ({min(values) / unit:.2f} to {max(values) / unit:.2f})"
    ratio = statistics.median(own) / statistics.median(theirs)
    differ |= not 0.9 <= ratio <= 1.1
    print(f"{name:22}{text(theirs):>28}{text(own):>28}{ratio:8.2f}")
sys.exit(differ)
PYTHON
