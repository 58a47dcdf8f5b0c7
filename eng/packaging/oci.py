"""oci.py: an image as an OCI layout (image-spec 1.1), made without a daemon from two folders: the base and the command above it."""

import argparse
import contextlib
import datetime
import gzip
import hashlib
import io
import json
import os
import pathlib
import tarfile

USER = 65532


class Layout:
    """A folder of blobs that are named by their digests."""

    def __init__(self, folder: pathlib.Path):
        self.folder = folder
        (folder / "blobs/sha256").mkdir(parents=True)

    def add(self, media_type: str, content: bytes, **more) -> dict:
        digest = hashlib.sha256(content).hexdigest()
        (self.folder / "blobs/sha256" / digest).write_bytes(content)
        return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(content), **more}


def layer(folder: pathlib.Path, moment: int) -> bytes:
    """A folder as a tarball: sorted, root's, of one time; but what the server writes into is the server's."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for path in sorted(folder.rglob("*")):
            name = str(path.relative_to(folder))
            entry = tar.gettarinfo(path, name)
            owner = USER if name == "var/lib/aldis" else 0
            entry.uid = entry.gid = owner
            entry.uname = entry.gname = ""
            entry.mtime = moment
            content = None
            if entry.isreg() or entry.islnk():
                # A second name of a file is a file of its own: which of them came first depends on the disk.
                content = path.open("rb")
                entry.type, entry.linkname, entry.size = tarfile.REGTYPE, "", path.stat().st_size
            with content or contextlib.nullcontext():
                tar.addfile(entry, content)
    return archive.getvalue()


def main() -> None:
    parser = argparse.ArgumentParser()
    for option in ("--version", "--base", "--layer", "--out"):
        parser.add_argument(option, required=True)
    arguments = parser.parse_args()
    epoch = int(os.environ["SOURCE_DATE_EPOCH"])
    created = datetime.datetime.fromtimestamp(epoch, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    layout = Layout(pathlib.Path(arguments.out))
    tarballs = [layer(pathlib.Path(folder), epoch) for folder in (arguments.base, arguments.layer)]
    layers = [
        layout.add("application/vnd.oci.image.layer.v1.tar+gzip", gzip.compress(tarball, 9, mtime=0)) for tarball in tarballs
    ]
    labels = {
        "org.opencontainers.image.title": "aldis",
        "org.opencontainers.image.version": arguments.version,
        "org.opencontainers.image.licenses": "Apache-2.0",
        "org.opencontainers.image.description": "communication between programs in which what is sent is answered",
    }
    # The defaults are those of a container: reached from outside as its network says, and what is stored in a volume.
    config = {
        "created": created,
        "architecture": "amd64",
        "os": "linux",
        "config": {
            "User": f"{USER}:{USER}",
            "Env": ["PATH=/usr/bin", "SSL_CERT_DIR=/etc/ssl/certs", "SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt", "container=oci"],
            "Entrypoint": ["/usr/bin/aldis"],
            "Cmd": ["serve", "--listen", "any", "--data", "/var/lib/aldis", "--dashboard", "off", "--log-format", "json"],
            "WorkingDir": "/var/lib/aldis",
            "Volumes": {"/var/lib/aldis": {}},
            "ExposedPorts": {
                port: {} for port in ("8000/tcp", "8888/tcp", "9999/tcp", "9999/udp", "12345/tcp", "12345/udp", "65432/tcp", "65432/udp")
            },
            "StopSignal": "SIGTERM",
            "Labels": labels,
        },
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(tarball).hexdigest()}" for tarball in tarballs]},
        "history": [{"created": created, "comment": "Debian's packages"}, {"created": created, "comment": "aldis"}],
    }
    manifest = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": layout.add("application/vnd.oci.image.config.v1+json", json.dumps(config, sort_keys=True).encode()),
        "layers": layers,
        "annotations": labels,
    }
    described = layout.add(
        manifest["mediaType"],
        json.dumps(manifest, sort_keys=True).encode(),
        platform={"architecture": "amd64", "os": "linux"},
        annotations={"org.opencontainers.image.ref.name": arguments.version},
    )
    index = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": [described]}
    (layout.folder / "index.json").write_text(json.dumps(index, sort_keys=True))
    (layout.folder / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')


main()
