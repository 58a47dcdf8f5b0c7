#!/usr/bin/env bash
# Measures durable messages per second of `aldis serve messages` against Redis with an append-only file synced for every answer, both
# on the same disk, one core for the server and one for the load; rounds alternate between the servers and the medians are compared,
# because a machine's speed drifts. Then memory while a million messages pass, and the time to recover a long journal.
#
#   benchmarks/messages.sh                  builds everything, about three minutes
#   ROUNDS=9 MESSAGES=500000 ...            slower and steadier
#   CLIENTS=64 BYTES=32 WINDOW=256 ...      another load
#   ROUNDS=0, MEMORY_MESSAGES=0, RECOVERY_MESSAGES=0 leave out the comparison, the memory, the recovery
#   DIRECTORY=/srv/disk ...                 measures another disk
#   ALDIS=/path/to/aldis ...                measures a command that is built already
#
# Needs Linux, cc, taskset, two cores and Redis (Debian: apt install redis-server redis-tools).
set -euo pipefail

rounds=${ROUNDS:-5}
messages=${MESSAGES:-200000}
clients=${CLIENTS:-64}
bytes=${BYTES:-32}
window=${WINDOW:-256}
memory_messages=${MEMORY_MESSAGES:-1000000}
recovery_messages=${RECOVERY_MESSAGES:-10000000}
scratch_parent=${DIRECTORY:-}
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# start_aldis DATA: sets $aldis and $port.
start_aldis() {
    : >"$work/aldis.log"
    taskset -c 0 "$work/aldis/aldis" serve messages=tcp://127.0.0.1:0 --quiet --data "$1" >/dev/null 2>"$work/aldis.log" </dev/null &
    aldis=$!
    processes+=("$aldis")
    until grep -q '^LISTEN ' "$work/aldis.log"; do
        kill -0 "$aldis" 2>/dev/null || fail "aldis does not start: $(cat "$work/aldis.log")"
        sleep 0.01
    done
    port=$(sed -n 's/^LISTEN .* port=\([0-9]*\)$/\1/p' "$work/aldis.log")
}

stop_aldis() {
    kill "$1" "$aldis"
    wait "$aldis" 2>/dev/null || true
}

start_redis() {
    mkdir "$work/redis"
    redis_port=$((20000 + RANDOM % 10000))
    taskset -c 0 redis-server --port "$redis_port" --bind 127.0.0.1 --dir "$work/redis" --appendonly yes --appendfsync always \
        --save '' --auto-aof-rewrite-percentage 0 >"$work/redis.log" 2>&1 &
    processes+=($!)
    for _ in $(seq 100); do
        redis-cli -p "$redis_port" ping >/dev/null 2>&1 && return
        sleep 0.1
    done
    fail "redis-server does not start: $(cat "$work/redis.log")"
}

# Each of the two prints: messages per second, p99 in milliseconds.
load_redis() {
    taskset -c 1 redis-benchmark -p "$redis_port" -t rpush -c "$clients" -d "$bytes" -n "$1" -P "${2:-1}" --csv |
        awk -F'"' '/^"RPUSH"/ { print $4, $14 }'
    redis-cli -p "$redis_port" flushall >/dev/null
}

load_aldis() {
    local form=$1 count=$2
    taskset -c 1 "$work/messages_load" "$port" "$form" "$clients" "$bytes" "$count" ${3:-} |
        awk -F'[ =]' '{ print $2, $6 / 1000 }'
}

row() {
    awk -v label="$1" -v rate="$(median "$2" 1)" -v p99="$(median "$2" 2)" -v redis="$(median "$work/redis.rounds" 1)" \
        'BEGIN { printf "%-34s %12d %10.2f %9.2f\n", label, rate, p99, rate / redis }'
}

resident_kib() {
    awk -v name="$1:" '$1 == name { print $2 }' "/proc/$aldis/status"
}

compare() {
    local round
    start_redis
    start_aldis "$work/data"
    # The runtime compiles what runs often while it runs; that belongs to the start, not to the rate.
    for round in 1 2; do
        load_aldis plain "$messages" >/dev/null
        load_aldis native $((messages * 3)) "$window" >/dev/null
    done
    load_redis "$messages" >/dev/null
    for ((round = 0; round < rounds; round++)); do
        load_redis "$messages" >>"$work/redis.rounds"
        load_redis $((messages * 3)) "$window" >>"$work/pipelined.rounds"
        load_aldis plain "$messages" >>"$work/plain.rounds"
        load_aldis native $((messages * 3)) "$window" >>"$work/native.rounds"
    done
    echo "acknowledged messages of $bytes bytes from $clients clients, each durable; median of $rounds rounds"
    printf '%-34s %12s %10s %9s\n' "" "messages/s" "p99 ms" "to Redis"
    row "redis rpush, appendfsync always" "$work/redis.rounds"
    row "redis, pipeline of $window" "$work/pipelined.rounds"
    row "aldis, plain, lock-step" "$work/plain.rounds"
    row "aldis, native, window $window" "$work/native.rounds"
    stop_aldis -TERM
}

measure_memory() {
    local before after highest
    start_aldis "$work/memory"
    load_aldis native 1000 "$window" >/dev/null
    before=$(resident_kib VmRSS)
    load_aldis native "$memory_messages" "$window" >/dev/null
    after=$(resident_kib VmRSS)
    highest=$(resident_kib VmHWM)
    printf '\nmemory while %d messages pass: %d KiB before, %d KiB after, %d KiB at most\n' "$memory_messages" "$before" "$after" "$highest"
    stop_aldis -TERM
}

measure_recovery() {
    local begin kind
    start_aldis "$work/long"
    load_aldis native "$recovery_messages" "$window" >/dev/null
    stop_aldis -KILL
    for kind in "read from the disk" "in the page cache"; do
        if [[ $kind == "read from the disk" ]]; then
            for segment in "$work"/long/journal/*.segment; do
                dd if="$segment" iflag=nocache count=0 status=none
            done
        fi
        begin=$(date +%s%N)
        start_aldis "$work/long"
        awk -v kind="$kind" -v begin="$begin" -v end="$(date +%s%N)" -v count="$recovery_messages" \
            -v kib="$(du -sk "$work/long/journal" | cut -f 1)" \
            'BEGIN { printf "recovery of %d messages (%d MiB), %s: %.2f s\n", count, kib / 1024, kind, (end - begin) / 1e9 }'
        stop_aldis -KILL
    done
}

for tool in cc taskset redis-server redis-benchmark redis-cli; do
    command -v "$tool" >/dev/null || fail "$tool is missing (Debian: apt install gcc libc6-dev util-linux redis-server redis-tools)"
done
[[ $(nproc) -ge 2 ]] || fail "two cores are needed: one for the server, one for the load"
cc -O2 -Wall -Wextra -o "$work/messages_load" "$repository/benchmarks/tools/messages_load.c"
if [[ -n ${ALDIS:-} ]]; then
    ln -s "$(dirname "$ALDIS")" "$work/aldis"
else
    publish src/Aldis.Cli aldis
fi

((rounds == 0)) || compare
((memory_messages == 0)) || measure_memory
((recovery_messages == 0)) || measure_recovery
