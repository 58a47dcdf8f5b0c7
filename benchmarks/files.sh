#!/usr/bin/env bash
# Measures `aldis copy` against what people copy with, on the same files, disk and machine; both sides of every comparison end durable.
#
#   one file     over loopback TCP, with its digest, beside `socat -u -b 262144` followed by `sync FILE`; bar 1.0 times as fast
#   many files   of 1 KiB, beside `rsync --fsync` to an rsync daemon; bar 2.0 times
#   resume       of a large sparse file that was interrupted half way: how long until the first new byte; bar 1 s
#   memory       the most that either side held during these
#   bad link     arq://...?profile=lossy over 100 Mbit/s, 100 ms, 5 % loss, beside rsync over TCP cubic and bbr; bar 85 Mbit/s. The link is
#                benchmarks/tools/link.c between two network namespaces (benchmarks/arq-links.sh says more of it)
#
#   benchmarks/files.sh                        all of it, some five minutes
#   ROUNDS=5 BYTES=4294967296 FILES=50000 ...  steadier, larger; 3 rounds, 2 GiB and 10,000 files if left out
#   SPARSE_BYTES=0, LINK_BYTES=0, FILES=0, BYTES=0   leave out the resume, the bad link, the many files, the one file
#   DIRECTORY=/srv/disk ...                    measures another disk
#   ALDIS=/path/to/aldis ...                   measures a command that is built already, such as a native one
#
# Over the bad link the kernel is asked not to halt the processors, for every contender alike; benchmarks/arq-links.sh says why.
#
# Rounds alternate and the medians are compared, because a machine's speed drifts. Exit status 1: a bar was missed.
# Needs Linux, socat and rsync (Debian: apt install socat rsync); the bad link root, cc and iproute2 too.
set -euo pipefail

rounds=${ROUNDS:-3}
bytes=${BYTES:-2147483648}
files=${FILES:-10000}
sparse_bytes=${SPARSE_BYTES:-10737418240}
link_bytes=${LINK_BYTES:-200000000}
scratch_parent=${DIRECTORY:-}
link_seconds=30
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
status=0
source=aldis-source-$$
sink=aldis-sink-$$
sink_address=10.99.0.2

release() {
    ip netns del "$source" 2>/dev/null || true
    ip netns del "$sink" 2>/dev/null || true
}

# await FILE PATTERN PROCESS: until the process has written that.
await() {
    until grep -q "$2" "$1" 2>/dev/null; do
        kill -0 "$3" 2>/dev/null || fail "no '$2': $(cat "$1")"
        sleep 0.01
    done
}

now() { date +%s%N; }

seconds_since() { awk -v nanoseconds="$(($(now) - $1))" 'BEGIN { printf "%.3f\n", nanoseconds / 1e9 }'; }

# verdict NAME OURS THEIRS BAR: of two times.
verdict() {
    awk -v name="$1" -v ours="$2" -v theirs="$3" -v bar="$4" 'BEGIN {
        ratio = theirs / ours
        printf "%-34s %8.2f s %8.2f s  %5.2f times as fast, bar %.1f: %s\n",
            name, ours, theirs, ratio, bar, (ratio >= bar ? "reached" : "missed")
        exit ratio < bar
    }' || status=1
}

# start_server ADDRESS [COMMAND...]: sets $server and $port. What the command is given begins with it, such as ip netns exec.
start_server() {
    local address=$1
    shift
    : >"$work/serve.log"
    "$@" "$aldis" serve "files=$address" --quiet --data "$work/data" >/dev/null 2>"$work/serve.log" </dev/null &
    server=$!
    processes+=("$server")
    await "$work/serve.log" '^LISTEN ' "$server"
    port=$(sed -n 's/^LISTEN .* port=\([0-9]*\)$/\1/p' "$work/serve.log" | head -n 1)
}

stop_server() {
    kill "$server"
    wait "$server" 2>/dev/null || true
    rm -rf "$work/data"
}

peak_kib() { awk '$1 == "VmHWM:" { print $2 }' "/proc/$1/status" 2>/dev/null || echo 0; }

# copy WORD...: runs `aldis copy` and sets $peak to the most memory it held, in KiB.
copy() {
    local process kib
    peak=0
    "$aldis" copy --quiet "$@" >"$work/copy.out" 2>"$work/copy.err" &
    process=$!
    while kill -0 "$process" 2>/dev/null; do
        kib=$(peak_kib "$process")
        peak=$((${kib:-0} > peak ? ${kib:-0} : peak))
        sleep 0.1
    done &
    wait "$process" || fail "aldis copy failed: $(cat "$work/copy.err")"
    wait $! 2>/dev/null || true
}

measure_one_file() {
    local begin round receiver
    head -c "$bytes" /dev/urandom >"$work/large"
    for ((round = 0; round < rounds; round++)); do
        rm -f "$work/out"
        sync -f "$work"
        socat -u -b 262144 "TCP-LISTEN:$socat_port,bind=127.0.0.1,reuseaddr" "OPEN:$work/out,creat,trunc" &
        receiver=$!
        sleep 0.2
        begin=$(now)
        socat -u -b 262144 "OPEN:$work/large" "TCP:127.0.0.1:$socat_port"
        wait "$receiver"
        sync "$work/out"
        seconds_since "$begin" >>"$work/socat.rounds"
        rm -f "$work/out"

        start_server tcp://127.0.0.1:0
        sync -f "$work"
        begin=$(now)
        "$aldis" copy --quiet "$work/large" "127.0.0.1:$port" 2>"$work/copy.err" || fail "aldis copy failed: $(cat "$work/copy.err")"
        seconds_since "$begin" >>"$work/copy.rounds"
        server_peak=$(peak_kib "$server")
        ((round > 0)) || cmp "$work/large" "$work/data/files/large" || fail "what was copied is not what was there"
        stop_server
    done
    verdict "$(numfmt --to=iec "$bytes") in one file" "$(median "$work/copy.rounds")" "$(median "$work/socat.rounds")" 1.0
    echo "  memory of the server, $(numfmt --to=iec "$bytes"): $((server_peak / 1024)) MiB"
    rm -f "$work/large"
}

measure_many_files() {
    local begin round daemon
    mkdir "$work/tree" "$work/module"
    (cd "$work/tree" && head -c $((files * 1024)) /dev/urandom | split -b 1024 -a 5 -d - f)
    cat >"$work/rsyncd.conf" <<END
use chroot = no
pid file = $work/rsyncd.pid
[module]
path = $work/module
read only = no
uid = $(id -u)
gid = $(id -g)
END
    rsync --daemon --no-detach --address 127.0.0.1 --port "$rsync_port" --config "$work/rsyncd.conf" &
    daemon=$!
    processes+=("$daemon")
    sleep 0.5
    for ((round = 0; round < rounds; round++)); do
        # Each round has folders of its own, and nothing is deleted before the last: ext4 gives no inode out again for some time after
        # its deletion, and looks for another one at the expense of whoever creates files.
        sync -f "$work"
        begin=$(now)
        rsync -r --times --fsync "$work/tree" "rsync://127.0.0.1:$rsync_port/module/$round/"
        seconds_since "$begin" >>"$work/rsync.rounds"

        start_server tcp://127.0.0.1:0
        sync -f "$work"
        begin=$(now)
        "$aldis" copy --quiet "$work/tree" "127.0.0.1:$port" 2>"$work/copy.err" || fail "aldis copy failed: $(cat "$work/copy.err")"
        seconds_since "$begin" >>"$work/tree.rounds"
        ((round > 0)) || diff -r "$work/tree" "$work/data/files/tree" || fail "what was copied is not what was there"
        mv "$work/data" "$work/data-$round"
        stop_server
    done
    kill "$daemon"
    wait "$daemon" 2>/dev/null || true
    verdict "$files files of 1 KiB" "$(median "$work/tree.rounds")" "$(median "$work/rsync.rounds")" 2.0
    rm -rf "$work/tree" "$work/module" "$work"/data-*
}

measure_resume() {
    local begin process said reached=0
    truncate -s "$sparse_bytes" "$work/sparse"
    start_server tcp://127.0.0.1:0
    "$aldis" copy --json --bwlimit 512M "$work/sparse" "127.0.0.1:$port" >"$work/first.json" 2>"$work/copy.err" &
    process=$!
    processes+=("$process")
    until ((reached > sparse_bytes / 2)); do
        kill -0 "$process" 2>/dev/null || fail "the first attempt ended by itself: $(cat "$work/copy.err")"
        reached=$(sed -n 's/^{"event":"progress".*"bytes":\([0-9]*\).*/\1/p' "$work/first.json" | tail -n 1)
        reached=${reached:-0}
        sleep 0.1
    done
    local first_peak
    first_peak=$(peak_kib "$process")
    kill "$process" # what runs in the background ignores INT
    wait "$process" || true
    begin=$(now)
    "$aldis" copy --json "$work/sparse" "127.0.0.1:$port" >"$work/second.json" 2>"$work/copy.err" &
    process=$!
    processes+=("$process")
    await "$work/second.json" '^{"event":"progress"' "$process"
    said=$(seconds_since "$begin")
    wait "$process" || fail "the resumed copy failed: $(cat "$work/copy.err")"
    grep -q '"event":"resumed"' "$work/second.json" || fail "nothing was resumed"
    awk -v said="$said" -v at="$(sed -n 's/.*"event":"resumed".*"offset":\([0-9]*\).*/\1/p' "$work/second.json" | head -n 1)" 'BEGIN {
        printf "resumed at %.2f GiB: first new byte after %s s, bar 1 s: %s\n", at / 2^30, said, (said <= 1 ? "reached" : "missed")
        exit said > 1
    }' || status=1
    echo "  memory, $(numfmt --to=iec "$sparse_bytes"): client $((first_peak / 1024)) MiB, server $(($(peak_kib "$server") / 1024)) MiB"
    stop_server
    rm -f "$work/sparse"
}

# start_link SECONDS
start_link() {
    : >"$work/link.log"
    "$work/link" "$source" "$sink" --rate 100 --delay 50 --loss 5 --seed 1 --seconds "$1" >"$work/link.log" 2>&1 &
    link=$!
    processes+=("$link")
    await "$work/link.log" READY "$link"
}

stop_link() {
    kill -INT "$link" 2>/dev/null || true
    wait "$link" 2>/dev/null || true
}

# over_link NAME BYTES SECONDS
over_link() {
    awk -v name="$1" -v bytes="$2" -v seconds="$3" 'BEGIN { printf "  %-24s %8.1f Mbit/s\n", name, bytes * 8 / seconds / 1e6 }'
}

measure_link() {
    local begin round contender seconds arrived daemon
    cc -O2 -Wall -Wextra -o "$work/link" "$repository/benchmarks/tools/link.c"
    for contender in "$source" "$sink"; do
        ip netns add "$contender"
        ip netns exec "$contender" sysctl -q -w net.ipv4.tcp_rmem="4096 131072 67108864" net.ipv4.tcp_wmem="4096 65536 67108864"
    done
    head -c "$link_bytes" /dev/urandom >"$work/file"
    keep_awake
    echo "100 Mbit/s, 100 ms, 5 % loss:"
    for ((round = 0; round < rounds; round++)); do
        start_link 300
        start_server "arq://$sink_address:9002" ip netns exec "$sink"
        begin=$(now)
        ip netns exec "$source" "$aldis" copy --quiet "$work/file" "arq://$sink_address:9002?profile=lossy" 2>"$work/copy.err" ||
            fail "aldis copy failed: $(cat "$work/copy.err")"
        seconds_since "$begin" >>"$work/link.rounds"
        ((round > 0)) || cmp "$work/file" "$work/data/files/file" || fail "what was copied is not what was there"
        stop_server
        stop_link
    done
    seconds=$(median "$work/link.rounds")
    over_link "aldis, arq lossy" "$link_bytes" "$seconds"
    awk -v bytes="$link_bytes" -v seconds="$seconds" 'BEGIN {
        rate = bytes * 8 / seconds / 1e6
        printf "  bar 85 Mbit/s: %s\n", (rate >= 85 ? "reached" : "missed")
        exit rate < 85
    }' || status=1

    mkdir "$work/module"
    printf 'use chroot = no\n[module]\npath = %s\nread only = no\nuid = %s\ngid = %s\n' "$work/module" "$(id -u)" "$(id -g)" \
        >"$work/rsyncd.conf"
    for contender in cubic bbr; do
        if ! ip netns exec "$source" sysctl -q -w net.ipv4.tcp_congestion_control="$contender" 2>/dev/null; then
            echo "  rsync, TCP $contender: left out, net.ipv4.tcp_allowed_congestion_control does not name it"
            continue
        fi
        start_link 300
        ip netns exec "$sink" rsync --daemon --no-detach --port "$rsync_port" --config "$work/rsyncd.conf" &
        daemon=$!
        processes+=("$daemon")
        sleep 0.5
        begin=$(now)
        timeout "$link_seconds" ip netns exec "$source" rsync --inplace --whole-file "$work/file" \
            "rsync://$sink_address:$rsync_port/module/" 2>/dev/null || true
        seconds=$(seconds_since "$begin")
        arrived=$(stat -c %s "$work/module/file" 2>/dev/null || echo 0)
        over_link "rsync, TCP $contender" "$arrived" "$seconds"
        kill "$daemon" 2>/dev/null || true
        wait "$daemon" 2>/dev/null || true
        stop_link
        rm -f "$work/module/file"
    done
}

for tool in socat rsync; do
    command -v "$tool" >/dev/null || fail "$tool is missing (Debian: apt install socat rsync)"
done
aldis=${ALDIS:-$work/aldis/aldis}
[[ -n ${ALDIS:-} ]] || publish src/Aldis.Cli aldis
socat_port=$((20000 + RANDOM % 5000))
rsync_port=$((25000 + RANDOM % 5000))
((bytes == 0)) || measure_one_file
((files == 0)) || measure_many_files
((sparse_bytes == 0)) || measure_resume
if ((link_bytes > 0)); then
    if [[ $(id -u) == 0 ]] && command -v cc ip >/dev/null; then
        measure_link
    else
        echo "bad link: left out, it needs root, cc and iproute2"
    fi
fi
exit "$status"
