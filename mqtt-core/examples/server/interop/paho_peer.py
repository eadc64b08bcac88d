"""paho-mqtt as the scenarios use it: calls that wait for their answer."""

from __future__ import annotations

import queue
import socket
import ssl
import threading
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, Literal

from harness import PATIENCE, Site, expect, fresh
from paho.mqtt.client import (
    Client,
    ConnectFlags,
    DisconnectFlags,
    MQTTMessage,
)
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

Version = MQTTProtocolVersion
V31, V311, V5 = Version.MQTTv31, Version.MQTTv311, Version.MQTTv5
VERSIONS = [V31, V311, V5]

ENDED = object()
"""In the place of a CONNACK: the connection ended without one."""


def properties(packet: int, values: dict[str, Any]) -> Properties | None:
    if not values:
        return None
    made = Properties(packet)  # type: ignore[no-untyped-call]
    for name, value in values.items():
        setattr(made, name, value)
    return made


def plain(of: Properties | None) -> dict[str, Any]:
    """What a packet had, as the standard calls it without spaces."""
    if of is None:
        return {}
    names = (name.replace(" ", "") for name in of.names)
    return {name: getattr(of, name) for name in names if hasattr(of, name)}


@dataclass(frozen=True)
class Message:
    topic: str
    payload: bytes
    qos: int
    retain: bool = False
    dup: bool = field(default=False, compare=False)
    mid: int = field(default=0, compare=False)
    properties: dict[str, Any] = field(default_factory=dict, compare=False)


@dataclass(frozen=True)
class ConnAck:
    code: int
    session_present: bool
    properties: dict[str, Any]


class Peer:
    """One client. Its network is on a thread of its own; what comes is in queues."""

    def __init__(
        self,
        site: Site,
        version: Version,
        client_id: str | None = None,
        *,
        clean: bool = True,
        port: int | None = None,
        transport: Literal["tcp", "websockets"] = "tcp",
        context: ssl.SSLContext | None = None,
        user: str | None = None,
        password: str | None = None,
        manual_ack: bool = False,
        max_inflight: int = 20,
        keepalive: int = 60,
        will: tuple[str, bytes, int, bool] | None = None,
        will_properties: dict[str, Any] | None = None,
        **connect: Any,
    ) -> None:
        self.version = version
        self.client_id = fresh("peer") if client_id is None else client_id
        self.messages: queue.Queue[Message] = queue.Queue()
        self.connacks: queue.Queue[ConnAck | object] = queue.Queue()
        self.ends: queue.Queue[int] = queue.Queue()
        self.packets: queue.Queue[str] = queue.Queue()
        self._answers: dict[tuple[str, int], Future[list[int]]] = {}
        self._lock = threading.Lock()
        self._client = Client(
            CallbackAPIVersion.VERSION2,
            self.client_id,
            clean_session=None if version == V5 else clean,
            protocol=version,
            transport=transport,
            reconnect_on_failure=False,
            manual_ack=manual_ack,
        )
        client = self._client
        client.max_inflight_messages = max_inflight
        if context is not None:
            client.tls_set_context(context)
        if user is not None:
            client.username_pw_set(user, password)
        if will is not None:
            given = properties(PacketTypes.WILLMESSAGE, will_properties or {})
            client.will_set(*will, properties=given)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        client.on_publish = self._on_publish
        client.on_subscribe = self._on_subscribe
        client.on_unsubscribe = self._on_subscribe
        client.on_log = self._on_log
        start: dict[str, Any] = {"clean_start": clean} if version == V5 else {}
        client.connect(
            "localhost" if context else "127.0.0.1",
            port or site.ports.plain,
            keepalive,
            properties=properties(PacketTypes.CONNECT, connect),
            **start,
        )
        client.loop_start()
        self.connack = self.connacks.get(timeout=PATIENCE)

    # What paho calls, on its thread.

    def _on_connect(
        self, client: Client, data: Any, flags: ConnectFlags, code: ReasonCode, props: Properties | None
    ) -> None:
        self.connacks.put(ConnAck(code.value, flags.session_present, plain(props)))

    def _on_disconnect(
        self, client: Client, data: Any, flags: DisconnectFlags, code: ReasonCode, props: Properties | None
    ) -> None:
        self.connacks.put(ENDED)
        self.ends.put(code.value if flags.is_disconnect_packet_from_server else -1)

    def _on_message(self, client: Client, data: Any, message: MQTTMessage) -> None:
        self.messages.put(
            Message(
                message.topic,
                bytes(message.payload),
                message.qos,
                message.retain,
                message.dup,
                message.mid,
                plain(message.properties),
            )
        )

    def _on_publish(
        self, client: Client, data: Any, mid: int, code: ReasonCode, props: Properties | None
    ) -> None:
        self._answer("publish", mid).set_result([code.value])

    def _on_subscribe(
        self, client: Client, data: Any, mid: int, codes: list[ReasonCode], props: Properties | None
    ) -> None:
        self._answer("subscribe", mid).set_result([code.value for code in codes])

    def _on_log(self, client: Client, data: Any, level: int, text: str) -> None:
        self.packets.put(text)

    def _answer(self, kind: str, mid: int) -> Future[list[int]]:
        with self._lock:
            return self._answers.setdefault((kind, mid), Future())

    def _await(self, kind: str, mid: int | None) -> list[int]:
        assert mid is not None
        codes = self._answer(kind, mid).result(PATIENCE)
        with self._lock:
            del self._answers[kind, mid]
        return codes

    # What scenarios call.

    def accepted(self) -> Peer:
        """The same, if the server accepted it."""
        expect("CONNACK", getattr(self.connack, "code", self.connack), 0)
        return self

    @property
    def hello(self) -> ConnAck:
        assert isinstance(self.connack, ConnAck), "no CONNACK"
        return self.connack

    def subscribe(self, topic: str, qos: int = 0, *, identifier: int = 0, **options: Any) -> list[int]:
        """The codes of SUBACK."""
        given = {"SubscriptionIdentifier": identifier} if identifier else {}
        if self.version == V5:
            _, mid = self._client.subscribe(
                topic,
                options=SubscribeOptions(qos, **options),
                properties=properties(PacketTypes.SUBSCRIBE, given),
            )
        else:
            _, mid = self._client.subscribe(topic, qos)
        return self._await("subscribe", mid)

    def unsubscribe(self, topic: str) -> list[int]:
        """The codes of UNSUBACK."""
        _, mid = self._client.unsubscribe(topic)
        return self._await("subscribe", mid)

    def send(
        self, topic: str, payload: bytes = b"", qos: int = 0, retain: bool = False, **props: Any
    ) -> int:
        """Publishes and does not wait."""
        given = properties(PacketTypes.PUBLISH, props)
        return self._client.publish(topic, payload, qos, retain, given).mid

    def publish(
        self, topic: str, payload: bytes = b"", qos: int = 0, retain: bool = False, **props: Any
    ) -> int:
        """Publishes, and gives the code of the acknowledgement."""
        [code] = self._await("publish", self.send(topic, payload, qos, retain, **props))
        return code

    def published(self, mid: int) -> int:
        """The code of the acknowledgement of what was sent."""
        [code] = self._await("publish", mid)
        return code

    def next(self) -> Message:
        """The next message."""
        try:
            return self.messages.get(timeout=PATIENCE)
        except queue.Empty:
            raise AssertionError(f"{self.client_id}: expected a message, none came") from None

    def gets(self, *expected: Message) -> list[Message]:
        """Fails unless these messages come next, in this order."""
        came = []
        for message in expected:
            came.append(self.next())
            expect(f"message to {self.client_id}", came[-1], message)
        return came

    def gets_nothing(self) -> None:
        """Fails if a message has come. What the server had for it came before the answer to this."""
        self.subscribe(fresh("fence"))
        came = [self.messages.get() for _ in range(self.messages.qsize())]
        expect(f"messages to {self.client_id}", came, [])

    def ack(self, message: Message) -> None:
        expect("acknowledging", self._client.ack(message.mid, message.qos), MQTTErrorCode.MQTT_ERR_SUCCESS)

    def ended(self) -> int:
        """Waits for the end of the connection: the code of DISCONNECT, -1 without."""
        return self.ends.get(timeout=PATIENCE)

    def leave(self, code: int | None = None, expiry: int | None = None) -> None:
        """Says DISCONNECT, and waits until that is sent."""
        reason = None if code is None else ReasonCode(PacketTypes.DISCONNECT, identifier=code)
        given = {} if expiry is None else {"SessionExpiryInterval": expiry}
        self._client.disconnect(reason, properties(PacketTypes.DISCONNECT, given))
        self.ended()
        self._client.loop_stop()

    def cut(self) -> None:
        """Ends the connection without a word."""
        sock = self._client.socket()
        assert isinstance(sock, socket.socket)
        sock.shutdown(socket.SHUT_RDWR)
        self.ended()
        self._client.loop_stop()

    def stop_reading(self) -> None:
        """Does nothing any more, and leaves the connection open."""
        self._client.loop_stop()

    def close(self) -> None:
        """At the end of a scenario: whatever state it is in."""
        self._client.disconnect()
        self._client.loop_stop()
