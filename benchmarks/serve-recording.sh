#!/usr/bin/env bash
# Records what `aldis serve` shows a person at a terminal of 80 and of 200 columns, with 3 clients and with 300, as text:
#
#   benchmarks/serve-recording.sh >docs/recordings/serve.txt
#   ALDIS=/path/to/aldis ...                records a command that is built already
#
# Each server is started in a terminal of its own by script(1), serves all conversations on their ports (which must be free) and is stopped
# by Ctrl-C. Needs Linux and script (Debian: apt install bsdutils).
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

command -v script >/dev/null || fail "script is missing (Debian: apt install bsdutils)"
if [[ -n ${ALDIS:-} ]]; then
    aldis=$ALDIS
else
    publish src/Aldis.Cli aldis
    aldis=$work/aldis/aldis
fi
publish benchmarks/Aldis.Benchmarks benchmarks
mkfifo "$work/keys"

# record COLUMNS CLIENTS PAUSE READINGS
record() {
    printf '\n== %d columns, %d clients\n\n$ aldis serve\n' "$1" "$2"
    : >"$work/screen"
    {
        until grep -q 'Ctrl-C stops' "$work/screen"; do
            sleep 0.1
        done
        dotnet "$work/benchmarks/Aldis.Benchmarks.dll" sensors tcp://127.0.0.1:9999 --count "$2" --pause "$3" --readings "$4" >&2
        sleep 1.5
        printf '\003'
        until grep -q 'aldis: stopped' "$work/screen"; do
            sleep 0.1
        done
    } >"$work/keys" &
    script --quiet --flush --return --command "stty cols $1 rows 24; exec '$aldis' serve --data '$work/data'" /dev/null \
        <"$work/keys" >"$work/screen"
    wait

    # Without the ends of lines of a terminal, and what puts its keypad into another mode.
    sed -e 's/\r$//' -e 's/\x1b\[[?0-9;]*[a-zA-Z]//g' -e 's/\x1b[=>]//g' "$work/screen"
    rm -rf "$work/data"
}

echo "What aldis serve shows a person, recorded by benchmarks/serve-recording.sh."
for columns in 80 200; do
    record "$columns" 3 1 3
    record "$columns" 300 0.2 20
done
