#!/usr/bin/env bash
# Real programs through `aldis link`, and what each of them says: curl and ncat over every fault of a connection, TFTP of curl and atftp and
# a question of dig over datagrams that are lost (dnsmasq serves both), iperf3 through a rate. docs/link.md section 8 has what was seen.
#
#   benchmarks/link-programs.sh          some four minutes, most of them TFTP's time-outs
#   ALDIS="program" ...                  another build
#
# Needs Linux, root (TFTP servers are found at port 69), and from Debian: curl ncat atftp dnsmasq-base bind9-dnsutils iperf3 python3.
set -euo pipefail

bytes=60000
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# through PROTOCOL PORT OPTION...: starts a link to 127.0.0.1:PORT; sets $port and $link.
through() {
    : >"$work/link.log"
    "$aldis" link "$1://127.0.0.1:0" "127.0.0.1:$2" --seed 5 "${@:3}" --quiet 2>"$work/link.log" &
    link=$!
    for _ in $(seq 100); do
        port=$(sed -n 's/^LISTEN .*port=\([0-9]*\).*/\1/p' "$work/link.log")
        [[ -z $port ]] || return 0
        sleep 0.1
    done
    fail "the link does not listen: $(cat "$work/link.log")"
}

stop() {
    kill "$link"
    wait "$link" || true
}

# say PROGRAM COMMAND...: prints its status, its time, whether it got the file, and what it said.
say() {
    local program=$1 begin status=0
    shift
    rm -f "$work/got"
    begin=$(date +%s%N)
    "$@" >"$work/said" 2>&1 || status=$?
    printf '  %-6s status %d, %d ms, %s%s\n' "$program" "$status" $((($(date +%s%N) - begin) / 1000000)) \
        "$(cmp -s "$work/got" "$work/served/file" && echo whole || echo "$(stat -c %s "$work/got" 2>/dev/null || echo 0) bytes")" \
        "$(tr '\n' ' ' <"$work/said" | sed 's/ $//; s/^./: &/')"
}

if [[ -n ${ALDIS:-} ]]; then
    aldis=$ALDIS
else
    publish src/Aldis.Cli aldis
    aldis=$work/aldis/aldis
fi

mkdir "$work/served"
head -c "$bytes" /dev/urandom >"$work/served/file"
chmod -R a+rX "$work"
web=$((20000 + RANDOM % 10000))
python3 -m http.server "$web" --bind 127.0.0.1 --directory "$work/served" >/dev/null 2>&1 &
processes+=("$!")
dns=$((web + 1))
dnsmasq --no-daemon --conf-file=/dev/null --no-resolv --no-hosts --port="$dns" --listen-address=127.0.0.1 --bind-interfaces \
    --address=/example.test/192.0.2.7 --enable-tftp --tftp-root="$work/served" --user=root >"$work/dnsmasq.log" 2>&1 &
processes+=("$!")
sleep 0.5

while read -ra fault; do
    echo "${fault[*]:-no fault}"
    through tcp "$web" "${fault[@]}"
    say curl curl -sS -m 5 -o "$work/got" "http://127.0.0.1:$port/file"
    say ncat bash -c "printf 'GET /file HTTP/1.0\r\n\r\n' | timeout 5 ncat 127.0.0.1 $port >'$work/answer'; status=\$?; tail -c $bytes '$work/answer' >'$work/got'; exit \$status"
    stop
done <<'FAULTS'

--delay 50ms
--rate 1Mbit
--loss 10%
--open-delay 1s
--close-delay 1s
--slice 1000,0,1ms
--refuse
--to-client-half-close-after 10K
--to-client-close-after 10K
--to-client-reset-after 10K
--to-client-stall-after 10K
--to-client-corrupt 100%
--cut
FAULTS

for loss in 0 5%; do
    echo "TFTP, loss $loss each way"
    through udp 69 --loss "$loss"
    say curl curl -sS -m 120 -o "$work/got" "tftp://127.0.0.1:$port/file"
    say atftp atftp --get -r file -l "$work/got" 127.0.0.1 "$port"
    stop
done

for loss in 0 30% 100%; do
    echo "DNS, loss $loss each way"
    through udp "$dns" --loss "$loss"
    say dig dig +short +tries=5 +time=1 @127.0.0.1 -p "$port" a.example.test
    stop
done

echo "iperf3, --rate 50Mbit"
iperf3 --server --port "$((web + 2))" --one-off >/dev/null &
processes+=("$!")
sleep 0.5
through tcp "$((web + 2))" --rate 50Mbit
iperf3 --client 127.0.0.1 --port "$port" --time 5 | grep -E 'sender|receiver'
stop
