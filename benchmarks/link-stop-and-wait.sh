#!/usr/bin/env bash
# Stop-and-wait of arq:// over real sockets through `aldis link`, beside its closed form: a frame takes S where nothing is lost, and with
# a constant time-out TO and a share P of lost rounds E[T] = S + TO P / (1 - P) (src/Aldis.Protocols/Arq/Theory/StopAndWaitTheory.cs).
# `aldis talk` says one long line in frames of 64 bytes to an exchange server; S is measured in the same run, through a link that only
# delays. Ends with 1 where the measured time is neither within 3 % nor within 2.6 standard deviations.
#
#   benchmarks/link-stop-and-wait.sh                4,200 frames, 20 ms of round trip, 10 % lost each way: some three minutes
#   FRAMES=600 LOSS=20 SEED=7 ...                   others
#   ALDIS="program" ...                             another build
set -euo pipefail

frames=${FRAMES:-4200}
loss=${LOSS:-10}
seed=${SEED:-5}
free_frames=$((frames / 10))
frame=64
timeout_ms=40
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# start NAME COMMAND...: sets $port.
start() {
    local name=$1
    shift
    "$@" >/dev/null 2>"$work/$name.log" </dev/null &
    processes+=("$!")
    for _ in $(seq 100); do
        port=$(sed -n 's/^LISTEN .*port=\([0-9]*\).*/\1/p' "$work/$name.log" | head -n 1)
        [[ -z $port ]] || return 0
        sleep 0.1
    done
    fail "$name does not listen: $(cat "$work/$name.log")"
}

# say PORT FRAMES: sets $took, microseconds from the start of the program to its end.
say() {
    local begin
    head -c $(($2 * frame)) /dev/zero | tr '\0' x >"$work/line"
    echo >>"$work/line"
    begin=$(date +%s%N)
    "$aldis" talk "arq://127.0.0.1:$1?mode=stop-and-wait&frame=$frame&timeout=${timeout_ms}ms" --frame-size 1M --timeout 1000s --quiet \
        <"$work/line" >"$work/answer"
    took=$((($(date +%s%N) - begin) / 1000))
    cmp "$work/line" "$work/answer" || fail "what came back is not what was said"
}

if [[ -n ${ALDIS:-} ]]; then
    aldis=$ALDIS
else
    publish src/Aldis.Cli aldis
    aldis=$work/aldis/aldis
fi

start server "$aldis" serve exchange=arq://127.0.0.1:0 --quiet --data "$work/data"
server=$port
start delaying "$aldis" link udp://127.0.0.1:0 "127.0.0.1:$server" --delay 10ms --seed "$seed"
delaying=$port
start losing "$aldis" link udp://127.0.0.1:0 "127.0.0.1:$server" --delay 10ms --loss "$loss%" --seed "$seed"
losing=$port

# One frame alone is what the start of the program, opening and closing take.
say "$delaying" 1
opening=$took
say "$delaying" $((free_frames + 1))
free=$took
say "$losing" $((frames + 1))
awk -v opening="$opening" -v free="$free" -v free_frames="$free_frames" -v lossy="$took" -v frames="$frames" -v loss="$loss" -v timeout="$timeout_ms" '
    BEGIN {
        s = (free - opening) / free_frames / 1000
        measured = (lossy - opening) / frames / 1000
        p = 1 - (1 - loss / 100) ^ 2
        form = s + timeout * p / (1 - p)
        sigma = timeout * sqrt(p) / (1 - p) / form / sqrt(frames)
        limit = 2.6 * sigma > 0.03 ? 2.6 * sigma : 0.03
        off = measured / form - 1
        printf "S %.2f ms over %d frames without loss; with %s %% lost each way a frame takes %.2f ms over %d frames, by the form %.2f ms: %+.1f %%, %.1f %% allowed\n", \
            s, free_frames, loss, measured, frames, form, 100 * off, 100 * limit
        exit (off < 0 ? -off : off) > limit
    }'
