#!/usr/bin/env bash
# The kill proof, longer than the tests run it: 8 native and 8 plain clients send numbered messages to `aldis serve messages`, which is killed
# with SIGKILL at random moments and started again; clients are killed too. Then the journal is compared with what was acknowledged. After
# that the same with three processes of `aldis send --outbox --skip-taken`, killed and started again like the server.
#
#   benchmarks/kill.sh [KILLS] [SEED]     50 kills unless told otherwise; prints the counts, fails if anything is lost or doubled
#   LEVEL=received benchmarks/kill.sh     a server that acknowledges before it writes: has to fail
#
# The seed decides when is killed as far as the machine's scheduling allows; without one it is random and printed.
set -euo pipefail

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
tests="$repository/tests/Aldis.Cli.Tests"
log=$(mktemp)
trap 'rm -f "$log"' EXIT

[[ ${1:-50} =~ ^[0-9]+$ && ${2:-0} =~ ^[0-9]+$ ]] || { echo "usage: benchmarks/kill.sh [KILLS] [SEED]" >&2; exit 2; }
dotnet build --configuration Release "$tests" >"$log" || { cat "$log" >&2; exit 1; }
status=0
ALDIS_KILLS=${1:-50} ALDIS_SEED=${2:-} ALDIS_LEVEL=${LEVEL:-durable} \
    dotnet run --configuration Release --no-build --project "$tests" -- \
    --filter-method 'Aldis.Cli.Tests.KillProof.KillProofTests.What_is_acknowledged*' \
    --filter-method 'Aldis.Cli.Tests.KillProof.SendKillTests.*' --parallel none --output Detailed >"$log" 2>&1 || status=$?
sed -n 's/^ *\(kills=.*\)/\1/p; s/^ *\(senders=.*\)/\1/p' "$log" | sort -u
if ((status == 0)); then
    echo "holds: every acknowledged message is in the journal, those of native clients exactly once and in order"
else
    cat "$log"
    echo "DOES NOT HOLD"
fi
exit "$status"
