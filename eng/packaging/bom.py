"""bom.py: what the native command is made of. Holds the packages that it was built with against the lock files of the tree, and writes a
bill of materials (CycloneDX 1.6) and the notices that their licences ask for."""

import argparse
import datetime
import json
import os
import pathlib
import re
import sys
import uuid
import xml.etree.ElementTree as xml

TREE = pathlib.Path(__file__).resolve().parents[2]
# Parts of the build, of which nothing is in the command.
BUILD_ONLY = re.compile(r"Meziantou\.|Microsoft\.CodeAnalysis\.|Microsoft\.NET\.ILLink|Microsoft\.SourceLink|Microsoft\.Build\.")
# What compiles it, and the runtime that it puts into the command; of the version that the SDK in global.json has.
COMPILER = re.compile(r"(runtime\.[^.]+\.)?Microsoft\.DotNet\.ILCompiler")


def packages(lock: pathlib.Path) -> dict:
    found = {}
    for framework in json.loads(lock.read_text())["dependencies"].values():
        for name, entry in framework.items():
            if entry["type"] != "Project":
                found[name] = (entry["resolved"], entry["contentHash"])
    return found


def metadata(name: str, version: str) -> tuple:
    folder = pathlib.Path(os.environ.get("NUGET_PACKAGES", pathlib.Path.home() / ".nuget/packages")) / name.lower() / version.lower()
    root = xml.parse(folder / f"{name.lower()}.nuspec").getroot()
    space = root.tag[: root.tag.index("}") + 1]
    about = root.find(space + "metadata")
    licence = about.find(space + "license")
    text = about.findtext(space + "copyright") or about.findtext(space + "authors") or ""
    files = [folder / licence.text] if licence is not None and licence.get("type") == "file" else []
    for pattern in ("LICENSE*", "THIRD-PARTY-NOTICES*", "ThirdPartyNotices*", "NOTICE*"):
        files += [file for file in sorted(folder.glob(pattern)) if file not in files]
    expression = licence.text if licence is not None and licence.get("type") == "expression" else None
    return expression, text, [file.read_text(errors="replace") for file in files]


def main() -> None:
    parser = argparse.ArgumentParser()
    for option in ("--locks", "--blake3", "--version", "--sbom", "--notices"):
        parser.add_argument(option, required=True)
    arguments = parser.parse_args()
    used = {}
    for lock in sorted(pathlib.Path(arguments.locks).glob("*.json")):
        pinned = packages(TREE / "src" / lock.stem / "packages.lock.json")
        for name, entry in packages(lock).items():
            if not COMPILER.fullmatch(name) and pinned.get(name) != entry:
                sys.exit(f"{name} {entry[0]} is not what src/{lock.stem}/packages.lock.json pins: {pinned.get(name)}")
            used[name] = entry[0]

    components = []
    notices = ["Aldis holds parts of these works, under their licences.\n"]
    for name in sorted(used, key=str.lower):
        if BUILD_ONLY.match(name):
            continue
        expression, owner, texts = metadata(name, used[name])
        component = {
            "type": "library",
            "bom-ref": f"pkg:nuget/{name}@{used[name]}",
            "name": name,
            "version": used[name],
            "purl": f"pkg:nuget/{name}@{used[name]}",
        }
        if expression:
            component["licenses"] = [{"expression": expression}]
        components.append(component)
        notices.append("\n".join(["=" * 78, f"{name} {used[name]}  {expression or ''}".rstrip(), owner, *texts]))
    blake3 = pathlib.Path(arguments.blake3)
    version = (blake3 / "VERSION").read_text().strip()
    components.append(
        {
            "type": "library",
            "bom-ref": f"pkg:deb/debian/librust-blake3-dev@{version}",
            "name": "BLAKE3",
            "version": version.partition("-")[0],
            "licenses": [{"expression": "CC0-1.0 OR Apache-2.0"}],
            "purl": f"pkg:deb/debian/librust-blake3-dev@{version}",
        }
    )
    notices.append("\n".join(["=" * 78, f"BLAKE3 {version}  CC0-1.0 OR Apache-2.0", (blake3 / "LICENSE").read_text()]))
    for folder in sorted((TREE / "src").rglob("*LICENSE*")) + sorted((TREE / "src").rglob("*LICENCE*")):
        if "obj" not in folder.parts and "bin" not in folder.parts:
            notices.append("\n".join(["=" * 78, f"{folder.stem} ({folder.parent.relative_to(TREE)})", folder.read_text()]))

    moment = datetime.datetime.fromtimestamp(int(os.environ["SOURCE_DATE_EPOCH"]), datetime.timezone.utc)
    root = f"pkg:generic/aldis@{arguments.version}"
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, root + json.dumps(components))}",
        "version": 1,
        "metadata": {
            "timestamp": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "component": {
                "type": "application",
                "bom-ref": root,
                "name": "aldis",
                "version": arguments.version,
                "licenses": [{"expression": "Apache-2.0"}],
                "purl": root,
            },
        },
        "components": components,
        "dependencies": [{"ref": root, "dependsOn": [component["bom-ref"] for component in components]}],
    }
    pathlib.Path(arguments.sbom).write_text(json.dumps(document, indent=2) + "\n")
    pathlib.Path(arguments.notices).write_text("\n\n".join(notices) + "\n")


main()
