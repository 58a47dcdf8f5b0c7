"""chaos.py ALDIS SEED SECONDS LEVEL [local|fencing]: three servers of messages, a database of three nodes, 24 native clients and 4 plain ones, and
what can befall them, drawn from a seed. Prints counts of what is wrong; ends with 1 where there is any, or where nothing was tried.

With `local` every commit is the primary's alone, whatever the server asked for: the check has to find what is lost. With `fencing` nothing
befalls anybody but that one server stands still for SECONDS, while its clients move on, and wakes up."""
import collections
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

from check import acknowledged, check, highest, missing, silences
from database import Cluster
from network import Network, run

NODES, SERVERS, CLIENTS = ["d0", "d1", "d2"], ["a0", "a1", "a2"], "c"
GRACE = 2.0

# A commit that waits for nobody: as if a server had committed with synchronous_commit=local.
LOCAL = """
create function be_local() returns trigger language plpgsql as $$ begin set local synchronous_commit = local; return null; end $$;
create trigger be_local before insert on aldis_message for each statement execute function be_local();
create trigger be_local before insert or update on aldis_client for each statement execute function be_local();
"""


class Chaos:
    def __init__(self, aldis, seed, seconds, level, is_local):
        self.aldis, self.seed, self.seconds, self.level = aldis, seed, seconds, level
        self.chances = threading.local()
        self.work = tempfile.mkdtemp(prefix="aldis-chaos-")
        os.chmod(self.work, 0o777)
        self.acks = os.path.join(self.work, "acks")
        os.mkdir(self.acks)
        self.network = Network([*NODES, *SERVERS, CLIENTS])
        self.processes, self.counts = {}, collections.Counter()
        self.moments, self.promotion_lost, self.problems = [], 0, []
        self.cluster, self.is_local = Cluster(self.network, NODES, self.work), is_local

    @property
    def chance(self):
        """What decides in this thread: each has its own, so that no scheduling changes what a seed draws for it."""
        if not hasattr(self.chances, "mine"):
            self.chances.mine = random.Random(f"{self.seed}/{threading.current_thread().name}")
        return self.chances.mine

    def begin(self):
        self.cluster.begin()
        url = "postgres://server@" + ",".join(self.network.address(node) for node in NODES) + "/aldis?sslmode=disable"
        run(*self.network.inside(None, self.aldis, "store", "init", url.replace("server@", "owner@")))
        self.cluster.primary.ask(["create role server login in role aldis_writer", *([LOCAL] if self.is_local else [])])
        self.groups = {f"c{group}": ("native", [f"n{group}-{one}" for one in range(4)]) for group in range(6)}
        self.groups["c6"] = ("plain", [f"p{one}" for one in range(4)])
        self.commands = {
            server: [self.aldis, "serve", "messages=0.0.0.0:9999", "--store", url, "--data", os.path.join(self.work, server), "--level", self.level,
                     "--dashboard", "off", "--quiet"]
            for server in SERVERS}
        servers = ",".join(self.network.address(server) for server in SERVERS)
        for group, (form, ids) in self.groups.items():
            self.commands[group] = [sys.executable, os.path.join(os.path.dirname(__file__), "clients.py"), self.acks, str(self.seed), servers,
                                    "25", form, *ids]
        # Of two that want the same one, the second waits.
        self.turns = {name: threading.Lock() for name in self.commands}
        for name in self.commands:
            self.start(name)

    def start(self, name):
        place = name if name in SERVERS else CLIENTS
        with open(os.path.join(self.work, f"{name}.log"), "ab") as log:
            self.processes[name] = subprocess.Popen(
                self.network.inside(place, *self.commands[name]), stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    # What befalls a node of the database: one at a time, and the next when all have caught up.

    def lose_primary(self, kind):
        primary = self.cluster.primary
        if kind == "primary killed":
            primary.kill()
        elif kind == "primary stopped":
            primary.signal(signal.SIGSTOP)
        else:
            for node in self.cluster.others(primary):
                self.network.cut(primary.name, node.name)
        self.pause(2, 4)
        safe = {}
        old = self.cluster.fail_over(lambda: safe.update(highest(self.acks)))
        self.promotion_lost += missing(self.cluster.primary, safe)
        self.pause(1, 3)
        if kind == "primary stopped":
            # It takes itself for the primary still.
            old.signal(signal.SIGCONT)
        for node in self.cluster.nodes:
            self.network.heal(old.name, node.name)
        self.pause(1, 3)
        self.cluster.rejoin(old)

    def lose_standby(self, kind):
        standby = self.chance.choice(self.cluster.others(self.cluster.primary))
        if kind == "standby killed":
            standby.kill()
            self.pause(1, 4)
            standby.start()
        elif kind == "standby stopped":
            standby.signal(signal.SIGSTOP)
            self.pause(2, 8)
            standby.signal(signal.SIGCONT)
        else:
            self.network.cut(self.cluster.primary.name, standby.name)
            self.pause(2, 8)
            self.network.heal(self.cluster.primary.name, standby.name)
        self.cluster.wait_whole()

    # What befalls the others: at any time.

    def lose_process(self, kind):
        what, how = kind.split(" ")
        name = self.chance.choice(SERVERS if what == "server" else list(self.groups))
        with self.turns[name]:
            process = self.processes[name]
            if how == "killed":
                process.kill()
                process.wait()
                self.pause(0.2, 3)
                self.start(name)
            else:
                process.send_signal(signal.SIGSTOP)
                self.pause(1, 12)
                process.send_signal(signal.SIGCONT)

    def cut(self, kind):
        one, other = {
            "server and node cut": lambda: (self.chance.choice(SERVERS), self.chance.choice(NODES)),
            "client and server cut": lambda: (CLIENTS, self.chance.choice(SERVERS)),
        }[kind]()
        self.network.cut(one, other)
        self.pause(1, 10)
        self.network.heal(one, other)

    def pause(self, least, most):
        time.sleep(self.chance.uniform(least, most))

    def befall(self, kinds, least, most, end, first=None):
        """One thing after the other until the end; none again before each of the others, so that even a short run is not of one kind."""
        deck = [] if first is None else [first]
        try:
            while True:
                self.pause(least, most)
                if time.monotonic() >= end:
                    return
                if not deck:
                    deck = self.chance.sample(list(kinds), len(kinds))
                kind = deck.pop()
                moment = time.monotonic()
                kinds[kind](kind)
                self.counts[kind] += 1
                self.moments.append((kind, moment, time.monotonic()))
        except Exception as problem:  # whatever it is, the run counts as failed
            self.problems.append(f"{kind}: {problem}")

    def fence(self):
        self.until_all_speak()
        server = self.processes[self.chance.choice(SERVERS)]
        begin = time.monotonic()
        server.send_signal(signal.SIGSTOP)
        time.sleep(self.seconds)
        self.until_all_speak()
        server.send_signal(signal.SIGCONT)
        self.counts["server stopped"] += 1
        self.moments.append(("server stopped", begin, time.monotonic()))
        time.sleep(10)
        self.until_all_speak()

    def run(self):
        self.until_all_speak()
        end = time.monotonic() + self.seconds
        primary, standby = dict.fromkeys(["primary killed", "primary stopped", "primary cut off"], self.lose_primary), dict.fromkeys(
            ["standby killed", "standby stopped", "standby cut off"], self.lose_standby)
        others = {**dict.fromkeys([f"{what} {how}" for what in ("server", "client") for how in ("killed", "stopped")], self.lose_process),
                  "server and node cut": self.cut, "client and server cut": self.cut}
        # Every run begins with the loss of a primary, seed by seed in another way.
        first = list(primary)[self.seed % len(primary)]
        threads = [
            threading.Thread(target=self.befall, args=({**primary, **standby}, 1, 4, end, first), name="nodes"),
            *(threading.Thread(target=self.befall, args=(others, 0.5, 3, end), name=name) for name in ("others", "more others"))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if self.problems:
            return
        self.cluster.wait_whole()
        self.without_standbys()
        self.until_all_speak()

    def without_standbys(self):
        """With two nodes out nothing is acknowledged; when they are back, it goes on."""
        self.until_all_speak()
        standbys = self.cluster.others(self.cluster.primary)
        for standby in standbys:
            standby.signal(signal.SIGSTOP)
        begin = time.monotonic() + GRACE
        time.sleep(GRACE + 6)
        end = time.monotonic()
        for standby in standbys:
            standby.signal(signal.SIGCONT)
        self.cluster.wait_whole()
        self.counts["acknowledged with two nodes out"] = sum(
            begin < at < end for acks in acknowledged(self.acks).values() for at, _, _ in acks)

    def until_all_speak(self):
        """Every client was acknowledged something from now on."""
        begin = time.monotonic()
        ids = {one for _, ids in self.groups.values() for one in ids}
        while time.monotonic() < begin + 120:
            acks = acknowledged(self.acks)
            if all(acks.get(one) and acks[one][-1][0] > begin for one in ids):
                return
            time.sleep(0.25)
        raise RuntimeError("some clients are never acknowledged anything any more")

    def judge(self):
        for name in self.groups:
            self.processes[name].terminate()
            self.processes[name].wait()
        counts = check(self.cluster.primary, self.acks)
        bad = {name: counts[name] for name in ("lost", "duplicated", "disordered", "different", "stale", "wrong")}
        bad["on_one_node"] = self.promotion_lost
        bad["with_two_out"] = self.counts.pop("acknowledged with two nodes out", 0)
        events = sum(self.counts.values())
        print(f"seed={self.seed} level={self.level} events={events} acknowledged={counts['acknowledged']} stored={counts['stored']} "
              + " ".join(f"{name}={count}" for name, count in bad.items()))
        print("befell: " + ", ".join(f"{kind} {count}" for kind, count in sorted(self.counts.items())))
        longest = collections.defaultdict(list)
        for kind, silence in silences(self.acks, self.moments):
            longest[kind].append(silence)
        print("silence: " + ", ".join(f"{kind} {' '.join(f'{one:.1f}' for one in all)} s" for kind, all in sorted(longest.items())))
        for problem in self.problems:
            print(f"problem: {problem}")
        return 0 if events > 0 and not self.problems and not any(bad.values()) else 1

    def close(self):
        for process in self.processes.values():
            process.kill()
        for node in self.cluster.nodes:
            node.kill()
        self.network.close()
        if os.environ.get("ALDIS_KEEP"):
            print(f"kept: {self.work}")
        else:
            shutil.rmtree(self.work, ignore_errors=True)


def main():
    chaos = Chaos(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), sys.argv[4], sys.argv[5:] == ["local"])
    try:
        chaos.begin()
        try:
            (chaos.fence if sys.argv[5:] == ["fencing"] else chaos.run)()
        except RuntimeError as problem:
            chaos.problems.append(str(problem))
        return chaos.judge()
    finally:
        chaos.close()


if __name__ == "__main__":
    sys.exit(main())
