"""Machines that are namespaces of this one, each with a line to a router in the middle, which drops what goes between two of them."""
import os
import subprocess


def run(*words, check=True):
    done = subprocess.run(words, capture_output=True, text=True)
    if check and done.returncode != 0:
        raise RuntimeError(f"{' '.join(words)}: {done.stdout}{done.stderr}")
    return done.stdout


class Network:
    """A router, and machines at 10.77.N.2 behind it."""

    def __init__(self, names):
        self.prefix = f"aldis{os.getpid()}"
        self.names = list(names)
        self.cuts = set()
        self._add(self.router)
        run("ip", "netns", "exec", self.router, "sysctl", "-qw", "net.ipv4.ip_forward=1")
        for index, name in enumerate(self.names):
            space = self.space(name)
            self._add(space)
            run("ip", "-n", self.router, "link", "add", f"to-{name}", "type", "veth", "peer", "name", "line", "netns", space)
            for where, device, end in ((self.router, f"to-{name}", 1), (space, "line", 2)):
                run("ip", "-n", where, "addr", "add", f"10.77.{index}.{end}/30", "dev", device)
                run("ip", "-n", where, "link", "set", device, "up")
            run("ip", "-n", space, "route", "add", "default", "via", f"10.77.{index}.1")

    @property
    def router(self):
        return self.prefix

    def space(self, name):
        return f"{self.prefix}-{name}"

    def address(self, name):
        return f"10.77.{self.names.index(name)}.2"

    def inside(self, name, *words):
        """The words of a command that runs on a machine; None is the router, which reaches everybody."""
        return ["ip", "netns", "exec", self.router if name is None else self.space(name), *words]

    def cut(self, one, other):
        """Nothing goes between two machines, either way."""
        pair = frozenset((one, other))
        if pair not in self.cuts:
            self.cuts.add(pair)
            self._rules("add", one, other)

    def heal(self, one, other):
        pair = frozenset((one, other))
        if pair in self.cuts:
            self.cuts.remove(pair)
            self._rules("del", one, other)

    def close(self):
        for name in [None, *self.names]:
            run("ip", "netns", "del", self.router if name is None else self.space(name), check=False)

    def _add(self, space):
        run("ip", "netns", "add", space)
        run("ip", "-n", space, "link", "set", "lo", "up")

    def _rules(self, what, one, other):
        for source, target in ((one, other), (other, one)):
            run("ip", "-n", self.router, "rule", what, "from", self.address(source), "to", self.address(target), "type", "blackhole")
