"""`Broker` and `ClientSession`s that talk to each other under a clock that is moved by hand."""

import gc
import threading
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from mqtt_core import (
    Broker,
    BrokerClosed,
    BrokerConfig,
    BrokerConnected,
    BrokerLimits,
    BrokerMessage,
    ClientSession,
    CloseCause,
    Closed,
    ConnAck,
    Connect,
    Connected,
    Disconnect,
    Error,
    LimitError,
    LocalProtocolError,
    Message,
    Publish,
    Published,
    QoS,
    QueueLimits,
    ReasonCode,
    ServerConfig,
    SessionStart,
    ShareStrategy,
    SlowConsumer,
    Subscribed,
    Subscription,
    Timer,
    TopicError,
    TopicFilter,
    Unsubscribed,
    Version,
    Will,
    encode,
)
from network import Network, is_up
from test_load import resident

QOS1 = QoS.AT_LEAST_ONCE
QOS2 = QoS.EXACTLY_ONCE
BOTH = pytest.mark.parametrize("version", [Version.V311, Version.V5])


@BOTH
@pytest.mark.parametrize("qos", QoS)
def test_a_message_goes_through(version: Version, qos: QoS) -> None:
    net = Network()
    anna, ben = net.join("anna", version), net.join("ben")
    assert is_up(anna) and is_up(ben)
    assert anna.conn is not None and ben.conn is not None and anna.conn != ben.conn
    assert net.taken(BrokerConnected) == [
        BrokerConnected(anna.conn, "anna"),
        BrokerConnected(ben.conn, "ben"),
    ]
    anna.subscribe("a/+")
    (subscribed,) = anna.taken(Subscribed)
    assert subscribed.reasons == (ReasonCode.GRANTED_QOS_2,)
    ben.publish("a/b", b"hi", qos=qos, content_type="text/plain")
    (message,) = anna.messages()
    assert (message.topic, message.payload, message.qos) == ("a/b", b"hi", qos)
    assert message.content_type == ("text/plain" if version is Version.V5 else None)
    assert len(ben.taken(Published)) == (qos > 0)
    assert net.broker.stats().messages_sent == 1
    anna.session.unsubscribe(["a/+"], now=net.now)
    net.run()
    assert len(anna.taken(Unsubscribed)) == 1
    ben.publish("a/b", b"again", qos=qos)
    assert anna.messages() == []


@BOTH
def test_retained(version: Version) -> None:
    net = Network()
    net.join("anna", version).publish("a/b", b"kept", retain=True, qos=QOS1)
    net.broker.publish("$site/state", b"on", retain=True, now=0.0)
    ben = net.join("ben", version)
    ben.subscribe("#")
    (message,) = ben.messages()
    assert (message.topic, message.payload, message.retain) == ("a/b", b"kept", True)
    assert [it.topic for it in net.broker.retained("+/b")] == ["a/b"]
    assert net.broker.retained(TopicFilter("$site/#")) == [
        Publish("$site/state", b"on", retain=True)
    ]
    net.join("carl", version).publish("a/b", b"", retain=True)
    assert net.broker.retained("#") == []
    assert net.broker.stats().retained == 1


def test_a_large_retained_message_arrives_whole() -> None:
    net = Network()
    payload = bytes(700_000)
    for n in range(5):
        assert net.broker.publish(f"t/{n}", payload, retain=True, now=0.0) == 0
    conn = net.broker.open(now=0.0)
    session = net.client().session
    session.connect(Connect("c"), now=0.0)
    is_asked = False
    while data := session.data_to_send():
        net.broker.receive_data(conn, data, now=0.0)
        while (item := net.broker.next_data_to_send()) is not None:
            assert item[0] == conn
            rest = item[1]
            while rest:
                rest = rest[session.receive_data(rest, now=0.0) :]
                if any(isinstance(event, Connected) for event in session.events()):
                    session.subscribe([Subscription("t/#")], now=0.0)
                    is_asked = True
    assert is_asked
    stats = session.stats()
    assert stats is not None and stats.received.messages == (5, 0, 0)


def test_wills() -> None:
    net = Network()
    anna = net.join("anna")
    anna.subscribe("gone/#")
    ben = net.join("ben", will=Will("gone/ben", b"x", qos=QOS1, will_delay_interval=5))
    ben.lose()
    # The session has ended with its connection, and does not wait for the delay.
    assert anna.payloads() == [b"x"]

    options: dict[str, Any] = {"session_expiry_interval": 100, "clean_start": False}
    ben = net.join("ben", will=Will("gone/ben", b"y", will_delay_interval=5), **options)
    ben.lose()
    net.wait(4.9)
    assert anna.payloads() == []
    net.wait(0.2)
    assert anna.payloads() == [b"y"]

    ben = net.join("ben", Version.V311, will=Will("gone/ben", b"z"), keep_alive=10)
    ben.is_deaf = True
    del net.clients[ben.conn or 0]
    net.wait(14.0)
    assert anna.payloads() == []
    net.wait(2.0)
    assert anna.payloads() == [b"z"]
    (closed,) = [it for it in net.taken(BrokerClosed) if it.conn == ben.conn]
    assert closed.closed == Closed(
        CloseCause.TIMEOUT, ReasonCode.KEEP_ALIVE_TIMEOUT, timer=Timer.KEEP_ALIVE
    )

    net.join("ben", will=Will("gone/ben", b"never")).disconnect()
    assert anna.payloads() == []
    assert net.broker.stats().wills == 3


@pytest.mark.parametrize(
    "strategy,counts",
    [(ShareStrategy.ROUND_ROBIN, [3, 3, 3]), (ShareStrategy.STICKY, [0, 0, 9])],
)
def test_shared_subscriptions(strategy: ShareStrategy, counts: list[int]) -> None:
    net = Network(BrokerConfig(share_strategy=strategy))
    workers = [net.join(f"w{n}") for n in range(3)]
    for worker in workers:
        worker.subscribe("$share/g/jobs/+")
    for n in range(9):
        net.broker.publish(f"jobs/{n}", b"%d" % n, qos=QOS1, now=0.0)
        net.run()
    seen = [worker.payloads() for worker in workers]
    assert sorted(len(it) for it in seen) == counts
    assert sorted(payload for it in seen for payload in it) == [b"%d" % n for n in range(9)]


@BOTH
def test_takeover(version: Version) -> None:
    net = Network()
    first = net.join("anna", version, clean_start=False)
    second = net.join("anna", version, clean_start=False)
    assert is_up(second)
    assert not first.session.is_connected
    if version is Version.V5:
        assert first.closed().reason is ReasonCode.SESSION_TAKEN_OVER
    (closed,) = net.taken(BrokerClosed)
    assert (closed.conn, closed.closed.cause) == (first.conn, CloseCause.TAKEN_OVER)
    assert net.broker.stats().takeovers == 1
    assert net.broker.client_id(second.conn or 0) == "anna"


def test_sessions_wait_and_expire() -> None:
    net = Network()
    options: dict[str, Any] = {"session_expiry_interval": 60, "clean_start": False}
    anna = net.join("anna", **options)
    anna.subscribe("a/#", qos=QOS2)
    anna.lose()
    net.broker.publish("a/1", b"1", qos=QOS1, now=net.now)
    net.broker.publish("a/2", b"2", qos=QOS2, message_expiry_interval=10, now=net.now)
    net.broker.publish("a/3", b"3", now=net.now)
    net.wait(20.0)
    anna.connect(Connect("anna", **options))
    (connected,) = anna.taken(Connected)[1:]
    assert connected.session is SessionStart.RESUMED
    # The second has expired; QoS 0 does not wait.
    assert anna.payloads() == [b"1"]
    assert net.broker.stats().dropped_offline == 1
    anna.lose()
    net.wait(61.0)
    stats = net.broker.stats()
    assert (stats.sessions, stats.sessions_expired, stats.subscriptions) == (0, 1, 0)
    anna.connect(Connect("anna", **options))
    assert anna.taken(Connected)[0].session is SessionStart.LOST


def test_the_longest_expiry_is_told() -> None:
    net = Network(BrokerConfig(max_session_expiry=7, max_keep_alive=9, max_qos=QOS1))
    anna = net.join("anna", session_expiry_interval=100)
    connack: ConnAck = anna.taken(Connected)[0].connack
    assert connack.session_expiry_interval == 7
    assert connack.server_keep_alive == 9
    assert connack.maximum_qos is QOS1


@BOTH
def test_no_configuration_is_the_default_one(version: Version) -> None:
    answers = []
    for broker in (Broker(now=0.0), Broker(BrokerConfig(), now=0.0)):
        conn = broker.open(now=0.0)
        broker.receive_data(conn, encode(Connect("c", version=version), version=version), now=0.0)
        answers.append((broker.data_to_send(conn), broker.next_timeout(), broker.heap_bytes))
    assert answers[0] == answers[1] and answers[0][0]


def test_subscriptions_of_the_caller() -> None:
    net = Network()
    one = net.broker.subscribe("a/+", token=7)
    two = net.broker.subscribe(Subscription("$share/g/a/#", QOS2), token=8)
    net.join("anna").publish("a/b", b"x", qos=QOS2)
    messages = net.taken(BrokerMessage)
    assert sorted(messages, key=lambda it: it.token) == [
        BrokerMessage(7, Publish("a/b", b"x")),
        BrokerMessage(8, Publish("a/b", b"x", qos=QOS2)),
    ]
    assert net.broker.unsubscribe(one) and not net.broker.unsubscribe(one)
    assert net.broker.unsubscribe(two) and not net.broker.unsubscribe(2**64 - 1)
    assert net.broker.publish(Publish("a/b", b"x"), now=0.0) == 0


def test_connections_end() -> None:
    net = Network()
    anna, ben = net.join("anna"), net.join("ben", session_expiry_interval=9)
    moved = Disconnect(ReasonCode.USE_ANOTHER_SERVER, server_reference="other")
    net.broker.disconnect(anna.conn or 0, moved, now=0.0)
    net.run()
    assert anna.closed().packet == moved
    assert net.broker.drop_session("ben", now=0.0) and not net.broker.drop_session("ben", now=0.0)
    net.run()
    assert ben.closed().reason is ReasonCode.ADMINISTRATIVE_ACTION
    carl = net.join("carl", Version.V311)
    net.broker.shut_down(Disconnect(ReasonCode.SERVER_SHUTTING_DOWN), now=0.0)
    net.run()
    assert [it.closed.cause for it in net.taken(BrokerClosed)] == [CloseCause.LOCAL] * 3
    with pytest.raises(LocalProtocolError) as error:
        net.broker.open(now=0.0)
    assert error.value.kind == "shutting_down"
    assert carl.session.is_connected is False
    assert net.broker.stats().connections == 0


def test_sys() -> None:
    net = Network(BrokerConfig(sys_interval=3.0))
    anna = net.join("anna")
    anna.subscribe("$SYS/#")
    anna.messages()
    net.wait(3.0)
    assert all(it.topic.startswith("$SYS/") for it in anna.messages())
    assert net.broker.retained("$SYS/#")
    assert Broker(BrokerConfig(sys_interval=None), now=0.0).next_timeout() is None


def test_faults_of_clients_are_events() -> None:
    net = Network()
    conn = net.broker.open(now=0.0)
    assert net.broker.receive_data(conn, b"\x10\x00", now=0.0) == 2
    (event,) = net.broker.events()
    assert isinstance(event, BrokerClosed) and event.conn == conn
    assert event.closed.cause is CloseCause.MALFORMED and event.closed.is_fault
    assert event.closed.kind and event.closed.clause
    late = net.broker.open(now=0.0)
    net.broker.handle_timeout(30.0)
    assert list(net.broker.events()) == [
        BrokerClosed(
            late,
            Closed(CloseCause.TIMEOUT, ReasonCode.KEEP_ALIVE_TIMEOUT, timer=Timer.CONNECT),
        )
    ]
    # What is over takes everything and says nothing.
    assert net.broker.receive_data(conn, b"abc", now=0.0) == 3
    assert net.broker.data_to_send(conn) == b""
    assert net.broker.wants_input(conn) == 0
    net.broker.receive_eof(conn, now=0.0)


@pytest.mark.parametrize("slow", SlowConsumer)
def test_who_does_not_read_is_bounded(slow: SlowConsumer) -> None:
    queue = QueueLimits(max_count=50, max_bytes=100_000)
    server = ServerConfig(queue=queue, max_output=20_000)
    net = Network(BrokerConfig(server=server, slow_consumer=slow))
    anna, ben, carl = net.join("anna"), net.join("ben"), net.join("carl")
    for client in (anna, carl):
        client.subscribe("t", qos=QOS1)
    anna.is_deaf = True
    for n in range(1000):
        ben.publish("t", b"%04d" % n + bytes(1000), qos=QoS(n % 2))
    assert len(ben.taken(Published)) == 500
    assert len(carl.messages()) == 1000
    stats = net.broker.stats()
    assert stats.queued_bytes < 200_000
    assert net.broker.heap_bytes < 2_000_000
    if slow is SlowConsumer.DROP:
        assert stats.dropped_full > 800
        anna.is_deaf = False
        net.run()
        assert 0 < len(anna.messages()) < 200
        assert net.broker.stats().queued_bytes == 0
    else:
        (closed,) = net.taken(BrokerClosed)
        assert (closed.conn, closed.closed.cause) == (anna.conn, CloseCause.LOCAL)


def test_questions_that_nobody_takes_stop_the_input() -> None:
    limits = BrokerLimits(max_event_bytes=10_000)
    net = Network(BrokerConfig(limits=limits))
    net.broker.subscribe("t")
    anna = net.join("anna")
    data = encode(Publish("t", bytes(1000))) * 100
    conn = anna.conn or 0
    taken = 0
    while (more := net.broker.receive_data(conn, data[taken:], now=0.0)) and taken < len(data):
        taken += more
    assert taken < len(data)
    assert net.broker.wants_input(conn) == 0
    seen = 0
    while taken < len(data):
        seen += len(list(net.broker.events()))
        more = net.broker.receive_data(conn, data[taken:], now=0.0)
        assert more
        taken += more
    assert seen + len(list(net.broker.events())) == 100


def test_misuse() -> None:
    net = Network(BrokerConfig(limits=BrokerLimits(max_connections=1, max_subscriptions=0)))
    broker = net.broker
    conn = broker.open(now=0.0)
    with pytest.raises(LimitError) as full:
        broker.open(now=0.0)
    assert full.value.kind == "full"
    with pytest.raises(LimitError):
        broker.subscribe("a")
    with pytest.raises(TopicError) as bad:
        broker.subscribe("a/#/b")
    assert bad.value.kind == "filter_multi_level" and bad.value.offset == 2
    with pytest.raises(TopicError):
        broker.subscribe(Subscription("a/#/b"))
    with pytest.raises(TopicError):
        broker.publish("a/+", now=0.0)
    with pytest.raises(TopicError):
        broker.retained("")
    early: list[Callable[[], None]] = [
        lambda: broker.accept(conn, now=0.0),
        lambda: broker.refuse(conn, ConnAck(ReasonCode.BANNED), now=0.0),
        lambda: broker.challenge(conn, now=0.0),
        lambda: broker.authorize(conn, now=0.0),
    ]
    for asked in early:
        with pytest.raises(LocalProtocolError) as none:
            asked()
        assert none.value.kind == "not_asked"
    late: list[Callable[[], None]] = [
        lambda: broker.accept(99, now=0.0),
        lambda: broker.authorize(2**64 - 1, now=0.0),
        lambda: broker.disconnect(99, now=0.0),
    ]
    for gone in late:
        with pytest.raises(LocalProtocolError) as unknown:
            gone()
        assert unknown.value.kind == "unknown"
    with pytest.raises(LocalProtocolError) as will:
        broker.disconnect(conn, Disconnect(ReasonCode.DISCONNECT_WITH_WILL_MESSAGE), now=0.0)
    assert will.value.kind == "not_allowed"
    with pytest.raises(LocalProtocolError):
        broker.publish(Publish("a", qos=QOS1, packet_id=1), now=0.0)
    with pytest.raises(LocalProtocolError):
        broker.refuse(conn, ConnAck(), now=0.0)
    for wrong in ("x", 1.5, True, None):
        with pytest.raises(TypeError):
            broker.receive_data(wrong, b"", now=0.0)  # type: ignore[arg-type]
    for number in (-1, 2**64):
        with pytest.raises(ValueError, match="2\\*\\*64"):
            broker.data_to_send(number)
    with pytest.raises(TypeError):
        broker.receive_data(conn, "text", now=0.0)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="seconds"):
        broker.handle_timeout(-1.0)
    with pytest.raises(TypeError):
        broker.publish(Publish("a"), b"x", now=0.0)
    assert issubclass(LimitError, Error)
    assert broker.client_id(conn) is None and broker.client_id(12345) is None
    assert broker.stats().connections == 1
    assert repr(broker) == "<Broker connections=1 sessions=0>"
    assert weakref.ref(broker)() is broker


def test_input_of_all_kinds() -> None:
    broker = Broker(now=0.0)
    conn = broker.open(now=0.0)
    data = encode(Connect("c"))
    for part in (bytearray(data[:3]), memoryview(data)[3:8], data[8:]):
        assert broker.receive_data(conn, part, now=0.0) == len(part)
    assert broker.next_event() == BrokerConnected(conn, "c")
    assert broker.next_event() is None
    assert broker.next_writable() == conn and broker.next_writable() is None
    connack = broker.data_to_send(conn, 1)
    assert connack == b"\x20"
    assert broker.data_to_send(conn, 0) == b""
    assert broker.data_to_send(conn) and broker.data_to_send(conn) == b""


def test_a_call_from_inside_a_call() -> None:
    """Objects that call the broker when they are read: nothing is locked meanwhile."""
    broker = Broker(now=0.0)

    class Users:
        def __iter__(self) -> object:
            broker.publish("inside", b"x", retain=True, now=0.0)
            return iter([("a", "b")])

    users = Users()
    broker.publish("outside", user_properties=users, retain=True, now=0.0)  # type: ignore[arg-type]
    assert broker.stats().messages_received == 2


def test_threads() -> None:
    """Several threads with a connection each, and one clock: each gets all of its own messages."""
    broker = Broker(BrokerConfig(sys_interval=None), now=0.0)
    barrier = threading.Barrier(4)

    def run(number: int) -> int:
        topic = f"t/{number}"
        conn = broker.open(now=0.0)
        session = ClientSession()
        session.connect(Connect(f"c{number}"), now=0.0)
        barrier.wait()
        seen = published = 0
        while seen < 200:
            while data := session.data_to_send():
                assert broker.receive_data(conn, data, now=0.0) == len(data)
            rest = broker.data_to_send(conn)
            while rest:
                rest = rest[session.receive_data(rest, now=0.0) :]
            for event in session.events():
                match event:
                    case Connected():
                        session.subscribe([Subscription(topic, QOS1)], now=0.0)
                    case Subscribed():
                        published = 1
                    case Message(publish):
                        assert publish.topic == topic and publish.payload == b"%d" % seen
                        seen += 1
            if 0 < published <= 200:
                session.publish(topic, b"%d" % (published - 1), qos=QOS1, now=0.0)
                published += 1
        return seen

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(run, range(4))) == [200] * 4
    assert broker.stats().messages_received == 800
    assert {it.client_id for it in broker.events() if isinstance(it, BrokerConnected)} == {
        f"c{number}" for number in range(4)
    }


def test_memory_is_flat_over_many_connections() -> None:
    net = Network(BrokerConfig(sys_interval=None))
    net.join("all").subscribe("t/#")

    def run(rounds: int) -> None:
        for n in range(rounds):
            client = net.join(f"c{n % 100}")
            client.subscribe(f"t/{n % 100}")
            client.publish(f"t/{n % 100}", bytes(500), qos=QOS1, retain=True)
            client.lose()
        net.events.clear()
        for client in net.clients.values():
            client.events.clear()
        gc.collect()

    run(300)
    before, heap = resident(), net.broker.heap_bytes
    run(1500)
    assert resident() - before < 2048
    assert net.broker.heap_bytes < heap + 10_000
    assert net.broker.stats().connections == 1
