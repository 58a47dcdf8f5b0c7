"""repack.py FROM TO: writes the NuGet packages of a folder anew, sorted and with the time of SOURCE_DATE_EPOCH, so that the same content gives the
same bytes."""

import os
import pathlib
import sys
import time
import zipfile


def repack(source: pathlib.Path, target: pathlib.Path, moment: tuple) -> None:
    with zipfile.ZipFile(source) as package:
        files = {info.filename: package.read(info) for info in package.infolist()}
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as package:
        # What a reader looks for comes first, as NuGet has it.
        for name in sorted(files, key=lambda name: (name != "_rels/.rels", not name.endswith(".nuspec"), name)):
            info = zipfile.ZipInfo(name, moment)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = 3
            info.external_attr = 0o644 << 16
            package.writestr(info, files[name])


def main() -> None:
    source, target = map(pathlib.Path, sys.argv[1:])
    moment = time.gmtime(int(os.environ["SOURCE_DATE_EPOCH"]))[:6]
    for package in sorted(source.glob("*.*nupkg")):
        repack(package, target / package.name, moment)


main()
