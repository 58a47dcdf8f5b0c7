#!/usr/bin/env bash
# Says how much of Aldis.Protocols its own tests run through, line by line, and which files are below LEAST percent. The test project has no
# collector (it runs on Microsoft.Testing.Platform); so a copy of what was built is run by VSTest with coverlet beside it.
#
#   eng/coverage.sh                         builds the tests, some five minutes on two cores
#   LEAST=95                                percent of lines; ends with 1 below them
#   ALDIS_SIMULATION_SEEDS=2400 ...         with as many networks as the tests have by themselves; here 120 are drawn
set -euo pipefail
repository=$(cd "$(dirname "$0")/.." && pwd)
least=${LEAST:-95}
export ALDIS_SIMULATION_SEEDS=${ALDIS_SIMULATION_SEEDS:-40} ALDIS_FUZZ_INPUTS=${ALDIS_FUZZ_INPUTS:-2000} ALDIS_MODEL_RUNS=${ALDIS_MODEL_RUNS:-200} DOTNET_NOLOGO=1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

dotnet build -c Release "$repository/tests/Aldis.Protocols.Tests" -v q -clp:ErrorsOnly
cp "$repository/global.json" "$work"
mkdir "$work/packages"
cat >"$work/packages/packages.csproj" <<'PROJECT'
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><TargetFramework>net10.0</TargetFramework></PropertyGroup>
  <ItemGroup>
    <PackageReference Include="coverlet.collector" Version="8.0.1" />
    <PackageReference Include="Microsoft.TestPlatform.TestHost" Version="18.0.1" />
    <PackageReference Include="xunit.runner.visualstudio" Version="3.1.5" />
  </ItemGroup>
</Project>
PROJECT
(cd "$work/packages" && dotnet restore -v q)
cache=$(dotnet nuget locals global-packages --list | sed 's/^global-packages: //')
mkdir "$work/adapters"
cp -r "$cache"/coverlet.collector/8.0.1/build/net8.0/. "$work/adapters"
cp "$cache"/xunit.runner.visualstudio/3.1.5/build/net8.0/*.dll "$work/adapters"

# Without its list of dependencies the copy takes the assemblies that lie beside it.
cp -r "$repository/tests/Aldis.Protocols.Tests/bin/Release/net10.0" "$work/tests"
rm "$work/tests/Aldis.Protocols.Tests.deps.json"
cp -n "$cache"/microsoft.testplatform.testhost/18.0.1/lib/net8.0/*.dll "$cache"/microsoft.testplatform.objectmodel/18.0.1/lib/net8.0/*.dll \
    "$cache"/newtonsoft.json/13.*/lib/net6.0/*.dll "$work/adapters"/*.dll "$work/tests"
cat >"$work/run.runsettings" <<'SETTINGS'
<RunSettings>
  <DataCollectionRunSettings>
    <DataCollectors>
      <DataCollector friendlyName="XPlat Code Coverage">
        <Configuration><Format>cobertura</Format><Include>[Aldis.Protocols]*</Include><SkipAutoProps>true</SkipAutoProps><SingleHit>true</SingleHit></Configuration>
      </DataCollector>
    </DataCollectors>
  </DataCollectionRunSettings>
</RunSettings>
SETTINGS
# PurityTests look at what Aldis.Protocols refers to, and coverlet adds to that.
(cd "$work" && dotnet vstest tests/Aldis.Protocols.Tests.dll --collect:"XPlat Code Coverage" --TestAdapterPath:"$work/adapters" \
    --settings:run.runsettings --ResultsDirectory:"$work/results" --TestCaseFilter:'FullyQualifiedName!~PurityTests&FullyQualifiedName!~Exploration&FullyQualifiedName!~GoodputMatrixTests&FullyQualifiedName!~StepTests') | grep -v '^  Skipped'

python3 - "$least" "$work"/results/*/coverage.cobertura.xml <<'REPORT'
import sys, xml.etree.ElementTree as tree
least = float(sys.argv[1])
files = {}
for kind in tree.parse(sys.argv[2]).getroot().iter("class"):
    lines = files.setdefault(kind.get("filename"), {})
    for line in kind.find("lines"):
        number = int(line.get("number"))
        lines[number] = max(lines.get(number, 0), int(line.get("hits")))
count = sum(len(lines) for lines in files.values())
run = sum(hits > 0 for lines in files.values() for hits in lines.values())
for name, lines in sorted(files.items()):
    missed = [number for number, hits in lines.items() if hits == 0]
    if lines and 100 * (len(lines) - len(missed)) / len(lines) < least:
        print(f"{name}: {len(lines) - len(missed)} of {len(lines)} lines; not {', '.join(map(str, missed[:20]))}")
share = 100 * run / count
print(f"{run} of {count} lines of Aldis.Protocols are run by its tests: {share:.1f} %")
sys.exit(share < least)
REPORT
