"""Both programs of each pair print what the page says, and say the same to mosquitto."""

import importlib.util
import os
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme
from aio.servers import Server, free_ports, missing
from mqtt_core import Connect, Packet, Publish, Subscribe

from .programs import Pair, pairs, run, with_ports
from .tap import Tap

PAGES = {"from-paho.md": "paho", "from-aiomqtt.md": "aiomqtt"}
ALL = [(page, pair) for page in PAGES for pair in pairs(page)]
CUT = {"When the connection is lost": Subscribe}
"""Whose first connection is cut, and where."""


NEEDED = ("mosquitto", "mosquitto_passwd")


@dataclass(frozen=True)
class Broker:
    """mosquitto, with TLS and passwords on one of its ports."""

    server: Server
    folder: Path
    context: ssl.SSLContext
    """For who listens in."""
    trust: ssl.SSLContext


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    folder = tmp_path_factory.mktemp("broker")
    authority = trustme.CA()
    issued = authority.issue_cert("localhost", "127.0.0.1")
    authority.cert_pem.write_to_path(folder / "ca.pem")
    issued.private_key_and_cert_chain_pem.write_to_path(folder / "server.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    issued.configure_cert(context)
    trust = ssl.create_default_context()
    authority.configure_trust(trust)

    programs = [shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin") for name in NEEDED]
    for name, program in zip(NEEDED, programs, strict=True):
        if program is None:
            missing(name)
    mosquitto, passwd = (str(program) for program in programs)
    subprocess.run([passwd, "-b", "-c", folder / "passwords", "anna", "secret"], check=True)
    ports = dict(zip(("mqtt", "mqtts"), free_ports(2), strict=True))
    pem = folder / "server.pem"
    config = folder / "mosquitto.conf"
    config.write_text(
        f"user {os.environ.get('USER', 'root')}\nper_listener_settings true\n"
        f"listener {ports['mqtt']} 127.0.0.1\nallow_anonymous true\n"
        f"listener {ports['mqtts']} 127.0.0.1\nallow_anonymous false\n"
        f"password_file {folder / 'passwords'}\ncertfile {pem}\nkeyfile {pem}\n",
        "utf-8",
    )
    server = Server("mosquitto", [mosquitto, "-c", str(config)], ports, folder / "log")
    server.start()
    yield Broker(server, folder, context, trust)
    server.stop()


def said(packets: list[Packet]) -> list[object]:
    """What clients wish of the broker, without what is a matter of taste."""
    found: list[object] = []
    filters: set[object] = set()
    topics: dict[int | None, str] = {}
    for packet in packets:
        match packet:
            case Connect():
                user = (packet.user_name, packet.password)
                start = (packet.clean_start, packet.session_expiry_interval or 0)
                found.append((packet.version, packet.keep_alive, packet.will, *user, *start))
            case Publish():
                number = None if packet.qos == 0 else 1
                alias = packet.topic_alias
                topic = packet.topic or topics[alias]
                topics[alias] = topic
                found.append(packet.replace(topic=topic, packet_id=number, topic_alias=None))
            case Subscribe(subscriptions):
                # In one packet or in several.
                filters.update(subscriptions)
            case _:
                pass
    return [*found, filters]


def listened(program: str, name: str, pair: Pair, broker: Broker, folder: Path) -> list[object]:
    """Runs a program, and gives what it says to the broker."""
    shutil.copyfile(broker.folder / "ca.pem", folder / "ca.pem")
    ports = broker.server.ports
    cut_at = CUT.get(pair.heading)
    with (
        Tap(ports["mqtt"], cut_at=cut_at) as plain,
        Tap(ports["mqtts"], server=broker.context, client=broker.trust) as safe,
    ):
        # Others may say what they like; ours says that it has lost a connection.
        may_complain = cut_at is not None or program is pair.theirs
        program = with_ports(program, {1883: plain.port, 8883: safe.port})
        assert run(folder, name, program, may_complain=may_complain) == pair.printed
        packets = plain.packets + safe.packets
        if cut_at is not None:
            assert plain.connections == 2
            # How it connects again is what they do differently: ours goes on with the session.
            packets = [packet for packet in packets if not isinstance(packet, Connect)]
        return said(packets)


@pytest.mark.parametrize(
    ("page", "pair"), ALL, ids=[f"{page}: {pair.heading}" for page, pair in ALL]
)
def test_both_do_the_same(page: str, pair: Pair, broker: Broker, tmp_path: Path) -> None:
    if importlib.util.find_spec(PAGES[page]) is None:
        missing(PAGES[page])
    theirs = listened(pair.theirs, "theirs.py", pair, broker, tmp_path)
    ours = listened(pair.ours, "ours.py", pair, broker, tmp_path)
    assert theirs == ours


def test_taps_hear_something(broker: Broker, tmp_path: Path) -> None:
    pair = pairs("from-paho.md")[0]
    assert pair.heading == "Connect with user name, TLS and a will"
    (connect, filters) = listened(pair.ours, "ours.py", pair, broker, tmp_path)
    assert "anna" in connect and not filters  # type: ignore[operator]


def test_pages_are_about_all_that_was_asked_for() -> None:
    topics = ("TLS and a will", "each with its QoS", "properties", "etained", "hared", "events")
    for page in PAGES:
        headings = [pair.heading for pair in pairs(page)]
        for topic in topics:
            assert any(topic in heading for heading in headings), (page, topic)
