"""Receives by stop-and-wait or go-back-N from: aldis lab --peer receiver --listen 127.0.0.1:9000

python3 receiver.py 9000 > received
"""
import socket
import sys

link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
link.connect(("127.0.0.1", int(sys.argv[1])))
link.settimeout(5)  # after so long a silence the sender has every ACK
link.send(b"HELLO\n")
expected = 0
try:
    while True:
        line, payload = link.recv(65536).split(b"\n", 1)
        if int(line.split()[1]) == expected:
            sys.stdout.buffer.write(payload)
            sys.stdout.buffer.flush()
            expected += 1
        link.send(b"ACK %d\n" % expected)  # also for what came before: its ACK may have been lost
except (TimeoutError, ConnectionRefusedError):
    pass
