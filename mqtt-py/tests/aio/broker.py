"""A small broker in the loop of the test, made of server sessions."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from mqtt_core import (
    AckMode,
    Closed,
    ConnAck,
    Connect,
    Message,
    Publish,
    QoS,
    QueueLimits,
    ReasonCode,
    ServerConfig,
    ServerSession,
    SessionState,
    SubAck,
    Subscribe,
    SubscriptionTrie,
    UnsubAck,
    Unsubscribe,
    Version,
)
from mqtt_core.aio._server import Listener

QUEUE = QueueLimits(max_count=100_000, max_bytes=1 << 30, max_open_bytes=1 << 30)


@dataclass
class Kept:
    """A session without a connection."""

    state: SessionState
    waiting: list[Publish] = field(default_factory=list[Publish])


class Broker:
    """Takes everybody and everything, unless it is told otherwise."""

    def __init__(self) -> None:
        self.port = 0
        self.connections: dict[str, Connection] = {}
        self.kept: dict[str, Kept] = {}
        self.subscriptions: SubscriptionTrie[str, tuple[QoS, int | None]] = SubscriptionTrie()
        self.connects: list[Connect] = []
        self.published: list[Publish] = []
        self.subscribes: list[Subscribe] = []
        self.unsubscribes: list[Unsubscribe] = []
        self.closed: list[Closed] = []
        # What a test may change.
        self.answer: Callable[[Connect], ConnAck | None] = lambda _: None
        self.grant: Callable[[str, QoS], ReasonCode] = lambda _, qos: ReasonCode(qos)
        self.is_silent = False
        self.holds_subacks = False
        self.holds_acks = False
        self.refuses: ReasonCode | None = None
        self._open: set[Connection] = set()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> "Broker":
        await self.listen()
        return self

    async def listen(self) -> None:
        """Listens, at the port of the last time if there was one."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: Connection(self), "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def stop(self) -> None:
        """Hears nobody any more."""
        if self._server is not None:
            Listener("mqtt", self._server).close()
            await asyncio.sleep(0)
            self._server = None
        self.cut()
        while self._open:
            await asyncio.sleep(0)

    def cut(self) -> None:
        """Ends all connections without a word."""
        for connection in list(self._open):
            connection.transport.abort()

    def forget(self) -> None:
        """Loses all sessions."""
        self.cut()
        self.kept.clear()
        self.subscriptions.clear()
        for connection in self._open:
            connection.is_forgotten = True

    def publish(self, publish: Publish) -> None:
        """Gives a message to those who subscribe to it."""
        for client_id, (qos, identifier) in self.subscriptions.matches(publish.topic):
            identifiers = () if identifier is None else (identifier,)
            copy = publish.replace(
                qos=min(qos, publish.qos),
                packet_id=None,
                dup=False,
                retain=False,
                topic_alias=None,
                subscription_identifiers=identifiers,
            )
            connection = self.connections.get(client_id)
            if connection is not None:
                connection.deliver(copy)
            elif client_id in self.kept:
                self.kept[client_id].waiting.append(copy)

    def add(self, connection: "Connection") -> None:
        self._open.add(connection)

    def remove(self, connection: "Connection") -> None:
        self._open.discard(connection)


class Connection(asyncio.Protocol):
    """A server session on a transport."""

    def __init__(self, broker: Broker) -> None:
        self.broker = broker
        self.loop = asyncio.get_running_loop()
        ack = AckMode.MANUAL if broker.refuses or broker.holds_acks else AckMode.AUTO
        config = ServerConfig(ack=ack, queue=QUEUE, stats=True)
        self.session = ServerSession(config, now=self.loop.time())
        self.client_id = ""
        self.version = Version.V5
        self.unread = b""
        self.held: list[Message] = []
        self.is_forgotten = False
        self.is_over = False
        self.is_gone = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.broker.add(self)

    def data_received(self, data: bytes) -> None:
        if self.broker.is_silent:
            return
        self.unread += data
        self.go_on()

    def go_on(self) -> None:
        """Reads what has come, and sends what is to be sent."""
        while not self.is_over:
            taken = self.session.receive_data(self.unread, now=self.loop.time())
            self.unread = self.unread[taken:]
            for event in self.session.events():
                self.handle(event)
                if self.is_over:
                    break
            self.flush()
            if not self.unread or not taken:
                break
        if self.is_over:
            self.transport.close()

    def flush(self) -> None:
        while not self.is_gone and (data := self.session.data_to_send()):
            if not self.transport.is_closing():
                self.transport.write(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self.broker.remove(self)
        if self.is_over:
            return
        self.session.receive_eof(now=self.loop.time())
        for event in self.session.events():
            self.handle(event)
            if self.is_over:
                return

    def deliver(self, publish: Publish) -> None:
        if self.version is not Version.V5:
            publish = publish.replace(subscription_identifiers=())
        self.session.deliver(publish, now=self.loop.time())
        self.flush()

    def ack_held(self, reason: ReasonCode = ReasonCode.SUCCESS) -> None:
        """Acknowledges what was not acknowledged."""
        for message in self.held:
            if message.ack is not None:
                self.session.ack(message.ack, reason, now=self.loop.time())
        self.held.clear()
        self.flush()

    def handle(self, event: object) -> None:
        now = self.loop.time()
        match event:
            case Connect():
                self.connected(event)
            case Message(publish, ack):
                self.broker.published.append(publish)
                if self.broker.refuses is not None and ack is not None:
                    self.session.ack(ack, self.broker.refuses, now=now)
                    return
                if ack is not None:
                    self.held.append(event)
                self.broker.publish(publish)
            case Subscribe(subscriptions, packet_id):
                self.broker.subscribes.append(event)
                if self.broker.holds_subacks:
                    return
                codes = [self.broker.grant(item.filter, item.qos) for item in subscriptions]
                for item, code in zip(subscriptions, codes, strict=True):
                    if code < 0x80:
                        value = (item.qos, event.subscription_identifier)
                        self.broker.subscriptions.insert(item.filter, self.client_id, value)
                self.session.suback(SubAck(codes, packet_id=packet_id), now=now)
            case Unsubscribe(filters, packet_id):
                self.broker.unsubscribes.append(event)
                for name in filters:
                    self.broker.subscriptions.remove(name, self.client_id)
                is_v5 = self.version is Version.V5
                codes = [ReasonCode.SUCCESS] * len(filters) if is_v5 else []
                self.session.unsuback(UnsubAck(codes, packet_id=packet_id), now=now)
            case Closed():
                self.over(event)
            case _:
                pass

    def connected(self, connect: Connect) -> None:
        now = self.loop.time()
        broker = self.broker
        broker.connects.append(connect)
        self.version = connect.version
        connack = broker.answer(connect)
        if connack is not None and connack.reason != ReasonCode.SUCCESS:
            self.session.refuse(connack, now=now)
            return
        self.client_id = connect.client_id or f"auto-{len(broker.connects)}"
        if not connect.client_id and connect.version is Version.V5:
            connack = (connack or ConnAck()).replace(assigned_client_identifier=self.client_id)
        other = broker.connections.get(self.client_id)
        if other is not None:
            other.session.take_over(now=now)
            other.go_on()
        kept = broker.kept.pop(self.client_id, None)
        if connect.clean_start:
            kept = None
            broker.subscriptions.remove_key(self.client_id)
        broker.connections[self.client_id] = self
        state = kept.state if kept is not None else None
        if connack is not None:
            connack = connack.replace(session_present=state is not None)
        self.session.accept(connack, state=state, now=now)
        for publish in kept.waiting if kept is not None else ():
            self.deliver(publish)

    def over(self, closed: Closed) -> None:
        self.is_over = True
        broker = self.broker
        broker.closed.append(closed)
        if broker.connections.get(self.client_id) is not self:
            return
        del broker.connections[self.client_id]
        self.flush()
        if self.session.session_expiry > 0 and not self.is_forgotten:
            self.is_gone = True
            broker.kept[self.client_id] = Kept(self.session.into_state())
        else:
            broker.subscriptions.remove_key(self.client_id)
