"""What was acknowledged, held against what is stored."""
import glob
import os

from clients import payload

# Messages that were stored under an epoch of their client which another had ended by then.
STALE = """
select count(*) from (
    select epoch, lag(epoch) over (partition by client order by seq) as before from aldis_message where client not like '@%') as pairs
where epoch < before
"""


def acknowledged(directory):
    """Of each client what was acknowledged, as (time, number, level), in the order of the file."""
    acks = {}
    for path in glob.glob(f"{directory}/*.acks"):
        with open(path) as file:
            lines = [line.split() for line in file if line.endswith("\n")]
        acks[os.path.basename(path)[:-len(".acks")]] = [(float(at), number, level) for at, number, level in lines]
    return acks


def highest(directory):
    """The highest number of each native client that was acknowledged so far."""
    return {client: max(int(number) for _, number, _ in acks)
            for client, acks in acknowledged(directory).items() if acks and acks[0][2] != "plain"}


def missing(node, safe):
    """Messages that are acknowledged and not on a node."""
    answer = node.ask("select client, last from aldis_client", 20)
    last = {client: int(number) for client, number in (line.split("|") for line in answer.splitlines())}
    return sum(max(0, number - last.get(client, 0)) for client, number in safe.items())


def check(node, directory):
    """Counts of what is wrong; the words in *.wrong first."""
    counts = {"acknowledged": 0, "stored": 0, "lost": 0, "duplicated": 0, "disordered": 0, "different": 0, "stale": 0, "wrong": 0}
    for path in sorted(glob.glob(f"{directory}/*.wrong")):
        with open(path) as file:
            for line in file:
                counts["wrong"] += 1
                print(f"wrong: {os.path.basename(path)}: {line.strip()}")
    stored, plain = {}, {}
    answer = node.ask("select client, seq, convert_from(payload, 'UTF8') from aldis_message order by received_at, client, epoch, seq", 120)
    for line in answer.splitlines():
        client, number, text = line.split("|")
        counts["stored"] += 1
        if client.startswith("@"):
            name = text.split(":")[0]
            plain.setdefault(name, []).append(text)
        else:
            stored.setdefault(client, []).append((int(number), text.encode()))
    counts["stale"] = int(node.ask(STALE, 120))
    for client, messages in stored.items():
        numbers = [number for number, _ in messages]
        counts["duplicated"] += len(numbers) - len(set(numbers))
        counts["disordered"] += sum(after != before + 1 for before, after in zip([0, *numbers], numbers))
        counts["different"] += sum(payload(client, number) != body for number, body in messages)
    for client, acks in acknowledged(directory).items():
        if acks and acks[0][2] == "plain":
            texts = plain.get(client, [])
            counts["acknowledged"] += len(acks)
            counts["duplicated"] += len(texts) - len(set(texts))
            there = {text.split(":")[1] for text in texts}
            counts["lost"] += sum(number not in there for _, number, _ in acks)
        elif acks:
            safe = max(int(number) for _, number, _ in acks)
            counts["acknowledged"] += safe
            there = {number for number, _ in stored.get(client, [])}
            counts["lost"] += sum(number not in there for number in range(1, safe + 1))
    return counts


def silences(directory, moments):
    """For each moment the longest time without any acknowledgement that began in the seconds behind it."""
    times = sorted(at for acks in acknowledged(directory).values() for at, _, _ in acks)
    found = []
    for kind, moment, until in moments:
        inside = [moment, *(at for at in times if moment <= at <= until), until]
        found.append((kind, max((after - before for before, after in zip(inside, inside[1:])), default=0)))
    return found
