#!/usr/bin/env bash
# Attacks `aldis serve` on loopback with what its documentation says it withstands, and says what held.
#
#   benchmarks/hostile.sh                  all attacks at once for 60 s on one server with a managed heap of 512 MiB, beside 50 honest
#                                          clients; about two and a half minutes
#   benchmarks/hostile.sh open-network     what comes to servers that are open to everybody, at once for 60 s, under the limits they have when nobody
#                                          sets any: slow headers, floods, resets, TLS that is none, wrong tokens, ids; two minutes and a half
#   benchmarks/hostile.sh ATTACK           one alone, at most a minute (million-identities: some minutes)
#   benchmarks/hostile.sh each             every one alone, one after the other
#   benchmarks/hostile.sh list             what there is, and what each checks
#   SECONDS_OF_ATTACK=20 ...               a shorter attack by all at once
#   FORM=short ...                         one alone as the tests run it: a second or two, nothing timed, no memory compared
#   HEAP_MIB=2048 ...                      another heap for the attacks on memory and for all at once
#   DIRECTORY=/srv/disk ...                data on another disk
#   ALDIS=/path/to/aldis ...               attacks a command that is built already
#
# Each prints one line of figures, `attack=NAME held=yes|no|unknown ...`, and ends with 0 or 1; unknown, which counts as 0, says what is
# missing. Where it may, it runs in a network namespace of its own (unshare), so that addresses can be added, sources forged and datagrams
# counted; failing disks take a C compiler. Needs Linux.
set -euo pipefail

usage() {
    echo "usage: benchmarks/hostile.sh [ATTACK | each | list]" >&2
    exit 2
}

[[ $# -le 1 && ${1:-all} =~ ^[a-z-]+$ ]] || usage
if [[ -z ${ALDIS_OWN_NETWORK:-} ]]; then
    for namespaces in '--mount --net' '--map-root-user --mount --net'; do
        # shellcheck disable=SC2086 # several words
        if unshare $namespaces ip link set lo up 2>/dev/null; then
            # shellcheck disable=SC2086
            ALDIS_OWN_NETWORK=yes exec unshare $namespaces "$BASH" "$0" "$@"
        fi
    done
fi

scratch_parent=${DIRECTORY:-}
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# An address of the server, those of an attacker's network, and those of somebody else's.
own_network() {
    ip link set lo up
    sysctl -qw net.ipv6.ip_nonlocal_bind=1
    ip -6 address add fd00:a1d1::1/64 dev lo nodad
    ip -6 route add local fd00:bad::/64 dev lo
    ip -6 route add local fd00:900d::/64 dev lo
}

options=(--work "$work")
if [[ -n ${ALDIS_OWN_NETWORK:-} ]] && own_network; then
    options+=(--own-network)
fi
if [[ ${FORM:-} == short ]]; then
    options+=(--short)
fi
if [[ ${1:-} != list ]]; then
    if [[ -n ${ALDIS:-} ]]; then
        options+=(--aldis "$ALDIS")
    else
        publish src/Aldis.Cli aldis
        options+=(--aldis "$work/aldis/aldis")
    fi
    if cc -shared -fPIC -O2 -Wall -Wextra -o "$work/faults.so" "$repository/benchmarks/tools/faults.c" -ldl 2>"$work/cc.log"; then
        options+=(--faults "$work/faults.so")
    else
        echo "no failing disks: $(head -n 1 "$work/cc.log")" >&2
    fi
fi
publish benchmarks/Aldis.Benchmarks benchmarks
ulimit -n "$(ulimit -Hn)"

# The attackers have one core and what they attack another, where there are two.
bound=()
if command -v taskset >/dev/null && [[ $(nproc) -ge 2 ]]; then
    bound=(taskset -c 1)
    options+=(--server-processor 0)
fi

attack() {
    "${bound[@]}" dotnet "$work/benchmarks/Aldis.Benchmarks.dll" hostile "$1" "${options[@]}" --seconds "${SECONDS_OF_ATTACK:-60}" --heap "${HEAP_MIB:-512}"
}

if [[ ${1:-} != each ]]; then
    attack "${1:-all}"
    exit
fi
status=0
while read -r name _; do
    attack "$name" || status=$?
done < <(attack list)
exit "$status"
