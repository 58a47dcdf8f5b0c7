#!/usr/bin/env bash
# Changes the parsers and MessageSession in many small ways (Stryker.NET), one at a time, and says how many of the changes their tests notice, and
# which they do not. The parsers are those of frames, tokens, plain and native messages and packets of arq; of addresses; of the configuration. It works on copies of the tree, whose tests are those of one piece alone: others would take longer and notice little more. A
# change that makes a test run out of time counts as noticed, so a busy machine makes the score better than it is: how many did is printed.
#
#   eng/mutation.sh                         all of it; some thirty minutes on two cores
#   eng/mutation.sh PIECE...                some: framing, access, messages, session, arq (together: protocols), addresses, configuration
#   LEAST=80                                percent of the changes of all that was asked for; ends with 1 below them
#   REPORTS=DIRECTORY                       keeps the reports (PIECE.json, mutation-testing-report-schema)
set -euo pipefail
repository=$(cd "$(dirname "$0")/.." && pwd)
least=${LEAST:-80}
version=5.1.0
export ALDIS_MODEL_RUNS=${ALDIS_MODEL_RUNS:-200} ALDIS_FUZZ_INPUTS=${ALDIS_FUZZ_INPUTS:-5000} DOTNET_NOLOGO=1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
reports=${REPORTS:-$work/reports}
mkdir -p "$reports"
(($# > 0)) || set -- protocols addresses configuration

# choose PIECE: what is changed, and the tests that are kept, with what they are built of.
choose() {
    local arq='Arq/Crowd.cs|Arq/Forge.cs|Arq/Pair.cs|Arq/PacketCodecTests.cs|Arq/DatagramWalkTests.cs|Arq/FuzzTests.cs|Arq/HandshakeTests.cs'
    arq+='|Arq/WireEdgeTests.cs|Arq/RefusalTests.cs|Arq/AmplificationTests.cs'
    local parsers=("Messages/ClientUnit.cs" "Messages/ServerUnit.cs" "Messages/ServerHello.cs" "Messages/Plain*.cs")
    library=Protocols
    case $1 in
        protocols)
            changed=("Framing/*.cs" "Access/*.cs" "${parsers[@]}" "Messages/MessageSession.cs" "Arq/Wire/*.cs")
            kept="Framing/*|Access/*|Messages/[!AD]*|$arq"
            ;;
        framing) changed=("Framing/*.cs") kept='Framing/*|Messages/NativeUnitTests.cs' ;;
        access) changed=("Access/*.cs") kept='Access/*' ;;
        messages) changed=("${parsers[@]}") kept='Framing/*|Messages/[!AD]*' ;;
        session) changed=("Messages/MessageSession.cs") kept='Framing/Pieces.cs|Messages/[!AD]*' ;;
        arq) changed=("Arq/Wire/*.cs") kept=$arq ;;
        addresses) library=Transports changed=("Addresses/*.cs") kept='Addresses/*' ;;
        # What reads; what prints and describes it is tried by the command, in processes whose changes are not seen from here.
        configuration) library=Cli changed=("Serve/Configuration/"{ConfigurationFile,ServeConfiguration,Layer,"*Setting"}.cs) kept='Configuration/ConfigurationFileTests.cs|Configuration/ServeConfigurationTests.cs' ;;
        *)
            echo "there is no piece '$1'; see the beginning of $0" >&2
            exit 2
            ;;
    esac
}

# change PIECE: leaves its report.
change() {
    local tree=$work/$1 tests file
    choose "$1"
    tests=$tree/tests/Aldis.$library.Tests
    mkdir "$tree"
    (cd "$repository" && tar c --exclude=bin --exclude=obj global.json Directory.Build.props Directory.Packages.props .editorconfig src \
        tests/Shared "tests/Aldis.$library.Tests") | tar x -C "$tree"
    find "$tests" -name '*.cs' | while read -r file; do
        is_kept "${file#"$tests/"}" || rm "$file"
    done
    # What other rooms share with these tests is not needed by those that are kept.
    sed -i '/benchmarks\/\|Aldis.Postgres.Tests/d' "$tests/Aldis.$library.Tests.csproj"
    {
        printf '{"stryker-config": {"project": "Aldis.%s.csproj",' "$library"
        printf ' "test-runner": "mtp", "configuration": "Release",'
        printf ' "coverage-analysis": "perTest", "concurrency": 2, "additional-timeout": 20000, "reporters": ["Json"], "mutate": ['
        printf '"**/%s", ' "${changed[@]}" | sed 's/, $//'
        printf ']}}\n'
    } >"$tests/stryker-config.json"
    (cd "$tests" && "$work/tools/dotnet-stryker" --output "$work/out-$1" --skip-version-check)
    cp "$work/out-$1/reports/mutation-report.json" "$reports/$1.json"
    rm -rf "$tree"
}

is_kept() {
    local pattern
    while read -r pattern; do
        # shellcheck disable=SC2053 # a pattern
        [[ $1 == $pattern ]] && return
    done <<<"${kept//|/$'\n'}"
    return 1
}

dotnet tool install dotnet-stryker --version "$version" --tool-path "$work/tools" >"$work/tools.log" || { cat "$work/tools.log" >&2; exit 2; }
for piece in "$@"; do
    change "$piece"
done

python3 - "$least" "$reports" "$@" <<'REPORT'
import collections, json, sys
least, reports, pieces = float(sys.argv[1]), sys.argv[2], sys.argv[3:]
noticed, counted = 0, 0
for piece in pieces:
    of_piece, in_piece = 0, 0
    for path, file in sorted(json.load(open(f"{reports}/{piece}.json"))["files"].items()):
        states = collections.Counter(mutant["status"] for mutant in file["mutants"])
        killed = states["Killed"] + states["Timeout"]
        total = killed + states["Survived"] + states["NoCoverage"]
        of_piece, in_piece = of_piece + killed, in_piece + total
        if not total:
            continue
        name = "/".join(path.split("/")[-2:])
        print(f"{name}: {killed} of {total} noticed ({states['Timeout']} by running out of time)")
        for mutant in file["mutants"]:
            if mutant["status"] in ("Survived", "NoCoverage"):
                line = mutant["location"]["start"]["line"]
                print(f"    {name}:{line} {mutant['status']}: {mutant['mutatorName']} -> {' '.join(mutant.get('replacement', '').split())[:100]}")
    print(f"{piece}: {of_piece} of {in_piece} changes are noticed: {100 * of_piece / in_piece:.1f} %")
    noticed, counted = noticed + of_piece, counted + in_piece
score = 100 * noticed / counted
print(f"{noticed} of {counted} changes are noticed by their tests: {score:.1f} %")
sys.exit(score < least)
REPORT
