"""paho-mqtt: TLS, certificates, WebSocket."""

from __future__ import annotations

import ssl
from typing import Literal

import pytest
from conftest import Connect
from harness import Identity, Site, expect, fresh
from paho_peer import ENDED, VERSIONS, Message, Peer, Version

versions = pytest.mark.parametrize("version", VERSIONS, ids=lambda version: version.name)


def context(authority: str, own: Identity | None = None) -> ssl.SSLContext:
    made = ssl.create_default_context(cafile=authority)
    if own is not None:
        made.load_cert_chain(own.certificate, own.key)
    return made


def echoes(peer: Peer) -> None:
    """It gets what it sends, whatever the size."""
    topic = fresh("t")
    peer.subscribe(topic, 2)
    for qos, size in [(0, 0), (1, 1), (2, 70_000), (2, 900_000)]:
        payload = bytes(at * 7 % 256 for at in range(size))
        peer.publish(topic, payload, qos)
        peer.gets(Message(topic, payload, qos))


@versions
@pytest.mark.parametrize("kind", ["tls", "websocket", "wss"])
def test_transport(
    site: Site, connect: Connect, version: Version, kind: Literal["tls", "websocket", "wss"]
) -> None:
    secure = None if kind == "websocket" else context(site.certificates.authority)
    port = getattr(site.ports, kind)
    transport: Literal["tcp", "websockets"] = "tcp" if kind == "tls" else "websockets"
    peer = connect(version, port=port, transport=transport, context=secure)
    echoes(peer)
    # To and from one who has plain TCP.
    plain, topic = connect(version), fresh("t")
    plain.subscribe(topic, 1)
    peer.subscribe(topic, 1)
    peer.publish(topic, b"x", 1)
    for each in [plain, peer]:
        each.gets(Message(topic, b"x", 1))


@pytest.mark.parametrize("maximum", ["TLSv1_2", "TLSv1_3"])
def test_tls_version(site: Site, connect: Connect, maximum: str) -> None:
    secure = context(site.certificates.authority)
    secure.maximum_version = ssl.TLSVersion[maximum]
    secure.minimum_version = ssl.TLSVersion[maximum]
    echoes(connect(VERSIONS[-1], port=site.ports.tls, context=secure))


def test_tls_of_a_stranger(site: Site, connect: Connect) -> None:
    """The client refuses a server that it has no reason to trust."""
    with pytest.raises(ssl.SSLCertVerificationError):
        secure = context(site.certificates.stranger)
        connect(VERSIONS[-1], port=site.ports.tls, context=secure)


@versions
def test_client_certificate(site: Site, connect: Connect, version: Version) -> None:
    certificates, port = site.certificates, site.ports.mutual
    echoes(connect(version, port=port, context=context(certificates.authority, certificates.client)))
    for other in [None, certificates.impostor]:
        # With TLS 1.3 the client may think that it is connected, until it reads.
        try:
            refused = connect.attempt(
                version, port=port, context=context(certificates.authority, other)
            )
        except (ssl.SSLError, ConnectionResetError):
            continue
        expect("CONNACK", refused.connack, ENDED)
