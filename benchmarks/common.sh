# What the scripts that measure share; sourced by them, after `set -euo pipefail`. A scratch folder ($work, within $scratch_parent where
# that is set) and the processes listed in $processes are gone when the script ends; what else it made, it gives back in a function
# named release.

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
work=$(mktemp -d "${scratch_parent:-${TMPDIR:-/tmp}}/aldis-XXXXXX")
processes=()

finish() {
    for process in "${processes[@]}"; do
        kill "$process" 2>/dev/null || true
    done
    wait 2>/dev/null || true
    if declare -F release >/dev/null; then
        release
    fi
    rm -rf "$work"
}
export ALDIS_DASHBOARD=off # its page is measured by benchmarks of its own
trap finish EXIT
trap 'exit 130' INT TERM

fail() {
    echo "$*" >&2
    exit 1
}

# publish PROJECT FOLDER: builds a project of the repository into a folder of the scratch folder.
publish() {
    dotnet publish --configuration Release --output "$work/$2" "$repository/$1" >"$work/publish.log" || fail "$(cat "$work/publish.log")"
}

# median FILE [COLUMN]: the median of its numbers, those of the first column unless told otherwise.
median() {
    sort -n -k "${2:-1},${2:-1}" "$1" | awk -v column="${2:-1}" '{ value[NR] = $column } END { print value[int((NR + 1) / 2)] }'
}

# keep_awake: asks the kernel not to halt the processors, until the script ends: it keeps to it while the file is open.
keep_awake() {
    if [[ -w /dev/cpu_dma_latency ]]; then
        exec {awake}>/dev/cpu_dma_latency
        printf '\0\0\0\0' >&"$awake"
    fi
}
