#!/usr/bin/env bash
# Measures what metrics cost: durable messages per second of one `aldis serve messages` that nobody asks, and of one that Prometheus scrapes
# once a second and that sends metrics to a collector (TRACES=otlp: a span of each commit and connection as well). A machine's speed drifts, so
# each round has both, one after the other and the next round the other way round; the median of the rounds' ratios counts. Ends with 1 where the
# difference is larger than ALLOWED percent.
#
#   benchmarks/metrics.sh                   builds everything, about two minutes
#   ROUNDS=41 MESSAGES=4000000 ...          slower and steadier
#   CLIENTS=64 BYTES=32 WINDOW=256 ...      another load
#   ALLOWED=2                               percent
#   ALDIS=/path/to/aldis ...                measures a command that is built already
#
# Needs Linux, cc, curl, python3, taskset and two cores.
set -euo pipefail

rounds=${ROUNDS:-21}
messages=${MESSAGES:-2000000}
clients=${CLIENTS:-64}
bytes=${BYTES:-32}
window=${WINDOW:-256}
allowed=${ALLOWED:-2}
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# start NAME [FLAG...]: starts a server and sets port_NAME.
start() {
    local name=$1
    shift
    : >"$work/$name.log"
    taskset -c 0 "$work/aldis/aldis" serve messages=tcp://127.0.0.1:0 --quiet --retain-size 512M --data "$work/$name" "$@" >/dev/null 2>"$work/$name.log" </dev/null &
    processes+=($!)
    until grep -q '^LISTEN ' "$work/$name.log"; do
        kill -0 "${processes[-1]}" 2>/dev/null || fail "aldis does not start: $(cat "$work/$name.log")"
        sleep 0.01
    done
    declare -g "port_$name=$(sed -n 's/^LISTEN .* port=\([0-9]*\)$/\1/p' "$work/$name.log")"
}

load() {
    taskset -c 1 "$work/messages_load" "$1" native "$clients" "$bytes" "$messages" "$window" | awk -F'[ =]' '{ print $2 }'
}

for tool in cc curl python3 taskset; do
    command -v "$tool" >/dev/null || fail "$tool is missing (Debian: apt install gcc libc6-dev curl python3 util-linux)"
done
[[ $(nproc) -ge 2 ]] || fail "two cores are needed: one for the servers, one for the load"
cc -O2 -Wall -Wextra -o "$work/messages_load" "$repository/benchmarks/tools/messages_load.c"
if [[ -n ${ALDIS:-} ]]; then
    ln -s "$(dirname "$ALDIS")" "$work/aldis"
else
    publish src/Aldis.Cli aldis
fi

# The stand-in of a collector: it takes everything and keeps nothing.
taskset -c 1 python3 -c '
import http.server, sys
class Collector(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()
    def log_message(self, *_): pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Collector)
print(server.server_port, flush=True)
server.serve_forever()' >"$work/collector" &
processes+=($!)
until [[ -s $work/collector ]]; do sleep 0.01; done

start bare
OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:$(cat "$work/collector")" OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf OTEL_METRIC_EXPORT_INTERVAL=1000 \
    OTEL_TRACES_EXPORTER=${TRACES:-none} \
    start watched --admin 127.0.0.1:0
admin=$(sed -n 's/^ADMIN //p' "$work/watched.log")
(while sleep 1; do curl -sf "${admin}metrics" -o "$work/metrics" || true; done) &
processes+=($!)

# The runtime compiles what runs often while it runs; that belongs to the start, not to the rate.
for _ in 1 2; do
    load "$port_bare" >/dev/null
    load "$port_watched" >/dev/null
done
for ((round = 0; round < rounds; round++)); do
    if ((round % 2)); then
        bare=$(load "$port_bare")
        watched=$(load "$port_watched")
    else
        watched=$(load "$port_watched")
        bare=$(load "$port_bare")
    fi
    echo "$bare $watched" >>"$work/rounds"
done
python3 - "$allowed" "$work/rounds" <<'REPORT'
import statistics, sys
rounds = [[float(word) for word in line.split()] for line in open(sys.argv[2])]
costs = sorted(100 * (1 - watched / bare) for bare, watched in rounds)
bare, watched = (statistics.median(column) for column in zip(*rounds))
cost = statistics.median(costs)
quarter = len(costs) // 4
print(f"durable messages a second, medians of {len(rounds)} rounds: {bare:.0f} bare, {watched:.0f} scraped and exported; "
      f"metrics cost {cost:.1f} % (half of the rounds: {costs[quarter]:.1f} to {costs[-1 - quarter]:.1f} %)")
sys.exit(cost > float(sys.argv[1]))
REPORT
