"""MQTT 3.1.1 and 5.0 without I/O: bytes to packets and back.

>>> from mqtt_core import Publish, QoS, Version, decode, encode
>>> data = encode(Publish(topic="a/b", payload=b"hi"), version=Version.V311)
>>> data
b'0\\x07\\x00\\x03a/bhi'
>>> packet, consumed = decode(data, version=Version.V311)
>>> packet.topic, packet.payload, consumed
('a/b', b'hi', 9)
"""

from mqtt_core._enums import QoS, Version
from mqtt_core._errors import DecodeError, EncodeError, MqttError, UnsupportedPacket
from mqtt_core._native import Publish, PublishProperties, decode, encode

__all__ = [
    "DecodeError",
    "EncodeError",
    "MqttError",
    "Publish",
    "PublishProperties",
    "QoS",
    "UnsupportedPacket",
    "Version",
    "decode",
    "encode",
]
