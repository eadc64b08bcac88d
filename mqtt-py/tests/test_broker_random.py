"""Whatever clients send and callers do, nothing is raised but what is documented."""

import contextlib
from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st
from mqtt_core import (
    Acl,
    Auth,
    Authenticate,
    Authentication,
    Authorization,
    Authorize,
    Broker,
    BrokerClosed,
    BrokerConfig,
    BrokerLimits,
    ConnAck,
    Connect,
    Disconnect,
    Durability,
    Error,
    PersistConfig,
    Publish,
    QoS,
    ReasonCode,
    ServerConfig,
    Version,
    Will,
    encode,
)
from network import Network
from samples import packets

VERSIONS = st.sampled_from([Version.V311, Version.V5])
CONFIGS = st.builds(
    BrokerConfig,
    authentication=st.sampled_from(Authentication),
    authorization=st.sampled_from(
        [Authorization.ALLOW_ALL, Authorization.ASK, Acl("default allow"), Acl()]
    ),
    max_qos=st.sampled_from(QoS),
    queue_qos_0=st.booleans(),
    max_publisher_wait=st.sampled_from([0.0, 0.1]),
    limits=st.sampled_from([None, BrokerLimits(max_connections=3, max_event_bytes=200)]),
    server=st.sampled_from(
        [
            None,
            ServerConfig(persist=PersistConfig(Durability.REPORT)),
            ServerConfig(persist=PersistConfig(Durability.GATE, max_ops=3)),
        ]
    ),
)


@st.composite
def streams(draw: st.DrawFn) -> bytes:
    """CONNECT and legal packets behind it, and perhaps a byte that is another."""
    version = draw(VERSIONS)
    will = Will("w", qos=QoS.AT_LEAST_ONCE) if draw(st.booleans()) else None
    connect = Connect(draw(st.sampled_from("abc")), version=version, will=will)
    data = bytearray(encode(connect, version=version))
    for packet in draw(st.lists(packets(version), max_size=5)):
        data += encode(packet, version=version)
    if draw(st.booleans()):
        data[draw(st.integers(0, len(data) - 1))] = draw(st.integers(0, 255))
    return bytes(data)


def keep(broker: Broker, now: float) -> None:
    """What a store does."""
    for op in broker.persist_ops():
        broker.persisted(op.seq, now=now)


def commands(
    broker: Broker, conn: int, number: int, reason: ReasonCode, now: float
) -> list[Callable[[], object]]:
    """All that a caller can do, right or wrong."""
    return [
        lambda: broker.accept(conn, now=now),
        lambda: broker.accept(conn, client_id="z", authentication_data=b"1", now=now),
        lambda: broker.refuse(conn, ConnAck(reason), now=now),
        lambda: broker.challenge(conn, authentication_data=b"2", now=now),
        lambda: broker.authorize(conn, reason, now=now),
        lambda: broker.publish("a/b", b"x" * number, qos=QoS(number % 3), retain=True, now=now),
        lambda: broker.publish("w", qos=QoS.AT_LEAST_ONCE, message_expiry_interval=1, now=now),
        lambda: broker.unsubscribe(broker.subscribe("$share/g/#", token=number)),
        lambda: broker.subscribe("#"),
        lambda: broker.unsubscribe(number),
        lambda: broker.retained("#"),
        lambda: broker.disconnect(conn, Disconnect(reason), now=now),
        lambda: broker.drop_session("a", now=now),
        lambda: broker.set_authorization(Authorization.ASK),
        lambda: broker.receive_eof(conn, now=now),
        lambda: broker.handle_timeout(now),
        lambda: keep(broker, now),
        lambda: broker.persisted(number, now=now),
        lambda: broker.set_unix_time(number, now=now),
        lambda: broker.fenced(number, now=now) if number == 99 else None,
        lambda: broker.shut_down(now=now) if number == 98 else None,
        lambda: list(broker.events()),
        lambda: broker.next_data_to_send(),
        lambda: broker.next_writable(),
        lambda: broker.data_to_send(conn, number),
        lambda: (broker.client_id(conn), broker.wants_input(conn), broker.stats()),
        lambda: broker.heap_bytes,
    ]


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("open"), streams()),
        st.tuples(st.just("move"), st.integers(0, 3), st.integers(1, 200)),
        st.tuples(
            st.just("call"),
            st.integers(0, 26),
            st.integers(0, 3),
            st.integers(0, 99),
            st.sampled_from(ReasonCode),
            st.sampled_from([0.0, 1.0, 40.0]),
        ),
    ),
    max_size=30,
)


@settings(max_examples=300)
@given(CONFIGS, STEPS)
def test_random_commands(config: BrokerConfig, steps: list[tuple[object, ...]]) -> None:
    broker, now = Broker(config, now=0.0), 0.0
    conns: list[int] = [12345]
    unread: dict[int, bytes] = {}
    for step in steps:
        match step:
            case ("open", bytes(stream)):
                try:
                    conns.append(broker.open(now=now))
                    unread[conns[-1]] = stream
                except Error:
                    pass
            case ("move", int(which), int(size)):
                conn = conns[which % len(conns)]
                data = unread.get(conn, b"")[:size]
                taken = broker.receive_data(conn, data, now=now)
                assert 0 <= taken <= len(data)
                unread[conn] = unread.get(conn, b"")[taken:]
            case ("call", int(number), int(which), int(extra), ReasonCode() as reason, float(more)):
                now += more
                with contextlib.suppress(Error):
                    commands(broker, conns[which % len(conns)], extra, reason, now)[number]()
                assert broker.stats().connections <= len(conns)
    # It ends well, whatever has been: a store that is behind is all that it waits for.
    broker.shut_down(now=now)
    for _ in conns:
        list(broker.events())
        keep(broker, now)
        for conn in conns:
            while broker.data_to_send(conn):
                pass
            broker.receive_eof(conn, now=now)
    closed = [event for event in broker.events() if isinstance(event, BrokerClosed)]
    assert len(closed) <= len(conns)
    assert broker.stats().connections == 0


@given(streams(), st.lists(st.integers(1, 50), max_size=20))
def test_cuts_change_nothing(stream: bytes, cuts: list[int]) -> None:
    """The same bytes in other parts give the same events and the same answers."""
    config = BrokerConfig(sys_interval=None)

    def run(sizes: list[int]) -> tuple[list[object], bytes]:
        broker = Broker(config, now=0.0)
        conn = broker.open(now=0.0)
        events: list[object] = []
        answer, rest = b"", stream
        todo = iter(sizes)
        while rest:
            part = rest[: next(todo, len(rest))]
            taken = broker.receive_data(conn, part, now=0.0)
            rest = rest[taken:]
            events += broker.events()
            answer += b"".join(iter(lambda: broker.data_to_send(conn), b""))
        return events, answer

    assert run(cuts) == run([])


@settings(max_examples=50)
@given(st.lists(st.tuples(st.booleans(), st.sampled_from(QoS)), max_size=20), VERSIONS)
def test_late_answers_lose_nothing(plan: list[tuple[bool, QoS]], version: Version) -> None:
    """Questions that are answered late: all that was allowed comes, in order, and nothing else."""
    config = BrokerConfig(
        authentication=Authentication.ASK, authorization=Authorization.ASK, sys_interval=None
    )
    net = Network(config)
    net.broker.subscribe("t", token=1)
    client = net.client(version).connect(Connect("c", version=version))
    verdicts = iter(plan)
    waiting = True
    is_asked = False
    while waiting:
        waiting = False
        for event in net.taken(Authenticate, Authorize):
            waiting = True
            match event:
                case Authenticate(conn):
                    net.broker.accept(conn, now=0.0)
                case Authorize(conn, Publish()):
                    is_allowed, _ = next(verdicts)
                    reason = ReasonCode.SUCCESS if is_allowed else ReasonCode.NOT_AUTHORIZED
                    net.broker.authorize(conn, reason, now=0.0)
        net.run()
        if not is_asked:
            is_asked = waiting = True
            for n, (_, qos) in enumerate(plan):
                client.publish("t", b"%d" % n, qos=qos)
    seen = [it.publish.payload for it in net.events if hasattr(it, "publish")]
    assert seen == [b"%d" % n for n, (is_allowed, _) in enumerate(plan) if is_allowed]


def test_auth_for_nobody() -> None:
    """AUTH from a client that has named no method ends its connection, and asks nobody."""
    broker = Broker(BrokerConfig(authentication=Authentication.ASK), now=0.0)
    conn = broker.open(now=0.0)
    broker.receive_data(conn, encode(Connect("c")), now=0.0)
    broker.receive_data(conn, encode(Auth(authentication_method="M")), now=0.0)
    (event,) = broker.events()
    assert isinstance(event, Authenticate)
    broker.accept(conn, now=0.0)
    assert any(isinstance(event, BrokerClosed) for event in broker.events())
