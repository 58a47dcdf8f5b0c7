#!/usr/bin/env bash
# The copy proof, longer than the tests run it: one file of 256 MiB and a tree of 2,000 files, over tcp and over arq, are copied with
# `aldis copy` while connections are reset, the network is cut, the server is killed (SIGKILL) or restarted, and the copy itself is killed or
# interrupted and started again with the same words. What arrives is compared; the bytes that were sent again may be one chunk (1 MiB)
# for each cut, two where the server was killed.
#
#   benchmarks/cuts.sh [CUTS] [SEED]           100 cuts of each unless told otherwise; prints the counts, fails if anything differs
#   ALDIS_COPY=arq-tree ...                    one of the four alone: tcp-file, tcp-tree, arq-file, arq-tree
#   ALDIS_DIRECTORY=/srv/disk ...              on another disk
#
# The seed decides when is cut and how, as far as the machine's scheduling allows; without one it is random and printed.
set -euo pipefail

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
tests="$repository/tests/Aldis.Cli.Tests"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
[[ $# -le 2 && ${1:-100} =~ ^[0-9]+$ && ${2:-0} =~ ^[0-9]+$ ]] || { echo "usage: benchmarks/cuts.sh [CUTS] [SEED]" >&2; exit 2; }
export ALDIS_CUTS=${1:-100} ALDIS_SEED=${2:-} ALDIS_PATIENCE=600
dotnet build --configuration Release "$tests" >"$log" || { cat "$log" >&2; exit 1; }
status=0
dotnet run --configuration Release --no-build --project "$tests" -- --filter-class 'Aldis.Cli.Tests.CopyProof.CopyProofTests' \
    --parallel none --output Detailed >"$log" 2>&1 || status=$?
sed -n 's/^ *\(cuts=.*\)/\1/p' "$log" | sort -u
if ((status == 0)); then
    echo "holds: what arrived is what was there, and at most one chunk a cut was sent again"
else
    grep -av '^\[+\|^$' "$log"
    echo "DOES NOT HOLD"
fi
exit "$status"
