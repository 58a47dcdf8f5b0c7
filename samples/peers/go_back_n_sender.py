"""Sends by go-back-N to: aldis lab --peer sender --strategy go-back-n --window 4 --listen 127.0.0.1:9000

python3 go_back_n_sender.py 9000 0.2 4       (time-out and window are those of the laboratory)
"""
import socket
import sys
import time

link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
link.connect(("127.0.0.1", int(sys.argv[1])))
timeout, window = float(sys.argv[2]), int(sys.argv[3])
frames = [b"line %d\n" % n for n in range(12)] + [b""]  # the last frame is empty


def send(number):
    link.send(b"DATA %d\n" % number + frames[number])


oldest = next_frame = 0  # the window is what lies between them
due = 0.0  # when the one timer fires
while oldest < len(frames):
    while next_frame < min(oldest + window, len(frames)):
        send(next_frame)
        if next_frame == oldest:
            due = time.monotonic() + timeout
        next_frame += 1
    link.settimeout(max(0.001, due - time.monotonic()))
    try:
        number = int(link.recv(2048).split()[1])
        if number > oldest:
            oldest = number
            due = time.monotonic() + timeout
    except TimeoutError:
        if time.monotonic() >= due:
            for number in range(oldest, next_frame):  # go back: everything that is out goes again
                send(number)
                if number == oldest:
                    due = time.monotonic() + timeout
