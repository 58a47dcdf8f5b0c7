"""come_and_go.py udp|tcp PORT PROCESS: 1,000 clients at a time send a word to an echo at 127.0.0.1:PORT, get it back and go, ten times
over; prints the memory of PROCESS (VmRSS in KiB) behind each time."""
import resource
import socket
import sys
import time

CLIENTS = 1000
TIMES = 10

kind, port, process = sys.argv[1], int(sys.argv[2]), sys.argv[3]
soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))


def memory():
    with open(f"/proc/{process}/status") as status:
        return int(next(line for line in status if line.startswith("VmRSS")).split()[1])


seen = []
for _ in range(TIMES):
    clients = []
    for number in range(CLIENTS):
        client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM if kind == "udp" else socket.SOCK_STREAM)
        client.settimeout(10)
        client.connect(("127.0.0.1", port))
        client.send(b"word")
        assert client.recv(16) == b"word"
        clients.append(client)
    for client in clients:
        client.close()
    time.sleep(1.0)
    seen.append(memory())
print(kind, *seen)
