#!/usr/bin/env bash
# Measures what it costs a server that its dashboard is read, and what it costs a browser to show one that much passes through.
#
#   CPU          per message of RATE messages per second: two servers under the same load at the same time, of which one has its streams
#                read by curl, which discards them, then the other; medians of their ratios; bar 1.03 for all streams at once
#   streams      the same of each stream alone: which of them costs what
#   throughput   of messages (plain in lock-step, native) and of TCP echo as fast as it goes, streams read beside streams not read, rounds
#                alternating, medians; bar 0.97
#   no reader    ten streams that nobody reads: what the server's memory grows by while a million messages pass, beyond what that of another
#                one grows by, which has no streams; bar 16 MiB
#   page         PAGES, one after the other, each open in a headless Chromium for SECONDS_OF_PAGE at that rate: JavaScript heap (bar 80 MB, flat), the 99th
#                percentile of the times between frames (bar 100 ms; beside it that of a blank page in the same browser), whether what is
#                read moves
#
#   benchmarks/dashboard.sh                    all of it, some fifty minutes
#   ROUNDS=9 SECONDS_PER_ROUND=20 ...          slower and steadier
#   RATE=10000 SECONDS_OF_PAGE=60 ...          less of it
#   PAGES="messages events" ...                only these pages; overview is the first
#   PARTS="cpu throughput" ...                 leaves out the rest
#   ALDIS=/path/to/aldis ...                   measures a command that is built already
#   BESIDE=/path/to/aldis ...                  and that one beside it, streams not read: the CPU per message of the one to that of the other
#
# Exit status 1: a bar was missed. Needs Linux, cc, taskset, curl and two cores; the page a Chromium (Debian: apt install chromium).
set -euo pipefail

rounds=${ROUNDS:-5}
seconds=${SECONDS_PER_ROUND:-10}
rate=${RATE:-20000}
warm_seconds=${WARM_SECONDS:-30}
page_seconds=${SECONDS_OF_PAGE:-300}
pages=${PAGES:-overview connections connections/5 messages events}
parts=" ${PARTS:-cpu streams throughput unread page} "
messages=${MESSAGES:-200000}
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
source "$repository/benchmarks/two-cores.sh"
status=0
streams=(overview/stream events/stream messages/stream connections/5/stream)
readers=()

# serve NAME COMMAND: starts a server of messages and echo with its dashboard; sets what is said of NAME in $process, $port, $echo, $api.
declare -A process port echo api token
serve() {
    taskset -c 0 "$2" serve messages=tcp://127.0.0.1:0 echo=tcp://127.0.0.1:0 --quiet --data "$work/data-$1" --dashboard 127.0.0.1:0 \
        >/dev/null 2>"$work/$1.log" </dev/null &
    process[$1]=$!
    processes+=($!)
    until grep -qs '^DASHBOARD ' "$work/$1.log"; do
        kill -0 "${process[$1]}" 2>/dev/null || fail "aldis does not start: $(cat "$work/$1.log")"
        sleep 0.05
    done
    port[$1]=$(sed -n 's/^LISTEN service=messages .* port=\([0-9]*\)$/\1/p' "$work/$1.log")
    echo[$1]=$(sed -n 's/^LISTEN service=echo .* port=\([0-9]*\)$/\1/p' "$work/$1.log")
    api[$1]=$(sed -n 's|^DASHBOARD \(.*\)/#token=.*|\1/api/v1|p' "$work/$1.log")
    token[$1]=$(cat "$work/data-$1/dashboard.token")
}

stop() {
    kill "${process[$1]}"
    wait "${process[$1]}" 2>/dev/null || true
}

# follow NAME STREAM: begins to read and discard it.
follow() {
    taskset -c 1 curl --silent --no-buffer --header "Authorization: Bearer ${token[$1]}" --output /dev/null "${api[$1]}/$2" &
    readers+=($!)
}

# taken NAME: the messages of all conversations, which come before those of each.
taken() { curl --silent --header "Authorization: Bearer ${token[$1]}" "${api[$1]}/overview" | sed 's/"messages":\([0-9]*\).*/\1/; s/.*[^0-9]//'; }

# read_streams NAME STREAM...: reads and discards them until stop_reading.
read_streams() {
    local name=$1 stream
    shift
    for stream in "$@"; do
        follow "$name" "$stream"
    done
}

stop_reading() {
    if ((${#readers[@]} > 0)); then # without a name, wait waits for the servers too
        kill "${readers[@]}" 2>/dev/null || true
        wait "${readers[@]}" 2>/dev/null || true
    fi
    readers=()
}

# pace NAME: sends at the rate, until the script ends or $load is killed.
pace() {
    taskset -c 1 "$work/messages_load" "${port[$1]}" native 64 32 1000000000000 256 "$rate" >/dev/null &
    load=$!
    processes+=("$load")
}

# judge NAME VALUE BAR least|most
judge() {
    awk -v name="$1" -v value="$2" -v bar="$3" -v kind="$4" 'BEGIN {
        holds = value ~ /^[0-9.]+$/ && (kind == "most" ? value + 0 <= bar : value + 0 >= bar)
        printf "%-46s %8.3f   bar %s %s: %s\n", name, value, kind, bar, (holds ? "reached" : "missed")
        exit !holds
    }' || status=1
}

ticks() { awk '{ print $14 + $15 }' "/proc/${process[$1]}/stat"; }

# ratio READ OTHER STREAM...: CPU time per message of the one whose streams are read to that of the other, in the same seconds.
ratio() {
    local one=$1 other=$2 before
    shift 2
    read_streams "$one" "$@"
    sleep 0.5
    before="$(ticks "$one") $(taken "$one") $(ticks "$other") $(taken "$other")"
    sleep "$seconds"
    echo "$before $(ticks "$one") $(taken "$one") $(ticks "$other") $(taken "$other")" |
        awk '{ printf "%.4f\n", ($5 - $1) / ($6 - $2) / (($7 - $3) / ($8 - $4)) }'
    stop_reading
}

# measure_cpu NAME BAR STREAM...: each round reads those of the one server, then those of the other; what they differ in cancels out.
measure_cpu() {
    local name=$1 bar=$2 round
    shift 2
    : >"$work/ratios"
    for ((round = 0; round < rounds; round++)); do
        ratio one other "$@" >"$work/first"
        ratio other one "$@" >"$work/second"
        cat "$work/first" "$work/second" | awk '{ product = NR == 1 ? $1 : product * $1 } END { print sqrt(product) }' >>"$work/ratios"
    done
    judge "$name" "$(median "$work/ratios")" "$bar" most
}

# serve_both: two servers under the same load, connections 1 to 64 of each, which stay; they are warm: the runtime has compiled what runs
# often, and what is read.
serve_both() {
    serve one "$aldis"
    serve other "$aldis"
    pace one
    pace other
    read_streams one "${streams[@]}"
    read_streams other "${streams[@]}"
    sleep "$warm_seconds"
    stop_reading
}

measure_cpus() {
    local stream
    serve_both
    echo "CPU time of the server per message at $rate/s, streams read to not read; medians of $rounds rounds of 2 x $seconds s"
    measure_cpu "nothing read (what the measurement errs by)" 9
    [[ $parts != *" cpu "* ]] || measure_cpu "all of them" 1.03 "${streams[@]}"
    [[ $parts != *" streams "* ]] || for stream in "${streams[@]}"; do
        measure_cpu "$stream" 9 "$stream"
    done
    stop one
    stop other
}

measure_beside() {
    local round
    serve one "$aldis"
    serve other "$BESIDE"
    pace one
    pace other
    sleep "$warm_seconds"
    : >"$work/ratios"
    for ((round = 0; round < rounds * 2; round++)); do
        ratio one other >>"$work/ratios"
    done
    echo "CPU time per message at $rate/s of $aldis to $BESIDE: $(median "$work/ratios")"
    stop one
    stop other
}

# load FORM: prints messages per second.
load() {
    case $1 in
    plain) taskset -c 1 "$work/messages_load" "${port[one]}" plain 64 32 "$messages" ;;
    native) taskset -c 1 "$work/messages_load" "${port[one]}" native 64 32 $((messages * 5)) 256 ;;
    echo) taskset -c 1 "$work/tcp_echo_load" "${echo[one]}" 64 32 1 ;;
    esac | sed 's/^messages_per_second=\([0-9]*\).*/\1/'
}

measure_throughput() {
    local form round
    serve one "$aldis"
    for form in plain native echo plain native echo; do
        load "$form" >/dev/null
    done
    echo "throughput, streams read to not read; medians of $((rounds * 3)) rounds"
    for form in plain native echo; do
        : >"$work/read"
        : >"$work/unread"
        for ((round = 0; round < rounds * 3; round++)); do
            load "$form" >>"$work/unread"
            read_streams one "${streams[@]}"
            load "$form" >>"$work/read"
            stop_reading
        done
        echo "$(median "$work/read") $(median "$work/unread")" | awk '{ print $1 / $2 }' >"$work/ratio"
        judge "$form, $(median "$work/unread")/s" "$(cat "$work/ratio")" 0.97 least
    done
    stop one
}

resident_kib() { awk '$1 == "VmRSS:" { print $2 }' "/proc/${process[$1]}/status"; }

measure_unread() {
    local before stream
    serve_both
    before="$(resident_kib one) $(resident_kib other)"
    for stream in "${streams[@]}" "${streams[@]}" messages/stream?payload=1 connections/6/stream; do
        # A program that asks and then stands still.
        follow one "$stream"
        sleep 0.2
        kill -STOP "${readers[-1]}"
    done
    sleep $((1000000 / rate))
    echo "$before $(resident_kib one) $(resident_kib other)" | awk '{ print (($3 - $1) - ($4 - $2)) / 1024 }' >"$work/grown"
    kill -CONT "${readers[@]}"
    stop_reading
    judge "ten streams that nobody reads, MiB" "$(cat "$work/grown")" 16 most
    stop one
    stop other
}

measure_page() {
    local tests="$repository/tests/Aldis.Dashboard.Browser.Tests" held=0 before ticks_before page
    dotnet build --configuration Release "$tests" >"$work/build.log" || fail "$(cat "$work/build.log")"
    serve one "$aldis"
    pace one
    sleep 5
    ticks_before=$(ticks one)
    before=$(taken one)
    for page in $pages; do
        ALDIS_PAGE_LINK="$(sed -n 's/^DASHBOARD //p' "$work/one.log")" ALDIS_PAGE_VIEW=${page#overview} ALDIS_PAGE_SECONDS=$page_seconds \
            dotnet run --configuration Release --no-build --project "$tests" -- --explicit only --parallel none --output Detailed \
            --filter-method '*A_page_that_is_open_under_load*' >>"$work/page.log" 2>&1 || held=1
        sed -n 's/^ *\(page=.*\)/\1/p' "$work/page.log" | tail -n 1
    done
    echo "the server took $(awk -v ticks="$(($(ticks one) - ticks_before))" -v count="$(($(taken one) - before))" \
        'BEGIN { printf "%.1f us of CPU time per message, %d messages", ticks * 10000 / count, count }') meanwhile"
    sed -n 's/^ *page=[^ ]* .*frame_p99_ms=\([0-9]*\) .*/\1/p' "$work/page.log" | sort -n | tail -n 1 >"$work/worst"
    judge "the worst 99th percentile between frames, ms" "$(cat "$work/worst")" 100 most
    ((held == 0)) || { grep -av '^\[+\|^$' "$work/page.log" >&2; status=1; }
    stop one
}

need_cores_and_compiler
command -v curl >/dev/null || fail "curl is missing (Debian: apt install curl)"
compile messages_load tcp_echo_load
aldis=${ALDIS:-$work/aldis/aldis}
[[ -n ${ALDIS:-} ]] || publish src/Aldis.Cli aldis
if [[ -n ${BESIDE:-} ]]; then
    measure_beside
    exit 0
fi
[[ $parts != *" cpu "* && $parts != *" streams "* ]] || measure_cpus
[[ $parts != *" throughput "* ]] || measure_throughput
[[ $parts != *" unread "* ]] || measure_unread
[[ $parts != *" page "* ]] || measure_page
exit "$status"
