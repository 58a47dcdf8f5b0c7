"""Sends by selective repeat to: aldis lab --peer sender --strategy selective-repeat --window 4 --listen 127.0.0.1:9000

python3 selective_repeat_sender.py 9000 0.2 4     (time-out and window are those of the laboratory)
"""
import socket
import sys
import time

link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
link.connect(("127.0.0.1", int(sys.argv[1])))
timeout, window = float(sys.argv[2]), int(sys.argv[3])
frames = [b"line %d\n" % n for n in range(12)] + [b""]  # the last frame is empty
oldest = next_frame = 0
due = {}  # when each frame that is out and not acknowledged goes again


def send(number):
    link.send(b"DATA %d\n" % number + frames[number])
    due[number] = time.monotonic() + timeout


while oldest < len(frames):
    while next_frame < min(oldest + window, len(frames)):
        send(next_frame)
        next_frame += 1
    link.settimeout(max(0.001, min(due.values()) - time.monotonic()))
    try:
        words = link.recv(2048).split()  # ACK 3 +5 +6: all before 3 arrived, and 5 and 6
        oldest = max(oldest, int(words[1]))
        ahead = [int(word[1:]) for word in words[2:]]
        due = {number: when for number, when in due.items() if number >= oldest and number not in ahead}
    except TimeoutError:
        for number in [number for number, when in due.items() if when <= time.monotonic()]:
            send(number)
