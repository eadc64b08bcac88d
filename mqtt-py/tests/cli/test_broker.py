"""`mqc broker`."""

import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from aio.servers import free_ports

from .conftest import Certificates
from .run import Ran, Running, mqc


class Serving:
    """A broker that listens."""

    def __init__(self, running: Running, count: int) -> None:
        self._running = running
        self.urls = [running.read_line().strip() for _ in range(count)]
        self.port = self.urls[0].rpartition(":")[2].partition("/")[0]

    def end(self, number: signal.Signals = signal.SIGTERM) -> Ran:
        self._running.signal(number)
        return self._running.end()


@contextmanager
def serving(*words: str, count: int = 1) -> Iterator[Serving]:
    with Running("broker", "-p", "0", *words) as running:
        yield Serving(running, count)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_says_where_it_listens_and_ends_by_a_signal(number: signal.Signals) -> None:
    with serving() as broker:
        assert broker.urls == [f"mqtt://127.0.0.1:{broker.port}"]
        # A client of 5.0 is told; it is to come again, which it does not.
        with Running("sub", "-d", "-p", broker.port, "-t", "a", "--no-reconnect") as sub:
            sub.hear("subscribed to")
            assert broker.end(number) == (0, "", "")
            ran = sub.end()
        assert ran.status == 3 and "server shutting down" in ran.err


@pytest.mark.parametrize("version", ["5", "311", "31"])
def test_messages_go_through_it(version: str) -> None:
    with serving() as broker:
        me = ("-p", broker.port, "-V", version, "-q", "2", "-t", "a/b")
        with Running("sub", "-d", *me, "-C", "1") as sub:
            sub.hear("subscribed to")
            assert mqc("pub", *me, "-m", "x").status == 0
            assert sub.end().out == "x\n"
        ran = mqc("bench", "-p", broker.port, "-V", version, "-q", "1", "--count", "200")
        assert ran.status == 0
        assert broker.end().status == 0


def test_it_logs_connections_and_packets() -> None:
    with serving("-v") as broker:
        words = ("-p", broker.port, "-i", "me", "-t", "a", "-q", "1")
        assert mqc("pub", *words, "-m", "hello", "-V", "311").status == 0
        assert mqc("pub", *words, "-m", "x" * 10_000).status == 0
        ran = broker.end()
    lines = [re.sub(r".* connection \d+:? ", "", line) for line in ran.err.splitlines()]
    assert ran.status == 0
    assert lines[0].startswith("<- Connect('me', version=Version.V311")
    assert lines[1].startswith("'me' connects from ('127.0.0.1', ")
    assert lines[2] == "-> ConnAck()"
    assert lines[3].startswith("<- Publish('a', b'hello', qos=QoS.AT_LEAST_ONCE")
    assert lines[4].startswith("-> PubAck(")
    assert lines[5] == "<- Disconnect()"
    assert any(line.startswith("ended: ") for line in lines)
    assert all(len(line) < 400 for line in lines)


def test_tls_and_websocket(certificates: Certificates) -> None:
    files = (str(certificates.certificate), str(certificates.key))
    authority = ("--cafile", str(certificates.authority))
    with serving("--tls", *files, "--ws", "0", count=2) as broker:
        for url in broker.urls:
            named = url.replace("127.0.0.1", "localhost")
            assert mqc("pub", "-L", named, *authority, "-t", "a", "-m", "x") == (0, "", "")
        assert [url.partition(":")[0] for url in broker.urls] == ["mqtts", "wss"]
        assert broker.end().status == 0
    with serving("--ws") as broker:
        assert broker.urls[0].startswith("ws://")
        assert mqc("pub", "-L", broker.urls[0], "-t", "a", "-m", "x") == (0, "", "")


def test_users_and_rules(tmp_path: Path) -> None:
    users, acl = tmp_path / "users", tmp_path / "acl"
    users.write_text("# for tests\nalice:se:cret\n\nbob:\n")
    acl.write_text("allow all user alice open/#\n")
    with serving("--users", str(users), "--acl", str(acl)) as broker:
        me = ("pub", "-p", broker.port, "-m", "x", "-q", "1")
        assert mqc(*me, "-t", "open/1", "-u", "alice", "-P", "se:cret") == (0, "", "")
        ran = mqc(*me, "-t", "closed", "-u", "alice", "-P", "se:cret")
        assert ran.status == 1 and "not authorized" in ran.err
        for wrong in (("-u", "alice", "-P", "x"), ("-u", "eve", "-P", ""), ()):
            ran = mqc(*me, "-t", "open/1", *wrong)
            assert ran.status == 3 and "bad user name or password" in ran.err
        assert broker.end() == (0, "", "")


@pytest.mark.parametrize("version", ["5", "311"])
def test_a_subscription_that_is_refused_is_said(tmp_path: Path, version: str) -> None:
    acl = tmp_path / "acl"
    acl.write_text("default allow\ndeny subscribe closed/#\n")
    with serving("--acl", str(acl)) as broker:
        me = ("-p", broker.port, "-V", version)
        reason = "not authorized" if version == "5" else "unspecified error"
        told = f"mqc: the broker refuses 'closed/#': {reason}\n"
        assert mqc("sub", *me, "-t", "closed/#") == (1, "", told)
        # One of two: the other is worth waiting for.
        assert mqc("pub", *me, "-t", "open", "-m", "x", "-r", "-q", "1").status == 0
        assert mqc("sub", *me, "-t", "closed/#", "-t", "open", "-C", "1") == (1, "x\n", told)
        assert broker.end().status == 0


def test_a_store_keeps_messages(tmp_path: Path) -> None:
    for count in range(2):
        with serving("--store", str(tmp_path / "broker.db")) as broker:
            if not count:
                words = ("-t", "kept", "-m", "x", "-r", "-q", "1")
                assert mqc("pub", "-p", broker.port, *words).status == 0
            ran = mqc("sub", "-p", broker.port, "-t", "kept", "-C", "1", "-W", "20")
            assert ran == (0, "x\n", "")
            assert broker.end().status == 0


def test_usage(tmp_path: Path) -> None:
    bad = tmp_path / "bad"
    bad.write_text("no colon\n")
    for words, told in (
        (("-p", "70000"), "no port"),
        (("--users", "/no/such"), "/no/such"),
        (("--users", str(bad)), "line 1: expected NAME:PASSWORD"),
        (("--acl", str(bad)), "line 1"),
        (("--tls", "/no/a", "/no/b"), "/no/a"),
        (("-h", "no.such.host.invalid", "-p", "0"), "it cannot listen"),
        (("--store", str(tmp_path)), "it cannot listen"),
    ):
        ran = mqc("broker", *words)
        assert ran.status == 2 and "Traceback" not in ran.err, ran
        if told != "it cannot listen":
            assert told in ran.err
    (port,) = free_ports(1)
    with Running("broker", "-p", str(port)) as first:
        first.read_line()
        ran = mqc("broker", "-p", str(port))
        assert ran.status == 2 and "it cannot listen" in ran.err
