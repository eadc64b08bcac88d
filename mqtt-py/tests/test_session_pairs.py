"""Client and server sessions that talk to each other, over connections that are cut anywhere."""

from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st
from mqtt_core import (
    AckMode,
    ClientConfig,
    ClientSession,
    Closed,
    ConnAck,
    Connect,
    Connected,
    Dropped,
    Message,
    Published,
    QoS,
    QueueLimits,
    ReasonCode,
    ServerConfig,
    ServerSession,
    SessionLost,
    SessionStart,
    SessionState,
    SubAck,
    Subscribe,
    Subscribed,
    Subscription,
    Version,
)

QOS1 = QoS.AT_LEAST_ONCE
QOS2 = QoS.EXACTLY_ONCE


@dataclass
class Pair:
    """Both sides, and what the applications behind them have seen."""

    version: Version = Version.V5
    receive_maximum: int = 65535
    manual: bool = False
    now: float = 0.0
    kept: SessionState | None = None
    server: ServerSession | None = None
    is_accepted: bool = False
    at_server: list[tuple[int, bytes]] = field(default_factory=list)
    at_client: list[tuple[int, bytes]] = field(default_factory=list)
    starts: list[SessionStart] = field(default_factory=list)
    done: set[int] = field(default_factory=set)
    dropped: list[int] = field(default_factory=list)
    acks: dict[object, list[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.ack = AckMode.MANUAL if self.manual else AckMode.AUTO
        self.client = ClientSession(
            ClientConfig(version=self.version, ack=self.ack, queue=QueueLimits(max_count=500))
        )

    def connect(self) -> None:
        v5 = self.version is Version.V5
        self.client.connect(
            Connect(
                "c",
                version=self.version,
                clean_start=False,
                session_expiry_interval=1000 if v5 else None,
                receive_maximum=self.receive_maximum if v5 else None,
            ),
            now=self.now,
        )
        self.server = ServerSession(ServerConfig(ack=self.ack), now=self.now)

    def cut(self) -> None:
        """The transport breaks: bytes on the way are lost."""
        assert self.server is not None
        self.client.data_to_send()
        for side in (self.client, self.server):
            side.receive_eof(now=self.now)
            self.drain(side)
        if self.is_accepted:
            self.kept = self.server.into_state()
        self.server, self.is_accepted = None, False

    def drain(self, side: ClientSession | ServerSession) -> None:
        seen = self.at_client if side is self.client else self.at_server
        for event in side.events():
            match event:
                case Message(publish, ack):
                    seen.append((publish.qos, publish.payload))
                    if ack is not None:
                        self.acks.setdefault(side, []).append(ack)
                case Published(token) if side is self.client:
                    self.done.add(token)
                case Connect():
                    assert isinstance(side, ServerSession)
                    state, self.kept = self.kept, None
                    v5 = self.version is Version.V5
                    connack = ConnAck(
                        session_present=state is not None,
                        receive_maximum=self.receive_maximum if v5 else None,
                    )
                    side.accept(connack, state=state, now=self.now)
                    self.is_accepted = True
                case Connected(_, start):
                    self.starts.append(start)
                case Dropped(token):
                    self.dropped.append(token)
                case Subscribe(subscriptions, packet_id):
                    assert isinstance(side, ServerSession)
                    codes = [ReasonCode(int(each.qos)) for each in subscriptions]
                    side.suback(SubAck(codes, packet_id=packet_id), now=self.now)
                case Closed(cause):
                    assert cause.name in ("EOF", "LOCAL"), event
        # The other way round than they came: the session puts them in order.
        for ack in reversed(self.acks.pop(side, [])):
            side.ack(ack, now=self.now)

    def move(self, most: int | None = None) -> int:
        """Moves bytes both ways, so many at most; gives how many."""
        assert self.server is not None
        moved = 0
        while True:
            before = moved
            for source, target in ((self.client, self.server), (self.server, self.client)):
                rest = None if most is None else max(most - moved, 0)
                data = source.data_to_send(rest)
                moved += len(data)
                view = memoryview(data)
                while view:
                    view = view[target.receive_data(view, now=self.now) :]
                    self.drain(target)
            for side in (self.client, self.server):
                self.drain(side)
            if moved == before:
                return moved


MESSAGES = st.lists(st.sampled_from(QoS), max_size=12)
CUTS = st.lists(st.integers(0, 400), max_size=6)
VERSIONS = st.sampled_from([Version.V311, Version.V5])


def without_repeats(seen: list[bytes]) -> list[bytes]:
    return list(dict.fromkeys(seen))


def judge(sent: list[tuple[int, bytes]], seen: list[tuple[int, bytes]]) -> None:
    """Of QoS 1 each at least once, of QoS 2 exactly once, and each kind in its order."""
    for qos in (1, 2):
        wanted = [payload for level, payload in sent if level == qos]
        found = [payload for level, payload in seen if level == qos]
        if qos == 2:
            assert found == wanted
        else:
            assert without_repeats(found) == wanted
    at_most_once = [payload for level, payload in seen if level == 0]
    assert len(at_most_once) == len(set(at_most_once))


@settings(max_examples=300)
@given(VERSIONS, MESSAGES, MESSAGES, CUTS, st.sampled_from([1, 3, 65535]), st.booleans())
def test_cut_and_resumed(
    version: Version,
    up: list[QoS],
    down: list[QoS],
    cuts: list[int],
    receive_maximum: int,
    manual: bool,
) -> None:
    pair = Pair(version, receive_maximum, manual)
    pair.connect()
    pair.move()
    assert pair.server is not None
    sent_up = [(int(qos), b"u%d" % n) for n, qos in enumerate(up)]
    sent_down = [(int(qos), b"d%d" % n) for n, qos in enumerate(down)]
    tokens = {
        pair.client.publish("up", payload, qos=QoS(qos), now=pair.now) for qos, payload in sent_up
    }
    for qos, payload in sent_down:
        pair.server.deliver("down", payload, qos=QoS(qos), now=pair.now)
    for cut in cuts:
        pair.move(cut)
        pair.cut()
        pair.now += 1
        pair.connect()
    pair.move()
    judge(sent_up, pair.at_server)
    judge(sent_down, pair.at_client)
    assert not pair.dropped
    assert pair.done == {token for token, qos in zip(sorted(tokens), up, strict=False) if qos > 0}
    for side in (pair.client, pair.server):
        left = side.into_state()
        assert (left.open_messages, left.queued_messages) == (0, 0)


@given(MESSAGES, st.integers(0, 300))
def test_subscribed_while_messages_go(up: list[QoS], first: int) -> None:
    pair = Pair()
    pair.connect()
    pair.move()
    token = pair.client.subscribe([Subscription("down", QoS.EXACTLY_ONCE)], now=0.0)
    for qos in up:
        pair.client.publish("up", qos=qos, now=0.0)
    assert pair.server is not None
    data = pair.client.data_to_send()
    view = memoryview(data)
    pair.server.receive_data(view[:first], now=0.0)
    pair.drain(pair.server)
    pair.server.receive_data(view[first:], now=0.0)
    pair.drain(pair.server)
    pair.client.receive_data(pair.server.data_to_send(), now=0.0)
    events = list(pair.client.events())
    assert [event.token for event in events if isinstance(event, Subscribed)] == [token]


def test_a_lost_session_publishes_again() -> None:
    pair = Pair()
    pair.client = ClientSession(ClientConfig(session_lost=SessionLost.PUBLISH_AGAIN))
    pair.connect()
    pair.move()
    pair.client.publish("up", b"1", qos=QOS1, now=0.0)
    pair.client.publish("up", b"2", qos=QOS2, now=0.0)
    pair.cut()
    pair.kept = None
    pair.connect()
    pair.move()
    assert pair.starts == [SessionStart.NEW, SessionStart.LOST]
    assert pair.at_server == [(1, b"1"), (2, b"2")]
