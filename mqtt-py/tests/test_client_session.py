"""`ClientSession`, driven by hand."""

import itertools
import math
from typing import Any

import mqtt_core
import pytest
from driven import NOW, connected, feed, sent
from hypothesis import given
from hypothesis import strategies as st
from mqtt_core import (
    AckMode,
    Auth,
    ClientConfig,
    ClientSession,
    CloseCause,
    Closed,
    ConnAck,
    Connect,
    Connected,
    Disconnect,
    Dropped,
    DropReason,
    LimitError,
    Limits,
    LocalProtocolError,
    Message,
    PacketType,
    PubAck,
    PubComp,
    Publish,
    Published,
    PubRec,
    PubRel,
    QoS,
    QueueLimits,
    ReasonCode,
    SessionStart,
    Spread,
    Stats,
    SubAck,
    Subscribe,
    Subscribed,
    Subscription,
    Timer,
    Traffic,
    UnsubAck,
    Unsubscribe,
    Unsubscribed,
    Version,
    WhenFull,
    WouldBlock,
    Writable,
    encode,
)

QOS1 = QoS.AT_LEAST_ONCE
QOS2 = QoS.EXACTLY_ONCE


def test_match() -> None:
    session = connected()
    token = session.publish("a/b", b"1", qos=QoS.AT_LEAST_ONCE, now=NOW)
    feed(session, PubAck(1), Publish("x/y", b"2"))
    seen = []
    for event in session.events():
        match event:
            case Published(number, ReasonCode.SUCCESS):
                seen.append(("published", number))
            case Message(Publish(topic, payload), None):
                seen.append((topic, payload))
    assert seen == [("published", token), ("x/y", b"2")]


def test_connect() -> None:
    session = ClientSession(ClientConfig(limits=Limits(max_packet_size=5000)))
    assert not session.is_connected and repr(session) == "<ClientSession(Idle)>"
    session.connect(Connect("c", keep_alive=10, receive_maximum=4), now=NOW)
    assert session.next_timer() is Timer.CONNECT and session.next_timeout() == NOW + 30
    expected = Connect("c", keep_alive=10, receive_maximum=4, maximum_packet_size=5000)
    assert sent(session) == [expected]
    feed(session, ConnAck(assigned_client_identifier=None, server_keep_alive=4))
    assert session.next_event() == Connected(ConnAck(server_keep_alive=4), SessionStart.NEW)
    assert session.next_event() is None
    assert session.is_connected and session.next_timer() is Timer.PING
    with pytest.raises(LocalProtocolError) as caught:
        session.connect(Connect("c"), now=NOW)
    assert caught.value.kind == "connected"


def test_refused() -> None:
    session = ClientSession()
    session.connect(Connect("c"), now=NOW)
    session.data_to_send()
    refusal = ConnAck(ReasonCode.SERVER_MOVED, server_reference="other:1883")
    feed(session, refusal)
    closed = session.next_event()
    assert closed == Closed(CloseCause.REFUSED, ReasonCode.SERVER_MOVED, packet=refusal)
    assert isinstance(closed, Closed) and not closed.is_fault
    # And again.
    session.connect(Connect("c"), now=NOW)
    assert sent(session)[0] == Connect("c", maximum_packet_size=1 << 20)


def test_versions() -> None:
    session = ClientSession(ClientConfig(version=Version.V311))
    with pytest.raises(LocalProtocolError):
        session.connect(Connect("c"), now=NOW)
    session.connect(Connect("c", version=Version.V311), now=NOW)
    session.data_to_send()
    session.receive_data(b"\x20\x02\x00\x05", now=NOW)
    closed = session.next_event()
    assert isinstance(closed, Closed)
    assert (closed.cause, closed.reason) == (CloseCause.REFUSED, ReasonCode.V3_NOT_AUTHORIZED)


def test_completions_match() -> None:
    session = connected()
    one = session.publish("a", qos=QOS1, now=NOW)
    two = session.publish("b", qos=QOS2, now=NOW)
    three = session.subscribe([Subscription("a/#", QoS.AT_LEAST_ONCE)], now=NOW)
    four = session.unsubscribe(["x", "y"], now=NOW)
    own = session.publish("c", qos=QOS1, token=2**63, now=NOW)
    assert len({one, two, three, four, own}) == 5 and own == 2**63
    kinds = [type(packet) for packet in sent(session)]
    assert kinds == [Publish, Publish, Subscribe, Unsubscribe, Publish]
    feed(
        session,
        UnsubAck([ReasonCode.SUCCESS, ReasonCode.NO_SUBSCRIPTION_EXISTED], packet_id=4),
        PubAck(5),
        PubRec(2),
        SubAck([ReasonCode.GRANTED_QOS_0], packet_id=3, reason_string="less"),
        PubAck(1, ReasonCode.NOT_AUTHORIZED, reason_string="no"),
    )
    assert list(session.events()) == [
        Unsubscribed(four, [ReasonCode.SUCCESS, ReasonCode.NO_SUBSCRIPTION_EXISTED], packet_id=4),
        Published(own, packet_id=5),
        Subscribed(three, [ReasonCode.GRANTED_QOS_0], packet_id=3, reason_string="less"),
        Published(one, ReasonCode.NOT_AUTHORIZED, packet_id=1, reason_string="no"),
    ]
    assert sent(session) == [PubRel(2)]
    feed(session, PubComp(2))
    assert session.next_event() == Published(two, packet_id=2)


def test_manual_acks_in_any_order() -> None:
    session = connected(ClientConfig(ack=AckMode.MANUAL))
    feed(session, *(Publish("t", b"%d" % n, qos=QoS(1 + n % 2), packet_id=n) for n in range(1, 5)))
    acks = {}
    for event in session.events():
        assert isinstance(event, Message) and event.ack is not None
        acks[event.publish.packet_id] = event.ack
    assert sent(session) == []
    session.ack(acks[3], ReasonCode.QUOTA_EXCEEDED, now=NOW)
    session.ack(acks[2], now=NOW)
    # They go out in the order of the messages.
    assert sent(session) == []
    session.ack(acks[1], now=NOW)
    assert sent(session) == [PubRec(1), PubAck(2), PubRec(3, ReasonCode.QUOTA_EXCEEDED)]
    with pytest.raises(LocalProtocolError) as caught:
        session.ack(acks[1], now=NOW)
    assert caught.value.kind == "unknown_token"
    # A code that no PUBACK has: the message can still be acknowledged.
    with pytest.raises(LocalProtocolError) as caught:
        session.ack(acks[4], ReasonCode.BANNED, now=NOW)
    assert caught.value.kind == "not_allowed"
    session.ack(acks[4], now=NOW)
    assert sent(session) == [PubAck(4)]


def test_acks_of_an_ended_connection() -> None:
    session = connected(ClientConfig(ack=AckMode.MANUAL))
    feed(session, Publish("t", qos=QOS1, packet_id=1), Publish("t", qos=QOS2, packet_id=2))
    one, two = [event.ack for event in session.events() if isinstance(event, Message)]
    assert one is not None and two is not None
    session.receive_eof(now=NOW)
    assert session.next_event() == Closed(CloseCause.EOF)
    with pytest.raises(LocalProtocolError):
        session.ack(one, now=NOW)
    session.ack(two, now=NOW)


def test_flow_control() -> None:
    queue = QueueLimits(max_count=2)
    session = connected(
        ClientConfig(queue=queue), ConnAck(receive_maximum=2, maximum_packet_size=60)
    )
    for _ in range(2):
        session.publish("a", qos=QOS1, now=NOW)
    with pytest.raises(WouldBlock) as blocked:
        session.publish("a", qos=QOS1, when_full=WhenFull.REJECT, now=NOW)
    assert blocked.value.needed == "receive-maximum"
    waiting = [session.publish("a", qos=QOS1, now=NOW) for _ in range(2)]
    with pytest.raises(WouldBlock) as blocked:
        session.publish("a", qos=QOS1, now=NOW)
    assert blocked.value.needed == "queue-count"
    with pytest.raises(LimitError) as limit:
        session.publish("a", b"x" * 60, now=NOW)
    assert limit.value.kind == "packet_too_large"
    assert len(sent(session)) == 2
    feed(session, PubAck(1))
    events = list(session.events())
    assert events[0] == Published(1, packet_id=1) and Writable() in events
    # Numbers are not used up by what was refused.
    assert session.publish("a", qos=QOS1, now=NOW) == waiting[-1] + 1
    assert len(sent(session)) == 1
    stats = session.stats()
    assert stats is not None and (stats.in_flight, stats.queued) == (2, 2)


def test_a_batch() -> None:
    session = connected(ClientConfig(queue=QueueLimits(max_count=1)), ConnAck(receive_maximum=2))
    batch = [Publish("a", b"%d" % n, qos=QOS1) for n in range(5)]
    assert session.publish_all(batch, now=NOW) == [1, 2, 3]
    with pytest.raises(WouldBlock) as blocked:
        session.publish_all(batch[3:], now=NOW)
    assert blocked.value.needed == "queue-count"
    assert session.publish_all([], now=NOW) == []
    with pytest.raises(TypeError):
        session.publish_all(["a"], now=NOW)  # type: ignore[list-item]
    payloads = [packet.payload for packet in sent(session) if isinstance(packet, Publish)]
    assert payloads == [b"0", b"1"]


def test_drop_oldest() -> None:
    session = ClientSession(ClientConfig(queue=QueueLimits(max_count=1)))
    first = session.publish("a", now=NOW)
    session.publish("b", qos=QOS1, when_full=WhenFull.DROP_OLDEST_QOS0, now=NOW)
    assert session.next_event() == Dropped(first, DropReason.QUEUE_FULL)


def test_what_the_server_does_not_take() -> None:
    session = connected(connack=ConnAck(maximum_qos=QoS.AT_MOST_ONCE, retain_available=False))
    with pytest.raises(LocalProtocolError) as caught:
        session.publish("a", qos=QOS1, now=NOW)
    assert (caught.value.kind, caught.value.reason) == (
        "not_supported",
        ReasonCode.QOS_NOT_SUPPORTED,
    )
    with pytest.raises(LocalProtocolError) as caught:
        session.publish("a", retain=True, now=NOW)
    assert caught.value.reason is ReasonCode.RETAIN_NOT_SUPPORTED
    assert sent(session) == []


def test_faults_of_the_server() -> None:
    session = connected()
    session.receive_data(b"\x36\x03\x00\x01t", now=NOW)
    closed = session.next_event()
    assert isinstance(closed, Closed) and closed.is_fault
    assert closed.cause is CloseCause.MALFORMED and closed.kind == "publish_qos"
    assert closed.reason is ReasonCode.MALFORMED_PACKET and closed.offset == 0
    assert closed.clause == "MQTT-3.3.1-4" and closed.packet_type is PacketType.PUBLISH
    assert sent(session) == [Disconnect(ReasonCode.MALFORMED_PACKET)]
    assert session.next_event() is None

    session = connected()
    feed(session, PubAck(9))
    feed(session, ConnAck())
    last = list(session.events())[-1]
    assert isinstance(last, Closed)
    assert last == Closed(
        CloseCause.VIOLATION,
        ReasonCode.PROTOCOL_ERROR,
        kind="unexpected",
        packet_type=last.packet_type,
    )

    session = connected()
    bye = Disconnect(ReasonCode.SERVER_SHUTTING_DOWN, reason_string="night")
    feed(session, bye)
    assert list(session.events()) == [
        Closed(CloseCause.DISCONNECT, ReasonCode.SERVER_SHUTTING_DOWN, packet=bye)
    ]


def test_keep_alive() -> None:
    session = connected(ClientConfig(ping_timeout=3), connect=Connect("c", keep_alive=10))
    at = session.next_timeout()
    assert at is not None and session.next_timer() is Timer.PING
    session.handle_timeout(at - 0.001)
    assert session.data_to_send() == b""
    session.handle_timeout(at)
    assert session.data_to_send() == b"\xc0\x00"
    assert session.next_timer() is Timer.PING_RESPONSE
    at = session.next_timeout()
    assert at is not None
    session.handle_timeout(now=at)
    assert session.next_event() == Closed(
        CloseCause.TIMEOUT, ReasonCode.KEEP_ALIVE_TIMEOUT, timer=Timer.PING_RESPONSE
    )
    assert session.next_timeout() is None and session.next_timer() is None


@given(st.floats(0, 1e9), st.integers(1, 65535))
def test_a_deadline_is_due_at_its_time(now: float, keep_alive: int) -> None:
    session = ClientSession()
    session.connect(Connect("c", keep_alive=keep_alive), now=now)
    at = session.next_timeout()
    assert at is not None and now + 29.998 < at <= now + 30
    session.handle_timeout(math.nextafter(at, 0) if at > now else at)
    session.handle_timeout(at)
    assert isinstance(session.next_event(), Closed)


@pytest.mark.parametrize("now", [-1.0, math.nan, math.inf, "1", None, True, 1e300])
def test_now_is_seconds(now: object) -> None:
    session = ClientSession()
    with pytest.raises((TypeError, ValueError)):
        session.handle_timeout(now)  # type: ignore[arg-type]
    with pytest.raises((TypeError, ValueError)):
        session.publish("a", now=now)  # type: ignore[arg-type]


PACKETS: list[mqtt_core.Packet] = [
    ConnAck(topic_alias_maximum=3),
    Publish("a/b", b"1", topic_alias=1, user_properties=[("k", "v")]),
    Publish("", b"2", topic_alias=1, qos=QOS1, packet_id=4, content_type="t"),
    PubAck(1),
    Publish("c", b"3" * 300, qos=QOS2, packet_id=5),
    PubRel(5),
    Disconnect(),
]
INPUT = b"".join(map(encode, PACKETS))


def run(pieces: list[bytes]) -> tuple[list[object], bytes]:
    session = ClientSession()
    session.connect(Connect("c", topic_alias_maximum=2), now=NOW)
    session.publish("x", qos=QOS1, now=NOW)
    events: list[object] = []
    out = bytearray(session.data_to_send())
    for piece in pieces:
        rest = memoryview(piece)
        while rest:
            rest = rest[session.receive_data(rest, now=NOW) :]
            events += session.events()
            out += session.data_to_send()
    return events, bytes(out)


@given(st.lists(st.integers(0, len(INPUT)), max_size=8))
def test_any_chopping(cuts: list[int]) -> None:
    whole = run([INPUT])
    assert [type(event) for event in whole[0]] == [
        Connected,
        Message,
        Message,
        Published,
        Message,
        Closed,
    ]
    bounds = sorted({0, *cuts, len(INPUT)})
    assert run([INPUT[a:b] for a, b in itertools.pairwise(bounds)]) == whole
    # Aliases are resolved.
    assert whole[0][2].publish == Publish("a/b", b"2", qos=QOS1, packet_id=4, content_type="t")  # type: ignore[attr-defined]


def test_input_waits_for_a_session_that_is_not_drained() -> None:
    session = connected()
    data = encode(Publish("t", b"x" * 1000)) * 3000
    taken = session.receive_data(data, now=NOW)
    assert 0 < taken < len(data) and session.wants_input == 0
    count, rest = 0, memoryview(data)[taken:]
    while True:
        count += sum(1 for _ in session.events())
        if not rest:
            break
        rest = rest[session.receive_data(rest, now=NOW) :]
    assert count == 3000


def test_payloads() -> None:
    session = connected()
    changed = bytearray(b"y" * 5000)
    session.publish("big", changed, now=NOW)
    changed[:] = b"n" * 5000
    session.publish(Publish("view", memoryview(b"x" * 9)[::3]), now=NOW)
    assert session.data_to_send(3) == b"\x30\x8e\x27"
    rest = session.data_to_send()
    assert rest.startswith(b"\x00\x03big\x00yyy") and b"n" * 9 not in rest
    assert rest.endswith(b"\x00\x04view\x00xxx")
    feed(session, Publish("t", b"p" * 100))
    message = session.next_event()
    assert isinstance(message, Message)
    assert message.publish.payload is message.publish.payload
    assert bytes(message.publish.payload_view) == b"p" * 100


def test_arguments() -> None:
    session = connected()
    packet = Publish("a", b"1", qos=QOS1)
    changes: list[dict[str, Any]] = [
        {"payload": b"2"},
        {"qos": QOS1},
        {"retain": True},
        {"content_type": "x"},
    ]
    for change in changes:
        with pytest.raises(TypeError):
            session.publish(packet, now=NOW, **change)
    with pytest.raises(TypeError):
        session.publish(b"a", now=NOW)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        session.publish("a")  # type: ignore[call-arg]
    with pytest.raises(ValueError):
        session.publish("a", qos=3, now=NOW)  # type: ignore[arg-type]
    with pytest.raises(LocalProtocolError):
        session.publish("a/+", now=NOW)
    with pytest.raises(LocalProtocolError) as caught:
        session.publish(packet.replace(packet_id=1), now=NOW)
    assert caught.value.kind == "not_allowed"
    with pytest.raises(TypeError):
        session.subscribe(["a"], now=NOW)  # type: ignore[list-item]
    with pytest.raises(TypeError):
        session.unsubscribe("a", now=NOW)
    with pytest.raises(TypeError):
        session.connect(Publish("a"), now=NOW)  # type: ignore[arg-type]
    assert session.data_to_send() == b""


def test_authentication() -> None:
    session = ClientSession()
    connect = Connect("c", authentication_method="m", authentication_data=b"1")
    session.connect(connect, now=NOW)
    session.data_to_send()
    step = Auth(ReasonCode.CONTINUE_AUTHENTICATION, authentication_method="m")
    feed(session, step)
    assert session.next_event() == step
    session.auth(step.replace(authentication_data=b"2"), now=NOW)
    assert sent(session) == [step.replace(authentication_data=b"2")]
    with pytest.raises(LocalProtocolError):
        session.auth(step, now=NOW)
    feed(session, ConnAck(authentication_method="m"))
    assert isinstance(session.next_event(), Connected)


def test_quiesce() -> None:
    session = connected()
    session.publish("a", qos=QOS1, now=NOW)
    session.quiesce(now=NOW)
    with pytest.raises(LocalProtocolError) as caught:
        session.publish("b", now=NOW)
    assert caught.value.kind == "quiescing"
    assert [type(packet) for packet in sent(session)] == [Publish]
    feed(session, PubAck(1))
    assert list(session.events()) == [Published(1, packet_id=1), Closed(CloseCause.LOCAL)]
    assert sent(session) == [Disconnect()]


def test_session_lost() -> None:
    session = connected(connect=Connect("c", clean_start=False, session_expiry_interval=100))
    token = session.publish("a", qos=QOS1, now=NOW)
    session.receive_eof(now=NOW)
    assert session.next_event() == Closed(CloseCause.EOF)
    session.connect(Connect("c", clean_start=False, session_expiry_interval=100), now=NOW)
    feed(session, ConnAck())
    assert list(session.events()) == [
        Connected(ConnAck(), SessionStart.LOST, dropped=1),
        Dropped(token, DropReason.SESSION_LOST),
    ]


def test_stats() -> None:
    session = connected()
    session.publish("a", b"1", now=NOW)
    feed(session, Publish("b"), now=NOW + 1)
    session.next_event()
    stats = session.stats_and_reset(now=NOW + 2)
    assert stats is not None
    assert stats.sent == Traffic(messages=(1, 0, 0), bytes=(7, 0, 0))
    assert (stats.connects, stats.messages, stats.until) == (1, 2, NOW + 2)
    assert 'mqtt_connects_total{client="7"} 1\n' in stats.to_prometheus('client="7"')
    assert session.stats() == Stats(since=NOW + 2, until=NOW + 2)
    assert ClientSession(ClientConfig(stats=False)).stats() is None
    assert Spread(sum=6, count=4).average == 1.5 and Spread().average is None
