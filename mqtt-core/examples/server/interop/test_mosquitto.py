"""mosquitto_pub, mosquitto_sub and mosquitto_rr."""

from __future__ import annotations

import json
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from conftest import ANY
from harness import PASSWORD, PATIENCE, USER, Server, Site, expect, fresh

VERSIONS = ["mqttv31", "mqttv311", "mqttv5"]
versions = pytest.mark.parametrize("version", VERSIONS)

Seen = tuple[str, str, int, bool]
"""Topic, payload, QoS, RETAIN."""


class Sub:
    """A mosquitto_sub, or another program that prints what it gets in that form."""

    def __init__(self, *arguments: str, program: str = "mosquitto_sub") -> None:
        # Into a pipe it would hold back its lines.
        command = ["stdbuf", "-oL", program, "-d", "-F", "%j", "-h", "127.0.0.1", *arguments]
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line)
        self._lines.put(None)

    def until(self, what: str, wanted: Callable[[str], bool]) -> str:
        """The next line that is wanted."""
        seen: list[str] = []
        while True:
            try:
                line = self._lines.get(timeout=PATIENCE)
            except queue.Empty:
                line = None
            if line is None:
                raise AssertionError(f"expected {what}, came {''.join(seen)}")
            if wanted(line):
                return line
            seen.append(line)

    def subscribed(self) -> str:
        """The codes of SUBACK."""
        line = self.until("SUBACK", lambda line: line.startswith("Subscribed ("))
        return line.partition("): ")[2].strip()

    def next(self) -> tuple[Seen, dict[str, Any]]:
        """The next message, and its properties."""
        line = self.until("a message", lambda line: line.startswith("{"))
        # A name of a user property may be there twice.
        pairs = dict(json.loads(line, object_pairs_hook=lambda pairs: pairs))
        seen = (pairs["topic"], pairs["payload"] or "", pairs["qos"], pairs["retain"] == 1)
        return seen, dict(pairs.get("properties", []))

    def gets(self, *expected: Seen) -> None:
        for message in expected:
            expect("message", self.next()[0], message)

    def kill(self) -> None:
        """Ends it without a word."""
        self.process.kill()
        self.process.wait()

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(PATIENCE)
        self._reader.join()
        assert self.process.stdout is not None
        self.process.stdout.close()


class Cli:
    """Starts the programs, and ends them at the end of the scenario."""

    def __init__(self, site: Site, version: str) -> None:
        self.site = site
        self.common = ["-V", version]
        self.subs: list[Sub] = []

    def start(self, *arguments: str, port: int | None = None, program: str = "mosquitto_sub") -> Sub:
        to = ["-p", str(port or self.site.ports.plain), *self.common]
        self.subs.append(Sub(*to, *arguments, program=program))
        return self.subs[-1]

    def sub(self, *arguments: str, port: int | None = None) -> Sub:
        """One that has subscribed."""
        sub = self.start(*arguments, port=port)
        sub.subscribed()
        return sub

    def pub(self, *arguments: str, payload: str = "", port: int | None = None) -> str:
        """What it printed; fails if it did."""
        result = self.try_pub(*arguments, payload=payload, port=port)
        expect(f"exit status ({result.stdout})", result.returncode, 0)
        return result.stdout

    def try_pub(
        self, *arguments: str, payload: str, port: int | None = None
    ) -> subprocess.CompletedProcess[str]:
        # It takes an empty standard input for an error.
        source = "-s" if payload else "-n"
        to = ["-h", "127.0.0.1", "-p", str(port or self.site.ports.plain), *self.common]
        return subprocess.run(
            ["mosquitto_pub", "-d", *to, source, *arguments],
            input=payload,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE,
        )


@pytest.fixture
def version() -> str:
    """That of scenarios that are of 5.0 alone."""
    return "mqttv5"


@pytest.fixture
def cli(site: Site, version: str) -> Iterator[Cli]:
    cli = Cli(site, version)
    yield cli
    for sub in cli.subs:
        sub.close()


@versions
def test_qos(cli: Cli) -> None:
    topic = fresh("t")
    subs = [cli.sub("-t", f"{topic}/+", "-q", str(qos)) for qos in range(3)]
    for qos in range(3):
        cli.pub("-t", f"{topic}/a", "-q", str(qos), payload=f"hello {qos}")
        for granted, sub in enumerate(subs):
            sub.gets((f"{topic}/a", f"hello {qos}", min(qos, granted), False))


@versions
@pytest.mark.parametrize("qos", [0, 1, 2])
def test_many_lines(cli: Cli, qos: int) -> None:
    topic = fresh("t")
    sub = cli.sub("-t", topic, "-q", str(qos))
    command = ["mosquitto_pub", "-p", str(cli.site.ports.plain), *cli.common]
    text = "".join(f"{at}\n" for at in range(500))
    subprocess.run([*command, "-t", topic, "-q", str(qos), "-l"], input=text, text=True, check=True, timeout=60)
    sub.gets(*((topic, str(at), qos, False) for at in range(500)))


@versions
def test_payloads(cli: Cli) -> None:
    topic = fresh("t")
    sub = cli.sub("-t", topic, "-q", "2")
    for payload in ["", "x" * ((1 << 20) - 100)]:
        cli.pub("-t", topic, "-q", "2", payload=payload)
        sub.gets((topic, payload, 2, False))


@versions
def test_retained(cli: Cli) -> None:
    topic = fresh("r")
    live = cli.sub("-t", topic, "-q", "1")
    cli.pub("-t", topic, "-q", "1", "-r", payload="kept")
    live.gets((topic, "kept", 1, False))
    cli.sub("-t", topic, "-t", f"{topic}/mark", "-q", "1").gets((topic, "kept", 1, True))
    cli.pub("-t", topic, "-q", "1", "-r")
    live.gets((topic, "", 1, False))
    late = cli.sub("-t", topic, "-t", f"{topic}/mark", "-q", "1")
    cli.pub("-t", f"{topic}/mark", "-q", "1", payload="mark")
    late.gets((f"{topic}/mark", "mark", 1, False))


@versions
def test_will(cli: Cli, version: str) -> None:
    topic = fresh("w")
    watcher = cli.sub("-t", topic, "-q", "2")
    will = ["--will-topic", topic, "--will-payload", "gone", "--will-qos", "2", "--will-retain"]
    polite, dying = (cli.sub("-t", "t", *will) for _ in range(2))
    polite.process.send_signal(signal.SIGINT)
    polite.process.wait(PATIENCE)
    # In 5.0 mosquitto_sub always says 0x04, disconnect with will message.
    if version == "mqttv5":
        watcher.gets((topic, "gone", 2, False))
    cli.pub("-t", topic, "-q", "2", payload="mark")
    watcher.gets((topic, "mark", 2, False))
    dying.kill()
    watcher.gets((topic, "gone", 2, False))
    cli.sub("-t", topic, "-q", "2").gets((topic, "gone", 2, True))


def test_will_delay(cli: Cli) -> None:
    topic = fresh("w")
    watcher = cli.sub("-t", topic)
    will = ["--will-topic", topic, "--will-payload", "gone", "-D", "will", "will-delay-interval", "1"]
    dying = cli.sub("-t", "t", "-x", "100", "-i", fresh("anna"), *will)
    began = time.monotonic()
    dying.kill()
    watcher.gets((topic, "gone", 0, False))
    expect("a delay of a second", time.monotonic() - began > 0.9, True)


@versions
def test_session_resumes(cli: Cli) -> None:
    topic, name = fresh("t"), fresh("anna")
    stay = ["-i", name, "-c", "-t", topic, "-q", "2"]
    cli.sub(*stay).kill()
    for at in range(20):
        cli.pub("-t", topic, "-q", str(1 + at % 2), payload=str(at))
    back = cli.start(*stay)
    came = [back.next()[0] for _ in range(20)]
    # It prints a message of QoS 2 when it has PUBREL, and so after others that came later.
    expect("messages", sorted(came, key=lambda seen: int(seen[1])), [(topic, str(at), 1 + at % 2, False) for at in range(20)])
    back.kill()
    cli.pub("-t", topic, "-q", "2", payload="lost")
    clean = cli.sub("-i", name, "-t", topic)
    cli.pub("-t", topic, payload="mark")
    clean.gets((topic, "mark", 0, False))


@versions
def test_shared_subscription(cli: Cli) -> None:
    topic = fresh("s")
    members = [cli.sub("-t", f"$share/group/{topic}", "-t", f"{topic}/end", "-q", "1") for _ in range(2)]
    sent = [str(at) for at in range(10)]
    for payload in sent:
        cli.pub("-t", topic, "-q", "1", payload=payload)
    cli.pub("-t", f"{topic}/end", "-q", "1", payload="end")
    parts: list[list[str]] = []
    for member in members:
        payloads = iter(lambda: member.next()[0][1], "end")
        parts.append(list(payloads))
    expect("messages to the group", sorted(parts[0] + parts[1]), sent)
    expect("each member has some", [bool(part) for part in parts], [True, True])


def test_properties_unchanged(cli: Cli) -> None:
    topic = fresh("t")
    sub = cli.sub("-t", topic, "-D", "subscribe", "subscription-identifier", "268435455")
    sent: list[tuple[str, ...]] = [
        ("user-property", "b", "1"),
        ("user-property", "a", "2"),
        ("user-property", "b", "3"),
        ("content-type", "text/plain"),
        ("correlation-data", "c-1"),
        ("response-topic", "answer/\u20ac"),
        ("payload-format-indicator", "1"),
        ("message-expiry-interval", "1000"),
    ]
    arguments = [word for each in sent for word in ("-D", "publish", *each)]
    cli.pub("-t", topic, *arguments, payload="x")
    seen, properties = sub.next()
    expect("message", seen, (topic, "x", 0, False))
    expect("an expiry of 1000 or a little less", properties.pop("message-expiry-interval") in (999, 1000), True)
    expect(
        "properties",
        properties,
        {
            "user-properties": [("b", "1"), ("a", "2"), ("b", "3")],
            "content-type": "text/plain",
            "correlation-data": "c-1",
            "response-topic": "answer/\u20ac",
            "payload-format-indicator": 1,
            "subscription-identifier": 268_435_455,
        },
    )


def test_all_come_with_a_receive_maximum_of_one(cli: Cli) -> None:
    # Whether one comes at a time is not seen here: mosquitto_sub acknowledges at once.
    topic = fresh("t")
    sub = cli.sub("-t", topic, "-q", "2", "-D", "connect", "receive-maximum", "1")
    for at in range(20):
        cli.pub("-t", topic, "-q", "2", payload=str(at))
    sub.gets(*((topic, str(at), 2, False) for at in range(20)))


def test_topic_alias(cli: Cli) -> None:
    topic = fresh("t")
    # It takes none itself: for mosquitto_sub 2.0.11 a message that has an alias and no topic is an error.
    sub = cli.sub("-t", topic)
    # With an alias mosquitto_pub sends the topic once.
    text = "".join(f"{at}\n" for at in range(20))
    command = ["mosquitto_pub", "-p", str(cli.site.ports.plain), *cli.common, "-t", topic, "-l"]
    alias = ["-D", "publish", "topic-alias", "3"]
    subprocess.run([*command, *alias], input=text, text=True, check=True, timeout=60)
    sub.gets(*((topic, str(at), 0, False) for at in range(20)))


def test_maximum_packet_size(cli: Cli) -> None:
    topic = fresh("t")
    small = cli.sub("-t", topic, "-D", "connect", "maximum-packet-size", "200")
    cli.pub("-t", topic, payload="x" * 300)
    cli.pub("-t", topic, payload="y")
    small.gets((topic, "y", 0, False))


def test_retain_as_published(cli: Cli) -> None:
    topic = fresh("t")
    cli.pub("-t", topic, "-r", payload="old")
    sub = cli.sub("-t", topic, "--retain-as-published")
    sub.gets((topic, "old", 0, True))
    cli.pub("-t", topic, "-r", payload="new")
    sub.gets((topic, "new", 0, True))


def test_request_and_response(cli: Cli) -> None:
    question, answer = fresh("question"), fresh("answer")
    service = cli.sub("-t", question)
    caller = cli.start("-t", question, "-e", answer, "-m", "6*7", program="mosquitto_rr")
    seen, properties = service.next()
    expect("request", seen, (question, "6*7", 0, False))
    correlation = properties.get("correlation-data")
    data = ["-D", "publish", "correlation-data", correlation] if correlation else []
    cli.pub("-t", properties["response-topic"], *data, payload="42")
    caller.gets((answer, "42", 0, False))


@versions
def test_unsubscribe(cli: Cli) -> None:
    topic = fresh("t")
    sub = cli.sub("-t", f"{topic}/#", "-t", f"{topic}/b", "-U", f"{topic}/#")
    sub.until("UNSUBACK", lambda line: "received UNSUBACK" in line)
    cli.pub("-t", f"{topic}/a", payload="a")
    cli.pub("-t", f"{topic}/b", payload="b")
    sub.gets((f"{topic}/b", "b", 0, False))


@versions
def test_acl(cli: Cli, version: str) -> None:
    watcher = cli.sub("-t", "forbidden/+", "-t", "mark", "-q", "1")
    for qos in ["1", "2"]:
        # Before 5.0 it is acknowledged, and goes nowhere.
        output = cli.pub("-t", "forbidden/a", "-q", qos, payload="x")
        expect(output, "Not authorized" in output, version == "mqttv5")
    cli.pub("-t", "mark", "-q", "1", payload="mark")
    watcher.gets(("mark", "mark", 1, False))
    # 3.1 has no code for it: QoS 0 is said, and nothing comes.
    code = {"mqttv5": "135", "mqttv311": "128", "mqttv31": "0"}[version]
    expect("SUBACK", cli.start("-t", "secret/a", "-q", "1").subscribed(), code)


@versions
def test_takeover(cli: Cli, version: str) -> None:
    name = fresh("anna")
    first = cli.sub("-i", name, "-t", "t")
    cli.sub("-i", name, "-t", "t")
    if version == "mqttv5":
        first.until("DISCONNECT 0x8E", lambda line: "Received DISCONNECT (142)" in line)
    # It comes back by itself, again and again, which is why it may not live on.
    first.kill()


@versions
def test_server_stops(cli: Cli, version: str) -> None:
    with Server(["--listen", ANY], listeners=1, log=cli.site.folder / "mosquitto.log") as server:
        sub = cli.sub("-t", "t", port=server.ports[0])
        server.stop()
        if version == "mqttv5":
            sub.until("DISCONNECT 0x8B", lambda line: "Received DISCONNECT (139)" in line)
        sub.kill()


@versions
@pytest.mark.parametrize("kind", ["tls", "mutual"])
def test_tls(cli: Cli, kind: str) -> None:
    certificates, topic = cli.site.certificates, fresh("t")
    port = getattr(cli.site.ports, kind)
    # The certificate is for this name.
    trust = ["-h", "localhost", "--cafile", certificates.authority]
    client, impostor = (
        ["--cert", identity.certificate, "--key", identity.key]
        for identity in (certificates.client, certificates.impostor)
    )
    own = client if kind == "mutual" else []
    sub = cli.sub("-t", topic, "-q", "2", *trust, *own, port=port)
    payload = "x" * 900_000
    cli.pub("-t", topic, "-q", "2", *trust, *own, payload=payload, port=port)
    sub.gets((topic, payload, 2, False))
    strangers = [["-h", "localhost", "--cafile", certificates.stranger]]
    if kind == "mutual":
        strangers = [trust, [*trust, *impostor]]
    for arguments in strangers:
        result = cli.try_pub("-t", topic, "-q", "1", *arguments, payload="x", port=port)
        expect(f"{arguments}: refused", result.returncode != 0, True)


@versions
def test_passwords(cli: Cli, version: str) -> None:
    port, topic = cli.site.ports.guarded, f"{USER}/{fresh('t')}"
    own = ["-u", USER, "-P", PASSWORD]
    sub = cli.sub("-t", topic, "-q", "1", *own, port=port)
    cli.pub("-t", topic, "-q", "1", *own, payload="x", port=port)
    sub.gets((topic, "x", 1, False))
    bad = {"mqttv5": "Bad User Name or Password", "mqttv311": "bad user name or password"}
    unknown = {"mqttv5": "Not authorized", "mqttv311": "not authorised"}
    name = "mqttv5" if version == "mqttv5" else "mqttv311"
    for arguments, text in [
        (["-u", USER, "-P", "another"], bad[name]),
        (["-u", "nobody", "-P", PASSWORD], bad[name]),
        ([], unknown[name]),
    ]:
        result = cli.try_pub("-t", topic, "-q", "1", *arguments, payload="x", port=port)
        expect(f"{arguments}: {text}", text in result.stdout and result.returncode != 0, True)
