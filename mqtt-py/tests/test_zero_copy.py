"""`payload_view` is the memory of the received bytes, not a copy."""

import ctypes
import gc
import sys
import tracemalloc
import weakref

import pytest
from mqtt_core import Connect, Publish, Version, Will, decode, encode


def address(view: memoryview) -> int:
    """Where the memory of a read-only view begins.

    ctypes takes writable memory only, but a pointer object tells what `bytes` it was made of:
    a view of a whole `bytes` object has its address, and a slice lies behind it.
    """
    owner = view.obj
    assert isinstance(owner, bytes)
    pointer = ctypes.cast(ctypes.c_char_p(owner), ctypes.c_void_p).value
    assert pointer is not None
    return pointer


def offset_in(owner: bytes, view: memoryview) -> int:
    """How far behind the start of `owner` the view begins, by the addresses of both."""
    buffer = PyBuffer()
    get = ctypes.pythonapi.PyObject_GetBuffer
    get.argtypes = [ctypes.py_object, ctypes.POINTER(PyBuffer), ctypes.c_int]
    release = ctypes.pythonapi.PyBuffer_Release
    release.argtypes = [ctypes.POINTER(PyBuffer)]
    assert get(view, ctypes.byref(buffer), 0) == 0
    try:
        assert isinstance(buffer.buf, int)
        return buffer.buf - address(memoryview(owner))
    finally:
        release(ctypes.byref(buffer))


class PyBuffer(ctypes.Structure):
    """The `Py_buffer` of the stable ABI."""

    _fields_ = (
        ("buf", ctypes.c_void_p),
        ("obj", ctypes.c_void_p),
        ("len", ctypes.c_ssize_t),
        ("itemsize", ctypes.c_ssize_t),
        ("readonly", ctypes.c_int),
        ("ndim", ctypes.c_int),
        ("format", ctypes.c_char_p),
        ("shape", ctypes.c_void_p),
        ("strides", ctypes.c_void_p),
        ("suboffsets", ctypes.c_void_p),
        ("internal", ctypes.c_void_p),
    )


def large() -> bytes:
    return encode(Publish("big", bytes(range(256)) * 4096), version=Version.V311)


def one(data: bytes) -> Publish:
    result = decode(data, version=Version.V311)
    assert result is not None
    packet, _ = result
    assert isinstance(packet, Publish)
    return packet


def test_view_lies_in_the_input() -> None:
    data = large()
    view = one(data).payload_view
    assert view.obj is data
    assert offset_in(data, view) == len(data) - 2**20 == 9
    assert len(view) == 2**20
    assert view == data[9:]
    # Each access makes a new view of the same memory.
    packet = one(data)
    assert packet.payload_view is not packet.payload_view
    assert offset_in(data, packet.payload_view) == 9


def test_second_packet_of_a_buffer() -> None:
    data = b"\x30\x05\x00\x01ahi"
    view = one(data + b"\x30\x05").payload_view
    assert bytes(view) == b"hi"


def test_second_packet_that_is_cut_out() -> None:
    data = b"\xc0\x00\x30\x05\x00\x01ahi"
    packet = one(memoryview(data)[2:])  # type: ignore[arg-type]
    assert packet.topic == "a"
    assert packet.payload == b"hi"


def test_strings_are_made_when_asked_for() -> None:
    connect = Connect("c" * 1000, will=Will("w" * 1000, bytes(60_000)), user_name="u" * 1000)
    data = encode(connect)
    decode(data)
    tracemalloc.start()
    try:
        result = decode(data)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert result is not None
    assert result[0] == connect
    assert peak < 1000


def test_constructed_packet_views_its_payload() -> None:
    payload = b"hello"
    packet = Publish("t", payload)
    assert packet.payload is payload
    assert packet.payload_view.obj is payload


def test_nothing_of_the_size_of_the_payload_is_allocated() -> None:
    data = large()
    tracemalloc.start()
    try:
        packet = one(data)
        view = packet.payload_view
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(view) == 2**20
    assert peak < 10_000


def test_view_survives_packet_and_input() -> None:
    data = large()
    expected = data[9:]
    packet = one(data)
    gone = weakref.ref(packet)
    view = packet.payload_view
    del packet, data
    gc.collect()
    assert gone() is None
    # What could have taken the place of freed memory.
    rubbish = [bytes(2**20 + 9) for _ in range(8)]
    assert view == expected
    assert len(rubbish) == 8


def test_packet_keeps_the_input_alive_and_lets_it_go() -> None:
    data = large()
    before = sys.getrefcount(data)
    packet = one(data)
    view = packet.payload_view
    assert sys.getrefcount(data) > before
    del packet, view
    gc.collect()
    assert sys.getrefcount(data) == before


def test_view_is_read_only() -> None:
    view = one(large()).payload_view
    assert view.readonly
    assert view.format == "B"
    assert view.ndim == 1
    assert view.contiguous
    with pytest.raises(TypeError):
        view[0] = 1


def test_empty_payload() -> None:
    view = one(b"\x30\x03\x00\x01a").payload_view
    assert len(view) == 0
    assert one(b"\x30\x03\x00\x01a").payload == b""
