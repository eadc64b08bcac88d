"""A bad link between a client and a broker on one machine, made of a TUN device.

The device has the address 10.9.0.1. A packet the kernel sends to 10.9.0.2 arrives here; it goes
back with source and destination swapped, so a client that connects to 10.9.0.2 talks to the
broker listening on 10.9.0.1. (Swapping the addresses leaves every checksum valid.) On the way
some packets are dropped, doubled or overtaken by later ones, from a fixed seed.
"""

import fcntl
import os
import random
import select
import struct
import subprocess
import sys
import time

TUNSETIFF = 0x400454CA
IFF_TUN = 0x0001
IFF_NO_PI = 0x1000

DEVICE = "mqttbad0"
MTU = "576"
DROP = 0.05
DOUBLE = 0.06
DELAY = 0.15
HELD_SECONDS = 0.03


def open_device() -> int:
    fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH", DEVICE.encode(), IFF_TUN | IFF_NO_PI))
    for command in (
        ["ip", "address", "add", "10.9.0.1/24", "dev", DEVICE],
        ["ip", "link", "set", DEVICE, "mtu", MTU, "up"],
    ):
        subprocess.run(command, check=True)
    return fd


def swapped(packet: bytes) -> bytes:
    return packet[:12] + packet[16:20] + packet[12:16] + packet[20:]


def main() -> None:
    fd = open_device()
    print("ready", flush=True)
    dice = random.Random(5)
    held: list[tuple[float, bytes]] = []
    while True:
        timeout = max(0.0, held[0][0] - time.monotonic()) if held else None
        readable, _, _ = select.select([fd], [], [], timeout)
        now = time.monotonic()
        while held and held[0][0] <= now:
            os.write(fd, held.pop(0)[1])
        if not readable:
            continue
        packet = os.read(fd, 65536)
        if packet[0] >> 4 != 4 or packet[9] != 6:
            continue
        packet = swapped(packet)
        roll = dice.random()
        if roll < DROP:
            continue
        if roll < DROP + DELAY:
            held.append((now + HELD_SECONDS, packet))
            continue
        os.write(fd, packet)
        if roll < DROP + DELAY + DOUBLE:
            os.write(fd, packet)


if __name__ == "__main__":
    sys.exit(main())
