"""A broker and clients under one clock that stands still until it is moved; no I/O."""

from dataclasses import dataclass, field
from typing import Any

from mqtt_core import (
    Broker,
    BrokerClosed,
    BrokerConfig,
    BrokerEvent,
    ClientConfig,
    ClientEvent,
    ClientSession,
    Closed,
    Connect,
    Connected,
    Message,
    Publish,
    QoS,
    Subscription,
    Version,
)


@dataclass
class Client:
    """A session at one end of a connection."""

    net: "Network"
    session: ClientSession
    conn: int | None = None
    events: list[ClientEvent] = field(default_factory=list)
    is_deaf: bool = False
    """It does not read what the broker sends."""

    def connect(self, connect: Connect) -> "Client":
        self.conn = self.net.broker.open(now=self.net.now)
        self.net.clients[self.conn] = self
        self.session.connect(connect, now=self.net.now)
        self.net.run()
        return self

    def subscribe(self, *filters: str | Subscription, qos: QoS = QoS.EXACTLY_ONCE) -> None:
        asked = [Subscription(it, qos) if isinstance(it, str) else it for it in filters]
        self.session.subscribe(asked, now=self.net.now)
        self.net.run()

    def publish(self, topic: str, payload: bytes = b"", **options: Any) -> None:
        self.session.publish(topic, payload, now=self.net.now, **options)
        self.net.run()

    def disconnect(self) -> None:
        self.session.disconnect(now=self.net.now)
        self.net.run()

    def lose(self) -> None:
        """The transport breaks."""
        assert self.conn is not None
        del self.net.clients[self.conn]
        self.net.broker.receive_eof(self.conn, now=self.net.now)
        self.session.receive_eof(now=self.net.now)
        self.events += self.session.events()
        self.net.run()

    def taken(self, *kinds: type) -> list[Any]:
        """The events of these kinds that there were since this was last asked."""
        found = [event for event in self.events if isinstance(event, kinds)]
        self.events = [event for event in self.events if not isinstance(event, kinds)]
        return found

    def messages(self) -> list[Publish]:
        return [event.publish for event in self.taken(Message)]

    def payloads(self) -> list[bytes]:
        return [publish.payload for publish in self.messages()]

    def closed(self) -> Closed:
        (closed,) = self.taken(Closed)
        assert isinstance(closed, Closed)
        return closed


class Network:
    """The broker, and all that are connected to it."""

    def __init__(
        self, config: BrokerConfig | None = None, *, broker: Broker | None = None, now: float = 0.0
    ) -> None:
        self.now = now
        self.broker = broker or Broker(config, now=now)
        self.clients: dict[int, Client] = {}
        self.events: list[BrokerEvent] = []

    def client(self, version: Version = Version.V5, **settings: Any) -> Client:
        return Client(self, ClientSession(ClientConfig(version=version, **settings)))

    def join(self, client_id: str, version: Version = Version.V5, **options: Any) -> Client:
        """A client that connects."""
        client = self.client(version)
        return client.connect(Connect(client_id, version=version, **options))

    def run(self) -> None:
        """Moves bytes until nobody has any, then closes the transports of what is over."""
        ended: list[int] = []
        is_moving = True
        while is_moving:
            is_moving = False
            for event in self.broker.events():
                self.events.append(event)
                is_moving = True
                if isinstance(event, BrokerClosed):
                    ended.append(event.conn)
            for conn, client in list(self.clients.items()):
                client.events += client.session.events()
                if not client.is_deaf:
                    is_moving |= self.down(conn, client)
                is_moving |= self.up(conn, client)
        for conn in ended:
            if conn in self.clients:
                self.clients[conn].lose()

    def up(self, conn: int, client: Client) -> bool:
        room = self.broker.wants_input(conn)
        data = client.session.data_to_send(room)
        assert self.broker.receive_data(conn, data, now=self.now) == len(data)
        return bool(data)

    def down(self, conn: int, client: Client) -> bool:
        data = self.broker.data_to_send(conn)
        rest = data
        while rest:
            rest = rest[client.session.receive_data(rest, now=self.now) :]
            client.events += client.session.events()
        return bool(data)

    def wait(self, seconds: float) -> None:
        """Moves the clock, with all timers on the way."""
        until = self.now + seconds
        while True:
            timers = [client.session.next_timeout() for client in self.clients.values()]
            timers.append(self.broker.next_timeout())
            due = [at for at in timers if at is not None and at <= until]
            if not due:
                break
            self.now = max(self.now, min(due))
            self.broker.handle_timeout(self.now)
            for client in self.clients.values():
                client.session.handle_timeout(self.now)
            self.run()
        self.now = until

    def taken(self, *kinds: type) -> list[Any]:
        """The events of the broker of these kinds since this was last asked."""
        found = [event for event in self.events if isinstance(event, kinds)]
        self.events = [event for event in self.events if not isinstance(event, kinds)]
        return found


def is_up(client: Client) -> bool:
    return bool(client.taken(Connected)) and client.session.is_connected
