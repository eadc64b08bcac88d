"""The examples in the documentation run and print what they say."""

import doctest
import io
import re
import socket
import threading
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import mqtt_core
import pytest
from mqtt_core import (
    Connect,
    Disconnect,
    ReasonCode,
    ServerSession,
    SubAck,
    Subscribe,
)

PACKAGE = Path(__file__).parents[1]

PRINTED = [
    "sensors/7: 4 bytes of 18\n",
    "b'21.5'\n"
    "Publish('sensors/7/temperature', b'21.5', qos=QoS.AT_LEAST_ONCE, packet_id=11,"
    " content_type='text/plain')\n"
    "b'0\\x05\\x00\\x01ahi'\n"
    "publish_qos 0 MQTT-3.3.1-4 ReasonCode.MALFORMED_PACKET\n",
    "connect c Version.V5\nPubAck(1)\npublish t 1000\n",
    "10007\n8\n",
    "site/7/state b'up'\n",
]

ELSEWHERE = {"aio.md", "serve.md", "mqc.md", "tutorial.md", "from-paho.md", "from-aiomqtt.md"}
"""Guides whose blocks need a network: others run them."""


def run(block: str, names: dict[str, Any]) -> str:
    """What it prints."""
    output = io.StringIO()
    with redirect_stdout(output):
        exec(block, names)
    return output.getvalue()


def blocks_of(page: Path) -> list[tuple[str, str | None]]:
    """Python, and what the text behind it says that it prints."""
    fences = re.findall(r"```(\w+)\n(.*?)```(?=\n)", page.read_text("utf-8"), re.DOTALL)
    following = [*fences, ("", "")][1:]
    return [
        (text, behind if next_kind == "text" else None)
        for (kind, text), (next_kind, behind) in zip(fences, following, strict=True)
        if kind == "python"
    ]


def test_module() -> None:
    result = doctest.testmod(mqtt_core)
    assert result.attempted > 0
    assert result.failed == 0


def test_readme() -> None:
    blocks = [block for block, _ in blocks_of(PACKAGE / "README.md")]
    session = next(block for block in blocks if "def run(link" in block)
    printed = [run(block, {}) for block in blocks if block != session]
    inspected = printed.pop(-2)
    assert printed == PRINTED
    assert inspected.startswith("PUBACK, 4 bytes, MQTT 3.1.1\n")
    drive_session(session)


def serve(link: socket.socket) -> None:
    """A server that publishes one message to whoever subscribes, and ends."""
    session = ServerSession(now=0.0)
    while data := link.recv(1000):
        session.receive_data(data, now=0.0)
        for event in session.events():
            match event:
                case Connect():
                    session.accept(now=0.0)
                case Subscribe(packet_id=packet_id):
                    suback = SubAck([ReasonCode.GRANTED_QOS_0], packet_id=packet_id)
                    session.suback(suback, now=0.0)
                    session.deliver("site/7/state", b"up", now=0.0)
                    session.disconnect(Disconnect(ReasonCode.SERVER_SHUTTING_DOWN), now=0.0)
        link.sendall(session.data_to_send())


def drive_session(block: str) -> None:
    """The loop of the README talks to a server."""
    names: dict[str, Any] = {}
    run(block, names)
    near, far = socket.socketpair()
    server = threading.Thread(target=serve, args=(far,), daemon=True)
    server.start()
    output = io.StringIO()
    with far, redirect_stdout(output):
        with near:
            names["run"](near)
        server.join(timeout=60)
    assert not server.is_alive()
    assert output.getvalue() == "site/7/state b'up'\nclosed: DISCONNECT\n"


@pytest.mark.parametrize("page", sorted((PACKAGE / "docs").glob("*.md")), ids=lambda it: it.name)
def test_guides(page: Path) -> None:
    """The blocks of one page go on from one another."""
    if page.name in ELSEWHERE:
        return
    names: dict[str, Any] = {}
    for block, expected in blocks_of(page):
        assert run(block, names) == (expected or "")


def test_guide_of_sessions_has_blocks() -> None:
    found = blocks_of(PACKAGE / "docs" / "sessions.md")
    assert len(found) > 4 and all(expected for _, expected in found)
