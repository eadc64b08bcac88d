"""The native part of the package; import these names from `mqtt_core`."""

from collections.abc import Iterable
from typing import ClassVar, final

from typing_extensions import Buffer

from mqtt_core._enums import QoS, Version

__all__ = ["Publish", "PublishProperties", "decode", "encode"]

def decode(data: Buffer, *, version: Version) -> tuple[Publish, int] | None:
    """Decode the packet at the front of `data`.

    Gives the packet and its length in bytes (the next packet begins there), or None if `data` is
    the beginning of a packet and more bytes are needed.

    `bytes` are borrowed: the packet keeps them alive, all of them, and its payload is not copied.
    Other bytes-like objects may change, so they are copied once; cut large ones down first.

    Raises DecodeError if the bytes are not a legal packet, and UnsupportedPacket if they are a
    legal packet other than PUBLISH.
    """

def encode(packet: Publish, *, version: Version) -> bytes:
    """Encode a packet. Decoding the bytes gives an equal packet.

    Raises EncodeError if the packet cannot be written in this version.
    """

@final
class PublishProperties:
    """The properties of a PUBLISH (5.0). Immutable.

    A packet that was received keeps the order in which they came when it is encoded again.
    Equality looks at the order of subscription identifiers and of user properties only, because no
    other order means anything. False if there are none.
    """

    __match_args__: ClassVar[tuple[str, str]] = ("content_type", "user_properties")

    def __new__(
        cls,
        *,
        payload_format_indicator: int | None = None,
        message_expiry_interval: int | None = None,
        content_type: str | None = None,
        response_topic: str | None = None,
        correlation_data: Buffer | None = None,
        subscription_identifiers: Iterable[int] | None = None,
        topic_alias: int | None = None,
        user_properties: Iterable[tuple[str, str]] | None = None,
    ) -> PublishProperties: ...
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
        """Numbers of the subscriptions that the message matches, in order."""

    @property
    def topic_alias(self) -> int | None:
        """Number that stands for a topic name."""

    @property
    def user_properties(self) -> tuple[tuple[str, str], ...]:
        """Names and values, free for the application, in order."""

    def replace(
        self,
        *,
        payload_format_indicator: int | None = ...,
        message_expiry_interval: int | None = ...,
        content_type: str | None = ...,
        response_topic: str | None = ...,
        correlation_data: Buffer | None = ...,
        subscription_identifiers: Iterable[int] | None = ...,
        topic_alias: int | None = ...,
        user_properties: Iterable[tuple[str, str]] | None = ...,
    ) -> PublishProperties:
        """A copy with some values changed; None removes one."""

    def __replace__(
        self,
        *,
        payload_format_indicator: int | None = ...,
        message_expiry_interval: int | None = ...,
        content_type: str | None = ...,
        response_topic: str | None = ...,
        correlation_data: Buffer | None = ...,
        subscription_identifiers: Iterable[int] | None = ...,
        topic_alias: int | None = ...,
        user_properties: Iterable[tuple[str, str]] | None = ...,
    ) -> PublishProperties: ...
    def __bool__(self) -> bool: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, object]]: ...

@final
class Publish:
    """A PUBLISH packet: a message, in either direction. Immutable.

    Types are checked here; whether the packet is legal says `encode`.
    """

    __match_args__: ClassVar[tuple[str, str, str]] = ("topic", "payload", "qos")

    def __new__(
        cls,
        *,
        topic: str,
        payload: Buffer = b"",
        qos: QoS = QoS.AT_MOST_ONCE,
        retain: bool = False,
        dup: bool = False,
        packet_id: int | None = None,
        properties: PublishProperties = ...,
    ) -> Publish: ...
    @property
    def dup(self) -> bool:
        """Sent before; never with QoS 0."""

    @property
    def qos(self) -> QoS:
        """Quality of service."""

    @property
    def retain(self) -> bool:
        """From the sender: to be kept. To a subscriber: was kept."""

    @property
    def topic(self) -> str:
        """Topic name without wildcards; empty only in 5.0 together with a topic alias."""

    @property
    def packet_id(self) -> int | None:
        """Packet identifier, 1 to 65535: there with QoS 1 and 2, and not with QoS 0."""

    @property
    def properties(self) -> PublishProperties:
        """Properties (5.0)."""

    @property
    def payload(self) -> bytes:
        """Payload. Of a packet that was received, copied when it is first asked for."""

    @property
    def payload_view(self) -> memoryview:
        """The payload where it lies, read-only and not copied. Keeps the bytes alive."""

    def replace(
        self,
        *,
        topic: str = ...,
        payload: Buffer = ...,
        qos: QoS = ...,
        retain: bool = ...,
        dup: bool = ...,
        packet_id: int | None = ...,
        properties: PublishProperties = ...,
    ) -> Publish:
        """A copy with some values changed."""

    def __replace__(
        self,
        *,
        topic: str = ...,
        payload: Buffer = ...,
        qos: QoS = ...,
        retain: bool = ...,
        dup: bool = ...,
        packet_id: int | None = ...,
        properties: PublishProperties = ...,
    ) -> Publish: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, object]]: ...
