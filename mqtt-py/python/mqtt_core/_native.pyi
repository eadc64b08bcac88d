"""The native part of the package; import these names from `mqtt_core`."""

from collections.abc import Callable, Hashable, Iterable, Iterator
from types import GenericAlias
from typing import Any, ClassVar, Final, Generic, Literal, TypedDict, TypeVar, final, overload

from typing_extensions import Buffer, Unpack

from mqtt_core._enums import (
    AckMode,
    Authentication,
    Authorization,
    CloseCause,
    DropReason,
    Durability,
    PacketType,
    PersistKind,
    QoS,
    ReasonCode,
    RetainHandling,
    Sender,
    SessionLost,
    SessionStart,
    ShareStrategy,
    SlowConsumer,
    Timer,
    Version,
    WhenFull,
)
from mqtt_core._events import BrokerEvent, ClientEvent, ServerEvent
from mqtt_core._packets import Packet

__all__ = [
    "Acl",
    "Auth",
    "Authenticate",
    "Authorize",
    "Broker",
    "BrokerAuth",
    "BrokerClosed",
    "BrokerConfig",
    "BrokerConnected",
    "BrokerEvents",
    "BrokerLimits",
    "BrokerMessage",
    "BrokerStats",
    "ClientConfig",
    "ClientEvents",
    "ClientSession",
    "Closed",
    "ConnAck",
    "Connect",
    "Connected",
    "Decoder",
    "Disconnect",
    "Dropped",
    "Fenced",
    "Limits",
    "MergedDelivery",
    "Message",
    "Overlaps",
    "PersistConfig",
    "PersistOp",
    "PingReq",
    "PingResp",
    "PubAck",
    "PubComp",
    "PubRec",
    "PubRel",
    "Publish",
    "Published",
    "QueueLimits",
    "RetainedIndex",
    "Route",
    "Router",
    "ServerConfig",
    "ServerEvents",
    "ServerSession",
    "SessionState",
    "ShareGroup",
    "Spread",
    "Stats",
    "Strictness",
    "SubAck",
    "Subscribe",
    "Subscribed",
    "Subscription",
    "SubscriptionTrie",
    "TopicFilter",
    "TopicName",
    "Traffic",
    "UnsubAck",
    "Unsubscribe",
    "Unsubscribed",
    "Will",
    "Writable",
    "decode",
    "encode",
    "encode_into",
    "encode_segments",
    "from_amqp",
    "from_kafka",
    "inspect",
    "matches",
    "to_amqp",
    "to_kafka",
]

def decode(
    data: Buffer,
    *,
    version: Version | None = Version.V5,
    limits: Limits | None = None,
    strictness: Strictness | None = None,
    sender: Sender | None = None,
) -> tuple[Packet, int] | None:
    """Decode the packet at the front of `data`.

    Gives the packet and its length in bytes (the next packet begins there), or None if `data` is
    the beginning of a packet and more bytes are needed.

    `version` is that of the connection. None means that it is not known yet, and accepts CONNECT
    only; a CONNECT is always judged by the version it names. `sender` is the side that sent the
    packet; without it no rule applies that depends on the side.

    `bytes` are borrowed: the packet keeps them alive, all of them, and its strings and its payload
    are made when they are asked for. Other bytes-like objects may change, so they are copied once;
    cut large ones down first. The time does not depend on the size of a payload.

    Raises MalformedPacketError, RemoteProtocolError or LimitError if the bytes are not a legal
    packet, and cannot become one.
    """

def encode(packet: Packet, *, version: Version = Version.V5) -> bytes:
    """Encode a packet. Decoding the bytes gives an equal packet.

    Raises LocalProtocolError if the packet is not legal in this version, and LimitError if it is
    larger than the protocol allows.
    """

def encode_into(
    packet: Packet, buffer: Buffer, *, offset: int = 0, version: Version = Version.V5
) -> int:
    """Encode a packet into a writable buffer, from `offset` on; gives how many bytes it has.

    Raises LimitError if there is no room, and what `encode` raises. Then nothing has been written.
    """

def encode_segments(
    packet: Packet, *, version: Version = Version.V5
) -> tuple[bytes | memoryview, ...]:
    """Encode a packet for `socket.sendmsg` or `writelines`: its bytes are those of all segments.

    The payload of a PUBLISH is a segment of its own, a view that is not copied.

    Raises what `encode` raises.
    """

def inspect(
    data: Buffer,
    *,
    version: Version | None = None,
    limits: Limits | None = None,
    strictness: Strictness | None = None,
    sender: Sender | None = None,
) -> str:
    """Explain the packet at the front of `data`, whatever it is.

    A line for each field: offset, bytes, name, value and the statement of the standard. Of a
    malformed packet, all up to the fault, what is wrong and what to answer. The arguments mean what
    they mean to `decode`. The text is for people, and may change.
    """

@final
class Decoder:
    """Cuts a stream of slices of any size into packets.

    Feed what was read, then take the packets that it completes by iterating. The iteration ends
    when more bytes are needed, and goes on after the next `feed`.

    A packet that lies whole in `bytes` that were fed is decoded where it lies, as by `decode`. One
    that straddles slices is put together. Memory grows with the bytes that have come, never by a
    length that a peer has declared.

    With `version=None` the first packet must be a CONNECT, and the version it names holds from then
    on.

    What is not a legal packet raises when its turn comes, as `decode` raises it. A stream cannot
    be cut any further behind it: every later step raises the same error, and what is fed is
    dropped.

    One thread at a time may use it.
    """

    def __new__(
        cls,
        *,
        version: Version | None = Version.V5,
        limits: Limits | None = None,
        strictness: Strictness | None = None,
        sender: Sender | None = None,
    ) -> Decoder: ...
    def feed(self, data: Buffer) -> None:
        """Take the next bytes of the stream, any number of them."""

    def __iter__(self) -> Decoder: ...
    def __next__(self) -> Packet: ...
    @property
    def needed(self) -> int:
        """Bytes that are certainly missing to the end of the packet at hand.

        Exact once its fixed header is there; reading that many never reads into the next packet. 0
        as long as something was fed that the iteration has not come to.
        """

    @property
    def buffered(self) -> int:
        """Bytes of an unfinished packet that are held."""

    @property
    def is_idle(self) -> bool:
        """True between packets, with nothing left to take: a stream that ends here ends well."""

    @property
    def version(self) -> Version | None:
        """The version that packets are judged by; a change holds from the next packet on."""

    @version.setter
    def version(self, value: Version, /) -> None: ...
    @property
    def limits(self) -> Limits:
        """The bounds on packets; a change holds from the next packet on."""

    @limits.setter
    def limits(self, value: Limits, /) -> None: ...

class _ConnectChanges(TypedDict, total=False):
    client_id: str
    version: Version
    clean_start: bool
    keep_alive: int
    will: Will | None
    user_name: str | None
    password: Buffer | None
    session_expiry_interval: int | None
    receive_maximum: int | None
    maximum_packet_size: int | None
    topic_alias_maximum: int | None
    request_response_information: bool | None
    request_problem_information: bool | None
    authentication_method: str | None
    authentication_data: Buffer | None
    user_properties: Iterable[tuple[str, str]]

@final
class Connect:
    """A CONNECT packet: a client asks for a connection. Immutable.

    It is encoded in the version it names, and in no other. The `repr` shows the length of the
    password, not the password.
    """

    __match_args__: ClassVar[tuple[str]] = ("client_id",)

    def __new__(
        cls,
        client_id: str = "",
        *,
        version: Version = Version.V5,
        clean_start: bool = True,
        keep_alive: int = 0,
        will: Will | None = None,
        user_name: str | None = None,
        password: Buffer | None = None,
        session_expiry_interval: int | None = None,
        receive_maximum: int | None = None,
        maximum_packet_size: int | None = None,
        topic_alias_maximum: int | None = None,
        request_response_information: bool | None = None,
        request_problem_information: bool | None = None,
        authentication_method: str | None = None,
        authentication_data: Buffer | None = None,
        user_properties: Iterable[tuple[str, str]] = (),
    ) -> Connect: ...
    @property
    def client_id(self) -> str:
        """Client identifier; empty asks the server to make one up."""

    @property
    def version(self) -> Version:
        """The version that the client speaks."""

    @property
    def clean_start(self) -> bool:
        """Begin a new session (3.1.1: CleanSession)."""

    @property
    def keep_alive(self) -> int:
        """Longest time in seconds between two packets of the client; 0 turns it off."""

    @property
    def will(self) -> Will | None:
        """Message to publish when the connection is lost."""

    @property
    def user_name(self) -> str | None:
        """User name."""

    @property
    def password(self) -> bytes | None:
        """Password: bytes, not text. In 3.1.1 only together with a user name."""

    @property
    def session_expiry_interval(self) -> int | None:
        """Seconds that the session outlives the connection; 4,294,967,295 means for ever."""

    @property
    def receive_maximum(self) -> int | None:
        """Messages of QoS 1 and 2 that may be open towards the sender of this: 1 to 65,535; None
        means 65,535.
        """

    @property
    def maximum_packet_size(self) -> int | None:
        """Size in bytes of the largest packet that the sender of this accepts; not 0; None means no
        limit.
        """

    @property
    def topic_alias_maximum(self) -> int | None:
        """Largest topic alias that the sender of this accepts; None means 0, which is none."""

    @property
    def request_response_information(self) -> bool | None:
        """Whether the client asks for response information; None means no."""

    @property
    def request_problem_information(self) -> bool | None:
        """Whether the server may send reason strings and user properties in all packets; None
        means yes.
        """

    @property
    def authentication_method(self) -> str | None:
        """Name of the authentication method."""

    @property
    def authentication_data(self) -> bytes | None:
        """Data of the authentication method. The `repr` shows its length only."""

    @property
    def user_properties(self) -> tuple[tuple[str, str], ...]:
        """Names and values, free for the application, in order."""

    def replace(self, **changes: Unpack[_ConnectChanges]) -> Connect:
        """A copy with some values changed."""

    def __replace__(self, **changes: Unpack[_ConnectChanges]) -> Connect: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __copy__(self) -> Connect: ...
    def __deepcopy__(self, memo: Any, /) -> Connect: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, object]]: ...

class _WillChanges(TypedDict, total=False):
    topic: str
    payload: Buffer
    qos: QoS
    retain: bool
    payload_format_indicator: int | None
    message_expiry_interval: int | None
    content_type: str | None
    response_topic: str | None
    correlation_data: Buffer | None
    will_delay_interval: int | None
    user_properties: Iterable[tuple[str, str]]

@final
class Will:
    """A will: the message that the server publishes for a client that is gone. Immutable."""

    __match_args__: ClassVar[tuple[str, str]] = ("topic", "payload")

    def __new__(
        cls,
        topic: str,
        payload: Buffer = b"",
        *,
        qos: QoS = QoS.AT_MOST_ONCE,
        retain: bool = False,
        payload_format_indicator: int | None = None,
        message_expiry_interval: int | None = None,
        content_type: str | None = None,
        response_topic: str | None = None,
        correlation_data: Buffer | None = None,
        will_delay_interval: int | None = None,
        user_properties: Iterable[tuple[str, str]] = (),
    ) -> Will: ...
    @property
    def topic(self) -> str:
        """Topic name: not empty, no wildcards."""

    @property
    def payload(self) -> bytes:
        """Payload, at most 65,535 bytes."""

    @property
    def qos(self) -> QoS:
        """QoS it is published with."""

    @property
    def retain(self) -> bool:
        """Whether it is published as a retained message."""

    @property
    def payload_format_indicator(self) -> int | None:
        """Whether the payload is text: 0 unspecified bytes, 1 UTF-8."""

    @property
    def message_expiry_interval(self) -> int | None:
        """Lifetime of the message in seconds; None means for ever."""

    @property
    def content_type(self) -> str | None:
        """What the payload is, in words of the application."""

    @property
    def response_topic(self) -> str | None:
        """Topic name for an answer."""

    @property
    def correlation_data(self) -> bytes | None:
        """Bytes by which an answer is recognised."""

    @property
    def will_delay_interval(self) -> int | None:
        """Seconds from the end of the connection to the publication of the will; None means 0."""

    @property
    def user_properties(self) -> tuple[tuple[str, str], ...]:
        """Names and values, free for the application, in order."""

    def replace(self, **changes: Unpack[_WillChanges]) -> Will:
        """A copy with some values changed."""

    def __replace__(self, **changes: Unpack[_WillChanges]) -> Will: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __copy__(self) -> Will: ...
    def __deepcopy__(self, memo: Any, /) -> Will: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, object]]: ...

class _ConnAckChanges(TypedDict, total=False):
    reason: ReasonCode
    session_present: bool
    session_expiry_interval: int | None
    receive_maximum: int | None
    maximum_qos: QoS | None
    retain_available: bool | None
    maximum_packet_size: int | None
    assigned_client_identifier: str | None
    topic_alias_maximum: int | None
    reason_string: str | None
    wildcard_subscription_available: bool | None
    subscription_identifier_available: bool | None
    shared_subscription_available: bool | None
    server_keep_alive: int | None
    response_information: str | None
    server_reference: str | None
    authentication_method: str | None
    authentication_data: Buffer | None
    user_properties: Iterable[tuple[str, str]]

@final
class ConnAck:
    """A CONNACK packet: the server's answer to CONNECT. Immutable."""

    __match_args__: ClassVar[tuple[str]] = ("reason",)

    def __new__(
        cls,
        reason: ReasonCode = ReasonCode.SUCCESS,
        *,
        session_present: bool = False,
        session_expiry_interval: int | None = None,
        receive_maximum: int | None = None,
        maximum_qos: QoS | None = None,
        retain_available: bool | None = None,
        maximum_packet_size: int | None = None,
        assigned_client_identifier: str | None = None,
        topic_alias_maximum: int | None = None,
        reason_string: str | None = None,
        wildcard_subscription_available: bool | None = None,
        subscription_identifier_available: bool | None = None,
        shared_subscription_available: bool | None = None,
        server_keep_alive: int | None = None,
        response_information: str | None = None,
        server_reference: str | None = None,
        authentication_method: str | None = None,
        authentication_data: Buffer | None = None,
        user_properties: Iterable[tuple[str, str]] = (),
    ) -> ConnAck: ...
    @property
    def reason(self) -> ReasonCode:
        """Reason code; in 3.1 and 3.1.1 a return code, `ReasonCode.V3_...`."""

    @property
    def session_present(self) -> bool:
        """Whether the server resumes a session; never together with a refusal, nor in 3.1."""

    @property
    def session_expiry_interval(self) -> int | None:
        """Seconds that the session outlives the connection; 4,294,967,295 means for ever."""

    @property
    def receive_maximum(self) -> int | None:
        """Messages of QoS 1 and 2 that may be open towards the sender of this: 1 to 65,535; None
        means 65,535.
        """

    @property
    def maximum_qos(self) -> QoS | None:
        """Best QoS that the server offers: 0 or 1; None means 2."""

    @property
    def retain_available(self) -> bool | None:
        """Whether the server keeps retained messages; None means yes."""

    @property
    def maximum_packet_size(self) -> int | None:
        """Size in bytes of the largest packet that the sender of this accepts; not 0; None means no
        limit.
        """

    @property
    def assigned_client_identifier(self) -> str | None:
        """Client identifier that the server made up."""

    @property
    def topic_alias_maximum(self) -> int | None:
        """Largest topic alias that the sender of this accepts; None means 0, which is none."""

    @property
    def reason_string(self) -> str | None:
        """Text for people that says why."""

    @property
    def wildcard_subscription_available(self) -> bool | None:
        """Whether the server takes subscriptions with wildcards; None means yes."""

    @property
    def subscription_identifier_available(self) -> bool | None:
        """Whether the server takes subscription identifiers; None means yes."""

    @property
    def shared_subscription_available(self) -> bool | None:
        """Whether the server takes shared subscriptions; None means yes."""

    @property
    def server_keep_alive(self) -> int | None:
        """Keep alive in seconds that replaces the client's."""

    @property
    def response_information(self) -> str | None:
        """Basis for response topics."""

    @property
    def server_reference(self) -> str | None:
        """Other servers to use, separated by spaces."""

    @property
    def authentication_method(self) -> str | None:
        """Name of the authentication method."""

    @property
    def authentication_data(self) -> bytes | None:
        """Data of the authentication method. The `repr` shows its length only."""

    @property
    def user_properties(self) -> tuple[tuple[str, str], ...]:
        """Names and values, free for the application, in order."""

    def replace(self, **changes: Unpack[_ConnAckChanges]) -> ConnAck:
        """A copy with some values changed."""

    def __replace__(self, **changes: Unpack[_ConnAckChanges]) -> ConnAck: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __copy__(self) -> ConnAck: ...
    def __deepcopy__(self, memo: Any, /) -> ConnAck: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, object]]: ...

class _PublishChanges(TypedDict, total=False):
    topic: str
    payload: Buffer
    qos: QoS
    retain: bool
    dup: bool
    packet_id: int | None
    payload_format_indicator: int | None
    message_expiry_interval: int | None
    content_type: str | None
    response_topic: str | None
    correlation_data: Buffer | None
    subscription_identifiers: Iterable[int]
    topic_alias: int | None
    user_properties: Iterable[tuple[str, str]]

@final
class Publish:
    """A PUBLISH packet: a message, in either direction. Immutable.

    A packet that was received keeps the order of its properties when it is encoded again. Equality
    looks at the order of subscription identifiers and of user properties only, because no other
    order means anything; that holds for the properties of all packets.
    """

    __match_args__: ClassVar[tuple[str, str, str]] = ("topic", "payload", "qos")

    def __new__(
        cls,
        topic: str,
        payload: Buffer = b"",
        *,
        qos: QoS = QoS.AT_MOST_ONCE,
        retain: bool = False,
        dup: bool = False,
        packet_id: int | None = None,
        payload_format_indicator: int | None = None,
        message_expiry_interval: int | None = None,
        content_type: str | None = None,
        response_topic: str | None = None,
        correlation_data: Buffer | None = None,
        subscription_identifiers: Iterable[int] = (),
        topic_alias: int | None = None,
        user_properties: Iterable[tuple[str, str]] = (),
    ) -> Publish: ...
    @property
    def topic(self) -> str:
        """Topic name without wildcards; empty only in 5.0 together with a topic alias."""

    @property
    def payload(self) -> bytes:
        """Payload. Of a packet that was received, copied when it is first asked for."""

    @property
    def qos(self) -> QoS:
        """Quality of service."""

    @property
    def retain(self) -> bool:
        """From the sender: to be kept. To a subscriber: was kept."""

    @property
    def dup(self) -> bool:
        """Sent before; never with QoS 0."""

    @property
    def packet_id(self) -> int | None:
        """Packet identifier, 1 to 65,535: there with QoS 1 and 2, and not with QoS 0."""

    @property
    def payload_format_indicator(self) -> int | None:
        """Whether the payload is text: 0 unspecified bytes, 1 UTF-8."""

    @property
    def message_expiry_interval(self) -> int | None:
        """Lifetime of the message in seconds; None means for ever."""

    @property
    def content_type(self) -> str | None:
        """What the payload is, in words of the application."""

    @property
    def response_topic(self) -> str | None:
        """Topic name for an answer."""

    @property
    def correlation_data(self) -> bytes | None:
        """Bytes by which an answer is recognised."""

    @property
    def subscription_identifiers(self) -> tuple[int, ...]:
        """Numbers of the subscriptions that the message matches, in order: 1 to 268,435,455."""

    @property
    def topic_alias(self) -> int | None:
        """Number that stands for a topic name: 1 to 65,535."""

    @property
    def user_properties(self) -> tuple[tuple[str, str], ...]:
        """Names and values, free for the application, in order."""

    @property
    def payload_view(self) -> memoryview:
        """The payload where it lies, read-only and not copied. Keeps the bytes alive."""

    @property
    def size(self) -> int:
        """Bytes of topic, payload and properties."""

    def replace(self, **changes: Unpack[_PublishChanges]) -> Publish:
        """A copy with some values changed."""

    def __replace__(self, **changes: Unpack[_PublishChanges]) -> Publish: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __copy__(self) -> Publish: ...
    def __deepcopy__(self, memo: Any, /) -> Publish: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, object]]: ...

class _PubAckChanges(TypedDict, total=False):
    packet_id: int
    reason: ReasonCode
    reason_string: str | None
    user_properties: Iterable[tuple[str, str]]

@final
class PubAck:
    """A PUBACK packet: the answer to a PUBLISH of QoS 1. Immutable."""

    __match_args__: ClassVar[tuple[str, str]] = ("packet_id", "reason")

    def __new__(
        cls,
        packet_id: int,
        reason: ReasonCode = ReasonCode.SUCCESS,
        *,
        reason_string: str | None = None,
        user_properties: Iterable[tuple[str, str]] = (),
    ) -> PubAck: ...
    @property
    def packet_id(self) -> int:
        """Packet identifier, 1 to 65,535 as in the PUBLISH."""

    @property
    def reason(self) -> ReasonCode:
        """Reason code; always success in 3.1 and 3.1.1."""

    @property
    def reason_string(self) -> str | None:
        """Text for people that says why."""

    @property
    def user_properties(self) -> tuple[tuple[str, str], ...]:
        """Names and values, free for the application, in order."""

    def replace(self, **changes: Unpack[_PubAckChanges]) -> PubAck:
        """A copy with some values changed."""

    def __replace__(self, **changes: Unpack[_PubAckChanges]) -> PubAck: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __copy__(self) -> PubAck: ...
    def __deepcopy__(self, memo: Any, /) -> PubAck: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, object]]: ...

class _PubRecChanges(TypedDict, total=False):
    packet_id: int
    reason: ReasonCode
    reason_string: str | None
    user_properties: Iterable[tuple[str, str]]

@final
class PubRec:
    """A PUBREC packet: the first answer to a PUBLISH of QoS 2, for received. Immutable."""

    __match_args__: ClassVar[tuple[str, str]] = ("packet_id", "reason")

    def __new__(
        cls,
        packet_id: int,
        reason: ReasonCode = ReasonCode.SUCCESS,
        *,
        reason_string: str | None = None,
        user_properties: Iterable[tuple[str, str]] = (),
    ) -> PubRec: ...
    @property
    def packet_id(self) -> int:
        """Packet identifier, 1 to 65,535 as in the PUBLISH."""

    @property
    def reason(self) -> ReasonCode:
        """Reason code; always success in 3.1 and 3.1.1."""

    @property
    def reason_string(self) -> str | None:
        """Text for people that says why."""

    @property
    def user_properties(self) -> tuple[tuple[str, str], ...]:
        """Names and values, free for the application, in order."""

    def replace(self, **changes: Unpack[_PubRecChanges]) -> PubRec:
        """A copy with some values changed."""

    def __replace__(self, **changes: Unpack[_PubRecChanges]) -> PubRec: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __copy__(self) -> PubRec: ...
    def __deepcopy__(self, memo: Any, /) -> PubRec: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, object]]: ...

class _PubRelChanges(TypedDict, total=False):
    packet_id: int
    reason: ReasonCode
    reason_string: str | None
    user_properties: Iterable[tuple[str, str]]

@final
class PubRel:
    """A PUBREL packet: the answer to PUBREC, which releases the identifier. Immutable."""

    __match_args__: ClassVar[tuple[str, str]] = ("packet_id", "reason")

    def __new__(
        cls,
        packet_id: int,
        reason: ReasonCode = ReasonCode.SUCCESS,
        *,
        reason_string: str | None = None,
        user_properties: Iterable[tuple[str, str]] = (),
    ) -> PubRel: ...
    @property
    def packet_id(self) -> int:
        """Packet identifier, 1 to 65,535 as in the PUBLISH."""

    @property
    def reason(self) -> ReasonCode:
        """Reason code; always success in 3.1 and 3.1.1."""

    @property
    def reason_string(self) -> str | None:
        """Text for people that says why."""

    @property
    def user_properties(self) -> tuple[tuple[str, str], ...]:
        """Names and values, free for the application, in order."""

    def replace(self, **changes: Unpack[_PubRelChanges]) -> PubRel:
        """A copy with some values changed."""

    def __replace__(self, **changes: Unpack[_PubRelChanges]) -> PubRel: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __copy__(self) -> PubRel: ...
    def __deepcopy__(self, memo: Any, /) -> PubRel: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, object]]: ...

class _PubCompChanges(TypedDict, total=False):
    packet_id: int
    reason: ReasonCode
    reason_string: str | None
    user_properties: Iterable[tuple[str, str]]

@final
class PubComp:
    """A PUBCOMP packet: the answer to PUBREL, which completes the exchange. Immutable."""

    __match_args__: ClassVar[tuple[str, str]] = ("packet_id", "reason")

    def __new__(
        cls,
        packet_id: int,
        reason: ReasonCode = ReasonCode.SUCCESS,
        *,
        reason_string: str | None = None,
        user_properties: Iterable[tuple[str, str]] = (),
    ) -> PubComp: ...
    @property
    def packet_id(self) -> int:
        """Packet identifier, 1 to 65,535 as in the PUBLISH."""

    @property
    def reason(self) -> ReasonCode:
        """Reason code; always success in 3.1 and 3.1.1."""

    @property
    def reason_string(self) -> str | None:
        """Text for people that says why."""

    @property
    def user_properties(self) -> tuple[tuple[str, str], ...]:
        """Names and values, free for the application, in order."""

    def replace(self, **changes: Unpack[_PubCompChanges]) -> PubComp:
        """A copy with some values changed."""

    def __replace__(self, **changes: Unpack[_PubCompChanges]) -> PubComp: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __copy__(self) -> PubComp: ...
    def __deepcopy__(self, memo: Any, /) -> PubComp: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, object]]: ...

class _SubscriptionChanges(TypedDict, total=False):
    filter: str
    qos: QoS
    no_local: bool
    retain_as_published: bool
    retain_handling: RetainHandling

@final
class Subscription:
    """One filter of a SUBSCRIBE with its options; 3.1 and 3.1.1 have only the QoS. Immutable."""

    __match_args__: ClassVar[tuple[str, str]] = ("filter", "qos")

    def __new__(
        cls,
        filter: str,
        qos: QoS = QoS.AT_MOST_ONCE,
        *,
        no_local: bool = False,
        retain_as_published: bool = False,
        retain_handling: RetainHandling = RetainHandling.SEND_ALWAYS,
    ) -> Subscription: ...
    @property
    def filter(self) -> str:
        """Topic filter; in 5.0 also `$share/group/filter`."""

    @property
    def qos(self) -> QoS:
        """Highest QoS of delivery."""

    @property
    def no_local(self) -> bool:
        """Do not deliver what this client published itself; not for shared subscriptions."""

    @property
    def retain_as_published(self) -> bool:
        """Keep RETAIN as the publisher set it."""

    @property
    def retain_handling(self) -> RetainHandling:
        """When to send retained messages."""

    def replace(self, **changes: Unpack[_SubscriptionChanges]) -> Subscription:
        """A copy with some values changed."""

    def __replace__(self, **changes: Unpack[_SubscriptionChanges]) -> Subscription: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __copy__(self) -> Subscription: ...
    def __deepcopy__(self, memo: Any, /) -> Subscription: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, object]]: ...

class _SubscribeChanges(TypedDict, total=False):
    subscriptions: Iterable[Subscription]
    packet_id: int
    subscription_identifier: int | None
    user_properties: Iterable[tuple[str, str]]

@final
class Subscribe:
    """A SUBSCRIBE packet: a client asks for messages. Immutable."""

    __match_args__: ClassVar[tuple[str, str]] = ("subscriptions", "packet_id")

    def __new__(
        cls,
        subscriptions: Iterable[Subscription],
        *,
        packet_id: int,
        subscription_identifier: int | None = None,
        user_properties: Iterable[tuple[str, str]] = (),
    ) -> Subscribe: ...
    @property
    def subscriptions(self) -> tuple[Subscription, ...]:
        """Filters with their options: one or more."""

    @property
    def packet_id(self) -> int:
        """Packet identifier, 1 to 65,535, repeated by the SUBACK."""

    @property
    def subscription_identifier(self) -> int | None:
        """Number that messages for these subscriptions carry: 1 to 268,435,455."""

    @property
    def user_properties(self) -> tuple[tuple[str, str], ...]:
        """Names and values, free for the application, in order."""

    def replace(self, **changes: Unpack[_SubscribeChanges]) -> Subscribe:
        """A copy with some values changed."""

    def __replace__(self, **changes: Unpack[_SubscribeChanges]) -> Subscribe: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __copy__(self) -> Subscribe: ...
    def __deepcopy__(self, memo: Any, /) -> Subscribe: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, object]]: ...

class _SubAckChanges(TypedDict, total=False):
    reasons: Iterable[ReasonCode]
    packet_id: int
    reason_string: str | None
    user_properties: Iterable[tuple[str, str]]

@final
class SubAck:
    """A SUBACK packet: the server's answer to SUBSCRIBE. Immutable."""

    __match_args__: ClassVar[tuple[str, str]] = ("reasons", "packet_id")

    def __new__(
        cls,
        reasons: Iterable[ReasonCode],
        *,
        packet_id: int,
        reason_string: str | None = None,
        user_properties: Iterable[tuple[str, str]] = (),
    ) -> SubAck: ...
    @property
    def reasons(self) -> tuple[ReasonCode, ...]:
        """One code per filter, in their order."""

    @property
    def packet_id(self) -> int:
        """Packet identifier, 1 to 65,535 as in the SUBSCRIBE."""

    @property
    def reason_string(self) -> str | None:
        """Text for people that says why."""

    @property
    def user_properties(self) -> tuple[tuple[str, str], ...]:
        """Names and values, free for the application, in order."""

    def replace(self, **changes: Unpack[_SubAckChanges]) -> SubAck:
        """A copy with some values changed."""

    def __replace__(self, **changes: Unpack[_SubAckChanges]) -> SubAck: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __copy__(self) -> SubAck: ...
    def __deepcopy__(self, memo: Any, /) -> SubAck: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, object]]: ...

class _UnsubscribeChanges(TypedDict, total=False):
    filters: Iterable[str]
    packet_id: int
    user_properties: Iterable[tuple[str, str]]

@final
class Unsubscribe:
    """An UNSUBSCRIBE packet: a client ends subscriptions. Immutable."""

    __match_args__: ClassVar[tuple[str, str]] = ("filters", "packet_id")

    def __new__(
        cls,
        filters: Iterable[str],
        *,
        packet_id: int,
        user_properties: Iterable[tuple[str, str]] = (),
    ) -> Unsubscribe: ...
    @property
    def filters(self) -> tuple[str, ...]:
        """Topic filters: one or more."""

    @property
    def packet_id(self) -> int:
        """Packet identifier, 1 to 65,535, repeated by the UNSUBACK."""

    @property
    def user_properties(self) -> tuple[tuple[str, str], ...]:
        """Names and values, free for the application, in order."""

    def replace(self, **changes: Unpack[_UnsubscribeChanges]) -> Unsubscribe:
        """A copy with some values changed."""

    def __replace__(self, **changes: Unpack[_UnsubscribeChanges]) -> Unsubscribe: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __copy__(self) -> Unsubscribe: ...
    def __deepcopy__(self, memo: Any, /) -> Unsubscribe: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, object]]: ...

class _UnsubAckChanges(TypedDict, total=False):
    reasons: Iterable[ReasonCode]
    packet_id: int
    reason_string: str | None
    user_properties: Iterable[tuple[str, str]]

@final
class UnsubAck:
    """An UNSUBACK packet: the server's answer to UNSUBSCRIBE. Immutable."""

    __match_args__: ClassVar[tuple[str, str]] = ("reasons", "packet_id")

    def __new__(
        cls,
        reasons: Iterable[ReasonCode] = (),
        *,
        packet_id: int,
        reason_string: str | None = None,
        user_properties: Iterable[tuple[str, str]] = (),
    ) -> UnsubAck: ...
    @property
    def reasons(self) -> tuple[ReasonCode, ...]:
        """One code per filter, in their order; none in 3.1 and 3.1.1."""

    @property
    def packet_id(self) -> int:
        """Packet identifier, 1 to 65,535 as in the UNSUBSCRIBE."""

    @property
    def reason_string(self) -> str | None:
        """Text for people that says why."""

    @property
    def user_properties(self) -> tuple[tuple[str, str], ...]:
        """Names and values, free for the application, in order."""

    def replace(self, **changes: Unpack[_UnsubAckChanges]) -> UnsubAck:
        """A copy with some values changed."""

    def __replace__(self, **changes: Unpack[_UnsubAckChanges]) -> UnsubAck: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __copy__(self) -> UnsubAck: ...
    def __deepcopy__(self, memo: Any, /) -> UnsubAck: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, object]]: ...

@final
class PingReq:
    """A PINGREQ packet: a client shows that it is alive. Immutable."""

    __match_args__: ClassVar[tuple[()]] = ()

    def __new__(cls) -> PingReq: ...
    def replace(self) -> PingReq:
        """An equal packet."""

    def __replace__(self) -> PingReq: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __copy__(self) -> PingReq: ...
    def __deepcopy__(self, memo: Any, /) -> PingReq: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, object]]: ...

@final
class PingResp:
    """A PINGRESP packet: the server's answer to PINGREQ. Immutable."""

    __match_args__: ClassVar[tuple[()]] = ()

    def __new__(cls) -> PingResp: ...
    def replace(self) -> PingResp:
        """An equal packet."""

    def __replace__(self) -> PingResp: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __copy__(self) -> PingResp: ...
    def __deepcopy__(self, memo: Any, /) -> PingResp: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, object]]: ...

class _DisconnectChanges(TypedDict, total=False):
    reason: ReasonCode
    session_expiry_interval: int | None
    reason_string: str | None
    server_reference: str | None
    user_properties: Iterable[tuple[str, str]]

@final
class Disconnect:
    """A DISCONNECT packet: the last one of a connection; in 3.1 and 3.1.1 from clients only.
    Immutable."""

    __match_args__: ClassVar[tuple[str]] = ("reason",)

    def __new__(
        cls,
        reason: ReasonCode = ReasonCode.SUCCESS,
        *,
        session_expiry_interval: int | None = None,
        reason_string: str | None = None,
        server_reference: str | None = None,
        user_properties: Iterable[tuple[str, str]] = (),
    ) -> Disconnect: ...
    @property
    def reason(self) -> ReasonCode:
        """Why; always success in 3.1 and 3.1.1."""

    @property
    def session_expiry_interval(self) -> int | None:
        """Seconds that the session outlives the connection; 4,294,967,295 means for ever."""

    @property
    def reason_string(self) -> str | None:
        """Text for people that says why."""

    @property
    def server_reference(self) -> str | None:
        """Other servers to use, separated by spaces."""

    @property
    def user_properties(self) -> tuple[tuple[str, str], ...]:
        """Names and values, free for the application, in order."""

    def replace(self, **changes: Unpack[_DisconnectChanges]) -> Disconnect:
        """A copy with some values changed."""

    def __replace__(self, **changes: Unpack[_DisconnectChanges]) -> Disconnect: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __copy__(self) -> Disconnect: ...
    def __deepcopy__(self, memo: Any, /) -> Disconnect: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, object]]: ...

class _AuthChanges(TypedDict, total=False):
    reason: ReasonCode
    authentication_method: str | None
    authentication_data: Buffer | None
    reason_string: str | None
    user_properties: Iterable[tuple[str, str]]

@final
class Auth:
    """An AUTH packet: one step of enhanced authentication (5.0). Immutable."""

    __match_args__: ClassVar[tuple[str]] = ("reason",)

    def __new__(
        cls,
        reason: ReasonCode = ReasonCode.SUCCESS,
        *,
        authentication_method: str | None = None,
        authentication_data: Buffer | None = None,
        reason_string: str | None = None,
        user_properties: Iterable[tuple[str, str]] = (),
    ) -> Auth: ...
    @property
    def reason(self) -> ReasonCode:
        """Success, continue, or re-authenticate."""

    @property
    def authentication_method(self) -> str | None:
        """Name of the authentication method."""

    @property
    def authentication_data(self) -> bytes | None:
        """Data of the authentication method. The `repr` shows its length only."""

    @property
    def reason_string(self) -> str | None:
        """Text for people that says why."""

    @property
    def user_properties(self) -> tuple[tuple[str, str], ...]:
        """Names and values, free for the application, in order."""

    def replace(self, **changes: Unpack[_AuthChanges]) -> Auth:
        """A copy with some values changed."""

    def __replace__(self, **changes: Unpack[_AuthChanges]) -> Auth: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __copy__(self) -> Auth: ...
    def __deepcopy__(self, memo: Any, /) -> Auth: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, object]]: ...

class _LimitsChanges(TypedDict, total=False):
    max_packet_size: int
    max_user_properties: int
    max_filters: int
    max_topic_levels: int

@final
class Limits:
    """Bounds on received packets beyond those of the standard. Immutable.

    None of them reserves memory; each only decides when a packet is refused, with `LimitError`. The
    size is judged on the fixed header, before any byte of the body is there.
    """

    __match_args__: ClassVar[tuple[()]] = ()

    def __new__(
        cls,
        *,
        max_packet_size: int = 268435460,
        max_user_properties: int = 64,
        max_filters: int = 512,
        max_topic_levels: int = 200,
    ) -> Limits: ...
    @property
    def max_packet_size(self) -> int:
        """Largest packet in bytes, fixed header included. The default is the protocol's limit."""

    @property
    def max_user_properties(self) -> int:
        """User properties of one packet, or of one will."""

    @property
    def max_filters(self) -> int:
        """Filters in one SUBSCRIBE or UNSUBSCRIBE, and codes in the packets that answer them."""

    @property
    def max_topic_levels(self) -> int:
        """Levels of a topic name or topic filter; a string can have at most 65,536."""

    def replace(self, **changes: Unpack[_LimitsChanges]) -> Limits:
        """A copy with some values changed."""

    def __replace__(self, **changes: Unpack[_LimitsChanges]) -> Limits: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __copy__(self) -> Limits: ...
    def __deepcopy__(self, memo: Any, /) -> Limits: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, object]]: ...

class _StrictnessChanges(TypedDict, total=False):
    allow_non_minimal_varints: bool
    allow_dup_qos0: bool
    allow_long_client_id: bool
    allow_password_without_user_name: bool
    check_payload_format: bool
    reject_control_characters: bool

@final
class Strictness:
    """Switches for what real peers get wrong, and for checks left to the receiver. Immutable.

    All are off by default: what the standard forbids is refused, what it leaves open is accepted.
    """

    __match_args__: ClassVar[tuple[()]] = ()

    def __new__(
        cls,
        *,
        allow_non_minimal_varints: bool = False,
        allow_dup_qos0: bool = False,
        allow_long_client_id: bool = False,
        allow_password_without_user_name: bool = False,
        check_payload_format: bool = False,
        reject_control_characters: bool = False,
    ) -> Strictness: ...
    @property
    def allow_non_minimal_varints(self) -> bool:
        """5.0: accept variable byte integers longer than needed."""

    @property
    def allow_dup_qos0(self) -> bool:
        """Accept DUP 1 on a PUBLISH of QoS 0; the packet then says `dup=True`."""

    @property
    def allow_long_client_id(self) -> bool:
        """3.1: accept client identifiers of more than 23 characters."""

    @property
    def allow_password_without_user_name(self) -> bool:
        """3.1 and 3.1.1: accept a password without a user name."""

    @property
    def check_payload_format(self) -> bool:
        """5.0: refuse a payload that is marked as text and is not well-formed UTF-8. O(payload)."""

    @property
    def reject_control_characters(self) -> bool:
        """Refuse strings with control characters or non-characters, which should not occur."""

    def replace(self, **changes: Unpack[_StrictnessChanges]) -> Strictness:
        """A copy with some values changed."""

    def __replace__(self, **changes: Unpack[_StrictnessChanges]) -> Strictness: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __copy__(self) -> Strictness: ...
    def __deepcopy__(self, memo: Any, /) -> Strictness: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, object]]: ...

# Topics, indexes of them, and what other systems call them.

_K = TypeVar("_K", bound=Hashable)
_V = TypeVar("_V")
_D = TypeVar("_D")
_H = TypeVar("_H")

def matches(filter: str | TopicFilter, topic: str | TopicName) -> bool:
    """True if a message to `topic` is for `filter`.

    A filter given as `str` is read by the rules of 5.0: of a shared subscription, the inner filter
    matches. Takes time in the length of both, whatever the filter.

    Raises TopicError if the filter or the topic is none.
    """

@final
class TopicName:
    """A topic name: what a message is published to. Immutable.

    1 to 65,535 bytes of UTF-8 without U+0000, `+` and `#`. Equality, order and hash are those of
    the text. `str(name)` is the text.

    Raises TopicError for a text that is none.
    """

    __match_args__: ClassVar[tuple[str]] = ("text",)

    def __new__(cls, text: str) -> TopicName: ...
    @property
    def text(self) -> str:
        """The text."""

    @property
    def levels(self) -> tuple[str, ...]:
        """The texts between the slashes, empty ones too."""

    @property
    def starts_with_dollar(self) -> bool:
        """True if the first character is `$`: no filter that begins with a wildcard matches."""

    def __eq__(self, other: object, /) -> bool: ...
    def __lt__(self, other: TopicName, /) -> bool: ...
    def __le__(self, other: TopicName, /) -> bool: ...
    def __gt__(self, other: TopicName, /) -> bool: ...
    def __ge__(self, other: TopicName, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __getnewargs__(self) -> tuple[str]: ...
    def replace(self, *, text: str = ...) -> TopicName:
        """A name with another text."""

    def __replace__(self, *, text: str = ...) -> TopicName: ...

@final
class TopicFilter:
    """A topic filter: what a client subscribes to. Immutable.

    1 to 65,535 bytes of UTF-8 without U+0000. `+` fills one level; `#` is the last level and stands
    for any number of levels, none included. In 5.0, `$share/` *name* `/` *filter* is a shared
    subscription, of which only the inner filter matches; before, `$share/` means nothing.

    Two filters are equal if text and meaning are; order and hash are those of the text.
    `str(filter)` is the text.

    Raises TopicError for a text that is none.
    """

    __match_args__: ClassVar[tuple[str]] = ("text",)

    def __new__(cls, text: str, *, version: Version = Version.V5) -> TopicFilter: ...
    @property
    def text(self) -> str:
        """The whole text: what SUBSCRIBE and UNSUBSCRIBE carry."""

    @property
    def version(self) -> Version:
        """By whose rules the text is read."""

    @property
    def levels(self) -> tuple[str, ...]:
        """The levels of the part that matches, wildcards and empty ones too."""

    @property
    def is_shared(self) -> bool:
        """True for a shared subscription of 5.0."""

    @property
    def share_name(self) -> str | None:
        """The share name of a shared subscription."""

    @property
    def filter(self) -> TopicFilter:
        """The part that matches: the inner filter of a shared subscription, else all of it."""

    @property
    def has_wildcards(self) -> bool:
        """True if the part that matches has `+` or `#`; if not, it matches one name only."""

    @property
    def starts_with_dollar(self) -> bool:
        """True if the part that matches begins with `$`."""

    def matches(self, topic: str | TopicName) -> bool:
        """True if a message to this topic is for this filter."""

    def covers(self, other: str | TopicFilter) -> bool:
        """True if this filter matches every name that `other` matches. Share names play no part."""

    def overlaps(self, other: str | TopicFilter) -> bool:
        """True if there is a name that both filters match. Share names play no part."""

    def __eq__(self, other: object, /) -> bool: ...
    def __lt__(self, other: TopicFilter, /) -> bool: ...
    def __le__(self, other: TopicFilter, /) -> bool: ...
    def __gt__(self, other: TopicFilter, /) -> bool: ...
    def __ge__(self, other: TopicFilter, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, Version]]: ...
    def replace(self, *, text: str = ..., version: Version = ...) -> TopicFilter:
        """A filter with another text, or by other rules."""

    def __replace__(self, *, text: str = ..., version: Version = ...) -> TopicFilter: ...

@final
class SubscriptionTrie(Generic[_K, _V]):
    """Who subscribes to which filter, asked by topic name.

    A subscription is a filter, a key (who: anything that can be hashed) and a value (how). Keys
    that are equal are one key, as in a `dict`; the first of them is kept. The filters of shared
    subscriptions are kept with their share names.

    Matching takes time in the levels of the topic for each way through the wildcards that exist,
    however many filters there are; changing takes time in the levels of the filter. No order
    depends on hashes.

    Whatever `__hash__`, `__eq__` and `__del__` of keys and values do, they see a whole trie and may
    change it; what they raise is raised, and nothing has changed then. Threads may share a trie.

    `max_entries` and `max_levels` bound what may be added: subscriptions, and levels of a filter
    without the share name. None means no bound.

    >>> from mqtt_core import SubscriptionTrie
    >>> trie = SubscriptionTrie()
    >>> trie.insert("site/+/state", "anna", 1)
    True
    >>> trie.insert("site/#", "ben", 0)
    True
    >>> trie.matches("site/7/state")
    [('ben', 0), ('anna', 1)]
    """

    def __new__(
        cls, *, max_entries: int | None = None, max_levels: int | None = None
    ) -> SubscriptionTrie[_K, _V]: ...
    @property
    def max_entries(self) -> int | None:
        """How many subscriptions there may be."""

    @property
    def max_levels(self) -> int | None:
        """How many levels a filter may have."""

    @overload
    def insert(
        self: SubscriptionTrie[_K, _V | None], filter: str | TopicFilter, key: _K
    ) -> bool: ...
    @overload
    def insert(self, filter: str | TopicFilter, key: _K, value: _V) -> bool:
        """Add a subscription, or replace its value. True if it is new.

        Raises TopicError if the filter is none, LimitError if there is no room; a value can be
        replaced in any case.
        """

    def remove(self, filter: str | TopicFilter, key: _K) -> bool:
        """Remove a subscription. True if there was one."""

    def remove_key(self, key: _K) -> int:
        """Remove all subscriptions of a key, and say how many they were."""

    @overload
    def get(self, filter: str | TopicFilter, key: _K) -> _V | None: ...
    @overload
    def get(self, filter: str | TopicFilter, key: _K, default: _D) -> _V | _D:
        """The value of a subscription, or `default` if there is none."""

    def filters(self, key: _K) -> list[str]:
        """The filters that a key subscribes to, sorted."""

    def matches(
        self,
        topic: str | TopicName,
        *,
        strategy: ShareStrategy | None = ShareStrategy.ROUND_ROBIN,
        number: int = 0,
    ) -> list[tuple[_K, _V]]:
        """Who is to get a message to this topic: key and value of each subscription that matches.

        Of each shared subscription that matches, `strategy` chooses one member; `number` is for
        HASH and NUMBER, the lowest 64 bits of any number. With None, shared subscriptions are
        left out; `groups` has them.

        Raises TopicError if the topic is none.
        """

    def iter_matches(
        self,
        topic: str | TopicName,
        *,
        strategy: ShareStrategy | None = ShareStrategy.ROUND_ROBIN,
        number: int = 0,
    ) -> Iterator[tuple[_K, _V]]:
        """What `matches` finds, one by one.

        The trie may change meanwhile: what is in it all the time is found once; what comes or goes
        is found or not.
        """

    def groups(self, topic: str | TopicName) -> list[ShareGroup[_K, _V]]:
        """The shared subscriptions that match: one member of each is to get the message."""

    def count_matches(self, topic: str | TopicName) -> int:
        """How many matches there are, shared subscriptions counted once each."""

    def matches_any(self, topic: str | TopicName) -> bool:
        """True if anybody subscribes to this topic."""

    def entries(self, *, below: str | TopicFilter | None = None) -> list[tuple[str, _K, _V]]:
        """All subscriptions: filter, key and value.

        With `below`, those whose filter begins with these levels; wildcards are levels like others,
        share names play no part.
        """

    def __iter__(self) -> Iterator[tuple[str, _K, _V]]:
        """The subscriptions that there are when the iteration begins."""

    def __len__(self) -> int: ...
    def clear(self) -> None:
        """Remove everything and give the memory back."""

    def shrink_to_fit(self) -> None:
        """Give back what memory is not needed."""

    def __sizeof__(self) -> int:
        """Bytes without keys and values."""
    def __class_getitem__(cls, key: Any) -> GenericAlias: ...

@final
class ShareGroup(Generic[_K, _V]):
    """A shared subscription that matched a topic: see `SubscriptionTrie.groups`."""

    @property
    def filter(self) -> str:
        """The filter, with `$share/` and the share name."""

    @property
    def share_name(self) -> str:
        """The share name."""

    @property
    def members(self) -> tuple[tuple[_K, _V], ...]:
        """Keys and values when the group was found, in the order in which the members joined."""

    def __len__(self) -> int: ...
    def pick(
        self,
        *,
        strategy: ShareStrategy = ShareStrategy.ROUND_ROBIN,
        number: int = 0,
        available: Callable[[_K, _V], object] | None = None,
    ) -> tuple[_K, _V] | None:
        """Choose a member of those that are in the trie now: key and value, or None.

        `available` is asked if the member that is to be chosen can get the message, else the one
        behind it is, and so on. `number` is for HASH and NUMBER, the lowest 64 bits of any number.
        """
    def __class_getitem__(cls, key: Any) -> GenericAlias: ...

@final
class Overlaps(Generic[_K]):
    """Merges subscriptions of one client that match the same message, so that it gets the message
    once: at the highest QoS, with the subscription identifiers of all.

    Shared subscriptions take no part: each sends a message of its own.

    >>> from mqtt_core import Overlaps, QoS
    >>> overlaps = Overlaps()
    >>> overlaps.start("ben")
    >>> overlaps.add("anna", qos=QoS.AT_MOST_ONCE, subscription_id=7)
    >>> overlaps.add("anna", qos=QoS.EXACTLY_ONCE)
    >>> overlaps.add("ben", no_local=True)
    >>> overlaps.deliveries()
    [MergedDelivery('anna', QoS.EXACTLY_ONCE, subscription_ids=(7,))]
    """

    def __new__(cls) -> Overlaps[_K]: ...
    def start(self, publisher: _K | None = None) -> None:
        """Forget the last message and begin the next, of this publisher."""

    def add(
        self,
        key: _K,
        *,
        qos: QoS = QoS.AT_MOST_ONCE,
        no_local: bool = False,
        retain_as_published: bool = False,
        subscription_id: int | None = None,
    ) -> None:
        """Add a subscription that matches; with No Local, not for the publisher."""

    def deliveries(self) -> list[MergedDelivery[_K]]:
        """Who gets the message, in the order in which they were added first."""

    def __iter__(self) -> Iterator[MergedDelivery[_K]]: ...
    def __len__(self) -> int: ...
    def clear(self) -> None:
        """Forget the message, its publisher and all keys."""
    def __class_getitem__(cls, key: Any) -> GenericAlias: ...

@final
class MergedDelivery(Generic[_K]):
    """How one client gets a message: see `Overlaps`. Immutable."""

    __match_args__: ClassVar[tuple[str, str]] = ("key", "qos")

    def __new__(
        cls,
        key: _K,
        qos: QoS = QoS.AT_MOST_ONCE,
        *,
        retain_as_published: bool = False,
        subscription_ids: Iterable[int] = (),
    ) -> MergedDelivery[_K]: ...
    @property
    def key(self) -> _K:
        """The client."""

    @property
    def qos(self) -> QoS:
        """The highest of its subscriptions: the message goes out at this or its own QoS."""

    @property
    def retain_as_published(self) -> bool:
        """One of its subscriptions has Retain As Published."""

    @property
    def subscription_ids(self) -> tuple[int, ...]:
        """The identifiers of all its subscriptions that have one, in the order of adding."""

    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, object]]: ...
    def replace(
        self,
        *,
        key: _K = ...,
        qos: QoS = ...,
        retain_as_published: bool = ...,
        subscription_ids: Iterable[int] = ...,
    ) -> MergedDelivery[_K]:
        """The same but for the fields that are given."""

    def __replace__(
        self,
        *,
        key: _K = ...,
        qos: QoS = ...,
        retain_as_published: bool = ...,
        subscription_ids: Iterable[int] = ...,
    ) -> MergedDelivery[_K]: ...
    def __class_getitem__(cls, key: Any) -> GenericAlias: ...

@final
class RetainedIndex(Generic[_V]):
    """Values by topic name, asked by topic filter: retained messages.

    A lookup does not look at what cannot match. No order depends on hashes. Threads may share an
    index.

    `max_entries` and `max_levels` bound what may be added: names, and levels of a name. None means
    no bound.

    >>> from mqtt_core import RetainedIndex
    >>> index = RetainedIndex()
    >>> index.insert("site/7/state", b"up")
    True
    >>> index.lookup("site/+/state")
    [('site/7/state', b'up')]
    """

    def __new__(
        cls, *, max_entries: int | None = None, max_levels: int | None = None
    ) -> RetainedIndex[_V]: ...
    @property
    def max_entries(self) -> int | None:
        """How many names there may be."""

    @property
    def max_levels(self) -> int | None:
        """How many levels a name may have."""

    def insert(self, name: str | TopicName, value: _V) -> bool:
        """Add a name, or replace its value. True if it is new.

        Raises TopicError if the name is none, LimitError if there is no room; a value can be
        replaced in any case.
        """

    def remove(self, name: str | TopicName) -> bool:
        """Remove a name. True if it was there."""

    @overload
    def get(self, name: str | TopicName) -> _V | None: ...
    @overload
    def get(self, name: str | TopicName, default: _D) -> _V | _D:
        """The value of a name, or `default` if it is not there."""

    def lookup(self, filter: str | TopicFilter) -> list[tuple[str, _V]]:
        """Names that match a filter, with their values; of a shared subscription, its inner filter.

        Raises TopicError if the filter is none.
        """

    def pages(self, filter: str | TopicFilter, size: int = 1000) -> Iterator[list[tuple[str, _V]]]:
        """What `lookup` finds, in lists of up to `size`.

        The index may change meanwhile: a name that was there at the first page, and has not been
        removed since, is found once, with the value that it has then. A name that came later is not
        found.
        """

    def items(self) -> list[tuple[str, _V]]:
        """All names with their values."""

    def __iter__(self) -> Iterator[str]:
        """The names that there are when the iteration begins."""

    def __contains__(self, name: str | TopicName, /) -> bool: ...
    def __len__(self) -> int: ...
    def clear(self) -> None:
        """Remove everything and give the memory back."""

    def shrink_to_fit(self) -> None:
        """Give back what memory is not needed."""

    def __sizeof__(self) -> int:
        """Bytes without values."""
    def __class_getitem__(cls, key: Any) -> GenericAlias: ...

@final
class Router(Generic[_H]):
    """Which handler of a client a message is for, by the topic name.

    A route is a pattern and a handler, which may be anything. Each level of a pattern is one of
    these:

    - text, `+`, or `#` as the last level: as in a filter;
    - `{name}`: subscribes to `+` and captures the level;
    - `{*name}` as the last level: subscribes to `#` and captures all levels that are left, if any
      are.

    `{{` and `}}` stand for the braces themselves. With `$share/group/` in front the subscription is
    shared. `fallback` is the handler of messages that no route matches.

    >>> from mqtt_core import Router
    >>> router = Router()
    >>> router.add("sensors/{room}/temperature", print)
    <Route 'sensors/{room}/temperature'>
    >>> for handler, captures in router.route("sensors/attic/temperature"):
    ...     handler(captures)
    {'room': 'attic'}
    >>> router.filters()
    ['sensors/+/temperature']
    """

    def __new__(cls, *, fallback: _H | None = None) -> Router[_H]: ...
    @property
    def fallback(self) -> _H | None:
        """The handler of messages that no route matches."""

    @fallback.setter
    def fallback(self, handler: _H | None) -> None: ...
    def add(self, pattern: str, handler: _H) -> Route[_H]:
        """Add a route. Others may have the same pattern; it comes behind them.

        Raises TopicError if the pattern is none; the offset is in bytes of the pattern.
        """

    def remove(self, route: Route[_H]) -> bool:
        """Remove a route. True if it was in this router."""

    def route(self, topic: str | TopicName) -> list[tuple[_H, dict[str, str]]]:
        """Handlers and captures of all routes that match, or of the fallback.

        Raises TopicError if the topic is none.
        """

    def most_specific(self, topic: str | TopicName) -> tuple[_H, dict[str, str]] | None:
        """Handler and captures of the route that matches most specifically, or of the fallback.

        The leftmost level that differs decides: text before `+` before `#`.
        """

    def with_filter(self, filter: str | TopicFilter) -> list[Route[_H]]:
        """The routes that subscribe with this filter, in the order of adding."""

    def filters(self) -> list[str]:
        """What to subscribe to: each filter once, in the order of adding."""

    def __iter__(self) -> Iterator[Route[_H]]:
        """The routes that there are when the iteration begins, in the order of adding."""

    def __len__(self) -> int: ...
    def clear(self) -> None:
        """Remove all routes, but not the fallback."""
    def __class_getitem__(cls, key: Any) -> GenericAlias: ...

@final
class Route(Generic[_H]):
    """A route of a `Router`."""

    @property
    def pattern(self) -> str:
        """The pattern, as it was given."""

    @property
    def filter(self) -> str:
        """What to subscribe to."""

    @property
    def handler(self) -> _H:
        """The handler."""

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the captures, in the order of the levels."""
    def __class_getitem__(cls, key: Any) -> GenericAlias: ...

@overload
def to_amqp(topic: str | TopicName | TopicFilter, *, exchange: Literal[False] = False) -> str: ...
@overload
def to_amqp(
    topic: str | TopicName | TopicFilter, *, exchange: Literal[True]
) -> tuple[str, str]: ...
@overload
def to_amqp(
    topic: str | TopicName | TopicFilter, *, exchange: bool = False
) -> str | tuple[str, str]:
    """What AMQP 0-9-1 calls a topic: the routing key of a name, the binding key of a `TopicFilter`.

    `sensors/temperature` is `sensors.temperature`, the filter `sensors/+/#` is `sensors.*.#`. With
    `exchange`, the first level is the exchange: `orders/eu/new` is `("orders", "eu.new")`.

    What maps, maps back, and a filter matches a name if and only if its binding key matches the
    routing key. Raises TopicError, with a kind that begins with `map_`, for what AMQP cannot carry.
    """

def from_amqp(key: str, *, exchange: str | None = None, binding: bool = False) -> str:
    """The topic name of a routing key, or the topic filter of a binding key: `to_amqp` backwards.

    Raises TopicError for what MQTT cannot carry.
    """

def to_kafka(topic: str | TopicName) -> str:
    """The Kafka topic of a topic name: `sensors/temperature` is `sensors.temperature`.

    Raises TopicError for what Kafka cannot carry: 249 of `A-Z a-z 0-9 _ -` and slashes are
    possible.
    """

def from_kafka(topic: str) -> str:
    """The topic name of a Kafka topic: `sensors.temperature` is `sensors/temperature`.

    Raises TopicError for what is no topic of Kafka.
    """

class _QueueLimitsChanges(TypedDict, total=False):
    max_count: int
    max_bytes: int
    max_open_bytes: int
    max_open: int

@final
class QueueLimits:
    """Bounds of the messages that wait to be sent, and of those that are open. Immutable."""

    __match_args__: Final = ()

    def __new__(
        cls,
        *,
        max_count: int = 1000,
        max_bytes: int = 1048576,
        max_open_bytes: int = 4194304,
        max_open: int = 65535,
    ) -> QueueLimits: ...
    @property
    def max_count(self) -> int:
        """Messages that wait."""

    @property
    def max_bytes(self) -> int:
        """Bytes of their packets."""

    @property
    def max_open_bytes(self) -> int:
        """Bytes of packets that were sent and are not acknowledged; beyond, messages of QoS 1 and 2
        wait.
        """

    @property
    def max_open(self) -> int:
        """Messages of QoS 1 and 2 that were sent and are not acknowledged; beyond, or beyond the
        peer's Receive Maximum, further ones wait. Before 5.0 a peer cannot say how many it
        takes.
        """

    def replace(self, **changes: Unpack[_QueueLimitsChanges]) -> QueueLimits:
        """A copy with some values changed."""

    def __replace__(self, **changes: Unpack[_QueueLimitsChanges]) -> QueueLimits: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __copy__(self) -> QueueLimits: ...
    def __deepcopy__(self, memo: Any, /) -> QueueLimits: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, object]]: ...

class _PersistConfigChanges(TypedDict, total=False):
    durability: Durability
    epoch: int
    after: int
    max_ops: int
    max_bytes: int

@final
class PersistConfig:
    """How a session tells a store its changes. Immutable."""

    __match_args__: Final = ("durability",)

    def __new__(
        cls,
        durability: Durability = Durability.OFF,
        *,
        epoch: int = 0,
        after: int = 0,
        max_ops: int = 1024,
        max_bytes: int = 1048576,
    ) -> PersistConfig: ...
    @property
    def durability(self) -> Durability:
        """What is told, and what waits."""

    @property
    def epoch(self) -> int:
        """Which owner of the session this is; later owners have higher numbers. It stands in each
        change, so that a store can refuse those of an owner before.
        """

    @property
    def after(self) -> int:
        """The number of the last change that the store has: a new session counts on from there."""

    @property
    def max_ops(self) -> int:
        """So many changes may wait to be taken; then no more input is read, and no message
        taken."""

    @property
    def max_bytes(self) -> int:
        """The same in bytes of keys and values."""

    def replace(self, **changes: Unpack[_PersistConfigChanges]) -> PersistConfig:
        """A copy with some values changed."""

    def __replace__(self, **changes: Unpack[_PersistConfigChanges]) -> PersistConfig: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __copy__(self) -> PersistConfig: ...
    def __deepcopy__(self, memo: Any, /) -> PersistConfig: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, object]]: ...

class _ClientConfigChanges(TypedDict, total=False):
    version: Version
    connect_timeout: float
    ping_timeout: float
    session_lost: SessionLost
    limits: Limits | None
    strictness: Strictness | None
    ack: AckMode
    queue: QueueLimits | None
    max_output: int
    max_auto_aliases: int
    stats: bool
    persist: PersistConfig | None

@final
class ClientConfig:
    """How a `ClientSession` behaves. What it tells the server is said in `Connect`. Immutable."""

    __match_args__: Final = ()

    def __new__(
        cls,
        *,
        version: Version = Version.V5,
        connect_timeout: float = 30.0,
        ping_timeout: float = 10.0,
        session_lost: SessionLost = SessionLost.DROP,
        limits: Limits | None = None,
        strictness: Strictness | None = None,
        ack: AckMode = AckMode.AUTO,
        queue: QueueLimits | None = None,
        max_output: int = 262144,
        max_auto_aliases: int = 0,
        stats: bool = True,
        persist: PersistConfig | None = None,
    ) -> ClientConfig: ...
    @property
    def version(self) -> Version:
        """The version that is spoken."""

    @property
    def connect_timeout(self) -> float:
        """How long to wait for CONNACK, and in an authentication for the next step, in seconds."""

    @property
    def ping_timeout(self) -> float:
        """How long the server may be silent after a PINGREQ, in seconds."""

    @property
    def session_lost(self) -> SessionLost:
        """What becomes of open messages when the server has lost the session."""

    @property
    def limits(self) -> Limits | None:
        """What the peer may send. None: the default `Limits`, but packets of at most 1 MiB."""

    @property
    def strictness(self) -> Strictness | None:
        """Deviations of the peer that are accepted. None: none."""

    @property
    def ack(self) -> AckMode:
        """Who acknowledges messages."""

    @property
    def queue(self) -> QueueLimits | None:
        """How many messages may wait and be open. None: the defaults."""

    @property
    def max_output(self) -> int:
        """So many bytes may have been written and not be sent; then messages wait, and no more
        input is read.
        """

    @property
    def max_auto_aliases(self) -> int:
        """Topic aliases that are chosen for messages, at most, if the peer takes that many
        (5.0)."""

    @property
    def stats(self) -> bool:
        """Count what happens: see `Stats`."""

    @property
    def persist(self) -> PersistConfig | None:
        """What is told of changes of what outlives a connection. None: nothing."""

    def replace(self, **changes: Unpack[_ClientConfigChanges]) -> ClientConfig:
        """A copy with some values changed."""

    def __replace__(self, **changes: Unpack[_ClientConfigChanges]) -> ClientConfig: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __copy__(self) -> ClientConfig: ...
    def __deepcopy__(self, memo: Any, /) -> ClientConfig: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, object]]: ...

class _ServerConfigChanges(TypedDict, total=False):
    connect_timeout: float
    max_connect_size: int
    limits: Limits | None
    strictness: Strictness | None
    ack: AckMode
    queue: QueueLimits | None
    max_output: int
    max_auto_aliases: int
    stats: bool
    persist: PersistConfig | None

@final
class ServerConfig:
    """How a `ServerSession` behaves. What it tells the client is said in `ConnAck`. Immutable."""

    __match_args__: Final = ()

    def __new__(
        cls,
        *,
        connect_timeout: float = 30.0,
        max_connect_size: int = 131072,
        limits: Limits | None = None,
        strictness: Strictness | None = None,
        ack: AckMode = AckMode.AUTO,
        queue: QueueLimits | None = None,
        max_output: int = 262144,
        max_auto_aliases: int = 0,
        stats: bool = False,
        persist: PersistConfig | None = None,
    ) -> ServerConfig: ...
    @property
    def connect_timeout(self) -> float:
        """How long to wait for CONNECT, and in an authentication for the next step, in seconds."""

    @property
    def max_connect_size(self) -> int:
        """Largest CONNECT in bytes."""

    @property
    def limits(self) -> Limits | None:
        """What the peer may send. None: the default `Limits`, but packets of at most 1 MiB."""

    @property
    def strictness(self) -> Strictness | None:
        """Deviations of the peer that are accepted. None: none."""

    @property
    def ack(self) -> AckMode:
        """Who acknowledges messages."""

    @property
    def queue(self) -> QueueLimits | None:
        """How many messages may wait and be open. None: the defaults."""

    @property
    def max_output(self) -> int:
        """So many bytes may have been written and not be sent; then messages wait, and no more
        input is read.
        """

    @property
    def max_auto_aliases(self) -> int:
        """Topic aliases that are chosen for messages, at most, if the peer takes that many
        (5.0)."""

    @property
    def stats(self) -> bool:
        """Count what happens: see `Stats`."""

    @property
    def persist(self) -> PersistConfig | None:
        """What is told of changes of what outlives a connection. None: nothing."""

    def replace(self, **changes: Unpack[_ServerConfigChanges]) -> ServerConfig:
        """A copy with some values changed."""

    def __replace__(self, **changes: Unpack[_ServerConfigChanges]) -> ServerConfig: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __copy__(self) -> ServerConfig: ...
    def __deepcopy__(self, memo: Any, /) -> ServerConfig: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, object]]: ...

class _TrafficChanges(TypedDict, total=False):
    messages: tuple[int, int, int]
    bytes: tuple[int, int, int]

@final
class Traffic:
    """Messages of one direction, by QoS. Immutable."""

    __match_args__: Final = ("messages", "bytes")

    def __new__(
        cls,
        *,
        messages: tuple[int, int, int] = (0, 0, 0),
        bytes: tuple[int, int, int] = (0, 0, 0),
    ) -> Traffic: ...
    @property
    def messages(self) -> tuple[int, int, int]:
        """How many, of QoS 0, 1 and 2."""

    @property
    def bytes(self) -> tuple[int, int, int]:
        """Bytes of their packets, of QoS 0, 1 and 2."""

    def replace(self, **changes: Unpack[_TrafficChanges]) -> Traffic:
        """A copy with some values changed."""

    def __replace__(self, **changes: Unpack[_TrafficChanges]) -> Traffic: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __copy__(self) -> Traffic: ...
    def __deepcopy__(self, memo: Any, /) -> Traffic: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, object]]: ...

class _SpreadChanges(TypedDict, total=False):
    min: int
    max: int
    sum: int
    count: int

@final
class Spread:
    """The least, the most and the average of some numbers. Immutable."""

    __match_args__: Final = ("min", "max", "sum", "count")

    def __new__(
        cls,
        *,
        min: int = 0,
        max: int = 0,
        sum: int = 0,
        count: int = 0,
    ) -> Spread: ...
    @property
    def min(self) -> int:
        """The least; 0 if there are none."""

    @property
    def max(self) -> int:
        """The most."""

    @property
    def sum(self) -> int:
        """All added up."""

    @property
    def count(self) -> int:
        """How many there are."""

    @property
    def average(self) -> float | None:
        """The average; None if there are none."""

    def replace(self, **changes: Unpack[_SpreadChanges]) -> Spread:
        """A copy with some values changed."""

    def __replace__(self, **changes: Unpack[_SpreadChanges]) -> Spread: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __copy__(self) -> Spread: ...
    def __deepcopy__(self, memo: Any, /) -> Spread: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, object]]: ...

class _StatsChanges(TypedDict, total=False):
    sent: Traffic
    received: Traffic
    connects: int
    disconnects: int
    errors: int
    in_flight: int
    queued: int
    queued_bytes: int
    latency: Spread
    batch: Spread
    since: float
    until: float

@final
class Stats:
    """What a session has done since it was made or its numbers were reset. Immutable."""

    __match_args__: Final = ()

    def __new__(
        cls,
        *,
        sent: Traffic = Traffic(),
        received: Traffic = Traffic(),
        connects: int = 0,
        disconnects: int = 0,
        errors: int = 0,
        in_flight: int = 0,
        queued: int = 0,
        queued_bytes: int = 0,
        latency: Spread = Spread(),
        batch: Spread = Spread(),
        since: float = 0.0,
        until: float = 0.0,
    ) -> Stats: ...
    @property
    def sent(self) -> Traffic:
        """Messages of this side, each time they were written."""

    @property
    def received(self) -> Traffic:
        """Messages of the peer, each time they came."""

    @property
    def connects(self) -> int:
        """Connections that came as far as CONNACK."""

    @property
    def disconnects(self) -> int:
        """Connections that have ended, of those."""

    @property
    def errors(self) -> int:
        """Connections that a fault or a silence of the peer has ended, messages that it has
        refused, and messages that were dropped.
        """

    @property
    def in_flight(self) -> int:
        """Messages that are sent and not done, now."""

    @property
    def queued(self) -> int:
        """Messages that wait to be sent, now."""

    @property
    def queued_bytes(self) -> int:
        """Bytes of their packets, now."""

    @property
    def latency(self) -> Spread:
        """How long messages of the peer waited to be taken, in milliseconds."""

    @property
    def batch(self) -> Spread:
        """How many messages came with one input."""

    @property
    def since(self) -> float:
        """Since when it is counted: seconds of the caller's clock."""

    @property
    def until(self) -> float:
        """Until when it is counted."""

    @property
    def messages(self) -> int:
        """Messages of both directions."""

    @property
    def messages_per_second(self) -> float:
        """Messages of both directions in a second; 0 if no time has passed."""

    @property
    def error_rate_percent(self) -> float:
        """Errors among messages and errors, in percent; 0 if there is neither."""

    def to_prometheus(self, labels: str = "") -> str:
        """The numbers as Prometheus reads them. `labels` go with each, as in `client="7"`."""

    def replace(self, **changes: Unpack[_StatsChanges]) -> Stats:
        """A copy with some values changed."""

    def __replace__(self, **changes: Unpack[_StatsChanges]) -> Stats: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __copy__(self) -> Stats: ...
    def __deepcopy__(self, memo: Any, /) -> Stats: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, object]]: ...

class _ConnectedChanges(TypedDict, total=False):
    connack: ConnAck
    session: SessionStart
    dropped: int

@final
class Connected:
    """Client: the server has accepted the CONNECT. Immutable."""

    __match_args__: Final = ("connack", "session")

    def __new__(
        cls,
        connack: ConnAck,
        session: SessionStart = SessionStart.NEW,
        *,
        dropped: int = 0,
    ) -> Connected: ...
    @property
    def connack(self) -> ConnAck:
        """Its answer, with its limits and what it assigns."""

    @property
    def session(self) -> SessionStart:
        """What became of the session of before."""

    @property
    def dropped(self) -> int:
        """With `SessionStart.LOST`: how many open messages that concerns."""

    def replace(self, **changes: Unpack[_ConnectedChanges]) -> Connected:
        """A copy with some values changed."""

    def __replace__(self, **changes: Unpack[_ConnectedChanges]) -> Connected: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __copy__(self) -> Connected: ...
    def __deepcopy__(self, memo: Any, /) -> Connected: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, object]]: ...

class _MessageChanges(TypedDict, total=False):
    publish: Publish
    ack: int | None
    seq: int | None

@final
class Message:
    """A message has come. Immutable."""

    __match_args__: Final = ("publish", "ack")

    def __new__(
        cls,
        publish: Publish,
        ack: int | None = None,
        *,
        seq: int | None = None,
    ) -> Message: ...
    @property
    def publish(self) -> Publish:
        """The message. Its topic is never an alias, and there is none among its properties."""

    @property
    def ack(self) -> int | None:
        """What `ack` of the session acknowledges it with; None if it is acknowledged already, or
        QoS 0.
        """

    @property
    def seq(self) -> int | None:
        """The change that its acknowledgement waits for, if the session gives it and changes are
        told: what is made of the message is to be safe before this number is reported
        `persisted`.
        """

    def replace(self, **changes: Unpack[_MessageChanges]) -> Message:
        """A copy with some values changed."""

    def __replace__(self, **changes: Unpack[_MessageChanges]) -> Message: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __copy__(self) -> Message: ...
    def __deepcopy__(self, memo: Any, /) -> Message: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, object]]: ...

class _PublishedChanges(TypedDict, total=False):
    token: int
    reason: ReasonCode
    packet_id: int
    reason_string: str | None
    user_properties: Iterable[tuple[str, str]]

@final
class Published:
    """A message of QoS 1 or 2 is done: the peer has it, or has refused it. Immutable."""

    __match_args__: Final = ("token", "reason")

    def __new__(
        cls,
        token: int,
        reason: ReasonCode = ReasonCode.SUCCESS,
        *,
        packet_id: int,
        reason_string: str | None = None,
        user_properties: Iterable[tuple[str, str]] = (),
    ) -> Published: ...
    @property
    def token(self) -> int:
        """What `publish` or `deliver` gave for it."""

    @property
    def reason(self) -> ReasonCode:
        """The code of PUBACK or PUBREC; from 0x80 on the peer has refused it."""

    @property
    def packet_id(self) -> int:
        """Its packet identifier, which is free now."""

    @property
    def reason_string(self) -> str | None:
        """For people, of the packet that says it."""

    @property
    def user_properties(self) -> tuple[tuple[str, str], ...]:
        """Names and values, free for the application, in order."""

    def replace(self, **changes: Unpack[_PublishedChanges]) -> Published:
        """A copy with some values changed."""

    def __replace__(self, **changes: Unpack[_PublishedChanges]) -> Published: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __copy__(self) -> Published: ...
    def __deepcopy__(self, memo: Any, /) -> Published: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, object]]: ...

class _DroppedChanges(TypedDict, total=False):
    token: int
    why: DropReason

@final
class Dropped:
    """A message is gone without having been delivered for certain. Immutable."""

    __match_args__: Final = ("token", "why")

    def __new__(
        cls,
        token: int,
        why: DropReason,
    ) -> Dropped: ...
    @property
    def token(self) -> int:
        """What `publish` or `deliver` gave for it."""

    @property
    def why(self) -> DropReason:
        """Why."""

    def replace(self, **changes: Unpack[_DroppedChanges]) -> Dropped:
        """A copy with some values changed."""

    def __replace__(self, **changes: Unpack[_DroppedChanges]) -> Dropped: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __copy__(self) -> Dropped: ...
    def __deepcopy__(self, memo: Any, /) -> Dropped: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, object]]: ...

class _FencedChanges(TypedDict, total=False):
    epoch: int

@final
class Fenced:
    """Another owner has the session, as `fenced` of the session was told. Immutable."""

    __match_args__: Final = ("epoch",)

    def __new__(
        cls,
        epoch: int,
    ) -> Fenced: ...
    @property
    def epoch(self) -> int:
        """The epoch of the other."""

    def replace(self, **changes: Unpack[_FencedChanges]) -> Fenced:
        """A copy with some values changed."""

    def __replace__(self, **changes: Unpack[_FencedChanges]) -> Fenced: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __copy__(self) -> Fenced: ...
    def __deepcopy__(self, memo: Any, /) -> Fenced: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, object]]: ...

@final
class Writable:
    """There is room again for what was turned away with `WouldBlock`. Immutable."""

    __match_args__: Final = ()

    def __new__(cls) -> Writable: ...
    def replace(self, **changes: object) -> Writable:
        """An equal value: there is nothing to change."""

    def __replace__(self, **changes: object) -> Writable: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __copy__(self) -> Writable: ...
    def __deepcopy__(self, memo: Any, /) -> Writable: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, object]]: ...

class _SubscribedChanges(TypedDict, total=False):
    token: int
    reasons: Iterable[ReasonCode]
    packet_id: int
    reason_string: str | None
    user_properties: Iterable[tuple[str, str]]

@final
class Subscribed:
    """Client: SUBSCRIBE is answered. Immutable."""

    __match_args__: Final = ("token", "reasons")

    def __new__(
        cls,
        token: int,
        reasons: Iterable[ReasonCode],
        *,
        packet_id: int,
        reason_string: str | None = None,
        user_properties: Iterable[tuple[str, str]] = (),
    ) -> Subscribed: ...
    @property
    def token(self) -> int:
        """What `subscribe` gave for it."""

    @property
    def reasons(self) -> tuple[ReasonCode, ...]:
        """One code for each filter, in their order."""

    @property
    def packet_id(self) -> int:
        """Its packet identifier, which is free now."""

    @property
    def reason_string(self) -> str | None:
        """For people, of the packet that says it."""

    @property
    def user_properties(self) -> tuple[tuple[str, str], ...]:
        """Names and values, free for the application, in order."""

    def replace(self, **changes: Unpack[_SubscribedChanges]) -> Subscribed:
        """A copy with some values changed."""

    def __replace__(self, **changes: Unpack[_SubscribedChanges]) -> Subscribed: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __copy__(self) -> Subscribed: ...
    def __deepcopy__(self, memo: Any, /) -> Subscribed: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, object]]: ...

class _UnsubscribedChanges(TypedDict, total=False):
    token: int
    reasons: Iterable[ReasonCode]
    packet_id: int
    reason_string: str | None
    user_properties: Iterable[tuple[str, str]]

@final
class Unsubscribed:
    """Client: UNSUBSCRIBE is answered. Immutable."""

    __match_args__: Final = ("token", "reasons")

    def __new__(
        cls,
        token: int,
        reasons: Iterable[ReasonCode] = (),
        *,
        packet_id: int,
        reason_string: str | None = None,
        user_properties: Iterable[tuple[str, str]] = (),
    ) -> Unsubscribed: ...
    @property
    def token(self) -> int:
        """What `unsubscribe` gave for it."""

    @property
    def reasons(self) -> tuple[ReasonCode, ...]:
        """5.0: one code for each filter, in their order. None before."""

    @property
    def packet_id(self) -> int:
        """Its packet identifier, which is free now."""

    @property
    def reason_string(self) -> str | None:
        """For people, of the packet that says it."""

    @property
    def user_properties(self) -> tuple[tuple[str, str], ...]:
        """Names and values, free for the application, in order."""

    def replace(self, **changes: Unpack[_UnsubscribedChanges]) -> Unsubscribed:
        """A copy with some values changed."""

    def __replace__(self, **changes: Unpack[_UnsubscribedChanges]) -> Unsubscribed: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __copy__(self) -> Unsubscribed: ...
    def __deepcopy__(self, memo: Any, /) -> Unsubscribed: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, object]]: ...

class _ClosedChanges(TypedDict, total=False):
    cause: CloseCause
    reason: ReasonCode | None
    packet: Disconnect | ConnAck | None
    timer: Timer | None
    kind: str | None
    message: str | None
    offset: int | None
    clause: str | None
    packet_type: PacketType | None

@final
class Closed:
    """The connection is over: the last event of it. Immutable.

    What is still to be sent goes out before the transport is closed.
    """

    __match_args__: Final = ("cause", "reason")

    def __new__(
        cls,
        cause: CloseCause,
        reason: ReasonCode | None = None,
        *,
        packet: Disconnect | ConnAck | None = None,
        timer: Timer | None = None,
        kind: str | None = None,
        message: str | None = None,
        offset: int | None = None,
        clause: str | None = None,
        packet_type: PacketType | None = None,
    ) -> Closed: ...
    @property
    def cause(self) -> CloseCause:
        """Why."""

    @property
    def reason(self) -> ReasonCode | None:
        """The code of the peer's DISCONNECT or CONNACK, or the one that answers its fault; None if
        there is none.
        """

    @property
    def packet(self) -> Disconnect | ConnAck | None:
        """With `DISCONNECT` and `REFUSED`: the packet of the peer."""

    @property
    def timer(self) -> Timer | None:
        """With `TIMEOUT`: what did not come in time."""

    @property
    def kind(self) -> str | None:
        """With `MALFORMED` and `VIOLATION`: what is wrong, in snake_case, as `"publish_qos"`."""

    @property
    def message(self) -> str | None:
        """With `MALFORMED`: the fault in words."""

    @property
    def offset(self) -> int | None:
        """With `MALFORMED`: where, in bytes from the first byte of the packet."""

    @property
    def clause(self) -> str | None:
        """With `MALFORMED`: the statement of the standard that is broken."""

    @property
    def packet_type(self) -> PacketType | None:
        """In which packet, if that is known."""

    @property
    def is_fault(self) -> bool:
        """True if the peer did something wrong, or nothing at all."""

    def replace(self, **changes: Unpack[_ClosedChanges]) -> Closed:
        """A copy with some values changed."""

    def __replace__(self, **changes: Unpack[_ClosedChanges]) -> Closed: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __copy__(self) -> Closed: ...
    def __deepcopy__(self, memo: Any, /) -> Closed: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, object]]: ...

class _PersistOpChanges(TypedDict, total=False):
    kind: PersistKind
    key: Buffer
    value: Buffer
    seq: int
    epoch: int

@final
class PersistOp:
    """One change of what a store keeps of a session. Immutable."""

    __match_args__: Final = ("kind", "key", "value")

    def __new__(
        cls,
        kind: PersistKind,
        key: Buffer = b"",
        value: Buffer = b"",
        *,
        seq: int,
        epoch: int = 0,
    ) -> PersistOp: ...
    @property
    def kind(self) -> PersistKind:
        """What changes."""

    @property
    def key(self) -> bytes:
        """The key; empty with `CLEAR` and `MARK`."""

    @property
    def value(self) -> bytes:
        """The value, with `PUT`."""

    @property
    def seq(self) -> int:
        """Its number: each is one more than the one before, also over restarts."""

    @property
    def epoch(self) -> int:
        """That of the owner: see `PersistConfig`."""

    def to_journal(self) -> bytes:
        """An entry of a journal, with a checksum."""

    def replace(self, **changes: Unpack[_PersistOpChanges]) -> PersistOp:
        """A copy with some values changed."""

    def __replace__(self, **changes: Unpack[_PersistOpChanges]) -> PersistOp: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __copy__(self) -> PersistOp: ...
    def __deepcopy__(self, memo: Any, /) -> PersistOp: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, object]]: ...

@final
class SessionState:
    """What outlives a connection, for the session that goes on with it. It is of use once.

    Made by `into_state` of a session, or from what a store has by `restore`.
    """

    @staticmethod
    def restore(
        snapshot: Buffer | None = None,
        *,
        rows: Iterable[tuple[Buffer, Buffer]] = (),
        at: tuple[int, int] | None = None,
        ops: Iterable[PersistOp] = (),
        skip_unknown: bool = False,
    ) -> SessionState | None:
        """The session that a store gives back; None if it has none, or had one that has ended.

        A store has a snapshot, or rows of keys and values in any order, of which `at` is the epoch
        and the number of the last change; and the changes after them. `skip_unknown` skips rows of
        kinds that a newer version has made: what it has stored with them is lost.

        Raises PersistenceError if they cannot be used. O(rows).
        """

    @property
    def open_messages(self) -> int:
        """Messages that were sent and are not done; 0 once a session goes on with the state."""

    @property
    def queued_messages(self) -> int:
        """Messages that wait to be sent; 0 once a session goes on with the state."""

    @property
    def wants_clean_start(self) -> bool:
        """True if the next connection of a client is to ask for a Clean Start.

        The server's session may be another one than this: the client has asked for a Clean Start,
        and the answer is not in the store, or it has never been connected. Messages that wait are
        sent in the new session. False once a session goes on with the state.
        """

@final
class ClientEvents:
    """The events of a session, up to the last that there is now."""

    def __iter__(self) -> ClientEvents: ...
    def __next__(self) -> ClientEvent: ...

@final
class ClientSession:
    """The client's side of a session, over any number of connections.

    It does no I/O and has no clock: bytes go in by `receive_data` and out by `data_to_send`, and
    `now` is what `time.monotonic()` gives, in seconds. Messages that wait or are open outlive a
    connection. `state` goes on with that of another session; ask for it without Clean Start.

    Faults of the server are `Closed` events. Several threads may use it, one call at a time.
    """

    def __new__(
        cls, config: ClientConfig | None = None, *, state: SessionState | None = None
    ) -> ClientSession: ...
    def connect(self, connect: Connect, *, now: float) -> None:
        """Begin a connection: the transport is up, and CONNECT is the first packet on it.

        The Maximum Packet Size of the configuration is added to it (5.0).

        Raises LocalProtocolError: `"connected"`; `"not_allowed"` for another version than that of
        the configuration, or while events of the last connection wait; `"fenced"`.
        """

    def publish(
        self,
        topic: str | Publish,
        payload: Buffer = b"",
        *,
        qos: QoS = QoS.AT_MOST_ONCE,
        retain: bool = False,
        payload_format_indicator: int | None = None,
        message_expiry_interval: int | None = None,
        content_type: str | None = None,
        response_topic: str | None = None,
        correlation_data: Buffer | None = None,
        topic_alias: int | None = None,
        user_properties: Iterable[tuple[str, str]] = (),
        token: int | None = None,
        when_full: WhenFull = WhenFull.QUEUE,
        now: float,
    ) -> int:
        """Send a message: its topic and what else it has, or a `Publish` that has it all.

        Gives the number that comes back with `Published` or `Dropped`: `token`, or the next one of
        the session. Numbers begin above `epoch << 32`, so that those of a restored session do not
        come twice if each owner has a higher epoch.

        Before the connection is up it waits in the queue. Its packet identifier and DUP are the
        session's. A payload of 2 KiB and more that is `bytes` is not copied.

        Raises WouldBlock if there is no room, also not as `when_full` says; LimitError for a packet
        that is larger than the peer takes; LocalProtocolError for what the peer or the standard
        does not allow. Then nothing has changed.
        """

    def publish_all(
        self, messages: Iterable[Publish], *, when_full: WhenFull = WhenFull.QUEUE, now: float
    ) -> list[int]:
        """Send messages in order, up to the first that is refused; gives the numbers of the others.

        If the first of all is refused, raises what `publish` raises.
        """

    def subscribe(
        self,
        subscriptions: Iterable[Subscription],
        *,
        subscription_identifier: int | None = None,
        user_properties: Iterable[tuple[str, str]] = (),
        token: int | None = None,
        now: float,
    ) -> int:
        """Subscribe; gives the number that comes back with `Subscribed`.

        Raises LocalProtocolError: `"not_connected"`, `"quiescing"`, `"not_supported"` for what the
        server does not take; WouldBlock; LimitError.
        """

    def unsubscribe(
        self,
        filters: Iterable[str],
        *,
        user_properties: Iterable[tuple[str, str]] = (),
        token: int | None = None,
        now: float,
    ) -> int:
        """Unsubscribe; gives the number that comes back with `Unsubscribed`.

        Raises what `subscribe` raises.
        """

    def receive_data(self, data: Buffer, *, now: float) -> int:
        """Take bytes of the server; gives how many.

        If they are fewer than there are, the session is full: take its events, send what is to be
        sent, and hand in the rest again. Never fails for what the peer does. After the end of the
        connection all are taken, and ignored.
        """

    @property
    def wants_input(self) -> int:
        """How many bytes `receive_data` would take at least: 0 means to wait with reading."""

    def receive_eof(self, *, now: float) -> None:
        """The transport has come to its end. What came before is reported before `Closed`."""

    def handle_timeout(self, now: float) -> None:
        """Do what is due by now; nothing, if nothing is."""

    def next_timeout(self) -> float | None:
        """When `handle_timeout` is to be called, as things stand: a time of the caller's clock."""

    def next_timer(self) -> Timer | None:
        """Why that deadline is there."""

    def next_event(self) -> ClientEvent | None:
        """What has happened next; None if there is nothing more now.

        Packets are read here, and answers written: take all events, then send.
        """

    def events(self) -> ClientEvents:
        """An iterator over `next_event`, up to the last event that there is now."""

    def data_to_send(self, max_bytes: int | None = None) -> bytes:
        """What is to be sent, up to `max_bytes`, which is given out once. Empty: nothing now.

        When it has been sent there may be more: call it until there is nothing.
        """

    @property
    def is_connected(self) -> bool:
        """True between CONNACK and the end of the connection."""

    def ack(self, token: int, reason: ReasonCode = ReasonCode.SUCCESS, *, now: float) -> None:
        """Acknowledge a message by the `ack` of its event, in any order.

        What is sent keeps the order of the messages. One of QoS 2 can be acknowledged after its
        connection too. Raises LocalProtocolError: `"unknown_token"` if its connection is over, or
        it is acknowledged already; `"not_allowed"` for a code that this side may not send.
        """

    def auth(self, auth: Auth, *, now: float) -> None:
        """Send a step of an enhanced authentication (5.0).

        Raises LocalProtocolError if it is not this side's turn, or another method.
        """

    def disconnect(self, disconnect: Disconnect | None = None, *, now: float) -> None:
        """End the connection: `Closed` follows, and the transport is closed when all is sent.

        Raises LocalProtocolError if there is no connection, or this side may not say that.
        """

    def quiesce(self, disconnect: Disconnect | None = None, *, now: float) -> None:
        """Take no more messages, and disconnect when the open ones are done.

        Raises LocalProtocolError if there is no connection, or this side may not say that.
        """

    @property
    def heap_bytes(self) -> int:
        """Bytes of memory that it has, beside those of Python objects. O(messages)."""

    def shrink_to_fit(self) -> None:
        """Give back memory that is not needed now."""

    def stats(self) -> Stats | None:
        """What the session has done; None if that is not counted."""

    def stats_and_reset(self, *, now: float) -> Stats | None:
        """The same, and begin to count anew."""

    def set_unix_time(self, unix_time: float, *, now: float) -> None:
        """Tell what time of the world it is, in seconds since 1970, as `time.time()` gives it.

        At the beginning, after a state was restored, and whenever the caller likes. Only what is
        stored has such times; no timer depends on them.
        """

    def next_persist_op(self) -> PersistOp | None:
        """The next change that a store is to keep; None if there is none now. Each comes once."""

    def persist_ops(self) -> list[PersistOp]:
        """All changes that a store is to keep, and that were not given out before."""

    def persisted(self, seq: int, *, now: float) -> None:
        """Say that all changes up to this number are safe: what waited for them is sent.

        Numbers that have not been given out are not believed.
        """

    @property
    def persist_seq(self) -> int:
        """The number of the last change; 0 if there was none."""

    def fenced(self, epoch: int, *, now: float) -> None:
        """Say that the store has refused a change: another owner, of this epoch, has the session.

        The connection ends, and nothing that was held back is sent.
        """

    def snapshot(self) -> bytes:
        """All that outlives the connection, for `SessionState.restore`. O(messages).

        The session may go on: the changes after it, from `persist_ops`, can be applied to it.
        """

    def into_state(self) -> SessionState:
        """Take what outlives the connection out of the session, which is of no use then.

        Events that were not taken are lost, and what was not sent.
        """

@final
class ServerEvents:
    """The events of a session, up to the last that there is now."""

    def __iter__(self) -> ServerEvents: ...
    def __next__(self) -> ServerEvent: ...

@final
class ServerSession:
    """The server's side of one connection, with the state of its session.

    It does no I/O and has no clock: bytes go in by `receive_data` and out by `data_to_send`, and
    `now` is what `time.monotonic()` gives, in seconds. Who may connect, who gets which message, and
    where sessions are kept between connections is the caller's.

    Faults of the client are `Closed` events. Several threads may use it, one call at a time.
    """

    def __new__(cls, config: ServerConfig | None = None, *, now: float) -> ServerSession: ...
    def accept(
        self, connack: ConnAck | None = None, *, state: SessionState | None = None, now: float
    ) -> None:
        """Answer a `Connect`: accept it, and go on with the state of its session, if there is one.

        `session_present` of the CONNACK says whether there is; without a CONNACK it is made so.

        Raises LocalProtocolError if there is nothing to accept or the CONNACK does not fit; then
        the state is still good.
        """

    def refuse(self, connack: ConnAck, *, now: float) -> None:
        """Answer a `Connect`: refuse it. `Closed` follows.

        Raises LocalProtocolError if there is nothing to refuse, or for a code of success.
        """

    def deliver(
        self,
        topic: str | Publish,
        payload: Buffer = b"",
        *,
        qos: QoS = QoS.AT_MOST_ONCE,
        retain: bool = False,
        payload_format_indicator: int | None = None,
        message_expiry_interval: int | None = None,
        content_type: str | None = None,
        response_topic: str | None = None,
        correlation_data: Buffer | None = None,
        subscription_identifiers: Iterable[int] = (),
        topic_alias: int | None = None,
        user_properties: Iterable[tuple[str, str]] = (),
        token: int | None = None,
        when_full: WhenFull = WhenFull.QUEUE,
        now: float,
    ) -> int:
        """Send a message: its topic and what else it has, or a `Publish` that has it all.

        Gives the number that comes back with `Published` or `Dropped`: `token`, or the next one of
        the session. Numbers begin above `epoch << 32`, so that those of a restored session do not
        come twice if each owner has a higher epoch.

        Before the connection is up it waits in the queue. Its packet identifier and DUP are the
        session's. A payload of 2 KiB and more that is `bytes` is not copied.

        Raises WouldBlock if there is no room, also not as `when_full` says; LimitError for a packet
        that is larger than the peer takes; LocalProtocolError for what the peer or the standard
        does not allow. Then nothing has changed.
        """

    def deliver_all(
        self, messages: Iterable[Publish], *, when_full: WhenFull = WhenFull.QUEUE, now: float
    ) -> list[int]:
        """Send messages in order, up to the first that is refused; gives the numbers of the others.

        If the first of all is refused, raises what `deliver` raises.
        """

    def suback(self, suback: SubAck, *, now: float) -> None:
        """Answer a `Subscribe`: one code for each filter.

        Raises LocalProtocolError: `"unknown_token"` if no SUBSCRIBE of this identifier waits;
        `"not_allowed"` for another number of codes, or more than was asked for.
        """

    def unsuback(self, unsuback: UnsubAck, *, now: float) -> None:
        """Answer an `Unsubscribe`: one code for each filter (5.0).

        Raises what `suback` raises.
        """

    def take_over(self, *, now: float) -> None:
        """End the connection, because another one has taken over the session.

        Raises LocalProtocolError if there is no connection.
        """

    @property
    def will(self) -> Will | None:
        """What is to be published for the client if the connection has ended now."""

    @property
    def will_delay(self) -> int:
        """After how many seconds the will is to be published."""

    @property
    def session_expiry(self) -> int:
        """For how many seconds the session is kept after the connection; 0xFFFFFFFF is for ever."""

    def persist_after(self, seq: int) -> None:
        """Say which change was the last that the store has of this client; before `accept`."""

    def receive_data(self, data: Buffer, *, now: float) -> int:
        """Take bytes of the client; gives how many.

        If they are fewer than there are, the session is full: take its events, send what is to be
        sent, and hand in the rest again. Never fails for what the peer does. After the end of the
        connection all are taken, and ignored.
        """

    @property
    def wants_input(self) -> int:
        """How many bytes `receive_data` would take at least: 0 means to wait with reading."""

    def receive_eof(self, *, now: float) -> None:
        """The transport has come to its end. What came before is reported before `Closed`."""

    def handle_timeout(self, now: float) -> None:
        """Do what is due by now; nothing, if nothing is."""

    def next_timeout(self) -> float | None:
        """When `handle_timeout` is to be called, as things stand: a time of the caller's clock."""

    def next_timer(self) -> Timer | None:
        """Why that deadline is there."""

    def next_event(self) -> ServerEvent | None:
        """What has happened next; None if there is nothing more now.

        Packets are read here, and answers written: take all events, then send.
        """

    def events(self) -> ServerEvents:
        """An iterator over `next_event`, up to the last event that there is now."""

    def data_to_send(self, max_bytes: int | None = None) -> bytes:
        """What is to be sent, up to `max_bytes`, which is given out once. Empty: nothing now.

        When it has been sent there may be more: call it until there is nothing.
        """

    @property
    def is_connected(self) -> bool:
        """True between CONNACK and the end of the connection."""

    def ack(self, token: int, reason: ReasonCode = ReasonCode.SUCCESS, *, now: float) -> None:
        """Acknowledge a message by the `ack` of its event, in any order.

        What is sent keeps the order of the messages. One of QoS 2 can be acknowledged after its
        connection too. Raises LocalProtocolError: `"unknown_token"` if its connection is over, or
        it is acknowledged already; `"not_allowed"` for a code that this side may not send.
        """

    def auth(self, auth: Auth, *, now: float) -> None:
        """Send a step of an enhanced authentication (5.0).

        Raises LocalProtocolError if it is not this side's turn, or another method.
        """

    def disconnect(self, disconnect: Disconnect | None = None, *, now: float) -> None:
        """End the connection: `Closed` follows, and the transport is closed when all is sent.

        Raises LocalProtocolError if there is no connection, or this side may not say that.
        """

    def quiesce(self, disconnect: Disconnect | None = None, *, now: float) -> None:
        """Take no more messages, and disconnect when the open ones are done.

        Raises LocalProtocolError if there is no connection, or this side may not say that.
        """

    @property
    def heap_bytes(self) -> int:
        """Bytes of memory that it has, beside those of Python objects. O(messages)."""

    def shrink_to_fit(self) -> None:
        """Give back memory that is not needed now."""

    def stats(self) -> Stats | None:
        """What the session has done; None if that is not counted."""

    def stats_and_reset(self, *, now: float) -> Stats | None:
        """The same, and begin to count anew."""

    def set_unix_time(self, unix_time: float, *, now: float) -> None:
        """Tell what time of the world it is, in seconds since 1970, as `time.time()` gives it.

        At the beginning, after a state was restored, and whenever the caller likes. Only what is
        stored has such times; no timer depends on them.
        """

    def next_persist_op(self) -> PersistOp | None:
        """The next change that a store is to keep; None if there is none now. Each comes once."""

    def persist_ops(self) -> list[PersistOp]:
        """All changes that a store is to keep, and that were not given out before."""

    def persisted(self, seq: int, *, now: float) -> None:
        """Say that all changes up to this number are safe: what waited for them is sent.

        Numbers that have not been given out are not believed.
        """

    @property
    def persist_seq(self) -> int:
        """The number of the last change; 0 if there was none."""

    def fenced(self, epoch: int, *, now: float) -> None:
        """Say that the store has refused a change: another owner, of this epoch, has the session.

        The connection ends, and nothing that was held back is sent.
        """

    def snapshot(self) -> bytes:
        """All that outlives the connection, for `SessionState.restore`. O(messages).

        The session may go on: the changes after it, from `persist_ops`, can be applied to it.
        """

    def into_state(self) -> SessionState:
        """Take what outlives the connection out of the session, which is of no use then.

        Events that were not taken are lost, and what was not sent.
        """

class _AclChanges(TypedDict, total=False):
    text: str

@final
class Acl:
    """Access control by topic filters: rules in a text, the first that decides wins. Immutable.

    One rule in a line, and `default allow` once if what no rule decides is to be allowed:

        allow|deny all|publish|subscribe [user NAME|client ID] FILTER

    A level that is `%c` stands for the client identifier, `%u` for the user name of who asks; if it
    has none, or one with `+`, `#` or `/`, the rule is not about it. An allow rule decides about a
    filter if it matches all names that the filter matches, a deny rule if it matches any of them.
    Empty lines and those that begin with `#` count for nothing; names and filters may be quoted.

    Raises AclError for another text.
    """

    __match_args__: Final = ("text",)

    def __new__(
        cls,
        text: str = "",
    ) -> Acl: ...
    @property
    def text(self) -> str:
        """The rules as they are read back: equal rules have equal texts."""

    def allows_publish(
        self, topic: str | TopicName, *, client_id: str, user_name: str | None = None
    ) -> bool:
        """May this client publish to this topic?

        Raises TopicError for what is no topic name. O(rules that concern it).
        """

    def allows_subscribe(
        self, filter: str | TopicFilter, *, client_id: str, user_name: str | None = None
    ) -> bool:
        """May this client subscribe to this filter? Of a shared subscription the filter in it
        counts.

        Raises TopicError for what is no topic filter. O(rules that concern it).
        """

    def replace(self, **changes: Unpack[_AclChanges]) -> Acl:
        """A copy with some values changed."""

    def __replace__(self, **changes: Unpack[_AclChanges]) -> Acl: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __copy__(self) -> Acl: ...
    def __deepcopy__(self, memo: Any, /) -> Acl: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, object]]: ...

class _BrokerLimitsChanges(TypedDict, total=False):
    max_connections: int
    max_sessions: int
    max_subscriptions: int
    max_subscriptions_per_client: int
    max_levels: int
    max_retained: int
    max_retained_bytes: int
    max_queued_bytes: int
    max_event_bytes: int

@final
class BrokerLimits:
    """Bounds of a whole broker; those of one connection are in its `ServerConfig`. Immutable."""

    __match_args__: Final = ()

    def __new__(
        cls,
        *,
        max_connections: int = 100000,
        max_sessions: int = 200000,
        max_subscriptions: int = 10000000,
        max_subscriptions_per_client: int = 1000,
        max_levels: int = 128,
        max_retained: int = 1000000,
        max_retained_bytes: int = 1073741824,
        max_queued_bytes: int = 1073741824,
        max_event_bytes: int = 16777216,
    ) -> BrokerLimits: ...
    @property
    def max_connections(self) -> int:
        """Connections, also those whose CONNECT is to come. Beyond it `open` raises LimitError."""

    @property
    def max_sessions(self) -> int:
        """Sessions, with a connection or without. Beyond it clients are refused."""

    @property
    def max_subscriptions(self) -> int:
        """Subscriptions of all sessions. Beyond it SUBACK says Quota exceeded."""

    @property
    def max_subscriptions_per_client(self) -> int:
        """Subscriptions of one session. Beyond it SUBACK says Quota exceeded."""

    @property
    def max_levels(self) -> int:
        """Levels of a topic filter, or of the topic of a retained message."""

    @property
    def max_retained(self) -> int:
        """Retained messages. Beyond it messages go on, and are not retained."""

    @property
    def max_retained_bytes(self) -> int:
        """Bytes of retained payloads and properties. Beyond it as for their number."""

    @property
    def max_queued_bytes(self) -> int:
        """Bytes of all messages that wait for receivers or for their acknowledgement. Beyond it,
        what cannot be sent at once is dropped.
        """

    @property
    def max_event_bytes(self) -> int:
        """Bytes of messages and questions for the caller. Beyond it no input is read until events
        are taken.
        """

    def replace(self, **changes: Unpack[_BrokerLimitsChanges]) -> BrokerLimits:
        """A copy with some values changed."""

    def __replace__(self, **changes: Unpack[_BrokerLimitsChanges]) -> BrokerLimits: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __copy__(self) -> BrokerLimits: ...
    def __deepcopy__(self, memo: Any, /) -> BrokerLimits: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, object]]: ...

class _BrokerConfigChanges(TypedDict, total=False):
    server: ServerConfig | None
    authentication: Authentication
    sessions_of_users: bool
    authorization: Authorization | Acl
    max_qos: QoS
    retain_available: bool
    wildcards_available: bool
    shared_available: bool
    subscription_ids_available: bool
    receive_maximum: int
    topic_alias_maximum: int
    max_keep_alive: int | None
    max_session_expiry: int
    share_strategy: ShareStrategy
    slow_consumer: SlowConsumer
    max_publisher_wait: float
    queue_qos_0: bool
    sys_interval: float | None
    limits: BrokerLimits | None

@final
class BrokerConfig:
    """How a `Broker` behaves. Immutable."""

    __match_args__: Final = ()

    def __new__(
        cls,
        *,
        server: ServerConfig | None = None,
        authentication: Authentication = Authentication.ALLOW_ALL,
        sessions_of_users: bool = True,
        authorization: Authorization | Acl = Authorization.ALLOW_ALL,
        max_qos: QoS = QoS.EXACTLY_ONCE,
        retain_available: bool = True,
        wildcards_available: bool = True,
        shared_available: bool = True,
        subscription_ids_available: bool = True,
        receive_maximum: int = 100,
        topic_alias_maximum: int = 10,
        max_keep_alive: int | None = None,
        max_session_expiry: int = 4294967295,
        share_strategy: ShareStrategy = ShareStrategy.ROUND_ROBIN,
        slow_consumer: SlowConsumer = SlowConsumer.DROP,
        max_publisher_wait: float = 0.0,
        queue_qos_0: bool = False,
        sys_interval: float | None = 10.0,
        limits: BrokerLimits | None = None,
    ) -> BrokerConfig: ...
    @property
    def server(self) -> ServerConfig | None:
        """What each connection may do and keep, and whether changes are told to a store. Its `ack`
        and `stats` mean nothing here. None: the defaults.
        """

    @property
    def authentication(self) -> Authentication:
        """Who may connect."""

    @property
    def sessions_of_users(self) -> bool:
        """With `Authentication.ASK`: a session is its user's, and nobody else connects with its
        client identifier. That of a client without a user name is anybody's.
        """

    @property
    def authorization(self) -> Authorization | Acl:
        """Who may publish and subscribe to what: all, as rules say, or as the caller says."""

    @property
    def max_qos(self) -> QoS:
        """The highest QoS that is granted, and that 5.0 clients may publish with. What an older one
        publishes with a higher one goes on with this one.
        """

    @property
    def retain_available(self) -> bool:
        """There are retained messages."""

    @property
    def wildcards_available(self) -> bool:
        """Filters may have wildcards."""

    @property
    def shared_available(self) -> bool:
        """There are shared subscriptions."""

    @property
    def subscription_ids_available(self) -> bool:
        """Subscriptions may have identifiers."""

    @property
    def receive_maximum(self) -> int:
        """How many messages of QoS 1 and 2 a 5.0 client may have open. 0 is 1."""

    @property
    def topic_alias_maximum(self) -> int:
        """How many topic aliases a 5.0 client may set."""

    @property
    def max_keep_alive(self) -> int | None:
        """The longest keep alive in seconds: a 5.0 client that asks for more, or for none, is told
        this one. None: any.
        """

    @property
    def max_session_expiry(self) -> int:
        """For how many seconds a session may outlive its connection; the default is for ever."""

    @property
    def share_strategy(self) -> ShareStrategy:
        """Which member of a shared subscription gets a message: `ROUND_ROBIN` or `STICKY`."""

    @property
    def slow_consumer(self) -> SlowConsumer:
        """What becomes of a client that takes less than it gets."""

    @property
    def max_publisher_wait(self) -> float:
        """For how many seconds, at most, the input of a client waits when it has published to one
        whose queue is half full. 0: nobody waits.
        """

    @property
    def queue_qos_0(self) -> bool:
        """Messages of QoS 0 wait for clients that are away."""

    @property
    def sys_interval(self) -> float | None:
        """How often `$SYS` topics are published, in seconds. None: never."""

    @property
    def limits(self) -> BrokerLimits | None:
        """Bounds of the whole. None: the defaults."""

    def replace(self, **changes: Unpack[_BrokerConfigChanges]) -> BrokerConfig:
        """A copy with some values changed."""

    def __replace__(self, **changes: Unpack[_BrokerConfigChanges]) -> BrokerConfig: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __copy__(self) -> BrokerConfig: ...
    def __deepcopy__(self, memo: Any, /) -> BrokerConfig: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, object]]: ...

class _BrokerStatsChanges(TypedDict, total=False):
    connections: int
    sessions: int
    connected: int
    subscriptions: int
    retained: int
    retained_bytes: int
    queued_bytes: int
    connects: int
    refused: int
    takeovers: int
    bytes_received: int
    messages_received: int
    messages_sent: int
    dropped_offline: int
    dropped_full: int
    dropped_too_large: int
    dropped_refused: int
    dropped_expired: int
    not_authorized: int
    publisher_waits: int
    wills: int
    sessions_expired: int

@final
class BrokerStats:
    """What a broker has, and what it has done since it was made. Immutable."""

    __match_args__: Final = ()

    def __new__(
        cls,
        *,
        connections: int = 0,
        sessions: int = 0,
        connected: int = 0,
        subscriptions: int = 0,
        retained: int = 0,
        retained_bytes: int = 0,
        queued_bytes: int = 0,
        connects: int = 0,
        refused: int = 0,
        takeovers: int = 0,
        bytes_received: int = 0,
        messages_received: int = 0,
        messages_sent: int = 0,
        dropped_offline: int = 0,
        dropped_full: int = 0,
        dropped_too_large: int = 0,
        dropped_refused: int = 0,
        dropped_expired: int = 0,
        not_authorized: int = 0,
        publisher_waits: int = 0,
        wills: int = 0,
        sessions_expired: int = 0,
    ) -> BrokerStats: ...
    @property
    def connections(self) -> int:
        """Connections, also those that are not accepted yet."""

    @property
    def sessions(self) -> int:
        """Sessions, with a connection or without."""

    @property
    def connected(self) -> int:
        """Sessions with a connection."""

    @property
    def subscriptions(self) -> int:
        """Subscriptions."""

    @property
    def retained(self) -> int:
        """Retained messages."""

    @property
    def retained_bytes(self) -> int:
        """Bytes of their payloads and properties."""

    @property
    def queued_bytes(self) -> int:
        """Bytes of the messages that wait or are not acknowledged."""

    @property
    def connects(self) -> int:
        """Clients that were accepted."""

    @property
    def refused(self) -> int:
        """Clients that were refused."""

    @property
    def takeovers(self) -> int:
        """Connections whose session went to another one."""

    @property
    def bytes_received(self) -> int:
        """Bytes that came."""

    @property
    def messages_received(self) -> int:
        """Messages that clients, wills and the caller have published."""

    @property
    def messages_sent(self) -> int:
        """Messages that were given to the sessions of receivers."""

    @property
    def dropped_offline(self) -> int:
        """Messages of QoS 0 for a client that is away."""

    @property
    def dropped_full(self) -> int:
        """Messages for which there was no room."""

    @property
    def dropped_too_large(self) -> int:
        """Messages that are larger than the receiver takes."""

    @property
    def dropped_refused(self) -> int:
        """Messages that the session of the receiver did not take for another reason: it is about to
        end.
        """

    @property
    def dropped_expired(self) -> int:
        """Messages that expired while they waited."""

    @property
    def not_authorized(self) -> int:
        """Messages that their publishers were not allowed."""

    @property
    def publisher_waits(self) -> int:
        """Times that a publisher waited for a receiver."""

    @property
    def wills(self) -> int:
        """Wills that were published."""

    @property
    def sessions_expired(self) -> int:
        """Sessions that have ended because their time was over."""

    def replace(self, **changes: Unpack[_BrokerStatsChanges]) -> BrokerStats:
        """A copy with some values changed."""

    def __replace__(self, **changes: Unpack[_BrokerStatsChanges]) -> BrokerStats: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __copy__(self) -> BrokerStats: ...
    def __deepcopy__(self, memo: Any, /) -> BrokerStats: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, object]]: ...

class _AuthenticateChanges(TypedDict, total=False):
    conn: int
    connect: Connect

@final
class Authenticate:
    """Who is this? With `Authentication.ASK`, for each CONNECT. Immutable.

    The answer is `accept`, `refuse`, or `challenge` if CONNECT has an authentication method, at
    once or later; until then nothing more is read from this connection.
    """

    __match_args__: Final = ("conn", "connect")

    def __new__(
        cls,
        conn: int,
        connect: Connect,
    ) -> Authenticate: ...
    @property
    def conn(self) -> int:
        """The connection."""

    @property
    def connect(self) -> Connect:
        """Its CONNECT."""

    def replace(self, **changes: Unpack[_AuthenticateChanges]) -> Authenticate:
        """A copy with some values changed."""

    def __replace__(self, **changes: Unpack[_AuthenticateChanges]) -> Authenticate: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __copy__(self) -> Authenticate: ...
    def __deepcopy__(self, memo: Any, /) -> Authenticate: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, object]]: ...

class _BrokerAuthChanges(TypedDict, total=False):
    conn: int
    auth: Auth

@final
class BrokerAuth:
    """The next step of an enhanced authentication, or the begin of another one (5.0). Immutable.

    It is answered as `Authenticate`, by `accept` also at the end of one that began after CONNACK.
    """

    __match_args__: Final = ("conn", "auth")

    def __new__(
        cls,
        conn: int,
        auth: Auth,
    ) -> BrokerAuth: ...
    @property
    def conn(self) -> int:
        """The connection."""

    @property
    def auth(self) -> Auth:
        """What the client says."""

    def replace(self, **changes: Unpack[_BrokerAuthChanges]) -> BrokerAuth:
        """A copy with some values changed."""

    def __replace__(self, **changes: Unpack[_BrokerAuthChanges]) -> BrokerAuth: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __copy__(self) -> BrokerAuth: ...
    def __deepcopy__(self, memo: Any, /) -> BrokerAuth: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, object]]: ...

class _AuthorizeChanges(TypedDict, total=False):
    conn: int
    action: Publish | Subscription
    client_id: str
    user_name: str | None

@final
class Authorize:
    """May it do this? With `Authorization.ASK`, for each message and each filter. Immutable.

    The answer is `authorize`, at once or later; until then nothing more is read from this
    connection.
    """

    __match_args__: Final = ("conn", "action")

    def __new__(
        cls,
        conn: int,
        action: Publish | Subscription,
        *,
        client_id: str,
        user_name: str | None = None,
    ) -> Authorize: ...
    @property
    def conn(self) -> int:
        """The connection."""

    @property
    def action(self) -> Publish | Subscription:
        """What it wants to do."""

    @property
    def client_id(self) -> str:
        """Its client identifier."""

    @property
    def user_name(self) -> str | None:
        """Its user name, if it has one."""

    def replace(self, **changes: Unpack[_AuthorizeChanges]) -> Authorize:
        """A copy with some values changed."""

    def __replace__(self, **changes: Unpack[_AuthorizeChanges]) -> Authorize: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __copy__(self) -> Authorize: ...
    def __deepcopy__(self, memo: Any, /) -> Authorize: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, object]]: ...

class _BrokerConnectedChanges(TypedDict, total=False):
    conn: int
    client_id: str
    session_present: bool

@final
class BrokerConnected:
    """A client is accepted. Immutable."""

    __match_args__: Final = ("conn", "client_id", "session_present")

    def __new__(
        cls,
        conn: int,
        client_id: str,
        session_present: bool = False,
    ) -> BrokerConnected: ...
    @property
    def conn(self) -> int:
        """The connection."""

    @property
    def client_id(self) -> str:
        """Its client identifier; one that was assigned if it gave none."""

    @property
    def session_present(self) -> bool:
        """Its session of before goes on."""

    def replace(self, **changes: Unpack[_BrokerConnectedChanges]) -> BrokerConnected:
        """A copy with some values changed."""

    def __replace__(self, **changes: Unpack[_BrokerConnectedChanges]) -> BrokerConnected: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __copy__(self) -> BrokerConnected: ...
    def __deepcopy__(self, memo: Any, /) -> BrokerConnected: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, object]]: ...

class _BrokerMessageChanges(TypedDict, total=False):
    token: int
    publish: Publish

@final
class BrokerMessage:
    """A message for a subscription of the caller's. Immutable."""

    __match_args__: Final = ("token", "publish")

    def __new__(
        cls,
        token: int,
        publish: Publish,
    ) -> BrokerMessage: ...
    @property
    def token(self) -> int:
        """That of `subscribe`."""

    @property
    def publish(self) -> Publish:
        """The message. Its QoS is not higher than that of the subscription."""

    def replace(self, **changes: Unpack[_BrokerMessageChanges]) -> BrokerMessage:
        """A copy with some values changed."""

    def __replace__(self, **changes: Unpack[_BrokerMessageChanges]) -> BrokerMessage: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __copy__(self) -> BrokerMessage: ...
    def __deepcopy__(self, memo: Any, /) -> BrokerMessage: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, object]]: ...

class _BrokerClosedChanges(TypedDict, total=False):
    conn: int
    closed: Closed

@final
class BrokerClosed:
    """A connection is over: the last event of it. Immutable.

    Send what `data_to_send` still has for it, close the transport, and call `receive_eof`.
    """

    __match_args__: Final = ("conn", "closed")

    def __new__(
        cls,
        conn: int,
        closed: Closed,
    ) -> BrokerClosed: ...
    @property
    def conn(self) -> int:
        """The connection."""

    @property
    def closed(self) -> Closed:
        """Why. `packet` is None: only the code of a DISCONNECT is kept."""

    def replace(self, **changes: Unpack[_BrokerClosedChanges]) -> BrokerClosed:
        """A copy with some values changed."""

    def __replace__(self, **changes: Unpack[_BrokerClosedChanges]) -> BrokerClosed: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __copy__(self) -> BrokerClosed: ...
    def __deepcopy__(self, memo: Any, /) -> BrokerClosed: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, object]]: ...

@final
class BrokerEvents:
    """The events of a broker, up to the last that there is now."""

    def __iter__(self) -> BrokerEvents: ...
    def __next__(self) -> BrokerEvent: ...

@final
class Broker:
    """Many connections and the messages between them: routing, retained messages, sessions, wills.

    It does no I/O and has no clock: `open` gives a connection its number, bytes go in by
    `receive_data` and out by `data_to_send`, and `now` is what `time.monotonic()` gives, in
    seconds. After each input, and after `handle_timeout`, take all events, then send what is to be
    sent:

        for event in broker.events(): ...
        while (conn := broker.next_writable()) is not None:
            while data := broker.data_to_send(conn): ...

    Faults of clients are `BrokerClosed` events, and calls with a connection that is over do
    nothing. Memory is bounded: see `BrokerLimits`. Several threads may use it, one call at a time.
    """

    def __new__(cls, config: BrokerConfig | None = None, *, now: float) -> Broker: ...
    @staticmethod
    def restore(
        config: BrokerConfig | None = None,
        *,
        rows: Iterable[tuple[Buffer, Buffer]] = (),
        at: tuple[int, int] | None = None,
        ops: Iterable[PersistOp] = (),
        skip_unknown: bool = False,
        unix_time: float,
        now: float,
    ) -> Broker:
        """The broker that a store gives back: sessions without a connection, their subscriptions
        and messages, wills, and retained messages. It counts its changes on.

        A store has rows of keys and values in any order, of which `at` is the epoch and the number
        of the last change; or all changes, or those after the rows. `skip_unknown` skips rows of
        kinds that a newer version has made. A session that had a connection is taken to have lost
        it now.

        Raises PersistenceError if they cannot be used. O(rows).
        """

    def open(self, *, now: float) -> int:
        """A transport is there, and its CONNECT is to come: gives the connection a number, which is
        never that of another.

        Raises LimitError, kind `"full"`, beyond `max_connections`; LocalProtocolError, kind
        `"shutting_down"`.
        """

    def receive_data(self, conn: int, data: Buffer, *, now: float) -> int:
        """Take bytes of a connection; gives how many.

        If they are fewer than there are, take the events, send what is to be sent, and hand in the
        rest again: at the latest when `next_writable` names the connection. Never fails for what
        the client does. After the end of the connection all are taken, and ignored.
        """

    def wants_input(self, conn: int) -> int:
        """How many bytes `receive_data` would take at least: 0 means to wait with reading."""

    def receive_eof(self, conn: int, *, now: float) -> None:
        """The transport has come to its end: nothing more comes. It may still take what is to be
        sent, and the connection counts until it has.

        Called again, before or after `BrokerClosed`: the transport is gone and takes nothing
        either. What was to be sent is given up.

        While a question about what came before is open, `BrokerClosed` waits for the answer.
        """

    def handle_timeout(self, now: float) -> None:
        """Do what is due by now; nothing, if nothing is."""

    def next_timeout(self) -> float | None:
        """When `handle_timeout` is to be called, as things stand: a time of the caller's clock.

        Sometimes there is nothing to be done then. O(1).
        """

    def next_event(self) -> BrokerEvent | None:
        """What the broker asks or reports next; None if there is nothing more now."""

    def events(self) -> BrokerEvents:
        """An iterator over `next_event`, up to the last event that there is now."""

    def next_writable(self) -> int | None:
        """The next connection that has something to be sent, or whose input may go on; None if
        there is none. Each comes once, until there is more.

        A transport that did not take all is asked for again when it does: the broker does not name
        it.
        """

    def data_to_send(self, conn: int, max_bytes: int | None = None) -> bytes:
        """What is to be sent on a connection, up to `max_bytes`, which is given out once. Empty:
        nothing now.

        When it has been sent there may be more: call it until there is nothing.
        """

    def next_data_to_send(self) -> tuple[int, bytes] | None:
        """The next connection that has something to be sent, and that: `next_writable` and
        `data_to_send` in one. The bytes may be empty, if only its input may go on.
        """

    def accept(
        self,
        conn: int,
        *,
        client_id: str | None = None,
        user_name: str | None = None,
        authentication_data: Buffer | None = None,
        response_information: str | None = None,
        reason_string: str | None = None,
        user_properties: Iterable[tuple[str, str]] = (),
        now: float,
    ) -> None:
        """Let a client in, or end an authentication that began after CONNACK: answers
        `Authenticate` and `BrokerAuth`.

        `client_id` and `user_name` stand for those that it gave: for rules, for questions, and as
        the one whose session it is. The rest is what CONNACK or AUTH says beside what the broker
        says.

        Raises LocalProtocolError: `"unknown"` if the connection is over, `"not_asked"`, or for what
        may not be said to this client; then the question stands.
        """

    def refuse(self, conn: int, connack: ConnAck, *, now: float) -> None:
        """Refuse a client, after CONNACK by DISCONNECT: answers `Authenticate` and `BrokerAuth`.

        A code of 5.0 is told to older clients as the one that is like it. `BrokerClosed` follows.
        Raises what `accept` raises, also for a code of success, and behind CONNACK for one that
        DISCONNECT cannot carry; then the question is still to be answered.
        """

    def challenge(
        self,
        conn: int,
        *,
        authentication_data: Buffer | None = None,
        reason_string: str | None = None,
        user_properties: Iterable[tuple[str, str]] = (),
        now: float,
    ) -> None:
        """Go on with an enhanced authentication by AUTH (5.0): answers `Authenticate` and
        `BrokerAuth`. The method is added.

        Raises what `accept` raises, also if the client has named no method.
        """

    def authorize(self, conn: int, reason: ReasonCode = ReasonCode.SUCCESS, *, now: float) -> None:
        """Say whether a client may do what it wants, or with which code it is refused: answers
        `Authorize`.

        Before 5.0 a message that is refused is acknowledged and goes nowhere.
        Raises LocalProtocolError: `"unknown"` if the connection is over, or `"not_asked"`.
        """

    def publish(
        self,
        topic: str | Publish,
        payload: Buffer = b"",
        *,
        qos: QoS = QoS.AT_MOST_ONCE,
        retain: bool = False,
        payload_format_indicator: int | None = None,
        message_expiry_interval: int | None = None,
        content_type: str | None = None,
        response_topic: str | None = None,
        correlation_data: Buffer | None = None,
        user_properties: Iterable[tuple[str, str]] = (),
        now: float,
    ) -> int:
        """Publish a message, also to a topic that begins with `$`; gives to how many receivers it
        goes.

        Its topic and what else it has, or a `Publish` that has it all, without DUP and packet
        identifier. If it is to be retained and there is no room, it is not.

        Raises TopicError, or LocalProtocolError for what is no legal message.
        """

    def subscribe(self, subscription: str | TopicFilter | Subscription, *, token: int = 0) -> int:
        """Subscribe the caller: messages come as `BrokerMessage` with this `token`.

        Gives a number for `unsubscribe`. It may be a shared subscription; without a `Subscription`
        the QoS is 0. Retained messages are not sent: see `retained`.

        Raises TopicError, or LimitError, kind `"full"`.
        """

    def unsubscribe(self, subscription_id: int) -> bool:
        """End a subscription of the caller's; False if it is not there."""

    def retained(self, filter: str | TopicFilter) -> list[Publish]:
        """The retained messages that match a filter. O(matches). Raises TopicError."""

    def disconnect(self, conn: int, disconnect: Disconnect | None = None, *, now: float) -> None:
        """End a connection; a 5.0 client that is connected gets the DISCONNECT. `BrokerClosed`
        follows.

        Raises LocalProtocolError: `"unknown"` if the connection is over, `"not_allowed"` for what a
        server may not say.
        """

    def drop_session(self, client_id: str, *, now: float) -> bool:
        """End the session of a client, and its connection if it has one; False if there is none."""

    def shut_down(self, disconnect: Disconnect | None = None, *, now: float) -> None:
        """End all connections, 5.0 clients get the DISCONNECT, and open no more. Sessions stay."""

    def client_id(self, conn: int) -> str | None:
        """The client identifier of a connection that was accepted."""

    def set_authorization(self, authorization: Authorization | Acl) -> None:
        """Say who may publish and subscribe to what from now on.

        Subscriptions that were made stay; questions that were asked are to be answered.
        """

    def stats(self) -> BrokerStats:
        """What the broker has, and has done. O(1)."""

    @property
    def heap_bytes(self) -> int:
        """Bytes of memory, beside those of Python objects. O(connections + sessions)."""

    def set_unix_time(self, unix_time: float, *, now: float) -> None:
        """Tell what time of the world it is, in seconds since 1970, as `time.time()` gives it.

        At the beginning, and whenever the caller likes. Only what is stored has such times.
        O(sessions).
        """

    def next_persist_op(self) -> PersistOp | None:
        """The next change that a store is to keep; None if there is none now. Each comes once.

        The broker is one owner of one store: numbers count all its changes, and the first of a
        broker that was not restored clears the store.
        """

    def persist_ops(self) -> list[PersistOp]:
        """All changes that a store is to keep, and that were not given out before."""

    def persisted(self, seq: int, *, now: float) -> None:
        """Say that all changes up to this number are safe: with `Durability.GATE`, what waited for
        them is sent. Numbers that have not been given out are not believed.
        """

    def fenced(self, epoch: int, *, now: float) -> None:
        """Say that the store has refused a change: another broker, of this epoch, has it.

        All connections end, nothing that was held back is sent, and no more are opened.
        """
