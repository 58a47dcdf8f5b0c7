"""Receives by selective repeat from: aldis lab --peer receiver --strategy selective-repeat --window 4 --listen 127.0.0.1:9000

python3 selective_repeat_receiver.py 9000 > received
"""
import socket
import sys

link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
link.connect(("127.0.0.1", int(sys.argv[1])))
link.settimeout(5)  # after so long a silence the sender has every ACK
link.send(b"HELLO\n")
expected = 0
kept = {}  # what came ahead of a gap
try:
    while True:
        line, payload = link.recv(65536).split(b"\n", 1)
        number = int(line.split()[1])
        if number >= expected:
            kept[number] = payload
        while expected in kept:
            sys.stdout.buffer.write(kept.pop(expected))
            sys.stdout.buffer.flush()
            expected += 1
        link.send(b"ACK %d" % expected + b"".join(b" +%d" % n for n in sorted(kept)) + b"\n")
except (TimeoutError, ConnectionRefusedError):
    pass
