"""The libraries that ours is compared with, as far as they are installed, without sockets."""

import importlib
import importlib.metadata
from collections.abc import Callable
from typing import Any

from mqtt_core import Version


def optional(name: str) -> Any:
    """A module, or None if it is not installed."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        return None


paho = optional("paho.mqtt.client")
mqtt5 = optional("mqtt5")
gmqtt = optional("gmqtt")

DISTRIBUTIONS = {"paho": "paho-mqtt", "mqtt5": "mqtt5", "gmqtt": "gmqtt"}


def version_of(peer: str) -> str:
    """As `paho 2.2.0`; the name alone of what is not installed."""
    try:
        return f"{peer} {importlib.metadata.version(DISTRIBUTIONS[peer])}"
    except (KeyError, importlib.metadata.PackageNotFoundError):
        return peer


class Wire:
    """What paho takes for a socket: it gives what was put in, and swallows what is sent."""

    def __init__(self) -> None:
        self.data = b""
        self.at = 0

    def put(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def recv(self, size: int) -> bytes:
        data = self.data[self.at : self.at + size]
        if not data:
            raise BlockingIOError
        self.at += size
        return data

    def send(self, data: bytes) -> int:
        return len(data)

    def close(self) -> None:
        pass


def paho_client(version: Version) -> tuple[Any, Wire]:
    """A client of paho that is connected, and its wire."""
    enums = importlib.import_module("paho.mqtt.enums")
    protocol = enums.MQTTProtocolVersion(int(version))
    client = paho.Client(enums.CallbackAPIVersion.VERSION2, protocol=protocol)
    wire = Wire()
    client._sock = wire
    wire.put(b"\x20\x03\0\0\0" if version is Version.V5 else b"\x20\x02\0\0")
    client.loop_read()
    return client, wire


def paho_packer(version: Version) -> Any:
    """A client of paho that keeps nothing of what it is to send."""
    client, _ = paho_client(version)
    client._packet_queue = lambda *_: 0
    return client


def paho_properties(values: dict[str, Any]) -> Any:
    """The properties of a PUBLISH as paho wants them."""
    found = importlib.import_module("paho.mqtt.properties")
    types = importlib.import_module("paho.mqtt.packettypes")
    properties = found.Properties(types.PacketTypes.PUBLISH)
    properties.PayloadFormatIndicator = values["payload_format_indicator"]
    properties.MessageExpiryInterval = values["message_expiry_interval"]
    properties.ContentType = values["content_type"]
    properties.ResponseTopic = values["response_topic"]
    properties.CorrelationData = values["correlation_data"]
    properties.UserProperty = values["user_properties"]
    return properties


class Transport:
    """What gmqtt takes for a transport of asyncio."""

    def write(self, data: bytes) -> None:
        pass

    def is_closing(self) -> bool:
        return False

    def close(self) -> None:
        pass


def gmqtt_reader(version: Version, on_message: Callable[..., None]) -> Callable[[bytes], object]:
    """What reads the bytes that have come for a client of gmqtt."""
    asyncio = importlib.import_module("asyncio")
    protocols = importlib.import_module("gmqtt.mqtt.protocol")
    connections = importlib.import_module("gmqtt.mqtt.connection")
    # It wants a loop to be there, in which nothing runs.
    asyncio.set_event_loop(asyncio.new_event_loop())
    client = gmqtt.Client("bench")
    client.on_message = on_message
    client._connection_state.protocol_version = int(version)
    handler = client._package_handler
    protocol = protocols.MQTTProtocol(
        connection_state=client._connection_state, id_generator=handler.id_generator
    )
    transport = Transport()
    protocol._transport = transport
    client._connection = connections.MQTTConnection(transport, protocol, True, 60, handler)
    read: Callable[[bytes], object] = protocol._read_packet
    return read
