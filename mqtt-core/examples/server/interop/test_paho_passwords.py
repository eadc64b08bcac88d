"""paho-mqtt: users and passwords."""

from __future__ import annotations

import pytest
from conftest import Connect
from harness import PASSWORD, USER, expect, fresh
from paho_peer import V5, VERSIONS, ConnAck, Message, Version

versions = pytest.mark.parametrize("version", VERSIONS, ids=lambda version: version.name)

WRONG, NOT_AUTHORIZED = 0x86, 0x87
"""So paho tells of the codes 4 and 5 before 5.0, too."""


@versions
def test_right_password(connect: Connect, version: Version) -> None:
    port = connect.site.ports.guarded
    peer = connect(version, port=port, user=USER, password=PASSWORD)
    topic = f"{USER}/{fresh('t')}"
    peer.subscribe(f"{USER}/#", 1)
    expect("PUBACK", peer.publish(topic, b"x", 1), 0)
    peer.gets(Message(topic, b"x", 1))
    # The rules know who it is.
    expect("PUBACK", peer.publish("bert/t", b"x", 1), NOT_AUTHORIZED if version == V5 else 0)


@versions
@pytest.mark.parametrize(
    ("user", "password", "code"),
    [
        (USER, "another", WRONG),
        (USER, "", WRONG),
        (USER, None, WRONG),
        (USER.upper(), PASSWORD, WRONG),
        ("nobody", PASSWORD, WRONG),
        (None, None, NOT_AUTHORIZED),
    ],
    ids=["wrong password", "empty password", "no password", "other case", "unknown user", "no user"],
)
def test_refused(
    connect: Connect, version: Version, user: str | None, password: str | None, code: int
) -> None:
    port = connect.site.ports.guarded
    refused = connect.attempt(version, port=port, user=user, password=password)
    came = refused.connack
    expect("CONNACK", came.code if isinstance(came, ConnAck) else came, code)
