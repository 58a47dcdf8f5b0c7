"""A PostgreSQL of three nodes: streaming replication, a commit waits for either standby, and a failover as docs/cluster.md says."""
import os
import signal
import subprocess
import time

from network import run

PROGRAMS = "/usr/lib/postgresql/15/bin"
PORT = 5432
SETTINGS = ("-c listen_addresses=* -c shared_buffers=32MB -c max_wal_size=256MB -c wal_retrieve_retry_interval=200ms "
            "-c wal_receiver_timeout=10s -c wal_sender_timeout=10s -c max_connections=100")


class Node:
    """One server of the database."""

    def __init__(self, network, name, directory):
        self.network, self.name = network, name
        self.files = os.path.join(directory, name)

    def create(self):
        self._shell(f"{PROGRAMS}/initdb -D {self.files} -U owner -A trust -E UTF8 --locale=C --no-sync")
        self._shell(f"echo 'host all all 10.77.0.0/16 trust\nhost replication all 10.77.0.0/16 trust' >> {self.files}/pg_hba.conf")

    def copy_from(self, primary):
        copy = f"{PROGRAMS}/pg_basebackup -D {self.files} -R -N -c fast -X stream -d '{self.follows(primary)}'"
        self._shell(" || ".join([f"(rm -rf {self.files}; {copy})"] * 3))

    def follows(self, primary):
        address = self.network.address(primary.name)
        return f"host={address} port={PORT} user=owner application_name={self.name} connect_timeout=5 keepalives_idle=2 tcp_user_timeout=10000"

    def start(self):
        self._shell(f"mkdir -p {self.files}.run && {PROGRAMS}/pg_ctl -D {self.files} -l {self.files}.log -w -t 60 "
                    f"-o '-p {PORT} -c unix_socket_directories={self.files}.run {SETTINGS}' start > /dev/null "
                    f"|| (tail -n 5 {self.files}.log >&2; exit 1)")

    def signal(self, number):
        """To every process of it: the first one stands still before the others are looked for, so that it starts no other."""
        try:
            with open(f"{self.files}/postmaster.pid") as file:
                first = int(file.readline())
            with open(f"/proc/{first}/cmdline") as file:
                # Somebody else may have that number by now.
                if self.files not in file.read().split("\0"):
                    return []
        except (OSError, ValueError):
            return []
        _signal(first, signal.SIGSTOP)
        processes = [first, *_children(first)]
        for process in processes:
            _signal(process, number)
        return processes

    def kill(self):
        processes = self.signal(signal.SIGKILL)
        # What is left of it would hold its port and its memory against the next start.
        _until(lambda: not any(_is_alive(process) for process in processes), 30, f"{self.name} is still there after it was killed")
        if processes:
            # A process that nobody waited for keeps its number, and is taken for a server that runs.
            os.unlink(f"{self.files}/postmaster.pid")

    def ask(self, query, patience=3, database="aldis"):
        """What a query answers, or None where the node does not."""
        words = self.network.inside(None, "psql", "-XAtqh", self.network.address(self.name), "-U", "owner", "-d", database)
        for statement in [query] if isinstance(query, str) else query:
            words += ["-c", statement]
        try:
            done = subprocess.run(words, capture_output=True, text=True, timeout=patience, env={**os.environ, "PGCONNECT_TIMEOUT": "2"})
        except subprocess.TimeoutExpired:
            return None
        return done.stdout.strip() if done.returncode == 0 else None

    def set(self, **settings):
        return self.ask([f"alter system set {name} = '{value}'" for name, value in settings.items()] + ["select pg_reload_conf()"])

    def _shell(self, command):
        run(*self.network.inside(self.name, "runuser", "-u", "postgres", "--", "sh", "-c", f"cd / && {command}"))


class Cluster:
    """The nodes, and who is the primary."""

    def __init__(self, network, names, directory):
        self.nodes = [Node(network, name, directory) for name in names]
        self.primary = self.nodes[0]

    def begin(self):
        self.primary.create()
        self.primary.start()
        self.primary.ask("create database aldis", 60, database="postgres")
        for node in self.nodes[1:]:
            node.copy_from(self.primary)
            node.start()
        self.name_standbys(self.primary)
        self.wait_whole()

    def others(self, node):
        return [other for other in self.nodes if other is not node]

    def name_standbys(self, node):
        node.set(synchronous_standby_names=f"ANY 1 ({','.join(other.name for other in self.others(node))})")

    def is_whole(self):
        return self.primary.ask(
            "select count(*) from pg_stat_replication where sync_state = 'quorum' and state = 'streaming' "
            "and pg_current_wal_flush_lsn() - flush_lsn < 4000000") == str(len(self.nodes) - 1)

    def wait_whole(self, patience=90):
        _until(self.is_whole, patience, "the standbys do not catch up")

    def fail_over(self, before_promotion):
        """Makes a standby the primary; the one that was counts as gone, whether it is or not."""
        old, rest = self.primary, self.others(self.primary)
        # Both let go of it first: what it still sends to one of them after the look would be acknowledged, and lost.
        for node in rest:
            _until(lambda node=node: node.set(primary_conninfo="") is not None, 60, f"{node.name} does not answer, so nobody is promoted")
            _until(lambda node=node: node.ask("select count(*) from pg_stat_wal_receiver") == "0", 30, f"{node.name} goes on receiving")
        positions = [
            int(node.ask("select greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()) - '0/0'::pg_lsn") or -1) for node in rest]
        best, other = (rest[0], rest[1]) if positions[0] >= positions[1] else (rest[1], rest[0])
        self.name_standbys(best)
        before_promotion()
        _until(lambda: best.ask("select pg_promote(true, 30)", 35) == "t", 60, f"{best.name} cannot be promoted")
        other.set(primary_conninfo=other.follows(best))
        self.primary = best
        return old

    def rejoin(self, node):
        """Makes a node a standby anew, with a copy of what the primary has."""
        node.kill()
        node.copy_from(self.primary)
        node.start()
        self.wait_whole()


def _signal(process, number):
    try:
        os.kill(process, number)
    except ProcessLookupError:
        pass


def _is_alive(process):
    try:
        with open(f"/proc/{process}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


def _children(process):
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/stat") as file:
                    if int(file.read().rsplit(")", 1)[1].split()[1]) == process:
                        found.append(int(entry))
            except (OSError, IndexError):
                pass
    return found


def _until(condition, patience, problem):
    end = time.monotonic() + patience
    while not condition():
        if time.monotonic() > end:
            raise RuntimeError(problem)
        time.sleep(0.05)
