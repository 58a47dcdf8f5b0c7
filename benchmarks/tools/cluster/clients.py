"""clients.py DIRECTORY SEED SERVER,SERVER... RATE native|plain ID...: clients of the messages conversation that go on until they are ended.

What a client sends under a number is always the same, so its outbox needs no file: a client that was killed goes on behind what the
server says is safe. Each writes what was acknowledged to DIRECTORY/ID.acks, a line of time, number and level, and what must never be to
DIRECTORY/ID.wrong. A connection that says nothing for too long is left open beside the next one: what still comes over it is judged too.
"""
import asyncio
import hashlib
import os
import random
import sys
import time

WINDOW = 64
PATIENCE = 6
THANKS = b"Message received successfully...."


def payload(client, number):
    digest = hashlib.sha256(f"{client}:{number}".encode()).hexdigest()
    return f"{client}:{number}:{digest[:1 + int(digest[:2], 16) % 63]}".encode()


def unit(text):
    return text.encode().ljust(64)


class Notes:
    def __init__(self, directory, client):
        self._acks = os.open(f"{directory}/{client}.acks", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        self._wrong = f"{directory}/{client}.wrong"

    def acknowledged(self, number, level):
        os.write(self._acks, f"{time.monotonic():.4f} {number} {level}\n".encode())

    def wrong(self, text):
        with open(self._wrong, "a") as file:
            file.write(f"{time.monotonic():.4f} {text}\n")


class Native:
    def __init__(self, client, notes, servers, rate, chance):
        self.client, self.notes, self.servers, self.rate, self.chance = client, notes, servers, rate, chance
        self.safe, self.hellos = 0, []

    async def run(self):
        while True:
            try:
                await self.converse()
            except (OSError, EOFError, asyncio.TimeoutError, asyncio.IncompleteReadError):
                pass
            await asyncio.sleep(self.chance.uniform(0.05, 0.5))

    async def converse(self):
        reader, writer = await asyncio.wait_for(asyncio.open_connection(self.chance.choice(self.servers), 9999), 3)
        is_left_open = False
        try:
            writer.write(unit(f"ALDIS/1 messages client={self.client}"))
            words = (await asyncio.wait_for(reader.readexactly(64), PATIENCE)).decode().split()
            if len(words) < 2 or not words[1].startswith("last="):
                return
            last = int(words[1][5:])
            if last < self.safe:
                self.notes.wrong(f"last={last} although {self.safe} was acknowledged")
            self.take(last, words[2])
            self.hellos.append(last)
            self.next, self.until = last + 1, 0.0
            sending = asyncio.create_task(self.send(writer))
            try:
                is_left_open = await self.receive(reader)
            finally:
                sending.cancel()
        finally:
            if is_left_open:
                asyncio.create_task(self.watch(reader, writer, len(self.hellos)))
            else:
                writer.close()

    async def send(self, writer):
        while True:
            if self.next - self.safe > WINDOW or time.monotonic() < self.until:
                await asyncio.sleep(0.01)
                continue
            body = payload(self.client, self.next)
            writer.write(unit(f"{len(body)} {self.next}") + body)
            self.next += 1
            await writer.drain()
            await asyncio.sleep(self.chance.expovariate(self.rate))

    async def receive(self, reader):
        """Returns whether the server went silent."""
        while True:
            try:
                words = (await asyncio.wait_for(reader.readexactly(64), PATIENCE)).decode().split()
            except asyncio.TimeoutError:
                return True
            if words[0] == "ACK":
                self.take(int(words[1]), words[2])
            elif words[0] == "NAK":
                if words[2] in ("conflict", "forgotten", "bad-frame", "too-large"):
                    self.notes.wrong(" ".join(words))
                if not words[-1].startswith("retry="):
                    return False
                self.next, self.until = int(words[1]), time.monotonic() + int(words[-1][6:]) / 1000
            else:
                return False

    def take(self, number, level):
        if number > self.safe:
            self.safe = number
            self.notes.acknowledged(number, level)

    async def watch(self, reader, writer, hellos):
        """A server that was left for another one acknowledges nothing beyond what that one found."""
        try:
            while True:
                words = (await asyncio.wait_for(reader.readexactly(64), 60)).decode().split()
                if words[0] != "ACK":
                    continue
                if len(self.hellos) == hellos:
                    self.take(int(words[1]), words[2])
                elif int(words[1]) > self.hellos[hellos]:
                    self.notes.wrong(f"a server that was left said {' '.join(words)}, and another had found {self.hellos[hellos]}")
        except (OSError, EOFError, asyncio.TimeoutError, asyncio.IncompleteReadError):
            writer.close()


async def plain(client, notes, servers, rate, chance):
    """Nothing is sent again: what has no answer may be stored or not."""
    number = 0
    while True:
        try:
            reader, writer = await asyncio.wait_for(asyncio.open_connection(chance.choice(servers), 9999), 3)
            try:
                while True:
                    number += 1
                    body = payload(client, f"{os.getpid()}.{number}")
                    writer.write(unit(str(len(body))) + body)
                    length = int(await asyncio.wait_for(reader.readexactly(64), PATIENCE))
                    if await reader.readexactly(length) != THANKS:
                        break
                    notes.acknowledged(f"{os.getpid()}.{number}", "plain")
                    await asyncio.sleep(chance.expovariate(rate))
            finally:
                writer.close()
        except (OSError, EOFError, asyncio.TimeoutError, asyncio.IncompleteReadError):
            pass
        await asyncio.sleep(chance.uniform(0.05, 0.5))


async def main():
    directory, seed, servers, rate, form, *ids = sys.argv[1:]
    tasks = []
    for client in ids:
        notes, chance = Notes(directory, client), random.Random(f"{seed}/{client}/{os.getpid()}")
        work = (Native(client, notes, servers.split(","), float(rate), chance).run() if form == "native"
                else plain(client, notes, servers.split(","), float(rate), chance))
        tasks.append(asyncio.create_task(work))
    await asyncio.gather(*tasks)


if __name__ == "__main__":
    asyncio.run(main())
