"""Captures: against tshark, in every form, and with bytes that are missing."""

import io
import json
import os
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mqtt_core import (
    ConnAck,
    Connect,
    Disconnect,
    PingReq,
    PingResp,
    Publish,
    Sender,
    Version,
    encode,
)
from mqtt_core.cli._capture import CaptureError, Frame, frames
from mqtt_core.cli._flows import Flows, captured
from mqtt_core.cli._half import PIECE, Half
from mqtt_core.cli._stream import Item, Problem, Stream
from mqtt_core.cli._tcp import HeadersLost, Segment, segment

from .captures import (
    ACK,
    FIN,
    LINKS,
    RST,
    SYN,
    Tcp,
    block,
    enhanced,
    ethernet,
    interface,
    pcap,
    section,
    simple,
)
from .run import Running, mqc

CAPTURES = Path(__file__).parents[3] / "mqtt-core/tests/data/captures"
FILES = sorted(CAPTURES.glob("*.pcap*"))
KINDS = """Connect ConnAck Publish PubAck PubRec PubRel PubComp Subscribe SubAck Unsubscribe
UnsubAck PingReq PingResp Disconnect Auth"""
NAMES = dict(enumerate(KINDS.split(), 1))

CONNECT = encode(Connect("c", version=Version.V311), version=Version.V311)
CONNACK = encode(ConnAck(), version=Version.V311)
PING, PONG = encode(PingReq()), encode(PingResp())
HELLO = encode(Publish("a", b"hello"), version=Version.V311)
BYE = encode(Disconnect(), version=Version.V311)


def conversation(first: int = 1000) -> list[Tcp]:
    """A whole connection, with its beginning and its end."""
    up, down = first + 1, 5001
    there = CONNECT + HELLO + PING + BYE
    return [
        Tcp(first, flags=SYN),
        Tcp(5000, flags=SYN | ACK).back(),
        Tcp(up, CONNECT),
        Tcp(down, CONNACK).back(),
        Tcp(up + len(CONNECT), HELLO + PING),
        Tcp(down + len(CONNACK), PONG).back(),
        Tcp(up + len(there) - len(BYE), BYE, flags=ACK | FIN),
        Tcp(down + len(CONNACK + PONG), flags=ACK | FIN).back(),
        # FIN has a number, too.
        Tcp(up + len(there) + 1),
    ]


SHOWN = ["Connect", "ConnAck", "Publish", "PingReq", "PingResp", "Disconnect"]


def shown(file: bytes, *words: str) -> tuple[int, list[dict[str, str]]]:
    """What `mqc pcap --json` says of a capture at its standard input."""
    ran = mqc("pcap", "--json", *words, given=file)
    assert ran.err == ""
    return ran.status, [json.loads(line) for line in ran.out.splitlines()]


def kinds(lines: list[dict[str, str]]) -> list[str]:
    return [line["type"] or line["problem"] for line in lines]


def told(file: Path) -> Counter[tuple[str, str]]:
    """Frame and type of each packet, as tshark tells them."""
    tshark = shutil.which("tshark")
    if tshark is None:
        if os.environ.get("ALLOW_MISSING") == "1":
            pytest.skip("no tshark")
        pytest.fail("tshark is not in PATH")
    # The other ports of the captures are MQTT as well.
    ports = [word for port in (1884, 1885, 1886) for word in ("-d", f"tcp.port=={port},mqtt")]
    fields = ["-Y", "mqtt", "-T", "fields", "-e", "frame.number", "-e", "mqtt.msgtype"]
    order = ["-o", "tcp.reassemble_out_of_order:TRUE"]
    ran = subprocess.run(
        [tshark, "-n", *order, "-r", str(file), *ports, *fields],
        capture_output=True,
        timeout=60,
        check=True,
    )
    packets: Counter[tuple[str, str]] = Counter()
    for line in ran.stdout.decode().splitlines():
        number, numbers = line.split("\t")
        packets.update((f"frame {number}", NAMES[int(kind)]) for kind in numbers.split(","))
    return packets


@pytest.mark.parametrize("command", ["inspect", "pcap"])
@pytest.mark.parametrize("file", FILES, ids=lambda f: f.name)
def test_captures_agree_with_tshark(file: Path, command: str) -> None:
    ran = mqc(command, "--json", str(file))
    lines = [json.loads(line) for line in ran.out.splitlines()]
    assert ran.status == 0 and ran.err == ""
    assert Counter((line["where"], line["type"]) for line in lines) == told(file)


def forms() -> Iterator[tuple[str, bytes]]:
    packets = [part.ipv4() for part in conversation()]
    for name, (link, wrap) in LINKS.items():
        yield name, pcap([wrap(packet) for packet in packets], link)
    packets = [part.ipv6() for part in conversation()]
    yield "ipv6", pcap([ethernet(packet, 0x86DD) for packet in packets])
    # Hop by hop, then a fragment that is the whole.
    extensions = b"\x2c\0\1\4\0\0\0\0" + b"\6\0\0\0\0\0\0\1"
    packets = [part.ipv6(extensions, 0) for part in conversation()]
    yield "ipv6 extensions", pcap([ethernet(packet, 0x86DD) for packet in packets])
    packets = [ethernet(part.ipv4()) for part in conversation()]
    for order in "<>":
        for nanoseconds in (False, True):
            name = f"pcap {order} {nanoseconds}"
            yield name, pcap(packets, order=order, nanoseconds=nanoseconds)
        blocks = b"".join(simple(packet, order) for packet in packets)
        yield f"simple {order}", section(order) + interface(1, order) + blocks
    # Two interfaces of other kinds, then a section in the other byte order with one interface.
    file = section("<") + interface(101) + block("<", 5, bytes(12)) + interface(1, snap=9999)
    for index, part in enumerate(conversation()[:4]):
        frame = part.ipv4() if index % 2 == 0 else ethernet(part.ipv4())
        file += enhanced(frame, index % 2)
    file += section(">") + interface(113, ">")
    for part in conversation()[4:]:
        file += enhanced(LINKS["cooked"][1](part.ipv4()), 0, ">")
    yield "sections", file


@pytest.mark.parametrize("file", [pytest.param(f, id=name) for name, f in forms()])
def test_every_form_of_a_capture_agrees_with_tshark(file: bytes, tmp_path: Path) -> None:
    path = tmp_path / "capture"
    path.write_bytes(file)
    status, lines = shown(file)
    assert status == 0 and kinds(lines) == SHOWN
    assert Counter((line["where"], line["type"]) for line in lines) == told(path)


def framed(*parts: Tcp) -> bytes:
    return pcap([ethernet(part.ipv4()) for part in parts])


def test_a_gap_is_said_and_the_other_direction_goes_on() -> None:
    parts = conversation()
    lost = parts.pop(4)
    status, lines = shown(framed(*parts))
    assert status == 1
    assert kinds(lines) == ["Connect", "ConnAck", "PingResp", "lost"]
    assert lines[-1] == {
        "where": "frame 6",
        "sender": "client",
        "type": None,
        "text": f"{len(lost.data)} bytes are missing, which are not in the capture; "
        "what follows in this direction is not shown",
        "bytes": "",
        "from": "10.0.0.1:40000",
        "to": "10.0.0.2:1883",
        "problem": "lost",
    }
    assert mqc("check", given=framed(*parts)) == (
        1,
        f"frame 6: 10.0.0.1:40000 to 10.0.0.2:1883: {len(lost.data)} bytes are missing, which are "
        "not in the capture; what follows in this direction is not shown\n"
        "packets 3, faults 0, not judged 1\n",
        "",
    )
    # Other connections are shown: here one between the same ports.
    assert kinds(shown(framed(*parts, *conversation(77)))[1])[3:] == ["lost", *SHOWN]


def test_what_is_lost_at_the_end_is_said() -> None:
    # The last message is not there; that there was one is told by the number of FIN.
    parts = conversation()
    parts[6] = Tcp(parts[6].sequence + len(BYE), flags=ACK | FIN)
    status, lines = shown(framed(*parts))
    assert status == 1 and kinds(lines) == [*SHOWN[:-1], "lost"]
    assert lines[-1]["text"].startswith("2 bytes are missing")


def test_frames_that_a_snap_length_cuts_are_gaps() -> None:
    packets = [ethernet(part.ipv4()) for part in conversation()]
    head = 14 + 20 + 20
    # CONNECT is cut: there is no telling what the answers are.
    status, lines = shown(pcap(packets, snap=head + 10))
    assert status == 1 and kinds(lines) == ["lost", "lost"]
    assert lines[0]["bytes"] == CONNECT[:10].hex()
    assert "7 bytes are missing" in lines[0]["text"] and "not known" in lines[1]["text"]
    # A message is cut, and it is the last that is heard.
    long = [*conversation()[:4], Tcp(1001 + len(CONNECT), b"\x30\x20\0\1" + b"a" * 30)]
    status, lines = shown(pcap([ethernet(part.ipv4()) for part in long], snap=head + 20))
    assert status == 1 and kinds(lines) == ["Connect", "ConnAck", "lost"]
    assert lines[-1]["text"].startswith("14 bytes are missing")
    status, lines = shown(pcap(packets, snap=40))
    assert status == 1 and kinds(lines) == ["lost"]
    assert "cut off within their headers" in lines[0]["text"]
    kept = (
        section()
        + interface(1, snap=head + 4)
        + b"".join(simple(p, snap=head + 4) for p in packets)
    )
    assert shown(kept)[0] == 1


def test_a_capture_file_that_is_cut_off_is_shown_so_far() -> None:
    whole = framed(*conversation())
    status, lines = shown(whole[:-1])
    assert status == 1 and kinds(lines) == [*SHOWN, "lost"]
    assert "frame 9 is cut off" in lines[-1]["text"]
    ran = mqc("check", given=whole[:30])
    assert ran.status == 1 and "frame 1 is cut off" in ran.out


def test_a_link_type_that_is_not_known_is_said_once() -> None:
    status, lines = shown(pcap([bytes(40), bytes(40)], 147))
    assert status == 1 and len(lines) == 1 and "link type 147" in lines[0]["text"]


def test_a_packet_that_is_not_whole_is_named_with_the_place_of_its_length() -> None:
    parts = conversation()[:4]
    parts.append(Tcp(1001 + len(CONNECT), b"\x30\xff\xff\xff\x7fabc"))
    status, lines = shown(framed(*parts))
    assert status == 1 and kinds(lines)[-1] == "cut off"
    assert lines[-1]["text"] == (
        "the packet is cut off: offset 1: its length says 268435460 bytes, 8 are there"
    )
    ran = mqc("inspect", "-x", "c000 30ffffff7f61")
    assert ran == (
        1,
        "byte 0: PingReq()\n"
        "byte 2: the packet is cut off: offset 1: its length says 268435460 bytes, 6 are there\n",
        "",
    )
    # A header that cannot be is a fault also without the rest.
    assert "MQTT-3.8.1-1" in mqc("check", "-x", "80ff7f").out


def test_a_length_that_cannot_be_ends_the_direction() -> None:
    ran = mqc("check", "-x", "c000 30ffffffff01 c000")
    assert ran.status == 1
    first, last = ran.out.splitlines()
    assert (
        first.startswith("byte 2: offset 4: section 1.5.5: ")
        and "what follows is not shown" in first
    )
    assert last == "packets 2, faults 1"


def test_a_reset_carries_no_packets() -> None:
    parts = conversation()[:6]
    parts.append(Tcp(1001 + len(CONNECT + HELLO + PING), b"go away", flags=RST))
    assert shown(framed(*parts)) == shown(framed(*conversation()[:6]))


def test_ports_are_used_again() -> None:
    again = conversation(2**32 - 10)
    status, lines = shown(framed(*conversation(), *again))
    assert status == 0 and kinds(lines) == SHOWN * 2
    # The old one was in the middle of a packet, and ended without a word.
    status, lines = shown(
        framed(*conversation()[:3], Tcp(1001 + len(CONNECT), b"\x30\x09"), *again)
    )
    assert status == 1 and kinds(lines) == ["Connect", "cut off", *SHOWN]
    # SYN of the second is not in the capture.
    later = [
        Tcp(part.sequence + (1 << 30), part.data, part.flags, part.source, part.target)
        for part in conversation()[2:]
    ]
    assert kinds(shown(framed(*conversation(), *later))[1]) == SHOWN * 2


def test_a_capture_that_begins_within_a_connection_says_so() -> None:
    status, lines = shown(framed(*conversation()[4:]))
    assert status == 1 and kinds(lines) == ["lost"]
    assert lines[0]["text"] == "this connection is not shown: the capture begins within it"
    # That of another port may be anything.
    strange = [
        Tcp(part.sequence, part.data, part.flags, (part.source[0], 7), (part.target[0], 8))
        for part in conversation()[4:]
        if part.source[1] != 1883
    ]
    assert shown(framed(*strange)) == (0, [])
    # CONNECT is there: it is enough.
    assert shown(framed(*conversation()[2:]))[0] == 0


def test_a_server_that_is_heard_first_waits_for_the_client() -> None:
    parts = conversation()
    parts[2], parts[3] = parts[3], parts[2]
    assert kinds(shown(framed(*parts))[1]) == SHOWN
    # CONNECT is lost: there is no telling what the answers are.
    parts = conversation()
    del parts[2]
    status, lines = shown(framed(*parts))
    assert status == 1 and kinds(lines) == ["lost"]
    assert "first bytes are not in the capture" in lines[0]["text"]


def test_connections_beyond_the_bound_are_given_up_aloud() -> None:
    def of(port: int) -> list[Tcp]:
        return [
            Tcp(part.sequence, part.data, part.flags, ("10.0.0.1", port))
            for part in conversation()
            if part.source[1] != 1883
        ]

    one, two = of(1), of(2)
    parts = [part for pair in zip(one, two, strict=True) for part in pair]
    status, lines = shown(framed(*parts), "--connections", "1")
    assert status == 1
    assert any("there are more than 1 connections" in line["text"] for line in lines)
    assert shown(framed(*parts), "--connections", "2")[0] == 0
    # What is over makes room without a word.
    closed = [*conversation(), *of(2)]
    assert shown(framed(*closed), "--connections", "1")[0] == 0


def test_bytes_beyond_the_bound_are_given_up_aloud() -> None:
    parts = conversation()[:4]
    at = 1001 + len(CONNECT)
    parts += [Tcp(at + 10 + i * 1000, bytes(1000)) for i in range(2000)]
    status, lines = shown(framed(*parts), "--memory", "1")
    assert status == 1 and kinds(lines) == ["Connect", "ConnAck", "lost"]
    assert lines[-1]["text"].startswith("more than 1048576 bytes wait")


def test_a_capture_that_grows_is_shown_as_it_comes() -> None:
    file = framed(*conversation()[:3])
    with Running("pcap") as running:
        running.write(file)
        assert running.read_line().startswith("frame 3: client: Connect(")
        running.write(framed(conversation()[3])[24:])
        assert running.read_line() == "frame 4: server: ConnAck()\n"
        assert running.end().status == 0


SEGMENTS = st.lists(
    st.builds(
        Segment,
        st.sampled_from([(b"\1\0\0\1", 1), (b"\1\0\0\2", 1883)]),
        st.sampled_from([(b"\1\0\0\3", 3), (b"\1\0\0\2", 1883)]),
        st.integers(0, 40) | st.integers(2**32 - 40, 2**32 - 1) | st.integers(0, 2**32 - 1),
        st.binary(max_size=30) | st.sampled_from([CONNECT, CONNACK, HELLO, PING]),
        st.integers(0, 3),
        syn=st.booleans(),
        ack=st.booleans(),
        fin=st.booleans(),
        rst=st.booleans(),
    ),
    max_size=30,
)


@given(SEGMENTS, st.integers(1, 3), st.integers(1, 4 * PIECE))
def test_no_segments_upset_the_streams(parts: list[Segment], connections: int, memory: int) -> None:
    flows = Flows(connections, memory)
    for part in parts:
        for item in flows.take(part, "frame"):
            assert (item.packet is None) == (item.problem is not None)
        assert flows.held <= memory and flows.count <= connections
    assert all(item.problem is not None for item in flows.end())
    assert flows.held == flows.count == 0


def test_many_segments_that_wait_cost_little() -> None:
    # A quadratic search would take hours.
    half, count = Half(window=64 << 20), 200_000
    ends = (b"a", 1), (b"b", 2)
    half.take(Segment(*ends, 0, b"", syn=True))
    for at in range(count - 1, 0, -1):
        assert half.take(Segment(*ends, 1 + at, bytes([at % 256]))) == b""
    assert half.take(Segment(*ends, 1, b"\0")) == bytes(at % 256 for at in range(count))
    assert half.held == 0 and half.missing() == 0


def test_what_waits_in_one_direction_is_bounded() -> None:
    # A hundred of a byte.
    half = Half(window=100 * (1 + PIECE))
    ends = (b"a", 1), (b"b", 2)
    half.take(Segment(*ends, 0, b"", syn=True))
    for at in range(50, 200):
        half.take(Segment(*ends, 1 + at, b"x"))
        assert half.held <= 100 * (1 + PIECE)
    assert half.is_lost and half.missing() == 50


@given(st.binary(max_size=200), st.sampled_from([f.read_bytes()[:600] for f in FILES]), st.data())
def test_no_bytes_upset_the_readers(noise: bytes, real: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(real)))
    for content in (noise, real[:at] + noise, real[:at] + noise + real[at + len(noise) :]):
        try:
            read = frames(content[:4], io.BytesIO(content[4:]))
        except CaptureError:
            continue
        for item in captured(read, Flows(3, 100)):
            assert item.packet is not None or (item.problem is not None and item.note)
    for link in (0, 1, 101, 108, 113, 228, 276, 5):
        for size in (len(noise), len(noise) + 5):
            try:
                segment(Frame(1, link, noise, size))
            except HeadersLost:
                assert size > len(noise)


@given(st.binary(min_size=1, max_size=60), st.data(), st.integers(0, 2**32 - 1))
def test_segments_in_any_order_give_the_stream(sent: bytes, data: st.DataObject, isn: int) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(0, len(sent)), max_size=6)) | {0, len(sent)})
    pieces = [(a, sent[a : min(b + 2, len(sent))]) for a, b in pairwise(cuts)]
    ends = ((b"a", 1), (b"b", 2))
    half = Half()
    half.take(Segment(*ends, isn, b"", syn=True))
    got = b"".join(
        half.take(Segment(*ends, (isn + 1 + at) % 2**32, piece))
        for at, piece in data.draw(st.permutations(pieces + pieces))
    )
    assert got == sent and half.missing() == 0


PACKETS = st.lists(
    st.one_of(
        st.sampled_from([PING, HELLO, BYE, bytes.fromhex("3605000161 0000"), b"\xf0\0"]),
        st.builds(
            lambda size: encode(Publish("t", bytes(size)), version=Version.V311),
            st.integers(0, 300),
        ),
    ),
    max_size=6,
)


def plain(sent: bytes, sender: Sender) -> list[tuple[bytes, object, Problem | None]]:
    stream = Stream(Version.V311, sender)
    return [brief(item) for item in [*stream.take(sent, None), *stream.end(None)]]


def brief(item: Item) -> tuple[bytes, object, Problem | None]:
    return item.raw, item.packet, item.problem


@given(PACKETS, PACKETS, st.binary(max_size=3), st.data())
def test_segments_of_a_conversation_give_the_packets_of_the_streams(
    up: list[bytes], down: list[bytes], rest: bytes, data: st.DataObject
) -> None:
    there, back = CONNECT + b"".join(up) + rest, CONNACK + b"".join(down)
    parts: list[Segment] = []
    ends = ((b"\1\0\0\1", 1), (b"\1\0\0\2", 2))
    for sent, (source, target) in ((there, ends), (back, ends[::-1])):
        cuts = sorted(data.draw(st.sets(st.integers(0, len(sent)), max_size=5)) | {0, len(sent)})
        parts += [
            Segment(source, target, (2**32 - 20 + a) % 2**32, sent[a : b + 3])
            for a, b in pairwise(cuts)
        ]
    again = data.draw(st.lists(st.sampled_from(parts), max_size=4))
    order = data.draw(st.permutations(parts + again))
    flows = Flows()
    begin = [
        Segment(*ends, 2**32 - 21, b"", syn=True),
        Segment(*ends[::-1], 2**32 - 21, b"", syn=True, ack=True),
    ]
    items = [item for part in [*begin, *order] for item in flows.take(part, "")]
    items += flows.end()
    for sender, sent in ((Sender.CLIENT, there), (Sender.SERVER, back)):
        assert [brief(i) for i in items if i.sender is sender] == plain(sent, sender)
