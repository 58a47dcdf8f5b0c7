"""Sends by stop-and-wait to: aldis lab --peer sender --listen 127.0.0.1:9000

python3 stop_and_wait_sender.py 9000 0.2     (the time-out is that of the laboratory)
"""
import socket
import sys

link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
link.connect(("127.0.0.1", int(sys.argv[1])))
link.settimeout(float(sys.argv[2]))
frames = [b"line %d\n" % n for n in range(10)] + [b""]  # the last frame is empty

for number, payload in enumerate(frames):
    acknowledged = 0
    while acknowledged <= number:
        link.send(b"DATA %d\n" % number + payload)
        try:
            while acknowledged <= number:
                acknowledged = int(link.recv(2048).split()[1])
        except TimeoutError:
            pass  # the frame or its ACK was lost: once more
