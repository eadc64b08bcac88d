"""`ServerSession`, driven by hand."""

import pytest
from mqtt_core import (
    AckMode,
    Auth,
    CloseCause,
    Closed,
    ConnAck,
    Connect,
    Decoder,
    Disconnect,
    LocalProtocolError,
    Message,
    Packet,
    PubAck,
    Publish,
    Published,
    QoS,
    ReasonCode,
    Sender,
    ServerConfig,
    ServerSession,
    SubAck,
    Subscribe,
    Subscription,
    Timer,
    UnsubAck,
    Unsubscribe,
    Version,
    Will,
    encode,
)

QOS1 = QoS.AT_LEAST_ONCE
QOS2 = QoS.EXACTLY_ONCE

NOW = 5.0


def feed(session: ServerSession, *packets: Packet, version: Version = Version.V5) -> None:
    for packet in packets:
        data = encode(packet, version=version)
        assert session.receive_data(data, now=NOW) == len(data)


def sent(session: ServerSession, version: Version = Version.V5) -> list[Packet]:
    decoder = Decoder(version=version, sender=Sender.SERVER)
    while data := session.data_to_send():
        decoder.feed(data)
    return list(decoder)


def asked(connect: Connect, config: ServerConfig | None = None) -> ServerSession:
    session = ServerSession(config, now=NOW)
    feed(session, connect, version=connect.version)
    assert session.next_event() == connect
    return session


def accepted(connect: Connect | None = None, config: ServerConfig | None = None) -> ServerSession:
    connect = connect or Connect("c")
    session = asked(connect, config)
    session.accept(now=NOW)
    assert len(sent(session, connect.version)) == 1
    return session


@pytest.mark.parametrize("version", Version)
def test_accept(version: Version) -> None:
    connect = Connect("c", version=version, keep_alive=7, user_name="u", password=b"p")
    session = asked(connect)
    assert not session.is_connected
    session.accept(ConnAck(), now=NOW)
    (answer,) = sent(session, version)
    assert isinstance(answer, ConnAck) and answer.reason is ReasonCode.SUCCESS
    assert session.is_connected and session.next_timer() is Timer.KEEP_ALIVE
    assert session.next_timeout() == NOW + 10.5
    with pytest.raises(LocalProtocolError):
        session.accept(now=NOW)


def test_refuse() -> None:
    session = asked(Connect("c"))
    with pytest.raises(LocalProtocolError):
        session.refuse(ConnAck(), now=NOW)
    session.refuse(ConnAck(ReasonCode.NOT_AUTHORIZED, reason_string="no"), now=NOW)
    assert sent(session) == [ConnAck(ReasonCode.NOT_AUTHORIZED, reason_string="no")]
    assert session.next_event() == Closed(CloseCause.LOCAL)


def test_no_connect() -> None:
    session = ServerSession(ServerConfig(connect_timeout=2.5), now=NOW)
    assert session.next_timeout() == NOW + 2.5 and session.next_timer() is Timer.CONNECT
    session.handle_timeout(NOW + 2.5)
    assert session.next_event() == Closed(
        CloseCause.TIMEOUT, ReasonCode.KEEP_ALIVE_TIMEOUT, timer=Timer.CONNECT
    )

    session = ServerSession(ServerConfig(max_connect_size=20), now=NOW)
    feed(session, Connect("c" * 30))
    closed = session.next_event()
    assert isinstance(closed, Closed) and closed.cause is CloseCause.MALFORMED
    assert closed.kind == "packet_too_large"

    session = ServerSession(now=NOW)
    feed(session, Publish("a"))
    closed = session.next_event()
    assert isinstance(closed, Closed) and closed.is_fault
    assert session.data_to_send() == b""


@pytest.mark.parametrize("version", Version)
def test_subscriptions(version: Version) -> None:
    session = accepted(Connect("c", version=version))
    subscribe = Subscribe([Subscription("a/+", QOS1), Subscription("b", QOS2)], packet_id=3)
    feed(session, subscribe, Unsubscribe(["a/+"], packet_id=4), version=version)
    assert list(session.events()) == [subscribe, Unsubscribe(["a/+"], packet_id=4)]
    codes = [ReasonCode.GRANTED_QOS_1, ReasonCode.UNSPECIFIED_ERROR]
    if version is Version.V31:
        codes[1] = ReasonCode.GRANTED_QOS_0
    with pytest.raises(LocalProtocolError):
        session.suback(SubAck(codes[:1], packet_id=3), now=NOW)
    with pytest.raises(LocalProtocolError):
        session.suback(SubAck([ReasonCode.GRANTED_QOS_2] * 2, packet_id=3), now=NOW)
    with pytest.raises(LocalProtocolError) as caught:
        session.suback(SubAck(codes, packet_id=9), now=NOW)
    assert caught.value.kind == "unknown_token"
    session.suback(SubAck(codes, packet_id=3), now=NOW)
    unsuback = UnsubAck([ReasonCode.SUCCESS] if version is Version.V5 else [], packet_id=4)
    session.unsuback(unsuback, now=NOW)
    assert sent(session, version) == [SubAck(codes, packet_id=3), unsuback]


def test_deliver() -> None:
    session = accepted(Connect("c", receive_maximum=1))
    one = session.deliver("a", b"1", qos=QOS1, subscription_identifiers=[3, 9], now=NOW)
    two = session.deliver(Publish("b", b"2" * 3000, qos=QOS1, retain=True), now=NOW)
    assert sent(session) == [
        Publish("a", b"1", qos=QOS1, packet_id=1, subscription_identifiers=[3, 9])
    ]
    feed(session, PubAck(1, ReasonCode.QUOTA_EXCEEDED))
    assert session.next_event() == Published(one, ReasonCode.QUOTA_EXCEEDED, packet_id=1)
    assert sent(session) == [Publish("b", b"2" * 3000, qos=QOS1, retain=True, packet_id=2)]
    feed(session, PubAck(2))
    assert session.next_event() == Published(two, packet_id=2)


def test_forwarded() -> None:
    """What one session receives another one delivers."""
    publisher, subscriber = accepted(), accepted(Connect("d"))
    feed(publisher, Publish("a", b"1", qos=QOS1, packet_id=7, user_properties=[("k", "v")]))
    event = publisher.next_event()
    assert isinstance(event, Message)
    message = event.publish.replace(packet_id=None, qos=QoS.AT_MOST_ONCE)
    subscriber.deliver(message, now=NOW)
    assert sent(publisher) == [PubAck(7)] and sent(subscriber) == [message]


def test_will() -> None:
    will = Will("gone", b"x\x00", qos=QOS1, retain=True, will_delay_interval=30, content_type="t")
    session = asked(Connect("c", will=will, session_expiry_interval=20))
    assert session.will is None
    session.accept(now=NOW)
    assert session.will == will
    assert (session.will_delay, session.session_expiry) == (20, 20)
    feed(session, Disconnect(ReasonCode.DISCONNECT_WITH_WILL_MESSAGE))
    assert isinstance(session.next_event(), Closed)
    assert session.will == will

    session = accepted(Connect("c", will=will))
    feed(session, Disconnect())
    assert isinstance(session.next_event(), Closed)
    assert session.will is None and session.will_delay == 0


def test_resume() -> None:
    connect = Connect("c", clean_start=False, session_expiry_interval=100)
    session = accepted(connect, ServerConfig(ack=AckMode.MANUAL))
    token = session.deliver("a", qos=QOS1, now=NOW)
    feed(session, Publish("up", qos=QOS2, packet_id=4))
    message = session.next_event()
    assert isinstance(message, Message) and message.ack is not None
    session.receive_eof(now=NOW)
    assert session.next_event() == Closed(CloseCause.EOF)
    state = session.into_state()
    assert (state.open_messages, state.queued_messages) == (1, 0)

    session = asked(connect, ServerConfig(ack=AckMode.MANUAL))
    with pytest.raises(LocalProtocolError):
        session.accept(ConnAck(), state=state, now=NOW)
    # What was refused has changed nothing.
    assert state.open_messages == 1
    session.accept(state=state, now=NOW)
    assert repr(state) == "<SessionState spent>"
    assert sent(session) == [
        ConnAck(session_present=True, maximum_packet_size=1 << 20),
        Publish("a", qos=QOS1, dup=True, packet_id=1),
    ]
    session.ack(message.ack, now=NOW)
    feed(session, PubAck(1))
    assert session.next_event() == Published(token, packet_id=1)
    assert session.deliver("b", now=NOW) == token + 1
    other = asked(connect)
    with pytest.raises(LocalProtocolError) as caught:
        other.accept(state=state, now=NOW)
    assert caught.value.kind == "spent"


def test_take_over() -> None:
    session = accepted()
    session.take_over(now=NOW)
    assert sent(session) == [Disconnect(ReasonCode.SESSION_TAKEN_OVER)]
    assert session.next_event() == Closed(CloseCause.TAKEN_OVER)
    with pytest.raises(LocalProtocolError) as caught:
        session.disconnect(Disconnect(ReasonCode.SERVER_BUSY), now=NOW)
    assert caught.value.kind == "not_connected"


def test_authentication() -> None:
    connect = Connect("c", authentication_method="m", authentication_data=b"1")
    session = asked(connect)
    step = Auth(ReasonCode.CONTINUE_AUTHENTICATION, authentication_method="m")
    session.auth(step, now=NOW)
    assert sent(session) == [step]
    with pytest.raises(LocalProtocolError):
        session.accept(ConnAck(authentication_method="m"), now=NOW)
    feed(session, step.replace(authentication_data=b"2"))
    assert session.next_event() == step.replace(authentication_data=b"2")
    session.accept(ConnAck(authentication_method="m"), now=NOW)
    assert session.is_connected


def test_stats_and_names() -> None:
    assert accepted().stats() is None
    session = accepted(config=ServerConfig(stats=True))
    stats = session.stats()
    assert stats is not None and stats.connects == 1
    assert repr(session) == "<ServerSession(Open)>"
