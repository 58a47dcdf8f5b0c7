#!/usr/bin/env bash
# Measures goodput over bad links: kernel TCP (iperf3, cubic and bbr) and arq://, one after the other through the same emulated link,
# which is benchmarks/tools/link.c between two network namespaces of this script's own. Rates are of whole IP packets, so the headers
# of UDP and of the transport count against the goodput; loss hits both directions; the queue, where none is given, is what the rate
# carries in one round trip (20 ms at least). Then a flow of each against one TCP cubic flow in a narrow queue, and a file of 200 MB
# copied with `aldis copy --plain` from its first to its last moment.
#
#   benchmarks/arq-links.sh                   all of it, about ten minutes
#   SECONDS_PER_RUN=10 OMIT=2 ...             shorter; the first OMIT seconds of a run are not counted
#   LINKS="100,40,1 100,40,0,50000" ...       other links: MBIT/S,ROUND TRIP MS,LOSS %[,QUEUE BYTES]
#   CONTENDERS="udp cubic bbr arq" ...        what to send with; cubic, bbr and arq if left out. udp is iperf3 filling 98 % of the link without
#                                             caring what arrives: it shows that the emulator carries what it should
#   PROFILE=internet ...                      the congestion control of arq on the links; lossy if left out
#   SEED=2 ...                                other packets are lost; 1 if left out
#   SHARE_SECONDS=0, COPY_BYTES=0             leave out the shared queue, the copy
#   MOST_STOLEN=3 TRIES=5 ...                 a run of which the host took more than so many percent is made again, at most so often; all
#                                             are printed, the last one counts. 100 and 1 if left out
#   AWAKE=0 ...                               let the processors halt, see below
#   ALDIS=/path/to/aldis BENCHMARKS=/path/to/Aldis.Benchmarks ...   measures programs that are built already
#
# "own loss" is what the sender made the queue drop; "late" counts packets that the emulator handed over more than 1 ms late: with
# more than a few, something else keeps the machine busy and the row says little. "stolen" is the CPU time that the host of a virtual
# machine gave to others: from some 5 % on, goodput falls on every link, with every sender. A virtual processor that halts is woken by
# its host when the host gets round to it, 1 to 25 ms later where that has much other work, and an emulator which sleeps between
# packets halts thousands of times a second. So the script asks the kernel not to halt (/dev/cpu_dma_latency), for every contender alike.
# Exit status 1: arq missed a bar.
# Needs Linux, root, cc, iproute2 and iperf3 (Debian: apt install gcc libc6-dev iproute2 iperf3), and 2 cores with little else to do.
set -euo pipefail

seconds=${SECONDS_PER_RUN:-30}
omit=${OMIT:-2}
profile=${PROFILE:-lossy}
share_seconds=${SHARE_SECONDS:-60}
most_stolen=${MOST_STOLEN:-100}
tries=${TRIES:-1}
seed=${SEED:-1}
copy_bytes=${COPY_BYTES:-200000000}
read -ra links <<<"${LINKS:-100,40,1 100,100,5 200,10,10 300,200,0.1 100,40,0,50000}"
read -ra contenders <<<"${CONTENDERS:-cubic bbr arq}"
declare -A goodput_bars=([100,40,1]=94 [100,100,5]=88 [200,10,10]=165 [300,200,0.1]=260 [100,40,0,50000]=88)
declare -A own_loss_bars=([100,40,0,50000]=5)
share_link=20,40,0,100000
share_bar=30
copy_link=100,40,1
udp_payload_bytes=1472
socket_buffer_bytes=67108864 # so that no window is limited by its buffer: 200 ms at 300 Mbit/s need 7.5 MB, and losses more

source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
source=aldis-source-$$
sink=aldis-sink-$$
sink_address=10.99.0.2
status=0

release() {
    ip netns del "$source" 2>/dev/null || true
    ip netns del "$sink" 2>/dev/null || true
}

# await FILE PATTERN PROCESS: until the process has written that.
await() {
    until grep -q "$2" "$1"; do
        kill -0 "$3" 2>/dev/null || fail "no '$2': $(cat "$1")"
        sleep 0.02
    done
}

# stolen BEFORE: the share in percent since that reading of /proc/stat; without one, the reading.
stolen() {
    local cpu
    cpu=$(head -n 1 /proc/stat)
    if (($# == 0)); then
        echo "$cpu"
        return
    fi
    awk -v before="$1" '{
        split(before, old)
        for (i = 2; i <= 9; i++) all += $i - old[i]
        printf "%.1f\n", 100 * ($9 - old[9]) / all
    }' <<<"$cpu"
}

# start_link SPECIFICATION SECONDS: sets $link and $rate.
start_link() {
    local round_trip loss queue
    IFS=, read -r rate round_trip loss queue <<<"$1"
    : >"$work/link.log"
    "$work/link" "$source" "$sink" --rate "$rate" --delay "$(awk -v rtt="$round_trip" 'BEGIN { print rtt / 2 }')" --loss "$loss" \
        ${queue:+--queue "$queue"} --seed "$seed" --seconds "$(($2 + 60))" >"$work/link.log" 2>&1 &
    link=$!
    processes+=("$link")
    await "$work/link.log" READY "$link"
}

# Sets $own_loss, $lost, $late, $link_cpu from what the link says at its end.
stop_link() {
    kill -INT "$link"
    wait "$link" || fail "the link failed: $(cat "$work/link.log")"
    if grep -qE '(device_dropped|refused)=[1-9]' "$work/link.log"; then
        echo "the emulator could not follow: $(grep packets= "$work/link.log")" >&2
    fi
    read -r own_loss lost late link_cpu < <(awk -F'[ =]' -v source="$source" '
        index($1, source ">") == 1 { own = 100 * $9 / $3; lost = 100 * $7 / $3 }
        /packets=/ { late += $NF }
        /^link / { cpu = $NF }
        END { printf "%.2f %.2f %d %.1f\n", own, lost, late, cpu }' "$work/link.log")
}

# run_iperf PORT SECONDS OPTION...: prints Mbit/s as the receiving end counted them.
run_iperf() {
    local port=$1 seconds=$2 server
    shift 2
    : >"$work/iperf-$port.log"
    timeout $((seconds + omit + 60)) ip netns exec "$sink" iperf3 --server --one-off --forceflush --port "$port" \
        >"$work/iperf-$port.log" 2>&1 &
    server=$!
    await "$work/iperf-$port.log" 'Server listening' "$server"
    timeout $((seconds + omit + 30)) ip netns exec "$source" iperf3 --client "$sink_address" --port "$port" "$@" \
        --time "$seconds" --omit "$omit" --format m >"$work/iperf-client-$port.log" 2>&1 ||
        { kill "$server" 2>/dev/null; fail "iperf3: $(cat "$work/iperf-client-$port.log")"; }
    wait "$server" || true
    awk '/receiver/ { for (i = 2; i <= NF; i++) if ($i == "Mbits/sec") print $(i - 1) }' "$work/iperf-client-$port.log"
}

# run_arq PROFILE PORT SECONDS: the same.
run_arq() {
    local profile=$1 port=$2 seconds=$3 server
    : >"$work/sink-$port.err"
    timeout $((seconds + omit + 60)) ip netns exec "$sink" "$benchmarks" arq-sink "arq://$sink_address:$port" \
        --omit "$omit" --seconds "$seconds" >"$work/sink-$port.log" 2>"$work/sink-$port.err" &
    server=$!
    await "$work/sink-$port.err" LISTEN "$server"
    timeout $((seconds + omit + 30)) ip netns exec "$source" "$benchmarks" arq-source "arq://$sink_address:$port?profile=$profile" \
        --seconds "$seconds" --omit "$omit" >"$work/source-$port.log" 2>&1 ||
        { kill "$server" 2>/dev/null; fail "arq-source: $(cat "$work/source-$port.log")"; }
    await "$work/sink-$port.log" gbit_per_second= "$server"
    kill "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
    sed -n 's/.*gbit_per_second=\([0-9.]*\).*/\1/p' "$work/sink-$port.log" | awk '{ print $1 * 1000 }'
}

# send CONTENDER PROFILE PORT SECONDS
send() {
    case $1 in
    arq) run_arq "$2" "$3" "$4" ;;
    udp) run_iperf "$3" "$4" --udp --window 4M --length $udp_payload_bytes --bitrate "$((rate * 98 * udp_payload_bytes / 1500 * 10))K" ;;
    *) run_iperf "$3" "$4" --congestion "$1" ;;
    esac
}

# verdict VALUE BAR least|most: prints what to write behind the value; misses of arq count in the exit status.
verdict() {
    awk -v value="$1" -v bar="$2" -v kind="$3" 'BEGIN {
        missed = kind == "least" ? value < bar : value > bar
        print missed ? "missed" : "reached"
    }'
}

# Sets $bar and $judgement.
judge() {
    local goodput=$1 specification=$2
    bar=${goodput_bars[$specification]:-}
    judgement=
    if [[ -n $bar ]]; then
        judgement=$(verdict "$goodput" "$bar" least)
        if [[ -n ${own_loss_bars[$specification]:-} && $(verdict "$own_loss" "${own_loss_bars[$specification]}" most) == missed ]]; then
            judgement=missed
        fi
    fi
}

# measure_link SPECIFICATION CONTENDER: sets $judgement and $taken, what the host took.
measure_link() {
    local specification=$1 contender=$2 goodput before
    start_link "$specification" $((seconds + omit))
    before=$(stolen)
    goodput=$(send "$contender" "$profile" 9000 "$seconds") || fail "$contender did not get through"
    taken=$(stolen "$before")
    stop_link
    judge "$goodput" "$specification"
    printf '%-20s %-7s %8.1f %6s %-8s %7.2f %% %5.2f %% %6d %8.1f %% %6.1f %%\n' "$specification" "$contender" "$goodput" \
        "${bar:--}" "$judgement" "$own_loss" "$lost" "$late" "$link_cpu" "$taken"
}

measure_links() {
    local specification contender try
    printf '%-20s %-7s %8s %6s %-8s %9s %7s %6s %10s %8s\n' \
        "Mbit/s,ms,%[,queue]" "" "Mbit/s" "bar" "" "own loss" "chance" "late" "link's CPU" "stolen"
    for specification in "${links[@]}"; do
        for contender in "${contenders[@]}"; do
            for ((try = 0; try < tries; try++)); do
                measure_link "$specification" "$contender"
                [[ $(verdict "$taken" "$most_stolen" most) == missed ]] || break
            done
            if [[ $contender == arq && $judgement == missed ]]; then
                status=1
            fi
        done
    done
}

# Each contender, arq with the profile `internet`, beside a cubic flow that begins at the same time.
measure_shares() {
    local contender theirs ours share rival
    printf '\nbeside one TCP cubic flow, link %s, %d s\n' "$share_link" "$share_seconds"
    for contender in "${contenders[@]}"; do
        [[ $contender != udp ]] || continue
        start_link "$share_link" $((share_seconds + omit))
        send cubic - 9001 "$share_seconds" >"$work/theirs" &
        rival=$!
        ours=$(send "$contender" internet 9000 "$share_seconds") || fail "$contender did not get through"
        wait "$rival" || fail "cubic did not get through"
        theirs=$(<"$work/theirs")
        stop_link
        share=$(awk -v ours="$ours" -v theirs="$theirs" 'BEGIN { printf "%.1f", 100 * ours / (ours + theirs) }')
        printf '%-7s %6.2f Mbit/s, cubic %6.2f Mbit/s: %s %% of the sum, own loss of both %s %%\n' \
            "$contender" "$ours" "$theirs" "$share" "$own_loss"
        if [[ $contender == arq ]] && awk -v share="$share" -v bar="$share_bar" 'BEGIN { exit share >= bar && share <= 100 - bar }'; then
            status=1
            echo "missed: each has to have $share_bar %"
        fi
    done
}

# copy_with CONTENDER SCHEME OPTIONS
copy_with() {
    local contender=$1 address=$2://$sink_address:9002 server begin end result=0 copied
    if [[ $contender != arq ]]; then
        ip netns exec "$source" sysctl -q -w net.ipv4.tcp_congestion_control="$contender"
    fi
    start_link "$copy_link" 120
    : >"$work/serve.log"
    ip netns exec "$sink" "$aldis" serve "files=$address" --quiet --data "$work/received-$contender" >/dev/null 2>"$work/serve.log" &
    server=$!
    processes+=("$server")
    await "$work/serve.log" '^LISTEN ' "$server"
    begin=$(date +%s%N)
    timeout 120 ip netns exec "$source" "$aldis" copy --plain "$work/file" "$address$3" --quiet >"$work/copy.log" 2>&1 || result=$?
    end=$(date +%s%N)
    [[ $result == 6 ]] || fail "aldis copy over $address ended with $result: $(cat "$work/copy.log")"
    kill "$server"
    wait "$server" || true
    stop_link
    copied=$(find "$work/received-$contender/files" -type f -size "${copy_bytes}c" | head -n 1)
    [[ -n $copied ]] && cmp "$work/file" "$copied" || fail "what $contender copied is not what was sent"
    awk -v contender="$contender" -v bytes="$copy_bytes" -v nanoseconds=$((end - begin)) \
        'BEGIN { printf "%-7s %6.2f s, %.1f Mbit/s\n", contender, nanoseconds / 1e9, bytes * 8e3 / nanoseconds }'
}

measure_copies() {
    local contender
    printf '\naldis copy --plain of %d bytes, link %s, from the start of the command to its end\n' "$copy_bytes" "$copy_link"
    head -c "$copy_bytes" /dev/urandom >"$work/file"
    for contender in "${contenders[@]}"; do
        case $contender in
        arq) copy_with arq arq "?profile=$profile" ;;
        bbr) copy_with bbr tcp "" ;;
        *) ;; # cubic would take minutes on this link
        esac
    done
}

create_namespaces() {
    local namespace
    for namespace in "$source" "$sink"; do
        ip netns add "$namespace"
        ip netns exec "$namespace" sysctl -q -w net.ipv4.tcp_rmem="4096 131072 $socket_buffer_bytes" \
            net.ipv4.tcp_wmem="4096 65536 $socket_buffer_bytes"
    done
}

build() {
    cc -O2 -Wall -Wextra -o "$work/link" "$repository/benchmarks/tools/link.c"
    aldis=${ALDIS:-$work/aldis/aldis}
    benchmarks=${BENCHMARKS:-$work/benchmarks/Aldis.Benchmarks}
    if [[ -z ${ALDIS:-} ]] && ((copy_bytes > 0)); then
        publish src/Aldis.Cli aldis
    fi
    if [[ -z ${BENCHMARKS:-} && " ${contenders[*]} " == *" arq "* ]]; then
        publish benchmarks/Aldis.Benchmarks benchmarks
    fi
}

[[ $(id -u) == 0 ]] || fail "network namespaces need root"
for tool in cc ip iperf3 sysctl; do
    command -v "$tool" >/dev/null || fail "$tool is missing (Debian: apt install gcc libc6-dev iproute2 iperf3 procps)"
done
build
create_namespaces
[[ ${AWAKE:-1} == 0 ]] || keep_awake
measure_links
((share_seconds == 0)) || measure_shares
((copy_bytes == 0)) || measure_copies
exit "$status"
