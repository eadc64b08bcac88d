"""`mqc pub` and `mqc sub` as they are typed, with mosquitto and mqc-server."""

import json
import re
import shutil
import signal
import socket
import subprocess
import threading
from pathlib import Path

import pytest
from aio.servers import Server, free_ports, missing, mosquitto
from mqtt_core import ConnAck, Disconnect, encode
from mqtt_core.aio._routes import MAX_IDENTIFIER

from .conftest import Certificates
from .run import MQC, PATIENCE, Ran, Running, mqc

VERSIONS = ["5", "311", "31"]


def their(program: str) -> str:
    found = shutil.which(program)
    if found is None:
        missing(program)
        raise AssertionError
    return found


def mosquitto_pub(port: str, *words: str, given: bytes = b"") -> None:
    command = [their("mosquitto_pub"), "-p", port, *words]
    subprocess.run(command, input=given, check=True, timeout=PATIENCE)


def subscribed(port: str, *words: str) -> Running:
    """`mqc sub` that has its subscriptions."""
    sub = Running("sub", "-p", port, "-d", *words)
    sub.hear("subscribed to")
    return sub


def out(sub: Running) -> str:
    ran = sub.end()
    assert ran.status == 0, ran
    return ran.out


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("qos", ["0", "1", "2"])
def test_what_is_published_is_printed(port: str, version: str, qos: str) -> None:
    topic = f"round/{version}/{qos}"
    both = ("-V", version, "-q", qos, "-t", topic)
    sub = subscribed(port, *both, "-C", "2", "-F", "%t %q %r %l %p")
    assert mqc("pub", "-p", port, *both, "-m", "-hä") == (0, "", "")
    assert mqc("pub", "-p", port, *both, "-n") == (0, "", "")
    assert out(sub) == f"{topic} {qos} 0 4 -hä\n{topic} {qos} 0 0 \n"


def test_files_and_standard_input_are_payloads(port: str, tmp_path: Path) -> None:
    data = bytes(range(256)) * 300
    file = tmp_path / "payload"
    file.write_bytes(data)
    sub = subscribed(port, "-t", "files", "-q", "2", "-C", "2", "--hex", "-v")
    assert mqc("pub", "-p", port, "-t", "files", "-q", "2", "-f", str(file)).status == 0
    assert mqc("pub", "-p", port, "-t", "files", "-q", "2", "-s", given=data).status == 0
    assert out(sub) == f"files {data.hex()}\n" * 2


@pytest.mark.parametrize("program", ["mqc", "mosquitto_pub"])
def test_lines_are_messages(port: str, program: str) -> None:
    words = ("-t", "lines", "-q", "1", "-l")
    given = b"one\n\ntwo\r\n" + b"x" * 100_000 + b"\nlast"
    sub = subscribed(port, "-t", "lines", "-q", "1", "-C", "5", "-F", "%l %.4x")
    if program == "mqc":
        assert mqc("pub", "-p", port, *words, given=given) == (0, "", "")
    else:
        mosquitto_pub(port, *words, given=given)
    assert out(sub).splitlines() == ["3 6f6e", "0 ", "4 7477", "100000 7878", "4 6c61"]


def test_lines_are_published_as_they_come(port: str) -> None:
    with (
        subscribed(port, "-t", "live", "-C", "2") as sub,
        Running("pub", "-p", port, "-t", "live", "-l") as pub,
    ):
        pub.write(b"first\n")
        assert sub.read_line() == "first\n"
        pub.write(b"second\n")
        assert sub.read_line() == "second\n"
        assert sub.end().status == 0 and pub.end() == (0, "", "")


def test_many_lines_of_each_qos_come_in_order(port: str) -> None:
    count = 3000
    lines = [str(number) for number in range(count)]
    for qos in ("0", "1", "2"):
        sub = subscribed(port, "-t", "many", "-q", qos, "-C", str(count))
        given = "\n".join(lines).encode()
        assert mqc("pub", "-p", port, "-t", "many", "-q", qos, "-l", given=given).status == 0
        assert out(sub).splitlines() == lines


def test_a_message_is_repeated(port: str) -> None:
    sub = subscribed(port, "-t", "again", "-C", "3")
    words = ("-t", "again", "-m", "x", "--repeat", "3", "--repeat-delay", "0.01")
    assert mqc("pub", "-p", port, *words).status == 0
    assert out(sub) == "x\nx\nx\n"


def test_a_url_says_all_but_the_message(port: str) -> None:
    url = f"mqtt://localhost:{port}/url/%c3%a4/#"
    sub = Running("sub", "-d", "-L", url, "-C", "1", "-v")
    sub.hear("subscribed to 'url/ä/#'")
    assert mqc("pub", "-L", f"mqtt://localhost:{port}/url/ä/b", "-m", "x").status == 0
    assert out(sub) == "url/ä/b x\n"


PROPERTIES = [
    "-D",
    "publish",
    "content-type",
    "text/plain",
    "-D",
    "publish",
    "user-property",
    "k1",
    "v1",
    "-D",
    "publish",
    "user-property",
    "k1",
    "-v2",
    "-D",
    "publish",
    "response-topic",
    "re/ply",
    "-D",
    "publish",
    "correlation-data",
    "corr",
    "-D",
    "publish",
    "message-expiry-interval",
    "30",
    "-D",
    "publish",
    "payload-format-indicator",
    "1",
]


def test_properties_arrive_and_are_shown_as_json(port: str) -> None:
    words = ("-D", "subscribe", "subscription-identifier", "7")
    sub = subscribed(port, "-t", "p/+", "-q", "2", "-C", "2", "--json", *words)
    assert mqc("pub", "-p", port, "-t", "p/1", "-q", "2", "-m", "hä", *PROPERTIES).status == 0
    assert mqc("pub", "-p", port, "-t", "p/2", "-s", given=b"\xff").status == 0
    first, second = (json.loads(line) for line in out(sub).splitlines())
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}[+-]\d{4}", first.pop("time"))
    assert 1 <= first.pop("packet_id") <= 65535
    assert 28 <= first.pop("message_expiry_interval") <= 30
    assert first == {
        "topic": "p/1",
        "payload": "hä",
        "qos": 2,
        "retain": False,
        "dup": False,
        "content_type": "text/plain",
        "response_topic": "re/ply",
        "correlation_data": "corr",
        "payload_format_indicator": 1,
        "subscription_identifiers": [7],
        "user_properties": [["k1", "v1"], ["k1", "-v2"]],
    }
    assert second["payload_base64"] == "/w==" and "payload" not in second


FORMATS = [
    "%p",
    "%t %q %r %l %%",
    "%A|%C|%D|%E|%F|%P|%R|%S|",
    "%10t|%-10t|%010t|%.3t|%10.3t|%-10.3t",
    "%-20p|%20p|%020p",
    "%5l|%05l|%-5l",
    "%5C|%-15C|%.3C|%5E|%05E|%5F|%05F|%5R|%.3R|%15R|%5S|%5A|%05A",
    r"@@|\\|\0|\a|\e|\n|\r|\t|\v|end",
    "@Y",
    "%x %X",
]


@pytest.mark.parametrize("text", FORMATS)
def test_formats_are_those_of_mosquitto(mosquitto_server: Server, text: str) -> None:
    port = str(mosquitto_server.ports["mqtt"])
    words = ("-V", "5", "-t", "f/#", "-C", "1", "-q", "2", "-F", text, "-R")
    ours = subscribed(port, *words)
    theirs = Running("-p", port, "-d", *words, command=["stdbuf", "-oL", their("mosquitto_sub")])
    while "received SUBACK" not in theirs.read_line():
        pass
    mosquitto_pub(port, "-V", "5", "-t", "f/topic", "-m", "hello", "-q", "2", *PROPERTIES)
    said = re.sub(r"(?m)^(Client|Subscribed) .*\n", "", theirs.end().out)
    assert out(ours) == said


@pytest.mark.parametrize("payload", ["hello", '{"a": [1, "ä"]}', 'q"\\\x01/', ""])
def test_json_is_that_of_mosquitto(mosquitto_server: Server, payload: str) -> None:
    port = str(mosquitto_server.ports["mqtt"])
    text = "%J" if payload.startswith("{") else "%j"
    words = ("-V", "5", "-t", "j/#", "-C", "1", "-F", text)
    ours = subscribed(port, *words)
    theirs = Running("-p", port, "-d", *words, command=["stdbuf", "-oL", their("mosquitto_sub")])
    while "received SUBACK" not in theirs.read_line():
        pass
    mosquitto_pub(port, "-V", "5", "-t", "j/t", "-m", payload, *PROPERTIES)
    said = next(line for line in theirs.end().out.splitlines() if line.startswith("{"))
    stamp = re.compile(r'^\{"tst":"[^"]*",')
    pairs = [
        json.loads(line, object_pairs_hook=lambda pairs: sorted(pairs, key=str))
        for line in (stamp.sub("{", out(ours)), stamp.sub("{", said))
    ]
    assert pairs[0] == pairs[1]


def test_a_payload_that_is_no_json_is_said(port: str) -> None:
    sub = subscribed(port, "-t", "nj", "-C", "1", "-F", "%J")
    mosquitto_pub(port, "-t", "nj", "-m", "{")
    mosquitto_pub(port, "-t", "nj", "-m", "{}")
    ran = sub.end()
    assert ran.status == 1 and '"payload":{}' in ran.out
    assert "mqc: the payload is no JSON, on topic nj\n" in ran.err


def test_retained_messages_are_told_from_new_ones(port: str) -> None:
    assert mqc("pub", "-p", port, "-t", "r/1", "-m", "old", "-r", "-q", "1").status == 0
    new = ("pub", "-p", port, "-t", "r/1", "-m", "new")
    sub = subscribed(port, "-t", "r/+", "-R", "-C", "1")
    assert mqc(*new).status == 0
    assert out(sub) == "new\n"
    sub = subscribed(port, "-t", "r/+", "--retained-only")
    assert mqc(*new).status == 0
    assert out(sub) == "old\n"
    sub = subscribed(port, "-t", "r/+", "--retain-as-published", "-C", "2", "-F", "%r %p")
    assert mqc(*new, "-r").status == 0
    assert out(sub) == "1 old\n1 new\n"
    assert mqc("pub", "-p", port, "-t", "r/1", "-r", "-n", "-q", "1").status == 0
    assert mqc("sub", "-p", port, "-t", "r/1", "-W", "0.3") == (0, "", "")


def test_what_is_filtered_out_is_not_counted(port: str) -> None:
    words = ("-t", "o/#", "-T", "o/+/x", "-N", "-C", "2")
    sub = subscribed(port, *words)
    for topic in ("o/1/x", "o/1/y", "o/2/x", "o/2"):
        mosquitto_pub(port, "-t", topic, "-m", topic)
    assert out(sub) == "o/1/yo/2"


def test_time_ends_it(port: str) -> None:
    assert mqc("sub", "-p", port, "-t", "never", "-W", "0.2") == (0, "", "")
    ran = mqc("sub", "-p", port, "-t", "never", "-W", "0.2", "-C", "2")
    assert ran == (1, "", "mqc: in 0.2 seconds: 2 messages are missing\n")


@pytest.mark.parametrize("version", ["5", "311"])
def test_a_session_goes_on(port: str, version: str) -> None:
    me = ("-p", port, "-V", version, "-c", "-i", f"me-{version}")
    assert mqc("sub", *me, "-t", "s/#", "-q", "1", "-E") == (0, "", "")
    for number in range(3):
        topic = ("-t", "s/1", "-m", str(number), "-q", "1")
        assert mqc("pub", "-p", port, *topic).status == 0
    # What is beyond the count stays with the broker.
    assert mqc("sub", *me, "-t", "s/#", "-q", "1", "-C", "2") == (0, "0\n1\n", "")
    assert mqc("sub", *me, "-t", "s/#", "-q", "1", "-C", "1") == (0, "2\n", "")
    assert mqc("sub", *me, "-U", "s/#", "-W", "0.2") == (0, "", "")
    assert mqc("pub", "-p", port, "-t", "s/1", "-m", "gone", "-q", "1").status == 0
    assert mqc("sub", *me, "-U", "other", "-W", "0.3") == (0, "", "")


def test_a_message_is_acknowledged_when_it_is_written(port: str) -> None:
    count, size = 400, 1000
    me = ("-p", port, "-c", "-i", "writer", "-t", "w", "-q", "1", "-x", "600")
    assert mqc("sub", *me, "-E").status == 0
    lines = b"\n".join(b"%d" % n + b"x" * size for n in range(count))
    assert mqc("pub", "-p", port, "-t", "w", "-q", "1", "-l", given=lines).status == 0
    # Nobody reads: a pipe takes some of it, the rest is not acknowledged.
    with Running("sub", *me) as sub:
        first = sub.read_line()
        sub.signal(signal.SIGKILL)
        before = sub.end()
    assert before.status == -signal.SIGKILL
    seen = [first.rstrip("\n"), *before.out.split("\n")]
    missing = {str(number) for number in range(count)} - {line.rstrip("x") for line in seen}
    # Of those that were written some come again, of the others all.
    assert len(missing) > count // 2
    with Running("sub", *me) as again:
        while missing:
            line = again.read_line()
            assert line, (sorted(missing), again.end().err)
            missing.discard(line.rstrip("x\n"))


def test_a_reader_that_goes_away_is_no_fault(port: str) -> None:
    with subscribed(port, "-t", "pipe") as sub:
        sub.close_out()
        mosquitto_pub(port, "-t", "pipe", "-m", "x")
        ran = sub.end()
    assert ran.status == 0 and "Broken" not in ran.err and "Traceback" not in ran.err


def test_output_that_cannot_be_written_is_not_acknowledged(port: str) -> None:
    me = ("-p", port, "-c", "-i", "full", "-t", "full", "-q", "1")
    assert mqc("sub", *me, "-E").status == 0
    assert mqc("pub", "-p", port, "-t", "full", "-q", "1", "-m", "x").status == 0
    with Path("/dev/full").open("wb") as full:
        ran = subprocess.run(
            [*MQC, "sub", *me], stdout=full, stderr=subprocess.PIPE, timeout=PATIENCE
        )
    assert ran.returncode == 2
    assert ran.stderr == b"mqc: it cannot write: No space left on device\n"
    assert mqc("sub", *me, "-C", "1").out == "x\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_with_disconnect(port: str, number: signal.Signals) -> None:
    with subscribed(port, "-t", f"will/{number}", "-C", "1", "-q", "1") as watcher:
        will = ("--will-topic", f"will/{number}", "--will-payload", "gone", "--will-qos", "1")
        with subscribed(port, "-t", "x", *will) as one:
            one.signal(number)
            assert one.end().status == 130
        with subscribed(port, "-t", "x", *will) as other:
            other.signal(signal.SIGKILL)
            other.end()
        mosquitto_pub(port, "-t", f"will/{number}", "-m", "end")
        # Of the two wills only that of the killed one: it is the first to come.
        assert out(watcher) == "gone\n"


def test_wills_have_properties(port: str) -> None:
    with subscribed(port, "-t", "wp", "-C", "1", "-F", "%C %p %r") as watcher:
        will = ["--will-topic", "wp", "--will-payload", "gone", "-D", "will", "content-type", "a/b"]
        with subscribed(port, "-t", "x", *will) as one:
            one.signal(signal.SIGKILL)
            one.end()
        assert out(watcher) == "a/b gone 0\n"


def test_disconnect_with_properties_is_heard(port: str) -> None:
    # A session that was to outlive the connection, but for the last word.
    me = ("-p", port, "-i", "last", "-c", "-t", "last", "-q", "1")
    words = ("-D", "disconnect", "session-expiry-interval", "0")
    assert mqc("sub", *me, "-E", *words).status == 0
    assert mqc("pub", "-p", port, "-t", "last", "-m", "x", "-q", "1").status == 0
    assert mqc("sub", *me, "-W", "0.3") == (0, "", "")


class Silent:
    """A broker that accepts the connection, and answers nothing after that."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = str(self._socket.getsockname()[1])
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        self.heard = b""
        self.has_message = threading.Event()

    def _run(self) -> None:
        connection, _ = self._socket.accept()
        with connection:
            connection.settimeout(PATIENCE)
            connection.recv(1000)
            connection.sendall(encode(ConnAck()))
            while data := connection.recv(1000):
                self.heard += data
                if self.heard[:1] == b"\x32":
                    self.has_message.set()

    def close(self) -> None:
        self._thread.join()
        self._socket.close()


def test_what_has_no_answer_is_counted() -> None:
    broker = Silent()
    with Running("pub", "-p", broker.port, "-t", "a", "-m", "x", "-q", "1") as pub:
        assert broker.has_message.wait(PATIENCE)
        pub.signal(signal.SIGINT)
        assert pub.end() == (130, "", "mqc: without an answer of the broker: 1 messages\n")
    broker.close()
    # The last it heard is DISCONNECT.
    assert broker.heard.endswith(encode(Disconnect()))


# TLS, passwords, refusals.


@pytest.mark.parametrize("version", ["5", "311"])
def test_tls(server: Server, certificates: Certificates, version: str) -> None:
    port, authority = str(server.ports["mqtts"]), str(certificates.authority)
    words = ("-p", port, "-V", version, "--cafile", authority)
    sub = Running("sub", "-d", *words, "-t", "tls", "-C", "1")
    sub.hear("subscribed to")
    url = ("-L", f"mqtts://localhost:{port}/tls", "--cafile", authority)
    assert mqc("pub", *url, "-m", "safe") == (0, "", "")
    assert out(sub) == "safe\n"
    # The certificate is for localhost.
    named = ("pub", "-h", "127.0.0.1", *words, "-t", "tls", "-m", "x")
    assert mqc(*named, "--insecure").status == 0
    for refused in (
        named,
        ("pub", "-p", port, "--cafile", str(certificates.stranger), *named[-4:]),
    ):
        ran = mqc(*refused)
        assert ran.status == 3 and "certificate verify failed" in ran.err


@pytest.mark.parametrize("scheme", ["ws", "wss"])
def test_websocket(server: Server, certificates: Certificates, scheme: str) -> None:
    url = f"{scheme}://localhost:{server.ports[scheme]}/mqtt"
    words = ("-L", url, *(("--cafile", str(certificates.authority)) if scheme == "wss" else ()))
    assert mqc("pub", *words, "-t", "ws", "-m", "x", "-q", "1") == (0, "", "")


def test_passwords_come_from_the_line_a_file_or_a_variable(
    refusing_port: str, tmp_path: Path
) -> None:
    file = tmp_path / "password"
    file.write_text("secret\nand more\n")
    words = ("pub", "-p", refusing_port, "-t", "open/1", "-m", "x", "-q", "1")
    user = ("-u", "alice")
    assert mqc(*words, *user, "-P", "secret").status == 0
    assert mqc(*words, *user, "--password-file", str(file)).status == 0
    assert mqc(*words, *user, "--password-env", "PW", env={"PW": "secret"}).status == 0
    url = f"mqtt://alice:secret@localhost:{refusing_port}/open/1"
    assert mqc("pub", "-L", url, "-m", "x", "-q", "1").status == 0
    for version, reason in (("5", "not authorized"), ("311", "not authorized")):
        ran = mqc(*words, *user, "-P", "wrong", "-V", version)
        assert ran.status == 3 and reason in ran.err and ran.err.startswith("mqc: ")
        assert "wrong" not in ran.err


def test_what_the_broker_refuses_is_said(refusing_port: str) -> None:
    me = ("-p", refusing_port, "-u", "alice", "-P", "secret")
    for qos in ("1", "2"):
        ran = mqc("pub", *me, "-t", "closed/1", "-m", "x", "-q", qos)
        assert ran == (1, "", "mqc: the message: the broker refuses the message: not authorized\n")
    ran = mqc("pub", *me, "-t", "closed/1", "-l", "-q", "1", given=b"a\nb\n")
    assert ran.status == 1 and ran.err.splitlines() == [
        f"mqc: line {n}: the broker refuses the message: not authorized" for n in (1, 2)
    ]
    assert mqc("pub", *me, "-t", "closed/1", "-m", "x", "-q", "1", "--quiet") == (1, "", "")


def closed_port() -> str:
    return str(free_ports(1)[0])


@pytest.mark.parametrize(
    "where",
    [
        ("-p", closed_port()),
        ("-h", "no.such.host.invalid"),
        ("-L", "mqtt://no.such.host.invalid/t"),
    ],
    ids=["refused", "unknown", "url"],
)
def test_no_connection_is_status_3(where: tuple[str, str]) -> None:
    for command in (("pub", "-t", "a", "-m", "x"), ("sub", "-t", "a")):
        ran = mqc(*command, *where)
        assert ran.status == 3 and ran.out == ""
        assert ran.err.startswith("mqc: mqtt://") and ran.err.count("\n") == 1


def test_a_lost_connection_is_made_again_or_ends_it(
    tmp_path: Path, certificates: Certificates
) -> None:
    broker = mosquitto(tmp_path, certificates.certificate, certificates.key)
    broker.start()
    port = str(broker.ports["mqtt"])
    try:
        with (
            subscribed(port, "-t", "again", "-C", "1") as sub,
            subscribed(port, "-t", "again", "--no-reconnect") as other,
            Running("pub", "-p", port, "-t", "again", "-q", "1", "-l", "-d") as pub,
        ):
            pub.hear("connected to")
            broker.stop(is_killed=True)
            for one in (other, pub):
                ran = one.end()
                assert ran.status == 3 and "has closed the connection" in ran.err
            sub.hear("trying again in")
            broker.start()
            sub.hear("connected again")
            mosquitto_pub(port, "-t", "again", "-m", "back", "-r")
            assert out(sub) == "back\n"
    finally:
        broker.stop()


def refused(*words: str) -> Ran:
    ran = mqc(*words)
    assert ran.status == 2 and ran.out == "" and "Traceback" not in ran.err
    return ran


@pytest.mark.parametrize(
    "words, told",
    [
        ("pub -m x", "no topic"),
        ("pub -t a", "one of -m, -f, -s, -l and -n"),
        ("pub -t a -m x -n", "one of -m, -f, -s, -l and -n"),
        ("pub -t a/+ -m x", "MQTT"),
        ("pub -t a -m x -q 3", "-q"),
        ("pub -t a -f /no/such", "/no/such"),
        ("pub -t a -m x -V 4", "-V"),
        ("pub -t a -m x -c", "-c needs -i"),
        ("pub -t a -m x -i a -I b", "-i or -I"),
        ("pub -t a -m x -L mqtt://h -h h", "-L says"),
        ("pub -t a -m x -L http://h", "scheme"),
        ("pub -t a -m x -p 70000", "port"),
        ("pub -t a -m x -D publish no-such 1", "no-such"),
        ("pub -t a -m x -D publish topic-alias x", "topic-alias"),
        ("pub -t a -m x -D subscribe user-property a b", "there are connect, publish"),
        ("pub -t a -m x -D publish", "publish"),
        ("pub -t a -m x -V 311 -D publish content-type a", "5.0"),
        ("pub -t a -m x --will-payload x", "--will-topic"),
        ("pub -t a -m x --will-topic a/#", "MQTT"),
        ("pub -t a -m x --insecure", "TLS"),
        ("pub -t a -m x --cafile /no/such", "/no/such"),
        ("pub -t a -m x -k 70000", "-k"),
        ("pub -t a -m x -V 311 -P x", "user name"),
        ("pub -t a -m x --password-env NO_SUCH_ONE", "NO_SUCH_ONE"),
        ("pub -t a -l --repeat 2", "--repeat"),
        ("pub -t a -m x --repeat-delay nan", "--repeat-delay"),
        ("pub -t a -m x -u \udcff", "UTF-8"),
        ("pub -t \udcff -m x", "UTF-8"),
        ("pub -t a -m x -D connect receive-maximum 0", "receive-maximum: no value"),
        ("pub -t a -m x -D connect receive-maximum 70000", "no value"),
        ("pub -t a -m x -D publish topic-alias 0", "topic-alias: no value"),
        ("sub -t a -W inf", "-W"),
        (f"sub -t a -D subscribe subscription-identifier {MAX_IDENTIFIER + 1}", "no value"),
        ("sub", "no topic"),
        ("sub -t a/#/b", "MQTT-4.7.1-1"),
        ("sub -t a -T #/a", "-T"),
        ("sub -t a -F %z", "there is no %z"),
        ("sub -t a -F %", "at the end"),
        ("sub -t a -F x --json", "one of -F"),
        ("sub -t a -C 0", "-C"),
        ("sub -t a -V 311 --retain-as-published", "5.0"),
    ],
)
def test_usage(words: str, told: str) -> None:
    assert told in refused(*words.split(" ")).err
