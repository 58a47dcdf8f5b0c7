# Sends each line of a file exactly once; after any failure run it again.
# python3 client.py 127.0.0.1 9999 pump-7 readings.txt
import socket, sys
host, port, client, path = sys.argv[1:]; readings = open(path, "rb").read().split(b"\n")[:-1]
server = socket.create_connection((host, int(port))).makefile("rwb")
unit = lambda text: text.encode().ljust(64)
server.write(unit(f"ALDIS/1 messages client={client}")); server.flush()
last = int(server.read(64).split(b"last=")[1].split()[0])
if len(readings) < last: sys.exit("the server has more than this list")
for number, body in enumerate(readings, 1):
    if number < last: continue  # message `last` goes once more: is it ours?
    server.write(unit(f"{len(body)} {number}") + body); server.flush()
    if not server.read(64).startswith(b"ACK %d " % number): sys.exit("not acknowledged")
