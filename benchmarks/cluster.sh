#!/usr/bin/env bash
# Measures messages per second of `aldis serve messages --store` on a PostgreSQL with one synchronous standby against what pgbench gets into the
# same table of the same database: native clients with a window against pgbench -M prepared, which stores as many rows in each statement as a
# server did, by arrays, over as many connections as a server has; plain lock-step clients against pgbench with a row in each statement and as
# many connections; and two servers against one, with the same clients. Rounds alternate, and the medians are compared, because a machine's speed
# drifts. Both nodes are on this machine, so the figures are ratios and no more.
#
#   benchmarks/cluster.sh                   builds everything, about four minutes
#   ROUNDS=5 SECONDS_EACH=8 ...             steadier
#   CLIENTS=64 BYTES=32 WINDOW=256 ...      another load
#   MOVING=0 ...                            nobody moves
#   ALDIS=/path/to/aldis ...                measures a command that is built already
#
# Needs Linux, cc, python3, and Debian's postgresql-15. As root it runs the database as the user postgres.
set -euo pipefail

rounds=${ROUNDS:-3}
seconds=${SECONDS_EACH:-6}
clients=${CLIENTS:-64}
bytes=${BYTES:-32}
window=${WINDOW:-256}
moving=${MOVING:-10000}
scratch_parent=${DIRECTORY:-/tmp}
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
programs=/usr/lib/postgresql/15/bin
port=$((20000 + RANDOM % 10000))
lanes=3 # Lanes.AppendLanes

as_postgres() {
    if [[ $EUID == 0 ]]; then runuser -u postgres -- "$@"; else "$@"; fi
}

release() {
    for node in one two; do
        as_postgres "$programs/pg_ctl" -D "$work/db/$node" -m immediate stop >/dev/null 2>&1 || true
    done
}

node() { # NAME PORT
    as_postgres "$programs/pg_ctl" -D "$work/db/$1" -l "$work/db/$1.log" -w \
        -o "-p $2 -c listen_addresses=127.0.0.1 -c unix_socket_directories=$work/db -c max_connections=200 -c max_wal_size=2GB" start >/dev/null
}

sql() {
    psql -XAtqh 127.0.0.1 -p "$port" -U owner -d "${2:-aldis}" -c "$1"
}

start_server() { # N: sets port_N and pid_N
    "${ALDIS:-$work/aldis/aldis}" serve messages=tcp://127.0.0.1:0 --quiet --dashboard off --data "$work/data$1" --admin "127.0.0.1:$((port + 10 + $1))" \
        --max-connections-per-address 12000 --max-new-clients 100000 --new-client-rate 100000 --store "postgres://server@127.0.0.1:$port/aldis" >/dev/null 2>"$work/server$1.log" </dev/null &
    declare -g "pid_$1=$!"
    processes+=($!)
    until grep -q '^LISTEN ' "$work/server$1.log"; do
        kill -0 $! 2>/dev/null || fail "aldis does not start: $(cat "$work/server$1.log")"
        sleep 0.05
    done
    declare -g "port_$1=$(sed -n 's/^LISTEN .* port=\([0-9]*\)$/\1/p' "$work/server$1.log")"
}

# A load of about so many seconds, by the rate of the one before: prints messages per second.
load() { # PORT FORM COUNT
    "$work/messages_load" "$1" "$2" "$clients" "$bytes" "$3" $([[ $2 == native ]] && echo "$window") | awk -F'[ =]' '{ print int($2) }'
}

# Two loads at once, at one server or at two: the same clients either way. Prints messages per second, by one clock for both: what each says of
# itself would count the time in which it was alone.
twice() { # PORT PORT
    local begin half halves=()
    # One that is due falls into whichever run it likes, and takes a third of it.
    sql checkpoint
    begin=$(date +%s%N)
    for half in "$@"; do
        load "$half" native $((native * seconds / 2)) >/dev/null &
        halves+=($!)
    done
    wait "${halves[@]}"
    echo $((native * seconds / 2 * 2 * 1000000000 / ($(date +%s%N) - begin)))
}

metric() { # NAME
    curl -s "http://127.0.0.1:$((port + 11))/metrics" | awk -v name="$1" 'index($1, name "{") == 1 { print int($2) }'
}

bench() { # SCRIPT CONNECTIONS ROWS: rows per second
    pgbench -h 127.0.0.1 -p "$port" -U owner -n -M prepared -c "$2" -j 1 -T "$seconds" -f "$1" aldis 2>/dev/null \
        | awk -v rows="$3" '/^tps/ { print int($3 * rows) }'
}

cpu() { # PID: hundredths of a second
    awk '{ print $14 + $15 }' "/proc/$1/stat"
}

row() { # LABEL FILE OTHER
    awk -v label="$1" -v one="$(median "$2")" -v other="$(median "$3")" 'BEGIN { printf "%-58s %9d %9d %6.2f\n", label, one, other, one / other }'
}

[[ -n ${ALDIS:-} ]] || publish src/Aldis.Cli aldis
cc -O2 -o "$work/messages_load" "$repository/benchmarks/tools/messages_load.c"
chmod 755 "$work"
mkdir -m 777 "$work/db"
as_postgres "$programs/initdb" -D "$work/db/one" -U owner -A trust -E UTF8 --locale=C --no-sync >/dev/null
node one "$port"
sql 'create database aldis' postgres
as_postgres "$programs/pg_basebackup" -D "$work/db/two" -R -N -c fast -X stream -d "host=127.0.0.1 port=$port user=owner application_name=two"
node two "$((port + 1))"
"${ALDIS:-$work/aldis/aldis}" store init "postgres://owner@127.0.0.1:$port/aldis" >/dev/null
sql 'create role server login in role aldis_writer'
sql "alter system set synchronous_standby_names = 'ANY 1 (two)'"
sql 'select pg_reload_conf()' >/dev/null
start_server 1
start_server 2

native=$(load "$port_1" native 100000)
plain=$(load "$port_1" plain 5000)
commits=$(metric aldis_store_commit_duration_seconds_count)
spent=$(cpu "$pid_1")
load "$port_1" native $((native * seconds)) >/dev/null
batch=$((native * seconds / ($(metric aldis_store_commit_duration_seconds_count) - commits)))
spent=$(($(cpu "$pid_1") - spent))
size=$(sql "select sum(pg_total_relation_size(inhrelid)) / (select count(*) from aldis_message) from pg_inherits where inhparent = 'aldis_message'::regclass")
awk -v rows="$batch" -v bytes="$bytes" 'BEGIN {
    payload = sprintf("%*s", bytes, ""); gsub(" ", "78", payload)
    printf "insert into aldis_message (client, seq, epoch, peer, crc, payload) select '"'@bench'"', m.seq, 1, '"'127.0.0.1:1'"', m.crc, m.payload from unnest('"'"'{"
    for (i = 1; i <= rows; i++) printf "%s%d", (i > 1 ? "," : ""), i
    printf "}'"'"'::bigint[], '"'"'{"
    for (i = 1; i <= rows; i++) printf "%s%d", (i > 1 ? "," : ""), i
    printf "}'"'"'::bigint[], '"'"'{"
    for (i = 1; i <= rows; i++) printf "%s\"\\\\x%s\"", (i > 1 ? "," : ""), payload
    print "}'"'"'::bytea[]) as m(seq, crc, payload);"
}' >"$work/arrays.sql"
echo "insert into aldis_message (client, seq, epoch, peer, crc, payload) values ('@bench', 1, 1, '127.0.0.1:1', 1, '\\x$(printf '78%.0s' $(seq "$bytes"))');" >"$work/single.sql"

# What the runtime has not compiled yet costs a second of a processor: both have had as much to do before they are compared.
load "$port_2" native $((native * seconds + 100000)) >/dev/null
for _ in $(seq "$rounds"); do
    load "$port_1" native $((native * seconds)) >>"$work/native"
    bench "$work/arrays.sql" "$lanes" "$batch" >>"$work/arrays"
    load "$port_1" plain $((plain * seconds)) >>"$work/plain"
    bench "$work/single.sql" "$clients" 1 >>"$work/single"
    # Both are the one in turn, and the first in turn: tables grow.
    twice "$port_1" "$port_1" >>"$work/one"
    twice "$port_1" "$port_2" >>"$work/two"
    twice "$port_2" "$port_1" >>"$work/two"
    twice "$port_2" "$port_2" >>"$work/one"
done

printf '%-58s %9s %9s %6s\n' "messages per second, one synchronous standby" here against ratio
row "native, $clients clients, window $window / pgbench -c $lanes, $batch rows" "$work/native" "$work/arrays"
row "plain, $clients clients / pgbench -c $clients, 1 row" "$work/plain" "$work/single"
row "two servers / one, twice $clients clients, openings included" "$work/two" "$work/one"
awk -v spent="$spent" -v messages="$((native * seconds))" 'BEGIN { printf "CPU of a server: %.2f s per million messages\n", spent / 100 / messages * 1000000 }'
printf 'on the disk of each node: %d bytes for a message of %d\n' "${size%.*}" "$bytes"
((moving == 0)) || python3 "$repository/benchmarks/tools/cluster/move.py" "$port_1" "$port_2" "$moving"
