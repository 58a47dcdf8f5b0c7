#!/usr/bin/env bash
# eng/site.sh [FOLDER]: makes a site of docs/ in FOLDER (artifacts/site if left out), with docfx, a .NET tool that is fetched where it is missing.
# The reference of the libraries is made of their doc comments, so they are built first.
# What the documents link to is checked by a test (LinkTests); what docfx finds beside that is an error here.
set -euo pipefail
cd "$(dirname "$0")/.."
out=$(realpath -m "${1:-artifacts/site}")
tools=artifacts/tools
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
[[ -x $tools/docfx ]] || dotnet tool install docfx --version 2.81.0 --tool-path "$tools" >/dev/null
dotnet build -c Release src/Aldis.Cli -v quiet -nologo -clp:ErrorsOnly >artifacts/site.log || { cat artifacts/site.log >&2; exit 1; }
# What the libraries refer to, beside .NET itself, which docfx knows.
references=$(dotnet --list-runtimes | sed -n 's:^Microsoft.AspNetCore.App \(10[^ ]*\) \[\(.*\)\]$:\2/\1:p' | tail -n 1)
rm -rf docs/api artifacts/references
mkdir artifacts/references
cp "$references"/*.dll artifacts/references
"$tools/docfx" metadata docs/docfx.json --logLevel warning >artifacts/site.log 2>&1 || { cat artifacts/site.log >&2; exit 1; }
"$tools/docfx" build docs/docfx.json --output "$out" --logLevel warning >>artifacts/site.log 2>&1 || { cat artifacts/site.log >&2; exit 1; }
# Documents refer to sources too; those are no pages, and LinkTests looks after them.
wrong=$(grep -E '(^|: )(warning|error)' artifacts/site.log | grep -v 'InvalidFileLink' || true)
[[ -z $wrong ]] || { echo "$wrong" >&2; exit 1; }
echo "$(find "$out" -name '*.html' | wc -l) pages in $out"
