"""move.py PORT OTHER COUNT: COUNT native clients of the server at 127.0.0.1:PORT, each with a message acknowledged, lose their connections at
once and go on at the one at OTHER, a hundred openings at a time; prints how long it took until each had its next message acknowledged there."""
import asyncio
import resource
import sys
import time

from clients import unit


async def speak(client, port, expected, gate):
    """Opens a client, sends its next message, again where the server is busy, and returns the connection once that is acknowledged."""
    async with gate:
        while True:
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(unit(f"ALDIS/1 messages client={client}"))
                hello = (await reader.readexactly(64)).decode().split()
                if hello[1] == f"last={expected}":
                    break
                if hello[1].startswith("last="):
                    raise SystemExit(f"{client}: {' '.join(hello)} although {expected} was acknowledged")
                writer.close()
            except (OSError, EOFError):
                pass
            await asyncio.sleep(0.1)
        while True:
            writer.write(unit(f"1 {expected + 1}") + b"x")
            answer = (await reader.readexactly(64)).decode().split()
            if answer[:2] == ["ACK", str(expected + 1)]:
                break
            if answer[:3] != ["NAK", str(expected + 1), "busy"]:
                raise SystemExit(f"{client}: {' '.join(answer)}")
            await asyncio.sleep(1)
        return writer


async def main():
    port, other, count = (int(word) for word in sys.argv[1:])
    resource.setrlimit(resource.RLIMIT_NOFILE, (count + 100, max(count + 100, resource.getrlimit(resource.RLIMIT_NOFILE)[1])))
    gate = asyncio.Semaphore(100)
    clients = [f"move-{number}" for number in range(count)]
    connections = await asyncio.gather(*(speak(client, port, 0, gate) for client in clients))
    for connection in connections:
        connection.transport.abort()
    begin = time.monotonic()
    await asyncio.gather(*(speak(client, other, 1, gate) for client in clients))
    print(f"{count} clients moved in {time.monotonic() - begin:.1f} s")


asyncio.run(main())
