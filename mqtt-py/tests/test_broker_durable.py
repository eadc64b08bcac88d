"""A broker that outlives its process: changes, crashes, and what comes back."""

from collections.abc import Iterable
from typing import Any

import pytest
from mqtt_core import (
    Broker,
    BrokerClosed,
    BrokerConfig,
    CloseCause,
    Connect,
    Connected,
    Durability,
    Fenced,
    LocalProtocolError,
    PersistConfig,
    PersistenceError,
    PersistKind,
    PersistOp,
    Published,
    QoS,
    ServerConfig,
    SessionStart,
    Will,
)
from network import Client, Network, is_up

QOS1 = QoS.AT_LEAST_ONCE
QOS2 = QoS.EXACTLY_ONCE
KEPT: dict[str, Any] = {"clean_start": False, "session_expiry_interval": 1000}


def durable(durability: Durability = Durability.GATE, epoch: int = 1) -> BrokerConfig:
    persist = PersistConfig(durability, epoch=epoch)
    return BrokerConfig(server=ServerConfig(persist=persist))


class Store:
    """What a store of keys and values does with changes."""

    def __init__(self) -> None:
        self.rows: dict[bytes, bytes] = {}
        self.at = (0, 0)

    def commit(self, ops: Iterable[PersistOp]) -> int:
        for op in ops:
            assert op.seq == self.at[1] + 1
            match op:
                case PersistOp(PersistKind.PUT, key, value):
                    self.rows[key] = value
                case PersistOp(PersistKind.DELETE, key):
                    self.rows.pop(key, None)
                case PersistOp(PersistKind.CLEAR):
                    self.rows.clear()
            self.at = (op.epoch, op.seq)
        return self.at[1]


class Durable(Network):
    """A network whose broker has a store."""

    def __init__(self, store: Store, config: BrokerConfig, broker: Broker | None = None) -> None:
        super().__init__(config, broker=broker)
        self.store = store
        self.ops_seen = 0

    def run(self) -> None:
        super().run()
        while ops := self.broker.persist_ops():
            self.ops_seen += len(ops)
            self.broker.persisted(self.store.commit(ops), now=self.now)
            super().run()


def restored(store: Store, config: BrokerConfig, unix_time: float = 50.0) -> Durable:
    broker = Broker.restore(
        config, rows=store.rows.items(), at=store.at, unix_time=unix_time, now=0.0
    )
    return Durable(store, config, broker)


def known(client_id: str, net: Network) -> Client:
    """A client that has a session from elsewhere."""
    client = Network().join(client_id, **KEPT)
    client.lose()
    client.taken(Connected)
    client.net = net
    return client


def test_what_is_not_safe_is_not_said() -> None:
    net = Network(durable())
    client = net.join("c", **KEPT)
    assert client.taken(Connected) == []
    seen = 0
    while op := net.broker.next_persist_op():
        assert op.epoch == 1
        seen = op.seq
    net.broker.persisted(seen + 100, now=0.0)
    net.broker.persisted(seen, now=0.0)
    net.run()
    assert is_up(client)
    # QoS 1 waits as well, QoS 0 does not.
    client.subscribe("t")
    net.broker.persisted(net.broker.persist_ops()[-1].seq, now=0.0)
    net.run()
    client.publish("t", b"0")
    assert client.payloads() == [b"0"]
    client.publish("t", b"1", qos=QOS1)
    assert client.payloads() == [] and client.taken(Published) == []
    while ops := net.broker.persist_ops():
        net.broker.persisted(ops[-1].seq, now=0.0)
        net.run()
    assert client.payloads() == [b"1"] and len(client.taken(Published)) == 1


@pytest.mark.parametrize("durability", [Durability.REPORT, Durability.GATE])
def test_crash_and_restore(durability: Durability) -> None:
    store = Store()
    net = Durable(store, durable(durability))
    net.broker.set_unix_time(10.0, now=0.0)
    anna = net.join("anna", **KEPT)
    anna.subscribe("t/#")
    ben = net.join("ben", will=Will("t/gone", b"ben", qos=QOS1), **KEPT)
    anna.lose()
    ben.publish("t/1", b"1", qos=QOS1)
    ben.publish("t/2", b"2", qos=QOS2, message_expiry_interval=20)
    ben.publish("t/3", b"3", qos=QOS2, message_expiry_interval=2000)
    ben.publish("kept", b"k", retain=True)
    assert store.rows and net.ops_seen

    # The process is gone, with ben's connection: 40 seconds later there is another.
    net = restored(store, durable(durability, epoch=2))
    stats = net.broker.stats()
    assert (stats.sessions, stats.connections, stats.retained) == (2, 0, 1)
    assert [it.payload for it in net.broker.retained("#")] == [b"k"]
    net.wait(1.0)
    anna.taken(Connected)
    anna.net = net
    anna.connect(Connect("anna", **KEPT))
    assert anna.taken(Connected)[0].connack.session_present
    assert sorted(anna.payloads()) == [b"1", b"3", b"ben"]
    net.broker.publish("t/4", b"4", now=net.now)
    net.run()
    assert anna.payloads() == [b"4"]
    assert store.at[0] == 2


def test_all_changes_make_a_broker_too() -> None:
    config = durable(Durability.REPORT)
    broker = Broker(config, now=0.0)
    broker.publish("a", b"x", retain=True, now=0.0)
    broker.publish("b", b"y", retain=True, now=0.0)
    broker.publish("a", b"", retain=True, now=0.0)
    ops = broker.persist_ops()
    assert broker.persist_ops() == [] and broker.next_persist_op() is None
    assert ops[0].kind is PersistKind.CLEAR
    again = Broker.restore(config, ops=ops, unix_time=0.0, now=0.0)
    assert [it.topic for it in again.retained("#")] == ["b"]
    # It counts on.
    again.publish("c", b"z", retain=True, now=0.0)
    assert again.persist_ops()[0].seq == ops[-1].seq + 1


def test_a_crash_at_any_change() -> None:
    """Whatever of the changes is safe when the process ends, there is a broker to go on with."""
    config = durable(Durability.REPORT)
    net = Network(config)
    anna = net.join("anna", **KEPT)
    anna.subscribe("t/+")
    anna.lose()
    for n in range(4):
        net.broker.publish(f"t/{n}", b"%d" % n, qos=QoS(n % 3), retain=True, now=0.0)
    ops = net.broker.persist_ops()
    assert len(ops) > 8
    most = 0
    for count in range(1, len(ops) + 1):
        broker = Broker.restore(config, ops=ops[:count], unix_time=0.0, now=0.0)
        again = Network(broker=broker)
        client = known("anna", again).connect(Connect("anna", **KEPT))
        (connected,) = client.taken(Connected)
        assert connected.session is not SessionStart.NEW
        most = max(most, len(client.payloads()))
    assert most == 2


def test_fenced() -> None:
    net = Network(durable())
    net.join("c", **KEPT)
    net.broker.fenced(7, now=0.0)
    net.run()
    assert net.taken(Fenced) == [Fenced(7)]
    assert [it.closed.cause for it in net.taken(BrokerClosed)] == [CloseCause.FENCED]
    assert net.broker.persist_ops() == []
    with pytest.raises(LocalProtocolError):
        net.broker.open(now=0.0)


def test_what_is_no_broker() -> None:
    with pytest.raises(PersistenceError):
        Broker.restore(rows=[(b"?", b"x")], at=(1, 1), unix_time=0.0, now=0.0)
    op = PersistOp(PersistKind.DELETE, b"k", seq=5)
    with pytest.raises(PersistenceError):
        Broker.restore(ops=[op], unix_time=0.0, now=0.0)
    with pytest.raises(TypeError):
        Broker.restore(ops=[b"x"], unix_time=0.0, now=0.0)  # type: ignore[list-item]
    empty = Broker.restore(unix_time=0.0, now=0.0)
    assert empty.stats().sessions == 0


def test_off() -> None:
    net = Network()
    net.join("c", **KEPT)
    assert net.broker.persist_ops() == []
