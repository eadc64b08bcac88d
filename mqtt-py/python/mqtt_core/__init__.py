"""MQTT 3.1.1 and 5.0 without I/O: bytes to packets and back.

>>> from mqtt_core import Publish, QoS, Version, decode, encode
>>> data = encode(Publish(topic="a/b", payload=b"hi"), version=Version.V311)
>>> data
b'0\\x07\\x00\\x03a/bhi'
>>> packet, consumed = decode(data, version=Version.V311)
>>> packet.topic, packet.payload, consumed
('a/b', b'hi', 9)
"""

from mqtt_core._enums import QoS, ShareStrategy, Version
from mqtt_core._errors import (
    DecodeError,
    EncodeError,
    LimitError,
    MqttError,
    TopicError,
    UnsupportedPacket,
)
from mqtt_core._native import (
    MergedDelivery,
    Overlaps,
    Publish,
    PublishProperties,
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
    "DecodeError",
    "EncodeError",
    "LimitError",
    "MergedDelivery",
    "MqttError",
    "Overlaps",
    "Publish",
    "PublishProperties",
    "QoS",
    "RetainedIndex",
    "Route",
    "Router",
    "ShareGroup",
    "ShareStrategy",
    "SubscriptionTrie",
    "TopicError",
    "TopicFilter",
    "TopicName",
    "UnsupportedPacket",
    "Version",
    "decode",
    "encode",
    "from_amqp",
    "from_kafka",
    "matches",
    "to_amqp",
    "to_kafka",
]
