"""A `ClientSession` that tests drive by hand."""

import mqtt_core
from mqtt_core import (
    ClientConfig,
    ClientSession,
    ConnAck,
    Connect,
    Connected,
    Decoder,
    encode,
)

NOW = 100.0


def connected(
    config: ClientConfig | None = None,
    connack: ConnAck | None = None,
    connect: Connect | None = None,
) -> ClientSession:
    session = ClientSession(config)
    session.connect(connect or Connect("c"), now=NOW)
    session.data_to_send()
    feed(session, connack or ConnAck())
    assert isinstance(session.next_event(), Connected)
    return session


def feed(session: ClientSession, *packets: mqtt_core.Packet, now: float = NOW) -> None:
    for packet in packets:
        data = encode(packet)
        assert session.receive_data(data, now=now) == len(data)


def sent(session: ClientSession) -> list[mqtt_core.Packet]:
    decoder = Decoder()
    while data := session.data_to_send():
        decoder.feed(data)
    return list(decoder)
