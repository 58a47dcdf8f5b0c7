#!/usr/bin/env bash
# The cluster proof: three servers of messages and a PostgreSQL of three nodes (streaming replication, a commit waits for either standby),
# every one a machine of its own, which is a network namespace. 24 native clients and 4 plain ones send to whichever server they reach,
# while the primary is killed (SIGKILL), stopped (SIGSTOP) or cut off, and a standby promoted as docs/cluster.md says; while the old
# primary wakes up behind that, and comes back as a standby; while standbys, servers and clients are killed and stopped, and the network is
# cut between any two. At the end both standbys stand still for a while. Then what was acknowledged is compared with what is stored.
#
#   benchmarks/cluster-chaos.sh [RUNS] [SEED] [SECONDS]   30 runs of 60 s unless told otherwise, from SEED (1) on; fails if any fails
#   LEVEL=replicated benchmarks/cluster-chaos.sh           at that level; durable if left out
#   LOCAL=1 benchmarks/cluster-chaos.sh                    every commit is the primary's alone: has to fail, at durable; at replicated each is
#                                                          looked for on a standby all the same
#   FENCING=1 benchmarks/cluster-chaos.sh 1 1 30           nothing but that a server stands still for 30 s, while its clients move on
#
# A line for each run: lost, acknowledged and not stored; duplicated, disordered (out of its client's order) and different; stale, stored by a server whose client had moved on; wrong, what a
# client was told that cannot be; on_one_node, acknowledged and not on the node that was promoted; with_two_out, acknowledged while both
# standbys stood still. Then how often what befell, and the longest time without any acknowledgement behind each.
#
# Takes root (namespaces), Debian's postgresql-15 and python3. The seed decides what befalls whom, as far as the machine's scheduling allows.
set -euo pipefail

[[ $# -le 3 && ${1:-30} =~ ^[0-9]+$ && ${2:-1} =~ ^[0-9]+$ && ${3:-60} =~ ^[0-9]+$ ]] \
    || { echo "usage: benchmarks/cluster-chaos.sh [RUNS] [SEED] [SECONDS]" >&2; exit 2; }
[[ $EUID == 0 ]] || { echo "benchmarks/cluster-chaos.sh makes network namespaces: run it as root" >&2; exit 2; }
scratch_parent=/tmp # PostgreSQL runs as a user of its own
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

aldis=${ALDIS:-$work/aldis/aldis}
[[ -n ${ALDIS:-} ]] || publish src/Aldis.Cli aldis
failed=0
for ((seed = ${2:-1}; seed < ${2:-1} + ${1:-30}; seed++)); do
    python3 "$repository/benchmarks/tools/cluster/chaos.py" "$aldis" "$seed" "${3:-60}" "${LEVEL:-durable}" ${LOCAL:+local} ${FENCING:+fencing} || failed=$((failed + 1))
done
echo "runs=${1:-30} failed=$failed"
((failed == 0))
