#!/usr/bin/env bash
# Changes the parsers of Aldis.Protocols and MessageSession in many small ways (Stryker.NET), one at a time, and says how many of the changes their
# tests notice, and which they do not. It works on a copy of the tree, whose tests are those of these parsers alone: others would take longer and
# notice nothing. A change that makes a test run out of time counts as noticed, so it needs a machine that does nothing else.
#
#   eng/mutation.sh                         some twenty minutes on two cores
#   LEAST=80                                percent of the changes; ends with 1 below them
#   REPORT=FILE                             keeps the report (JSON, mutation-testing-report-schema)
set -euo pipefail
repository=$(cd "$(dirname "$0")/.." && pwd)
least=${LEAST:-80}
version=5.1.0
export ALDIS_MODEL_RUNS=${ALDIS_MODEL_RUNS:-200} ALDIS_FUZZ_INPUTS=${ALDIS_FUZZ_INPUTS:-5000} DOTNET_NOLOGO=1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

mkdir "$work/tree"
(cd "$repository" && tar c --exclude=bin --exclude=obj global.json Directory.Build.props Directory.Packages.props .editorconfig src \
    tests/Aldis.Protocols.Tests) | tar x -C "$work/tree"
tests=$work/tree/tests/Aldis.Protocols.Tests
find "$tests" -name '*.cs' | while read -r file; do
    case ${file#"$tests/"} in
        Access/* | Framing/*) ;;
        Messages/AnswerPatienceTests.cs | Messages/DeliveryPatienceTests.cs) rm "$file" ;;
        Messages/*) ;;
        Arq/Crowd.cs | Arq/Forge.cs | Arq/Pair.cs) ;;
        Arq/PacketCodecTests.cs | Arq/DatagramWalkTests.cs | Arq/FuzzTests.cs | Arq/HandshakeTests.cs | Arq/RefusalTests.cs | Arq/AmplificationTests.cs) ;;
        *) rm "$file" ;;
    esac
done
cat >"$tests/stryker-config.json" <<'SETTINGS'
{
  "stryker-config": {
    "project": "Aldis.Protocols.csproj",
    "test-runner": "mtp",
    "configuration": "Release",
    "coverage-analysis": "perTest",
    "concurrency": 2,
    "additional-timeout": 60000,
    "reporters": [ "Json" ],
    "mutate": [
      "**/Messages/ClientUnit.cs", "**/Messages/ServerUnit.cs", "**/Messages/ServerHello.cs", "**/Messages/Plain*.cs", "**/Messages/MessageSession.cs",
      "**/Framing/*.cs", "**/Access/*.cs", "**/Arq/Wire/*.cs"
    ]
  }
}
SETTINGS
dotnet tool install dotnet-stryker --version "$version" --tool-path "$work/tools" >"$work/tools.log" || { cat "$work/tools.log" >&2; exit 2; }
(cd "$tests" && "$work/tools/dotnet-stryker" --output "$work/out" --skip-version-check)
if [[ -n ${REPORT:-} ]]; then
    cp "$work"/out/reports/mutation-report.json "$REPORT"
fi

python3 - "$least" "$work/out/reports/mutation-report.json" <<'REPORT'
import collections, json, sys
least = float(sys.argv[1])
noticed, counted = 0, 0
for path, file in sorted(json.load(open(sys.argv[2]))["files"].items()):
    states = collections.Counter(mutant["status"] for mutant in file["mutants"])
    killed = states["Killed"] + states["Timeout"]
    total = killed + states["Survived"] + states["NoCoverage"]
    noticed, counted = noticed + killed, counted + total
    if total:
        name = path.split("Aldis.Protocols/")[-1]
        print(f"{name}: {killed} of {total} noticed ({states['Timeout']} by running out of time)")
        for mutant in file["mutants"]:
            if mutant["status"] in ("Survived", "NoCoverage"):
                line = mutant["location"]["start"]["line"]
                print(f"    {name}:{line} {mutant['status']}: {mutant['mutatorName']} -> {' '.join(mutant.get('replacement', '').split())[:100]}")
score = 100 * noticed / counted
print(f"{noticed} of {counted} changes of the parsers and MessageSession are noticed by their tests: {score:.1f} %")
sys.exit(score < least)
REPORT
