#!/usr/bin/env bash
# Many clients copy trees of their own to one server at once, again and again, and are killed with SIGKILL at random moments and started
# again with the same words. Every tree is compared, and what is left over besides is counted: nothing may be, once every copy is whole.
# What the server holds is printed after each quarter of the time.
#
#   benchmarks/copy-soak.sh                    50 clients for ten minutes
#   CLIENTS=10 SECONDS_TO_RUN=60 FILES=40 ...  fewer, shorter, smaller trees
#   ALDIS=/path/to/aldis DIRECTORY=/srv/disk ...
#
# Exit status 1: something differs, is missing, or is left over.
set -euo pipefail

clients=${CLIENTS:-50}
seconds=${SECONDS_TO_RUN:-600}
files=${FILES:-40}
scratch_parent=${DIRECTORY:-}
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# make_tree FOLDER: files of up to 200 KB and one of 4 MiB.
make_tree() {
    local number
    mkdir -p "$1/deep/er"
    for ((number = 0; number < files; number++)); do
        head -c $((RANDOM * 6)) /dev/urandom >"$1/deep/f$number"
    done
    head -c 4194304 /dev/urandom >"$1/deep/er/large"
}

# client NUMBER: copies one tree after the other until the time is over, each killed until it got through; prints copies and kills.
client() {
    local number=$1 copies=0 kills=0 process status tree
    while ((SECONDS < seconds)); do
        tree=$work/trees/$number-$copies
        make_tree "$tree"
        while true; do
            "$aldis" copy --quiet --client "client-$number" --retry 60s "$tree" "127.0.0.1:$port" 2>>"$work/client-$number.err" &
            process=$!
            if ((RANDOM % 3)); then
                sleep "0.$((RANDOM % 10))$((RANDOM % 10))"
                kill -KILL "$process" 2>/dev/null && kills=$((kills + 1))
            fi
            status=0
            wait "$process" 2>/dev/null || status=$?
            ((status != 0)) || break
            ((status == 137)) || { echo "client $number: exit $status" >>"$work/wrong"; break; }
        done
        diff -r "$tree" "$work/data/files/$number-$copies" >>"$work/wrong" 2>&1 || true
        rm -rf "$tree" "$work/data/files/$number-$copies"
        copies=$((copies + 1))
    done
    echo "$copies $kills" >>"$work/counts"
}

aldis=${ALDIS:-$work/aldis/aldis}
[[ -n ${ALDIS:-} ]] || publish src/Aldis.Cli aldis
: >"$work/serve.log"
"$aldis" serve files=tcp://127.0.0.1:0 --quiet --dashboard off --data "$work/data" >/dev/null 2>"$work/serve.log" </dev/null &
server=$!
processes+=("$server")
until grep -q '^LISTEN ' "$work/serve.log"; do
    kill -0 "$server" 2>/dev/null || fail "aldis does not start: $(cat "$work/serve.log")"
    sleep 0.05
done
port=$(sed -n 's/^LISTEN .* port=\([0-9]*\)$/\1/p' "$work/serve.log")
: >"$work/wrong"
: >"$work/counts"
SECONDS=0
running=()
for ((number = 1; number <= clients; number++)); do
    client "$number" &
    running+=($!)
done
for ((quarter = 0; quarter < 4; quarter++)); do
    sleep $((seconds / 4))
    awk '$1 == "VmRSS:" { print int($2 / 1024) }' "/proc/$server/status" >>"$work/memory"
done
wait "${running[@]}" || true
peak=$(awk '$1 == "VmHWM:" { print int($2 / 1024) }' "/proc/$server/status")
find "$work/data/files" -type f >"$work/left"
awk -v clients="$clients" -v peak="$peak" -v wrong="$(wc -l <"$work/wrong")" -v left="$(wc -l <"$work/left")" \
    -v memory="$(paste -sd , "$work/memory")" '
    { copies += $1; kills += $2 }
    END {
        printf "clients=%d copies=%d kills=%d wrong=%d left_over=%d server_mib=%s server_peak_mib=%d\n", \
            clients, copies, kills, wrong, left, memory, peak
    }' "$work/counts"
if [[ -s $work/wrong || -s $work/left ]]; then
    head -n 20 "$work/wrong" "$work/left"
    exit 1
fi
