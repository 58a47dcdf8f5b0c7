#!/usr/bin/env bash
# How long a start of the command takes in a script, and what an idle server holds in memory, beside programs that Debian has.
#
#   benchmarks/startup.sh [ALDIS]        ALDIS is the native command; it is made if left out (minutes)
#
# A line is the median of RUNS starts (41), in milliseconds, measured by one loop with nothing else in it; the echo is a round trip of a
# short text to the same echo server, the process included. Memory is resident, of which what is shared with others is counted too.
set -euo pipefail
source "$(dirname "$0")/common.sh"
runs=${RUNS:-41}
aldis=${1:-}
if [[ -z $aldis ]]; then
    only_native=1 "$repository/eng/package.sh" "$work/packages" >"$work/package.log" || fail "$(tail "$work/package.log")"
    tar xzf "$work"/packages/*.tar.gz -C "$work"
    aldis=$(echo "$work"/aldis-*/bin/aldis)
fi
aldis=$(realpath "$aldis")
cd "$work"
"$aldis" serve --quiet --data data echo=tcp://127.0.0.1:0 2>echo.err &
processes+=($!)
until grep -q '^LISTEN' echo.err; do sleep 0.01; done
port=$(sed -n 's/^LISTEN .*port=//p' echo.err)

# row NAME COMMAND…: the median time of a command that is started again and again.
row() {
    python3 - "$runs" "$@" <<'PY'
import statistics, subprocess, sys, time
runs, name, *command = sys.argv[1:]
times = []
for _ in range(int(runs) + 3):
    begin = time.perf_counter()
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    times.append(1000 * (time.perf_counter() - begin))
    if done.returncode != 0 or not done.stdout:
        sys.exit(f"{name}: exit {done.returncode}")
times = times[3:]
print(f"{name:<34}{statistics.median(times):8.1f} ms   {min(times):8.1f} at least")
PY
}

echo "a start"
row 'aldis --help' "$aldis" --help
row 'aldis --version' "$aldis" --version
for peer in 'ncat --version' 'socat -V' 'curl --version' 'iperf3 --version' 'python3 --version'; do
    command -v "${peer%% *}" >/dev/null && row "$peer" sh -c "exec $peer 2>&1"
done
echo "an echo and back"
row 'aldis echo' "$aldis" echo "127.0.0.1:$port" hello
row 'ncat' sh -c "echo hello | ncat --no-shutdown -i 10ms 127.0.0.1 $port; true"
row 'nc -N' sh -c "echo hello | nc -N 127.0.0.1 $port"
row 'socat' sh -c "echo hello | socat -t 1 - TCP:127.0.0.1:$port"
row 'python3' python3 -c "import socket; s = socket.create_connection(('127.0.0.1', $port)); s.sendall(b'hello'); print(s.recv(9))"

# memory NAME PROCESS: what it has resident now.
memory() { printf '%-34s%8.1f MiB  %8.1f its own\n' "$1" "$(awk '/^VmRSS/ {print $2 / 1024}' "/proc/$2/status")" "$(awk '/^RssAnon/ {print $2 / 1024}' "/proc/$2/status")"; }

echo "an idle server"
memory 'aldis serve echo' "${processes[0]}"
"$aldis" serve --quiet --data all --listen 127.0.0.1 ack=tcp://127.0.0.1:0 echo=tcp://127.0.0.1:0 exchange=tcp://127.0.0.1:0 files=tcp://127.0.0.1:0 \
    messages=tcp://127.0.0.1:0 messages=arq://127.0.0.1:0 2>all.err &
processes+=($!)
ALDIS_DASHBOARD=127.0.0.1:0 "$aldis" serve --quiet --data shown messages=tcp://127.0.0.1:0 2>shown.err &
processes+=($!)
ncat --listen --keep-open 127.0.0.1 0 --exec /bin/cat 2>/dev/null &
processes+=($!)
socat TCP-LISTEN:0,bind=127.0.0.1,fork EXEC:cat 2>/dev/null &
processes+=($!)
until [[ $(grep -c '^LISTEN' all.err) == 6 ]] && grep -q '^LISTEN' shown.err; do sleep 0.01; done
sleep 2
memory 'aldis serve, all conversations' "${processes[1]}"
memory 'aldis serve, with its dashboard' "${processes[2]}"
memory 'ncat --listen' "${processes[3]}"
memory 'socat TCP-LISTEN' "${processes[4]}"
