#!/usr/bin/env bash
# Measures what `aldis link` costs and whether it does what was asked of it:
#   1. round trips of one message in flight, directly and through a link without faults
#   2. what one core carries: datagrams a second, and Gbit/s of a connection, by the processor time that the link took
#   3. its memory while 1,000 clients at a time come and go, over UDP and TCP
#   4. every impairment beside what was asked (Aldis.Benchmarks link)
#
#   benchmarks/link.sh            builds everything, some four minutes
#   ALDIS="program" ...           measures another build
#
# Needs Linux, cc, iperf3, python3 and two cores.
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
source "$repository/benchmarks/two-cores.sh"

# cpu_ms PROCESS: processor time that it took so far.
cpu_ms() {
    awk -v hertz="$(getconf CLK_TCK)" '{ sub(/.*\) /, ""); printf "%d\n", ($12 + $13) * 1000 / hertz }' "/proc/$1/stat"
}

# through TARGET OPTION...: starts a link to it; sets $port and $server.
through() {
    start link "$aldis" link "$1" "${@:2}" --quiet
}

need_cores_and_compiler
command -v iperf3 >/dev/null || fail "iperf3 is missing (Debian: apt install iperf3)"
compile udp_echo_server udp_echo_load tcp_echo_server tcp_echo_load
if [[ -n ${ALDIS:-} ]]; then
    aldis=$ALDIS
else
    publish src/Aldis.Cli aldis
    aldis=$work/aldis/aldis
fi

start udp_server "$work/udp_echo_server" 0
udp=$port
start tcp_server "$work/tcp_echo_server" 0
tcp=$port

echo "1. microseconds of a round trip, 32 bytes, one in flight"
through udp://127.0.0.1:0 "127.0.0.1:$udp"
udp_link=$port
udp_process=$server
through tcp://127.0.0.1:0 "127.0.0.1:$tcp"
for _ in 1 2 3; do
    echo "udp   directly  $(taskset -c 1 "$work/udp_echo_load" "$udp" 1 32 1 1)"
    echo "udp   by link   $(taskset -c 1 "$work/udp_echo_load" "$udp_link" 1 32 1 1)"
    echo "tcp   directly  $(taskset -c 1 "$work/tcp_echo_load" "$tcp" 1 32 1)"
    echo "tcp   by link   $(taskset -c 1 "$work/tcp_echo_load" "$port" 1 32 1)"
done

echo
echo "2. what one core carries"
for shape in "8 32 32" "8 1400 32" "64 32 1"; do
    read -ra words <<<"$shape"
    before=$(cpu_ms "$udp_process")
    passed=$(taskset -c 1 "$work/udp_echo_load" "$udp_link" "${words[@]}" 3 | sed 's/^messages_per_second=\([0-9]*\).*/\1/')
    # Each message passes twice, also in the 0.3 s of the warm-up.
    awk -v shape="$shape" -v passed="$passed" -v cpu="$(($(cpu_ms "$udp_process") - before))" 'BEGIN {
        split(shape, word, " ")
        printf "udp   %2d clients, %4d bytes, %2d in flight: %6d datagrams/s while it was loaded, %6d/s of one core\n", \
            word[1], word[2], word[3], passed * 2, passed * 2 * 3.3 / (cpu / 1000)
    }'
done

iperf_port=$((20000 + RANDOM % 10000))
iperf3 --server --port "$iperf_port" --one-off >/dev/null &
processes+=("$!")
sleep 0.5
through tcp://127.0.0.1:0 "127.0.0.1:$iperf_port"
before=$(cpu_ms "$server")
bits=$(taskset -c 1 iperf3 --client 127.0.0.1 --port "$port" --time 4 --json | sed -n '/sum_received/,/}/s/.*"bits_per_second":[^0-9]*\([0-9]*\).*/\1/p')
awk -v bits="$bits" -v cpu="$(($(cpu_ms "$server") - before))" \
    'BEGIN { printf "tcp   %.1f Gbit/s while it was loaded, %.1f Gbit/s of one core\n", bits / 1e9, bits * 4 / (cpu / 1000) / 1e9 }'

echo
echo "3. KiB of memory behind every 1,000 clients that came and went"
through udp://127.0.0.1:0 "127.0.0.1:$udp" --idle 500ms
python3 "$repository/benchmarks/tools/come_and_go.py" udp "$port" "$server"
through tcp://127.0.0.1:0 "127.0.0.1:$tcp"
python3 "$repository/benchmarks/tools/come_and_go.py" tcp "$port" "$server"

echo
echo "4. what was asked and what was measured"
dotnet run --configuration Release --project "$repository/benchmarks/Aldis.Benchmarks" -- link
