"""Many packets: flat memory, and threads that do not disturb each other."""

import gc
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from mqtt_core import Decoder, Packet, Publish, QoS, Version, decode, encode
from samples import PACKETS

BLOCK = encode(
    Publish("sensors/7", bytes(100), qos=QoS.AT_LEAST_ONCE, packet_id=1, content_type="x")
)
STREAM = b"".join(encode(packet) for packet in PACKETS)
STATUS = Path("/proc/self/status")


def resident() -> int:
    """Memory of this process in KiB, which only Linux tells so."""
    for line in STATUS.read_text("ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise AssertionError("no VmRSS")


def decode_many(count: int) -> None:
    decoder = Decoder()
    chunk = BLOCK * 1000
    found = 0
    for _ in range(count // 1000):
        # So that some packets straddle slices.
        decoder.feed(chunk[:100_001])
        decoder.feed(chunk[100_001:])
        for packet in decoder:
            assert isinstance(packet, Publish)
            found += len(packet.topic) + len(packet.payload) + (packet.content_type == "x")
    assert found == count * 110
    assert decoder.is_idle


def test_memory_is_flat() -> None:
    decode_many(100_000)
    gc.collect()
    before = resident()
    decode_many(1_000_000)
    gc.collect()
    assert resident() - before < 2048


def test_all_types_leave_nothing() -> None:
    def run(rounds: int) -> None:
        for _ in range(rounds):
            decoder = Decoder()
            decoder.feed(STREAM)
            for packet in decoder:
                encode(packet)
                hash(packet)
                repr(packet)
                assert packet == packet.replace()

    run(200)
    before = resident()
    run(2000)
    assert resident() - before < 2048


def test_two_threads_decode_at_once() -> None:
    barrier = threading.Barrier(2)
    shared = Publish("a/b", b"shared", user_properties=[("k", "v")])
    received = decode(encode(shared))
    assert received is not None

    def run(size: int) -> list[Packet]:
        barrier.wait()
        found: list[Packet] = []
        for _ in range(50):
            decoder = Decoder()
            found = []
            for at in range(0, len(STREAM), size):
                decoder.feed(STREAM[at : at + size])
                found += decoder
            # One object, of which both threads ask for what is made when asked for.
            assert received[0] == shared
            assert hash(received[0]) == hash(shared)
        return found

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(run, (7, 64))) == [PACKETS, PACKETS]


def test_one_packet_in_many_threads() -> None:
    data = encode(Publish("t" * 100, bytes(1000)), version=Version.V311)
    for _ in range(20):
        result = decode(data, version=Version.V311)
        assert result is not None
        packet = result[0]
        assert isinstance(packet, Publish)
        barrier = threading.Barrier(4)

        def ask(_: int, packet: Publish = packet, barrier: threading.Barrier = barrier) -> object:
            barrier.wait()
            return packet.topic, packet.payload

        with ThreadPoolExecutor(4) as pool:
            asked = list(pool.map(ask, range(4)))
        assert asked == [("t" * 100, bytes(1000))] * 4
