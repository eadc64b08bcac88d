"""Removes the names of the hardware and the operating system from a pcapng section header."""

import struct
import sys
from pathlib import Path

SECTION_HEADER = 0x0A0D0D0A
FIXED_PART = 24
HARDWARE, OPERATING_SYSTEM = 2, 3


def scrubbed(data: bytes) -> bytes:
    kind, length, magic = struct.unpack_from("<III", data)
    if kind != SECTION_HEADER or magic != 0x1A2B3C4D:
        raise SystemExit("not a little-endian pcapng file")
    options, at = b"", FIXED_PART
    while at < length - 4:
        code, size = struct.unpack_from("<HH", data, at)
        end = at + 4 + (size + 3) // 4 * 4
        if code not in (HARDWARE, OPERATING_SYSTEM):
            options += data[at:end]
        at = end
    total = struct.pack("<I", FIXED_PART + len(options) + 4)
    return data[:4] + total + data[8:FIXED_PART] + options + total + data[length:]


for name in sys.argv[1:]:
    path = Path(name)
    path.write_bytes(scrubbed(path.read_bytes()))
