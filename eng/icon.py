"""icon.py FILE: draws the icon of the packages, a signal lamp with its shutters half open and its light, as a PNG of 128 by 128."""

import struct
import sys
import zlib

SIZE, SAMPLES = 128, 4
NIGHT, BODY, LIGHT, SHUTTER = (20, 33, 61), (252, 163, 17), (255, 244, 214), (20, 33, 61)


def colour(x: float, y: float):
    """The colour at a place of the unit square around the middle, or None outside the picture."""
    corner = max(abs(x) - 0.38, 0) ** 2 + max(abs(y) - 0.38, 0) ** 2
    if corner > 0.12 ** 2:
        return None
    distance = (x * x + y * y) ** 0.5
    if distance > 0.36:
        return NIGHT
    if distance > 0.30:
        return BODY
    return SHUTTER if ((y + 0.32) % 0.16) < 0.05 else LIGHT


def main() -> None:
    rows = bytearray()
    for row in range(SIZE):
        rows.append(0)
        for column in range(SIZE):
            found = [
                colour((column + (a + 0.5) / SAMPLES) / SIZE - 0.5, (row + (b + 0.5) / SAMPLES) / SIZE - 0.5)
                for a in range(SAMPLES)
                for b in range(SAMPLES)
            ]
            seen = [one for one in found if one]
            rows += bytes(sum(one[part] for one in seen) // max(len(seen), 1) for part in range(3))
            rows.append(255 * len(seen) // len(found))

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    with open(sys.argv[1], "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", SIZE, SIZE, 8, 6, 0, 0, 0)))
        file.write(chunk(b"IDAT", zlib.compress(bytes(rows), 9)) + chunk(b"IEND", b""))


main()
