#!/usr/bin/env bash
# eng/release.sh VERSION [--dry-run]: walks the checklist of a release, stops at the first point that does not hold, and goes on there when it is
# called again. With --dry-run it looks at what changes nothing and takes seconds, and names the rest.
# It publishes nothing: at its end there is a tag and a folder of packages, and a sentence what to do with them.
set -euo pipefail
cd "$(dirname "$0")/.."
version=${1:-}
[[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.]+)?$ ]] || { echo "eng/release.sh VERSION [--dry-run], such as 1.2.0 or 1.2.0-rc.1" >&2; exit 2; }
dry_run=${2:-}
[[ -z $dry_run || $dry_run == --dry-run ]] || { echo "eng/release.sh VERSION [--dry-run]" >&2; exit 2; }
done_file=artifacts/release-$version
mkdir -p artifacts
touch "$done_file"

# point NAME: runs the function of that name, once for each release.
point() {
    if grep -qx "$1" "$done_file"; then
        echo "[x] $1"
        return
    fi
    echo "[ ] $1"
    if [[ -n $dry_run ]]; then
        case $1 in
        the_tree_is_clean_and_on_main | there_is_something_to_tell) "$1" ;;
        esac
        return
    fi
    "$1"
    echo "$1" >>"$done_file"
}

stop() {
    echo "    $*" >&2
    exit 1
}

the_tree_is_clean_and_on_main() {
    [[ -z $(git status --porcelain --untracked-files=no) ]] || stop "commit or stash what is changed"
    [[ $(git branch --show-current) == main ]] || stop "a release is made of main"
    ! git rev-parse -q --verify "refs/tags/v$version" >/dev/null || stop "v$version is released already"
}

there_is_something_to_tell() {
    [[ -n $(ls changelog/unreleased) ]] || stop "changelog/unreleased is empty"
    python3 eng/changelog.py >/dev/null
}

continuous_integration_passes() {
    bash .ci/run >"artifacts/release-$version.ci.log" 2>&1 || stop "see artifacts/release-$version.ci.log"
    tail -n 1 "artifacts/release-$version.ci.log"
}

nothing_acknowledged_is_lost_in_the_long_runs() {
    benchmarks/kill.sh 50 "$RANDOM" >"artifacts/release-$version.kill.log" 2>&1 || stop "see artifacts/release-$version.kill.log"
    benchmarks/cuts.sh 100 "$RANDOM" >"artifacts/release-$version.cuts.log" 2>&1 || stop "see artifacts/release-$version.cuts.log"
}

version_changelog_and_public_surface_say_so() {
    sed -i "s:<Version>.*</Version>:<Version>$version</Version>:" Directory.Build.props
    python3 eng/changelog.py "$version" "$(date -u +%F)"
    # What was public and unreleased is released.
    local unshipped shipped
    for unshipped in src/*/PublicAPI.Unshipped.txt; do
        shipped=${unshipped/Unshipped/Shipped}
        { echo '#nullable enable'; sed -s '/^#nullable enable/d' "$shipped" "$unshipped" | LC_ALL=C sort -u; } >"$shipped.new"
        mv "$shipped.new" "$shipped"
        echo '#nullable enable' >"$unshipped"
    done
    dotnet build -c Release -v q -clp:ErrorsOnly -nologo
    git commit -aqm "Release $version"
}

packages_are_made() { eng/package.sh "artifacts/release-$version"; }

packages_are_proven() { eng/prove-packages.sh "artifacts/release-$version"; }

it_is_tagged() { git tag -a "v$version" -m "Aldis $version"; }

for name in the_tree_is_clean_and_on_main there_is_something_to_tell continuous_integration_passes \
    nothing_acknowledged_is_lost_in_the_long_runs version_changelog_and_public_surface_say_so packages_are_made \
    packages_are_proven it_is_tagged; do
    point "$name"
done
[[ -z $dry_run ]] || exit 0
echo "Push main and v$version; publish what is in artifacts/release-$version, with the part of CHANGELOG.md that is about it."
