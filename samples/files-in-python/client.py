# Sends one file of at most 1 MiB and proves that it was stored.
# python3 client.py 127.0.0.1 65432 pump-7 report.pdf
import hashlib, os, socket, sys
host, port, client, path = sys.argv[1:]
server = socket.create_connection((host, int(port))).makefile("rwb")
unit = lambda text: text.encode().ljust(64)
H = lambda *parts: hashlib.sha256(b"".join(parts)).digest()
check = lambda text, *more: f"{text} {H(m, text.encode(), *more).hex()[:16]}"

body, status = open(path, "rb").read(), os.stat(path)
manifest = f"F {len(body)} {status.st_mtime_ns} {status.st_mode & 0o777:o} {status.st_ctime_ns} {os.path.basename(path)}\0".encode()
key = H(os.path.abspath(path).encode()).hex()[:16]            # the same when it is sent again
preface, opening = unit(f"ALDIS/1 files client={client}"), unit(f"SEND {key} 1 {len(manifest)} sha256 fail")
m = H(preface, opening, manifest)
server.write(preface + opening + manifest + m); server.flush()
hello, answer = server.read(64).decode().rstrip(), server.read(64).decode().rstrip()
if answer.startswith("WANT 0 0"):
    server.write(unit(f"DATA 0 0 {len(body)}") + body + H(body))
elif answer == check("PROVE 0 0"):
    server.write(unit(check("PROOF 0", H(body))) + H(body))
elif answer != check("HAVE 0 0 durable"):
    sys.exit(f"not taken: {hello} {answer}")
server.flush()
if not answer.startswith("HAVE"):
    answer = server.read(64).decode().rstrip()
    if answer != check("DONE 0 0 durable", H(body)):
        sys.exit(f"not stored: {answer}")
