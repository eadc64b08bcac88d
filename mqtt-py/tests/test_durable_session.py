"""Sessions that outlive their processes: changes, snapshots, and what is made of them."""

from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mqtt_core import (
    AckMode,
    ClientConfig,
    ClientSession,
    CloseCause,
    Closed,
    ConnAck,
    Connect,
    Connected,
    Decoder,
    Durability,
    Fenced,
    LocalProtocolError,
    Message,
    PersistConfig,
    PersistenceError,
    PersistKind,
    PersistOp,
    PubAck,
    PubComp,
    Publish,
    Published,
    PubRec,
    PubRel,
    QoS,
    ServerConfig,
    ServerSession,
    SessionState,
    encode,
)

QOS1 = QoS.AT_LEAST_ONCE
QOS2 = QoS.EXACTLY_ONCE

CONNECT = Connect("c", clean_start=False, session_expiry_interval=3600)


class Store:
    """What a store of keys and values does with changes."""

    def __init__(self) -> None:
        self.rows: dict[bytes, bytes] = {}
        self.at = (0, 0)

    def commit(self, ops: Iterable[PersistOp]) -> int:
        for op in ops:
            match op:
                case PersistOp(PersistKind.PUT, key, value):
                    self.rows[key] = value
                case PersistOp(PersistKind.DELETE, key):
                    self.rows.pop(key, None)
                case PersistOp(PersistKind.CLEAR):
                    self.rows.clear()
            assert op.seq == self.at[1] + 1
            self.at = (op.epoch, op.seq)
        return self.at[1]

    def restore(self) -> SessionState | None:
        return SessionState.restore(rows=self.rows.items(), at=self.at)


def durable(epoch: int = 1, durability: Durability = Durability.GATE) -> ClientConfig:
    return ClientConfig(persist=PersistConfig(durability, epoch=epoch))


def feed(session: ClientSession, data: bytes) -> None:
    assert session.receive_data(data, now=0.0) == len(data)


def test_gate() -> None:
    session, store = ClientSession(durable()), Store()
    session.connect(CONNECT, now=0.0)
    # CONNECT waits until the store has cleared what it had.
    assert session.data_to_send() == b""
    ops = session.persist_ops()
    assert ops[0].kind is PersistKind.CLEAR and ops[0].epoch == 1
    session.persisted(store.commit(ops), now=0.0)
    assert session.data_to_send()[0] == 0x10
    feed(session, encode(ConnAck()))
    assert isinstance(session.next_event(), Connected)
    session.publish("a", b"1", qos=QOS1, now=0.0)
    assert session.data_to_send() == b""
    while op := session.next_persist_op():
        store.commit([op])
    assert session.persist_seq == store.at[1]
    # Numbers that were not given are not believed.
    session.persisted(store.at[1] + 1, now=0.0)
    session.persisted(store.at[1], now=0.0)
    assert session.data_to_send() == encode(Publish("a", b"1", qos=QOS1, packet_id=1))


def test_report() -> None:
    session = ClientSession(durable(durability=Durability.REPORT))
    session.connect(CONNECT, now=0.0)
    assert session.data_to_send()[0] == 0x10
    assert session.persist_ops()
    assert session.persist_ops() == []


def test_off() -> None:
    session = ClientSession()
    session.connect(CONNECT, now=0.0)
    session.publish("a", qos=QOS1, now=0.0)
    assert session.persist_ops() == [] and session.persist_seq == 0


class Client:
    """A client whose process may end at any time: what the store has is left."""

    def __init__(self) -> None:
        self.store = Store()
        self.epoch = 0
        self.done: list[int] = []
        self.start()

    def start(self) -> None:
        state = self.store.restore()
        self.epoch += 1
        self.session = ClientSession(durable(self.epoch), state=state)
        self.session.set_unix_time(1_700_000_000.0, now=0.0)
        self.session.connect(CONNECT, now=0.0)

    def commit(self) -> None:
        if ops := self.session.persist_ops():
            self.session.persisted(self.store.commit(ops), now=0.0)


@settings(max_examples=200)
@given(
    st.lists(st.sampled_from([QoS.AT_LEAST_ONCE, QoS.EXACTLY_ONCE]), min_size=1, max_size=8),
    st.lists(st.tuples(st.integers(0, 300), st.booleans()), max_size=5),
)
def test_crashes(levels: list[QoS], crashes: list[tuple[int, bool]]) -> None:
    """The client's process ends after any byte, with its last changes stored or not."""
    client = Client()
    seen: list[tuple[int, bytes]] = []
    kept: list[SessionState] = []

    def talk(most: int) -> None:
        server = ServerSession(now=0.0)
        while True:
            client.commit()
            data = client.session.data_to_send(most)
            most -= len(data)
            server.receive_data(data, now=0.0)
            moved = len(data)
            for event in server.events():
                match event:
                    case Connect():
                        state = kept.pop() if kept else None
                        server.accept(state=state, now=0.0)
                    case Message(publish):
                        seen.append((publish.qos, publish.payload))
            data = server.data_to_send(most)
            most -= len(data)
            client.session.receive_data(data, now=0.0)
            moved += len(data)
            client.done += [it.token for it in client.session.events() if isinstance(it, Published)]
            if not moved:
                break
        server.receive_eof(now=0.0)
        list(server.events())
        if server.session_expiry:
            kept.append(server.into_state())

    talk(10_000)
    client.session.receive_eof(now=0.0)
    list(client.session.events())
    client.commit()
    client.session.connect(CONNECT, now=0.0)
    tokens = [
        client.session.publish("t", b"%d" % n, qos=qos, now=0.0) for n, qos in enumerate(levels)
    ]
    client.commit()
    for most, is_stored in crashes:
        talk(most)
        if is_stored:
            client.commit()
        client.start()
    talk(1_000_000)
    for qos in (1, 2):
        wanted = [b"%d" % n for n, level in enumerate(levels) if level == qos]
        found = [payload for level, payload in seen if level == qos]
        assert (list(dict.fromkeys(found)) if qos == 1 else found) == wanted
    assert set(client.done) == set(tokens)
    # Owners after the first give other numbers.
    assert client.session.publish("t", qos=QOS1, now=0.0) >= client.epoch << 32


def busy() -> ClientSession:
    session = ClientSession(durable(durability=Durability.REPORT))
    session.connect(CONNECT, now=0.0)
    session.data_to_send()
    feed(session, encode(ConnAck(receive_maximum=2)))
    for n in range(4):
        session.publish("t", b"%d" % n, qos=QoS(1 + n % 2), token=100 + n, now=0.0)
    feed(session, encode(Publish("in", qos=QOS2, packet_id=9)) + encode(PubRec(2)))
    list(session.events())
    session.data_to_send()
    return session


def test_a_clean_start_is_asked_for_until_it_is_answered() -> None:
    assert ClientSession().into_state().wants_clean_start
    session = ClientSession(durable(epoch=1))
    session.connect(CONNECT.replace(clean_start=True), now=0.0)
    state = SessionState.restore(session.snapshot())
    assert state is None or state.wants_clean_start, "no answer is stored"
    feed(session, encode(ConnAck()))
    list(session.events())
    state = SessionState.restore(session.snapshot())
    assert state is not None
    assert not state.wants_clean_start


def test_snapshot() -> None:
    session = busy()
    snapshot = session.snapshot()
    state = SessionState.restore(snapshot)
    assert state is not None
    assert (state.open_messages, state.queued_messages) == (2, 2)
    assert not state.wants_clean_start, "the server has answered"
    again = ClientSession(durable(epoch=2), state=state)
    assert len(again.snapshot()) == len(snapshot)
    again = ClientSession(state=SessionState.restore(bytearray(snapshot)))
    again.connect(CONNECT, now=0.0)
    again.data_to_send()
    feed(again, encode(ConnAck(session_present=True)))
    assert isinstance(again.next_event(), Connected)
    decoder = Decoder()
    decoder.feed(again.data_to_send())
    assert list(decoder) == [
        Publish("t", b"0", qos=QOS1, dup=True, packet_id=1),
        PubRel(2),
        Publish("t", b"2", qos=QOS1, packet_id=3),
        Publish("t", b"3", qos=QOS2, packet_id=4),
    ]
    # The message of QoS 2 is not taken again.
    feed(again, encode(Publish("in", qos=QOS2, packet_id=9, dup=True)) + encode(PubRel(9)))
    feed(again, encode(PubAck(1)) + encode(PubComp(2)))
    assert [event.token for event in again.events() if isinstance(event, Published)] == [100, 101]
    assert again.data_to_send() == encode(PubRec(9)) + encode(PubComp(9))


def test_snapshot_and_changes_after_it() -> None:
    session = busy()
    session.persist_ops()
    snapshot = session.snapshot()
    feed(session, encode(PubAck(1)))
    list(session.events())
    ops = session.persist_ops()
    state = SessionState.restore(snapshot, ops=ops)
    assert state is not None and state.open_messages == session.into_state().open_messages
    assert len(ops) > 1
    with pytest.raises(PersistenceError):
        SessionState.restore(snapshot, ops=ops[1:])


@pytest.mark.parametrize("cut", [0, 1, 20, -1])
def test_damage(cut: int) -> None:
    with pytest.raises(PersistenceError):
        SessionState.restore(busy().snapshot()[:cut])


def test_wrong_rows() -> None:
    with pytest.raises(PersistenceError) as caught:
        SessionState.restore(rows=[(b"x", b"")])
    assert "unknown kind 'x'" in str(caught.value)
    assert SessionState.restore(rows=[(b"x", b"")], skip_unknown=True) is None
    assert SessionState.restore() is None
    for wrong in ([b"x"], [(b"x",)], [("x", b"")], "rows"):
        with pytest.raises((TypeError, ValueError)):
            SessionState.restore(rows=wrong)  # type: ignore[arg-type]


def test_fenced() -> None:
    session = ClientSession(durable())
    session.connect(CONNECT, now=0.0)
    session.persist_ops()
    session.fenced(2, now=0.0)
    assert list(session.events()) == [Fenced(2), Closed(CloseCause.FENCED)]
    with pytest.raises(LocalProtocolError) as caught:
        session.connect(CONNECT, now=0.0)
    assert caught.value.kind == "fenced"


def test_durable_server() -> None:
    """A message of QoS 2 carries the number of the change that it is safe with."""
    persist = PersistConfig(Durability.GATE, epoch=1)
    session, store = (
        ServerSession(ServerConfig(persist=persist, ack=AckMode.AUTO), now=0.0),
        Store(),
    )
    store.at = (0, 40)
    session.persist_after(40)
    session.receive_data(encode(CONNECT), now=0.0)
    assert session.next_event() == CONNECT
    session.accept(now=0.0)
    assert session.data_to_send() == b""
    session.persisted(store.commit(session.persist_ops()), now=0.0)
    assert session.data_to_send()[0] == 0x20
    session.receive_data(encode(Publish("t", qos=QOS2, packet_id=3)), now=0.0)
    message = session.next_event()
    assert isinstance(message, Message) and message.seq == session.persist_seq
    assert session.data_to_send() == b""
    session.persisted(store.commit(session.persist_ops()), now=0.0)
    assert session.data_to_send() == encode(PubRec(3))
    assert store.restore() is not None


def test_journal() -> None:
    op = PersistOp(PersistKind.PUT, b"k", b"v", seq=7, epoch=1)
    entry = op.to_journal()
    assert entry.endswith(b"kv") and len(entry) == 31
