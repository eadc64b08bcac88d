"""The examples, as programs, with mosquitto and with mqc-server.

MQC_SERVER is the path of `mqc-server`, mosquitto is looked for in PATH. Without one of them its
tests fail, unless ALLOW_MISSING=1.
"""

import importlib.util
import os
import runpy
import select
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from mqtt_core import (
    ClientSession,
    Closed,
    Connect,
    Message,
    Published,
    QoS,
    Subscribed,
    Subscription,
)

EXAMPLES = Path(__file__).parents[1] / "examples"
PATIENCE = 60.0
"""So many seconds each program may take."""

SERVERS = ("mosquitto", "mqc-server")
VERSIONS = ("5.0", "3.1.1")
PROGRAMS = ("blocking", "selectors", "asyncio", "trio", "sqlite")


def missing(what: str) -> str:
    if os.environ.get("ALLOW_MISSING") == "1":
        pytest.skip(what)
    pytest.fail(f"{what}; ALLOW_MISSING=1 does without")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def command_of(server: str, port: int, folder: Path) -> list[str]:
    if server == "mosquitto":
        # Where Debian has it; not in the PATH of every user.
        program = shutil.which(server, path=f"{os.environ.get('PATH', '')}:/usr/sbin")
        config = folder / "mosquitto.conf"
        lines = [f"listener {port} 127.0.0.1", "allow_anonymous true", "max_queued_messages 0"]
        config.write_text("\n".join(lines))
        return [program or missing("mosquitto is not in PATH"), "-c", str(config)]
    program = os.environ.get("MQC_SERVER") or missing("MQC_SERVER is not set")
    if not os.access(program, os.X_OK):
        missing(f"MQC_SERVER={program} is no program")
    return [program, "--listen", f"127.0.0.1:{port}", "--log", "warn"]


@pytest.fixture(scope="module", params=SERVERS)
def port(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a server."""
    folder, number = tmp_path_factory.mktemp("server"), free_port()
    command = command_of(request.param, number, folder)
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                socket.create_connection(("127.0.0.1", number), timeout=PATIENCE).close()
                break
            except OSError:
                assert server.poll() is None, (folder / "log").read_text()
                assert time.monotonic() < deadline, f"{request.param} does not listen"
                time.sleep(0.01)
        yield number
    finally:
        server.kill()
        server.wait()


def run(program: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", str(EXAMPLES / f"{program}_client.py")]
    command += [str(argument) for argument in arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)


def at(port: int) -> tuple[object, ...]:
    return "--host", "127.0.0.1", "--port", port


def lines(*texts: str) -> list[str]:
    return sorted(texts)


def expected(program: str, topic: str, qos: int) -> list[str]:
    """What it prints, sorted: what is published and what comes may cross."""
    granted = ("SUCCESS", "GRANTED_QOS_1", "GRANTED_QOS_2")[qos]
    subscribed, message = f"subscribed: {granted}", f"message: {topic} b'21.5'"
    published = ["published: SUCCESS"] if qos else []
    match program:
        case "blocking":
            tokens = ["published: 2 SUCCESS"] if qos else []
            return lines("closed: LOCAL", "connected: new", message, subscribed, *tokens)
        case "sqlite":
            tokens = [f"published: {(1 << 32) + 2} SUCCESS"] if qos else []
            return lines("connected: new", message, subscribed, *tokens)
        case "selectors":
            each = [f"{n} {text}" for n in range(3) for text in (subscribed, message)]
            return lines(*each, *(f"0 {text}" for text in published))
        case _:
            return lines(subscribed, message, *(published or ["published:"]))


@pytest.mark.parametrize("qos", [0, 1, 2])
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("program", PROGRAMS)
def test_publish_and_receive(
    program: str, version: str, qos: int, port: int, tmp_path: Path
) -> None:
    if program == "trio" and importlib.util.find_spec("trio") is None:
        missing("trio is not installed")
    topic = f"{program}/{version}/{qos}"
    own: list[object] = []
    if program == "sqlite":
        own = [tmp_path / "client.db", "--id", f"{program}-{version}-{qos}", "--count", 1]
    done = run(program, *own, *at(port), "--version", version, "--qos", qos, topic, topic, "21.5")
    assert done.stderr == "" and done.returncode == 0
    assert sorted(done.stdout.splitlines()) == expected(program, topic, qos)


@pytest.mark.parametrize("program", PROGRAMS)
def test_faults(program: str, port: int, tmp_path: Path) -> None:
    """One line says what is wrong, and the exit code that something is."""
    if program == "trio" and importlib.util.find_spec("trio") is None:
        missing("trio is not installed")
    own = [tmp_path / "client.db"] if program == "sqlite" else []
    cases: list[tuple[list[object], str]] = [
        ([*own, *at(port), "a/#/b"], "# is not the last level"),
        ([*own, *at(port), "a", "a/+"], "wildcard"),
        ([*own, *at(free_port()), "a"], "connect"),
    ]
    for arguments, words in cases:
        done = run(program, *arguments)
        assert done.returncode in (1, 2)
        assert words in done.stderr.lower() and "Traceback" not in done.stderr


class Peer:
    """A client that the examples talk to: it publishes, and keeps what comes."""

    def __init__(self, port: int, topic_filter: str) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self.session = ClientSession()
        self.came: list[tuple[int, bytes]] = []
        self.is_subscribed = False
        self.open: set[int] = set()
        self.session.connect(Connect(), now=0.0)
        self.go_on(lambda: self.session.is_connected)
        self.session.subscribe([Subscription(topic_filter, QoS.EXACTLY_ONCE)], now=0.0)
        self.go_on(lambda: self.is_subscribed)

    def go_on(self, is_done: Callable[[], bool]) -> None:
        """Sends and receives until it is done."""
        deadline = time.monotonic() + PATIENCE
        while True:
            for event in self.session.events():
                match event:
                    case Message(publish):
                        self.came.append((publish.qos, publish.payload))
                    case Published(token):
                        self.open.remove(token)
                    case Subscribed():
                        self.is_subscribed = True
                    case Closed():
                        raise AssertionError(event)
            while data := self.session.data_to_send():
                self.socket.sendall(data)
            if is_done():
                return
            ready, _, _ = select.select([self.socket], [], [], deadline - time.monotonic())
            assert ready, f"nothing comes: {self.came}"
            data = self.socket.recv(1 << 16)
            assert data, "the server has closed the connection"
            self.session.receive_data(data, now=0.0)

    def publish(self, topic: str, payload: bytes, qos: QoS) -> None:
        self.open.add(self.session.publish(topic, payload, qos=qos, now=0.0))
        self.go_on(lambda: not self.open)


@pytest.mark.parametrize("version", VERSIONS)
def test_sqlite_is_killed(version: str, port: int, tmp_path: Path) -> None:
    """Killed at each of its steps, it takes and sends each message of QoS 2 exactly once.

    The run that dies at the first step is followed by one that dies at the second, and so on, until
    one comes to its end; twice. Each has two messages more to send, and two more to take.
    """
    file, name = tmp_path / "client.db", f"killed-{version}"
    dying = [sys.executable, "-W", "error", str(Path(__file__).with_name("dying.py"))]
    program = str(EXAMPLES / "sqlite_client.py")
    sent = taken = 0
    is_subscribed = False
    levels = (QoS.EXACTLY_ONCE, QoS.AT_LEAST_ONCE)
    open_file: Callable[[str], sqlite3.Connection] = runpy.run_path(program)["open_file"]
    peer = Peer(port, f"{name}/out")
    with closing(peer.socket), closing(open_file(str(file))) as db:
        step = ends = 0
        while ends < 2:
            step += 1
            for qos in levels:
                row = f"{name}/out", b"%d" % sent, qos
                db.execute("INSERT INTO outbox(topic, payload, qos) VALUES (?, ?, ?)", row)
                if is_subscribed:
                    peer.publish(f"{name}/in", b"%d" % taken, qos)
            sent += 1
            taken += is_subscribed
            settings = [*at(port), "--version", version, "--id", name, "--count", 2 * taken]
            arguments = [str(it) for it in (step, program, file, f"{name}/in", *settings)]
            done = subprocess.run(
                dying + arguments, capture_output=True, text=True, timeout=PATIENCE
            )
            is_subscribed = is_subscribed or "subscribed: GRANTED_QOS_2" in done.stdout
            assert done.stderr == ""
            assert done.returncode in (0, -signal.SIGKILL)
            if done.returncode == 0:
                assert step > 15
                step, ends = 0, ends + 1
        peer.go_on(lambda: {payload for _, payload in peer.came} >= numbers(sent))
        inbox = db.execute("SELECT qos, payload FROM inbox ORDER BY id").fetchall()
        assert db.execute("SELECT count(*) FROM outbox").fetchone() == (0,)
    for came, count in ((inbox, taken), (peer.came, sent)):
        in_order = [b"%d" % number for number in range(count)]
        assert [payload for qos, payload in came if qos == QoS.EXACTLY_ONCE] == in_order
        at_least_once = [payload for qos, payload in came if qos == QoS.AT_LEAST_ONCE]
        assert list(dict.fromkeys(at_least_once)) == in_order


def numbers(count: int) -> set[bytes]:
    return {b"%d" % number for number in range(count)}
