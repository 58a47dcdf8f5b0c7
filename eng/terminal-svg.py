"""terminal-svg.py ALDIS FILE: plays a scene with the command and draws what it printed as a terminal in which line comes after line: an SVG
without scripts, which holds still for those who ask their system for less motion."""

import html
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

WIDTH, LINE, TOP, SIZE = 860, 19, 52, 14


class Scene:
    def __init__(self, aldis: str, folder: str):
        self.aldis, self.folder, self.lines = aldis, folder, []
        self.servers = []

    def show(self, text: str, kind: str = "out") -> None:
        self.lines += [(kind, line) for line in text.rstrip("\n").split("\n")]

    def run(self, words: str, keep=lambda line: True) -> None:
        self.show("$ " + words, "in")
        done = subprocess.run(
            ["bash", "-c", words.replace("aldis ", self.aldis + " ", 1) + " 2>&1"], cwd=self.folder, capture_output=True, text=True, check=False
        )
        self.show("\n".join(line for line in done.stdout.split("\n") if keep(line)))

    def serve(self, words: str) -> None:
        self.show("$ " + words + " &", "in")
        log = open(os.path.join(self.folder, f"log{len(self.servers)}"), "w+")
        server = subprocess.Popen([self.aldis, *words.split()[1:]], cwd=self.folder, stderr=log, stdout=subprocess.DEVNULL)
        self.servers.append(server)
        while True:
            log.seek(0)
            ready = [line for line in log.read().split("\n") if line.startswith("LISTEN")]
            if ready:
                return self.show("\n".join(ready))
            time.sleep(0.05)

    def kill(self) -> None:
        self.show("$ kill -9 %1", "in")
        self.servers[-1].send_signal(signal.SIGKILL)
        self.servers[-1].wait()


def steady(line: str) -> str:
    """Without what is different each time: times, ports, addresses of a client."""
    line = re.sub(r"in [0-9.]+ m?s( \([0-9.,]+/s\))?", "", line)
    line = re.sub(r"\d{4}-\d\d-\d\dT(\d\d:\d\d:\d\d)\.\d+\S*", r"12:00:00", line)
    return re.sub(r"(127\.0\.0\.1:)(3|4|5|6)\d{4}", r"\g<1>40001", line)


def draw(lines: list) -> str:
    height = TOP + LINE * len(lines) + 14
    duration = 2 + 0.45 * len(lines)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img">',
        "<title>aldis in a terminal</title>",
        "<style>text{font:%dpx ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace;white-space:pre;fill:#d7dde8}" % SIZE,
        ".in{fill:#fca311}.note{fill:#7f8da3}",
        f"@media (prefers-reduced-motion:no-preference){{text.l{{opacity:0;animation:come {duration:.1f}s linear forwards}}",
        "@keyframes come{0%{opacity:0}1%{opacity:1}100%{opacity:1}}}</style>",
        f'<rect width="{WIDTH}" height="{height}" rx="10" fill="#14213d"/>',
        '<circle cx="22" cy="22" r="6" fill="#e76f51"/><circle cx="42" cy="22" r="6" fill="#fca311"/><circle cx="62" cy="22" r="6" fill="#2a9d8f"/>',
    ]
    for number, (kind, line) in enumerate(lines):
        style = f"animation-delay:{0.45 * number:.2f}s"
        parts.append(f'<text class="l {kind}" x="20" y="{TOP + LINE * number}" style="{style}">{html.escape(steady(line))}</text>')
    return "\n".join([*parts, "</svg>", ""])


def main() -> None:
    aldis, target = os.path.realpath(sys.argv[1]), sys.argv[2]
    with tempfile.TemporaryDirectory() as folder:
        scene = Scene(aldis, folder)
        try:
            scene.serve("aldis serve messages=tcp://127.0.0.1:9999 --dashboard off")
            scene.run("aldis send --client pump-7 127.0.0.1:9999 'pump 7 started' 'pressure 3.1'", lambda line: "sent" in line)
            scene.kill()
            scene.run("aldis log")
            scene.show("# acknowledged means: it is on the disk", "note")
            scene.run("aldis lab --frames 2 --loss 25% --seed 1", lambda line: re.match(r"^ *(ms sender|\d)", line))
        finally:
            for server in scene.servers:
                server.kill()
                server.wait()
        pathlib.Path(target).write_text(draw(scene.lines))


main()
