"""MQTT 3.1, 3.1.1 and 5.0 without I/O: bytes to packets and back.

>>> from mqtt_core import Publish, decode, encode
>>> data = encode(Publish("a/b", b"hi", content_type="text/plain"))
>>> packet, consumed = decode(data)
>>> packet
Publish('a/b', b'hi', content_type='text/plain')
>>> consumed == len(data)
True
"""

from mqtt_core._enums import (
    PacketType,
    QoS,
    ReasonCode,
    RetainHandling,
    Sender,
    ShareStrategy,
    Version,
)
from mqtt_core._errors import (
    Error,
    LimitError,
    LocalProtocolError,
    MalformedPacketError,
    PersistenceError,
    ProtocolError,
    RemoteProtocolError,
    TopicError,
    WouldBlock,
)
from mqtt_core._native import (
    MergedDelivery,
    Overlaps,
    Publish,
    RetainedIndex,
    Route,
    Router,
    ShareGroup,
    SubscriptionTrie,
    TopicFilter,
    TopicName,
    decode,
    encode,
    from_amqp,
    from_kafka,
    matches,
    to_amqp,
    to_kafka,
)

__all__ = [
    "Error",
    "LimitError",
    "LocalProtocolError",
    "MalformedPacketError",
    "MergedDelivery",
    "Overlaps",
    "PacketType",
    "PersistenceError",
    "ProtocolError",
    "Publish",
    "QoS",
    "ReasonCode",
    "RemoteProtocolError",
    "RetainHandling",
    "RetainedIndex",
    "Route",
    "Router",
    "Sender",
    "ShareGroup",
    "ShareStrategy",
    "SubscriptionTrie",
    "TopicError",
    "TopicFilter",
    "TopicName",
    "Version",
    "WouldBlock",
    "decode",
    "encode",
    "from_amqp",
    "from_kafka",
    "matches",
    "to_amqp",
    "to_kafka",
]
