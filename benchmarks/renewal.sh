#!/usr/bin/env bash
# Renews the certificate of a server under load, as certbot does it by itself, and says what its clients saw of that.
#
#   benchmarks/renewal.sh                  5 renewals under 20 clients that stay and one after the other that comes; about a minute
#   RENEWALS=2 CLIENTS=5 ...               fewer
#   ALDIS=/path/to/aldis ...               a command that is built already
#
# An authority of one's own (pebble) vouches for aldis.test after it has asked the challenge's answer of certbot over HTTP; certbot replaces
# the links below live/, and the server finds that out by itself. Prints one line, renewal held=yes|no, and ends with 0 or 1: no
# connection was dropped, nothing acknowledged is missing, everything sent was acknowledged, and the last certificate is shown. Needs Linux,
# `apt-get install pebble certbot openssl curl`, and a network namespace of its own (unshare): nothing leaves the machine.
set -euo pipefail

(($# == 0)) || { sed -n '2,/^set/p' "$0" | sed 's/^# \{0,1\}//;$d' >&2; exit 2; }
if [[ -z ${ALDIS_OWN_NETWORK:-} ]]; then
    for namespaces in '--mount --net' '--map-root-user --mount --net'; do
        # shellcheck disable=SC2086 # several words
        if unshare $namespaces ip link set lo up 2>/dev/null; then
            # shellcheck disable=SC2086
            ALDIS_OWN_NETWORK=yes exec unshare $namespaces "$BASH" "$0"
        fi
    done
    echo "a network namespace of its own is needed: unshare --map-root-user --mount --net" >&2
    exit 2
fi

source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
ip link set lo up
for program in pebble certbot openssl curl; do
    command -v "$program" >/dev/null || fail "$program is missing: apt-get install $program"
done

renewals=${RENEWALS:-5}
clients=${CLIENTS:-20}
name=aldis.test
if [[ -z ${ALDIS:-} ]]; then
    publish src/Aldis.Cli aldis
    ALDIS=$work/aldis/aldis
fi

# wait_until SECONDS COMMAND...: waits for what is to come by itself.
wait_until() {
    local limit=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        ((SECONDS < limit)) || fail "not within its time: $*"
        sleep 0.2
    done
}

# The authority, with a certificate of its own for its API.
printf '127.0.0.1 localhost %s\n' "$name" >"$work/hosts"
mount --bind "$work/hosts" /etc/hosts
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1 \
    -keyout "$work/acme.key" -out "$work/acme.pem" 2>/dev/null
cat >"$work/pebble.json" <<JSON
{"pebble": {"listenAddress": "127.0.0.1:14000", "managementListenAddress": "127.0.0.1:15000", "certificate": "$work/acme.pem",
 "privateKey": "$work/acme.key", "httpPort": 5002, "tlsPort": 5001, "ocspResponderURL": ""}}
JSON
PEBBLE_VA_NOSLEEP=1 PEBBLE_WFE_NONCEREJECT=0 pebble -config "$work/pebble.json" >"$work/pebble.log" 2>&1 &
processes+=($!)
wait_until 30 curl -sf --cacert "$work/acme.pem" https://localhost:15000/roots/0
curl -sf --cacert "$work/acme.pem" https://localhost:15000/roots/0 >"$work/root.pem"

acme() {
    REQUESTS_CA_BUNDLE=$work/acme.pem certbot "$@" --config-dir "$work/le" --work-dir "$work/le-work" --logs-dir "$work/le-logs" \
        --server https://localhost:14000/dir --http-01-port 5002 --http-01-address 127.0.0.1 --non-interactive >>"$work/certbot.log" 2>&1 \
        || fail "certbot $1 failed: $(tail -5 "$work/certbot.log")"
}
acme certonly --standalone --agree-tos --register-unsafely-without-email -d "$name"
live=$work/le/live/$name

# The server; its events say what it refused and read again.
"$ALDIS" serve "messages=tls://127.0.0.1:9999" --cert "$live/fullchain.pem" --key "$live/privkey.pem" --data "$work/data" --quiet --json \
    >"$work/events.json" 2>"$work/serve.log" &
server=$!
processes+=($server)
wait_until 60 grep -q '"event":"listen"' "$work/events.json"
address="tls://127.0.0.1:9999?cafile=$work/root.pem&servername=$name"
shown() { openssl s_client -connect 127.0.0.1:9999 -servername "$name" </dev/null 2>/dev/null | openssl x509 -noout -serial; }
on_disk() { openssl x509 -in "$live/cert.pem" -noout -serial; }
is_shown() { [[ $(shown) == "$(on_disk)" ]]; }

# Clients that stay: each sends a line every 20 ms until the file is there that ends them.
lines() {
    local number=0
    until [[ -e $work/enough ]]; do
        number=$((number + 1))
        echo "message $number of client $1"
        sleep 0.02
    done
    echo "$number" >"$work/sent.$1"
}
for ((client = 1; client <= clients; client++)); do
    lines "$client" | "$ALDIS" send "$address" --client "stays-$client" --retry forever --timeout 1m --json >"$work/send.$client.json" 2>"$work/send.$client.log" &
    processes+=($!)
    waiting+=($!)
done

all_are_connected() { (($(grep -l '"event":"connected"' "$work"/send.*.json | wc -l) == clients)); }
wait_until 300 all_are_connected

# What happened before is the start of many at once, and not the renewals'.
happened() { { grep -hc "\"event\":\"$1\"" "${@:2}" || true; } | awk '{ sum += $1 } END { print sum + 0 }'; }
before=$(happened reconnecting "$work"/send.*.json)
refused_before=$(happened connection-refused "$work/events.json")


# And those that come for one message, one after the other.
(
    number=0
    failed=0
    until [[ -e $work/enough ]]; do
        number=$((number + 1))
        "$ALDIS" send "$address" --client comes --retry 0s --timeout 1m "message $number" >/dev/null 2>>"$work/comes.log" || failed=$((failed + 1))
    done
    echo "$number $failed" >"$work/comes"
) &
processes+=($!)
waiting+=($!)

serials=$(shown)
for ((renewal = 1; renewal <= renewals; renewal++)); do
    acme renew --force-renewal --no-random-sleep-on-renew
    wait_until 60 is_shown
    serials+=$'\n'$(shown)
done
touch "$work/enough"
for process in "${waiting[@]}"; do
    wait "$process" || fail "a client failed: $(cat "$work"/send.*.log "$work/comes.log" | tail -3)"
done
kill "$server"
wait "$server" || fail "the server failed: $(tail -3 "$work/serve.log")"

read -r came failed <"$work/comes"
sent=$(($(cat "$work"/sent.* | paste -sd+) + came))
again=$(($(happened reconnecting "$work"/send.*.json) - before))
acknowledged=$(($(grep -h '"event":"summary"' "$work"/send.*.json | grep -o '"acknowledged":[0-9]*' | cut -d: -f2 | paste -sd+) + came - failed))
stored=$("$ALDIS" log --data "$work/data" --json 2>/dev/null | grep -c '"event":"message"')
refused=$(($(happened connection-refused "$work/events.json") - refused_before))
bad=$(happened reload-refused "$work/events.json")
read_again=$(happened reloaded "$work/events.json")
different=$(sort -u <<<"$serials" | wc -l)
dropped=$((again + failed + refused))
lost=$((acknowledged - stored))
held=no
((dropped == 0 && lost <= 0 && acknowledged == sent && different == renewals + 1 && bad == 0)) && held=yes
echo "renewal held=$held renewals=$renewals certificates=$different read_again=$read_again refused_reloads=$bad clients=$clients came=$came dropped=$dropped" \
    "sent=$sent acknowledged=$acknowledged stored=$stored lost=$((lost > 0 ? lost : 0))"
[[ $held == yes ]]
