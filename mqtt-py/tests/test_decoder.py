"""`Decoder`: any slices in, the same packets out."""

from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mqtt_core import (
    Connect,
    Decoder,
    LimitError,
    Limits,
    MalformedPacketError,
    Packet,
    PingReq,
    PubAck,
    Publish,
    RemoteProtocolError,
    Version,
    encode,
)
from samples import packets

STREAM = b"".join(
    encode(packet)
    for packet in (Publish("a/b", b"hello"), PubAck(7), Publish("t", bytes(300)), PingReq())
)
FOUND: list[Packet] = [Publish("a/b", b"hello"), PubAck(7), Publish("t", bytes(300)), PingReq()]


def take(decoder: Decoder, pieces: list[bytes]) -> Iterator[Packet]:
    for piece in pieces:
        decoder.feed(piece)
        yield from decoder


STREAMS = st.sampled_from(Version).flatmap(
    lambda version: st.tuples(st.just(version), st.lists(packets(version), max_size=4))
)


@given(STREAMS, st.lists(st.integers(0, 2000)))
def test_every_split(stream: tuple[Version, list[Packet]], cuts: list[int]) -> None:
    version, expected = stream
    data = b"".join(encode(packet, version=version) for packet in expected)
    bounds = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    pieces = [data[a:b] for a, b in pairwise(bounds)]
    decoder = Decoder(version=version)
    assert list(take(decoder, pieces)) == expected
    assert decoder.is_idle
    assert decoder.buffered == 0
    # Fed first, taken later.
    decoder = Decoder(version=version)
    for piece in pieces:
        decoder.feed(piece)
    assert list(decoder) == expected


@pytest.mark.parametrize("size", range(1, 30))
def test_pieces_of_one_size(size: int) -> None:
    pieces = [STREAM[at : at + size] for at in range(0, len(STREAM), size)]
    assert list(take(Decoder(), pieces)) == FOUND


def test_every_cut_in_two() -> None:
    for cut in range(len(STREAM) + 1):
        decoder = Decoder()
        assert list(take(decoder, [STREAM[:cut], STREAM[cut:]])) == FOUND


@given(st.lists(st.binary(max_size=40), max_size=5), st.sampled_from([None, *Version]))
def test_any_bytes(pieces: list[bytes], version: Version | None) -> None:
    """However they are cut, any bytes give the same packets and the same error."""

    def outcome(pieces: list[bytes]) -> list[object]:
        decoder = Decoder(version=version)
        found: list[object] = []
        try:
            for packet in take(decoder, pieces):
                found.append(packet)
        except (RemoteProtocolError, LimitError) as error:
            found.append(vars(error))
        else:
            found += [decoder.needed, decoder.buffered, decoder.is_idle, decoder.version]
        return found

    whole = b"".join(pieces)
    assert outcome(pieces) == outcome([whole]) == outcome([bytes([byte]) for byte in whole])


def test_needed_is_exact() -> None:
    data = encode(Publish("t", bytes(300)))
    decoder = Decoder()
    assert decoder.needed == 2
    for end in range(len(data)):
        assert not list(decoder)
        assert decoder.needed == {0: 2, 1: 1, 2: 1}.get(end, len(data) - end)
        assert decoder.buffered == end
        assert decoder.is_idle is (end == 0)
        decoder.feed(data[end : end + 1])
        assert decoder.needed == 0
        assert not decoder.is_idle
    assert list(decoder) == [Publish("t", bytes(300))]
    assert decoder.needed == 2


def test_whole_packets_lie_where_they_were_fed() -> None:
    decoder = Decoder()
    decoder.feed(STREAM)
    first, _, third, _ = decoder
    assert isinstance(first, Publish)
    assert isinstance(third, Publish)
    assert first.payload_view.obj is STREAM
    assert third.payload_view.obj is STREAM
    decoder.feed(bytearray(STREAM))
    assert list(decoder) == FOUND


def test_straddling_packets_do_not_hold_the_slices() -> None:
    decoder = Decoder()
    decoder.feed(STREAM[:5])
    assert not list(decoder)
    decoder.feed(STREAM[5:])
    first = next(decoder)
    assert isinstance(first, Publish)
    assert first.payload_view.obj == encode(FOUND[0])


def test_version_comes_with_connect() -> None:
    connect = Connect("c", version=Version.V311)
    data = encode(connect, version=Version.V311) + encode(PubAck(1), version=Version.V311)
    for size in (1, len(data)):
        decoder = Decoder(version=None)
        assert decoder.version is None
        pieces = [data[at : at + size] for at in range(0, len(data), size)]
        assert list(take(decoder, pieces)) == [connect, PubAck(1)]
        assert decoder.version is Version.V311
    with pytest.raises(RemoteProtocolError) as caught:
        list(take(Decoder(version=None), [STREAM]))
    assert caught.value.kind == "expected_connect"


def test_rules_change_between_packets() -> None:
    decoder = Decoder(version=Version.V311, limits=Limits(max_packet_size=100))
    assert decoder.limits == Limits(max_packet_size=100)
    data = encode(Publish("t", content_type="x"))
    decoder.feed(data[:1])
    assert not list(decoder)
    # The packet that has begun is still one of 3.1.1, whose payload it is.
    decoder.version = Version.V5
    decoder.limits = Limits()
    decoder.feed(data[1:] + data)
    assert list(decoder) == [Publish("t", data[5:]), Publish("t", content_type="x")]
    assert decoder.version is Version.V5
    with pytest.raises(TypeError):
        decoder.version = None  # type: ignore[assignment]
    with pytest.raises(TypeError):
        decoder.limits = None  # type: ignore[assignment]
    with pytest.raises(AttributeError):
        del decoder.version


def test_an_error_stays() -> None:
    decoder = Decoder()
    decoder.feed(encode(PubAck(1)) + b"\x36\x00" + STREAM)
    assert next(decoder) == PubAck(1)
    for _ in range(3):
        with pytest.raises(MalformedPacketError) as caught:
            next(decoder)
        assert caught.value.offset == 0
        decoder.feed(STREAM)
    assert not decoder.is_idle
    assert decoder.buffered == 0


def test_limit_is_judged_on_the_header() -> None:
    decoder = Decoder(limits=Limits(max_packet_size=1000))
    decoder.feed(b"\x30\xff")
    assert not list(decoder)
    decoder.feed(b"\xff\x7f")
    with pytest.raises(LimitError):
        next(decoder)


def test_feed_takes_bytes() -> None:
    decoder = Decoder()
    with pytest.raises(TypeError):
        decoder.feed("text")  # type: ignore[arg-type]
    data = bytearray(STREAM)
    decoder.feed(data)
    data.clear()
    decoder.feed(b"")
    decoder.feed(memoryview(STREAM)[::1])
    assert list(decoder) == FOUND * 2
    assert repr(decoder) == "<Decoder version=Version.V5 buffered=0 needed=2>"
