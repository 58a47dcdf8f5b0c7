#!/usr/bin/env bash
# The kill proof, longer than the tests run it, in two kinds.
#
# Kills: 8 native and 8 plain clients send numbered messages to `aldis serve messages`, which is killed with SIGKILL at random moments and
# started again; clients are killed too. Then the journal is compared with what was acknowledged. After that the same with three processes
# of `aldis send --outbox --skip-taken`, killed and started again like the server.
#
# Edges: as many scenarios as wanted, each drawn from a seed: the server stopped, killed, frozen, absent or full for a while; senders over
# tcp, unix and arq, with and without an outbox, killed, interrupted and started again, with pauses longer than their patience; two senders
# under one id in a fifth of the runs, a full disk on either side in a fifth, a wall clock that jumps in a fifth. Whatever was acknowledged
# is in the journal with these bytes, nothing that was taken or read is nowhere, nothing outlasts what its options allow, and every exit
# code is one that docs/protocols/messages.md section 5 explains. Full disks take the right to mount a file system in a namespace, clocks
# that jump take a C compiler. Where one is missing, such scenarios run without it and the counts say so.
#
#   benchmarks/kill.sh [KILLS] [SEED]          50 kills unless told otherwise; prints the counts, fails if anything is lost or doubled
#   benchmarks/kill.sh edges [RUNS] [SEED]     200 runs unless told otherwise, two at once, from SEED on; a failing one prints how to
#                                              repeat it alone
#   LEVEL=received benchmarks/kill.sh          a server that acknowledges before it writes: has to fail
#
# The seed decides when is killed as far as the machine's scheduling allows; without one it is random and printed.
set -euo pipefail

usage() {
    echo "usage: benchmarks/kill.sh [KILLS] [SEED] | edges [RUNS] [SEED]" >&2
    exit 2
}

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
tests="$repository/tests/Aldis.Cli.Tests"
log=$(mktemp)
trap 'rm -f "$log"' EXIT

kind=kills
if [[ ${1:-} == edges ]]; then
    kind=edges
    shift
fi
[[ $# -le 2 && ${1:-50} =~ ^[0-9]+$ && ${2:-0} =~ ^[0-9]+$ ]] || usage
export ALDIS_SEED=${2:-}
if [[ $kind == edges ]]; then
    export ALDIS_EDGES=${1:-200}
    filter=(--filter-method 'Aldis.Cli.Tests.KillProof.EdgeProofTests.At_the_edges*')
    promise="nothing acknowledged or read is missing or altered, nothing hung, every exit code is explained"
else
    export ALDIS_KILLS=${1:-50} ALDIS_LEVEL=${LEVEL:-durable}
    filter=(--filter-method 'Aldis.Cli.Tests.KillProof.KillProofTests.What_is_acknowledged*'
        --filter-method 'Aldis.Cli.Tests.KillProof.SendKillTests.*')
    promise="every acknowledged message is in the journal, those of native clients exactly once and in order"
fi

dotnet build --configuration Release "$tests" >"$log" || { cat "$log" >&2; exit 1; }
# In a mount namespace of its own, so that no file system of the proof outlives it; without the rights of root, in a user namespace too.
inside=()
for namespaces in --mount '--map-root-user --mount'; do
    # shellcheck disable=SC2086 # several words
    if unshare $namespaces true 2>/dev/null; then
        read -ra inside <<<"unshare $namespaces"
        break
    fi
done
status=0
"${inside[@]}" dotnet run --configuration Release --no-build --project "$tests" -- "${filter[@]}" --parallel none --output Detailed >"$log" 2>&1 || status=$?
sed -n 's/^ *\(kills=.*\)/\1/p; s/^ *\(senders=.*\)/\1/p; s/^ *\(edges=.*\)/\1/p' "$log" | sort -u
if ((status == 0)); then
    echo "holds: $promise"
else
    # Without the runner's lines about a test that takes long.
    grep -av '^\[+\|^$' "$log"
    echo "DOES NOT HOLD"
fi
exit "$status"
