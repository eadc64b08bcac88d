"""`ClientSession` as an object: what it is to Python, to threads, and to memory."""

import copy
import gc
import pickle
import threading
import tracemalloc
import weakref

import pytest
from driven import NOW, connected, feed, sent
from mqtt_core import (
    ClientConfig,
    ClientSession,
    ConnAck,
    Connect,
    Connected,
    LocalProtocolError,
    Message,
    PubAck,
    Publish,
    Published,
    QoS,
    QueueLimits,
    SessionStart,
    Subscription,
    encode,
)

QOS1 = QoS.AT_LEAST_ONCE


def test_handles() -> None:
    session = ClientSession()
    state = ClientSession().into_state()
    for handle in (session, state):
        assert weakref.ref(handle)() is handle
        for attempt in (pickle.dumps, copy.copy, copy.deepcopy):
            with pytest.raises(TypeError):
                attempt(handle)
        with pytest.raises(TypeError):
            type("Derived", (type(handle),), {})
    assert repr(state) == "<SessionState open=0 queued=0>"
    assert session.heap_bytes >= 0
    session.shrink_to_fit()


def test_a_session_whose_state_was_taken() -> None:
    session = connected()
    session.publish("a", qos=QOS1, token=70, now=NOW)
    state = session.into_state()
    assert (state.open_messages, repr(session)) == (1, "<ClientSession(Spent)>")
    for attempt in (
        lambda: session.publish("a", now=NOW),
        session.next_event,
        session.data_to_send,
        session.into_state,
        lambda: session.is_connected,
    ):
        with pytest.raises(LocalProtocolError) as caught:
            attempt()
        assert caught.value.kind == "spent"
    resumed = ClientSession(state=state)
    with pytest.raises(LocalProtocolError):
        ClientSession(state=state)
    resumed.connect(Connect("c", clean_start=False), now=NOW)
    resumed.data_to_send()
    feed(resumed, ConnAck(session_present=True))
    assert resumed.next_event() == Connected(ConnAck(session_present=True), SessionStart.RESUMED)
    assert sent(resumed) == [Publish("a", qos=QOS1, dup=True, packet_id=1)]
    feed(resumed, PubAck(1))
    assert resumed.next_event() == Published(70, packet_id=1)
    # The numbers go on.
    assert resumed.publish("b", qos=QOS1, now=NOW) == 1


def test_threads() -> None:
    session = connected(ClientConfig(queue=QueueLimits(max_count=100_000, max_bytes=1 << 30)))
    tokens: list[int] = []
    out: list[bytes] = []
    stop = threading.Event()

    def publish() -> None:
        tokens.extend(session.publish("a", b"x" * 10, qos=QOS1, now=NOW) for _ in range(2000))

    def drain() -> None:
        while not stop.is_set():
            out.append(session.data_to_send())
            list(session.events())
            session.stats()

    drains = [threading.Thread(target=drain) for _ in range(2)]
    threads = [threading.Thread(target=publish) for _ in range(3)]
    for thread in drains + threads:
        thread.start()
    for thread in threads:
        thread.join()
    stop.set()
    for thread in drains:
        thread.join()
    assert sorted(tokens) == list(range(1, 6001))


def test_used_by_finalizers() -> None:
    """The garbage collector may run anything in the middle of a call, also calls of the session."""
    session = connected()
    calls = 0

    def collected(phase: str, info: dict[str, int]) -> None:
        nonlocal calls
        calls += 1
        session.publish("from/gc", now=NOW)
        session.stats()

    threshold = gc.get_threshold()
    gc.set_threshold(1)
    gc.callbacks.append(collected)
    try:
        for n in range(1, 50):
            feed(session, Publish("t", b"x", qos=QOS1, packet_id=n, user_properties=[("k", "v")]))
            seen = [list(session.events()), session.data_to_send(), [session.next_timeout()]]
            assert seen
            session.publish("t", qos=QOS1, user_properties=[("k", "v")], now=NOW)
            session.subscribe([Subscription("t")], now=NOW)
    finally:
        gc.callbacks.remove(collected)
        gc.set_threshold(*threshold)
    assert calls > 0


def test_memory_stays_flat() -> None:
    session = connected()
    data = encode(Publish("t", b"x" * 1000, user_properties=[("k", "v")]))

    def run() -> None:
        for _ in range(500):
            session.receive_data(data, now=NOW)
            for event in session.events():
                assert isinstance(event, Message) and event.publish.payload
            session.publish("t", b"y" * 3000, now=NOW)
            session.data_to_send()

    run()
    before = session.heap_bytes
    tracemalloc.start()
    try:
        run()
        first = tracemalloc.get_traced_memory()[0]
        run()
        assert tracemalloc.get_traced_memory()[0] < first + 20_000
    finally:
        tracemalloc.stop()
    assert session.heap_bytes <= before + 10_000
