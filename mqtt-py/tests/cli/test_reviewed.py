"""Faults that a review has found."""

import os
import signal
import subprocess
from pathlib import Path

import pytest
from mqtt_core import Publish, Subscribe, Subscription, encode
from mqtt_core.cli._format import Format, Unprintable

from .run import MQC, PATIENCE, Running, mqc

EXPIRY = ("-D", "disconnect", "session-expiry-interval", "5")


def test_only_the_standard_judges(tmp_path: Path) -> None:
    file = tmp_path / "packets.bin"
    many = Publish("t", b"", user_properties=[("a", "b")] * 2000)
    filters = Subscribe([Subscription(f"a{n}") for n in range(5000)], packet_id=1)
    file.write_bytes(encode(many) + encode(Publish("/" * 400, b"")) + encode(filters))
    assert mqc("check", str(file)) == (0, "packets 3, faults 0\n", "")


@pytest.mark.parametrize("how", ["-W", "SIGTERM"])
def test_who_takes_leave_gets_nothing_twice(port: str, how: str) -> None:
    # Fewer than a broker keeps for one who is away.
    count = 900
    topic = f"leave/{how}"
    me = ("-p", port, "-c", "-i", f"leaver{how}", "-t", topic, "-q", "2", "-x", "600")
    assert mqc("sub", *me, "-E").status == 0
    lines = b"\n".join(b"%d" % number for number in range(count))
    assert mqc("pub", "-p", port, "-t", topic, "-q", "2", "-l", given=lines).status == 0
    seen: list[str] = []
    if how == "-W":
        seen += mqc("sub", *me, "-W", "0.4").out.split()
    else:
        with Running("sub", *me) as sub:
            seen.append(sub.read_line().strip())
            sub.signal(signal.SIGTERM)
            ran = sub.end()
            assert ran.status == 130
            seen += ran.out.split()
    with Running("sub", *me) as again:
        while len(seen) < count:
            line = again.read_line()
            assert line
            seen.append(line.strip())
    assert seen == [str(number) for number in range(count)]


def test_a_message_that_is_not_printed_stays_with_the_broker(port: str) -> None:
    me = ("-p", port, "-c", "-i", "retained-only", "-t", "new", "-q", "1", "-x", "600")
    assert mqc("sub", *me, "-E").status == 0
    assert mqc("pub", "-p", port, "-t", "new", "-q", "1", "-m", "first").status == 0
    assert mqc("sub", *me, "--retained-only") == (0, "", "")
    assert mqc("sub", *me, "-C", "1") == (0, "first\n", "")


def test_bench_ends_when_it_was_told_to(port: str) -> None:
    words = ("--rate", "0.01", "--for", "0.2", "--publishers", "4")
    ran = mqc("bench", "-p", port, *words)
    # One message is due at once, the next in 100 seconds.
    assert ran.status == 0
    assert ran.out.splitlines()[1].split()[:2] == ["sent", "1"]


@pytest.mark.parametrize(
    "words, says",
    [
        (("sub", "-t", "a", "-F", os.fsdecode(b"@\xff")), "there is no @"),
        (("sub", "-t", "a", "-F", "%" + "9" * 5000 + "p"), "too wide"),
        (("sub", "-t", "a", "-F", "%." + "9" * 5000 + "p"), "too wide"),
        (("broker", "-p", "0", "-h", "a..b"), "it cannot listen"),
        (("broker", "-p", "0", "--ws", "-1"), "no port: -1"),
        (("bench", "--size", "9999999999999999"), "--size"),
        (("inspect", "-x", "c000", "nofile"), "not both"),
        (("pub", "-L", "mqtt://127.0.0.1:1/%ff", "-m", "x"), "UTF-8"),
        (("pub", "-t", "a", "-m", "x", "--repeat-delay", "1"), "--repeat"),
        (("bench", "-L", "mqtt://127.0.0.1:1/a"), "no topic"),
        (("pub", "-t", "a", "-m", "x", *EXPIRY), "CONNECT"),
        (("pub", "-t", "a", "-m", "x", "-x", "0", *EXPIRY), "CONNECT"),
        (("sub", "-t", "a", "-q", "--"), "--"),
    ],
)
def test_what_cannot_be_is_usage(words: tuple[str, ...], says: str) -> None:
    ran = mqc(*words)
    assert ran.status == 2
    assert says in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("what", ["inspect <&-", "match a a >&-"])
def test_what_is_closed_is_told(what: str) -> None:
    command = f"{' '.join(MQC)} {what}"
    ran = subprocess.run(["sh", "-c", command], capture_output=True, timeout=PATIENCE)
    assert ran.returncode == 2
    assert b"is closed" in ran.stderr


def test_nobody_reads_where_a_broker_listens() -> None:
    with Running("broker", "-p", "0") as broker:
        broker.close_out()
        assert broker.end() == (0, "", "")


def test_a_pipe_that_does_not_block(port: str) -> None:
    """As other programs leave it that have the same one."""
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    publishing = subprocess.Popen(
        [*MQC, "pub", "-p", port, "-t", "pipes", "-l", "-q", "1"], stdin=reading
    )
    os.close(reading)
    with Running("sub", "-p", port, "-d", "-t", "pipes", "-C", "1") as sub:
        sub.hear("subscribed to")
        os.write(writing, b"late\n")
        os.close(writing)
        assert publishing.wait(PATIENCE) == 0
        assert sub.end().out == "late\n"


def test_two_dashes_are_a_value(port: str) -> None:
    with Running("sub", "-p", port, "-d", "-t", "--", "-C", "1", "-F", "%t %p %C %P") as sub:
        sub.hear("subscribed to")
        properties = (
            *("-D", "publish", "content-type", "--"),
            *("-D", "publish", "user-property", "--", "--"),
        )
        assert mqc("pub", "-p", port, "-t", "--", "-m", "--", *properties) == (0, "", "")
        assert sub.end().out == "-- -- -- --:--\n"


def test_a_session_that_is_to_live_longer_does(port: str) -> None:
    me = ("-p", port, "-i", "longer", "-t", "longer", "-q", "1")
    assert mqc("sub", *me, "-E", "-x", "1", *EXPIRY).status == 0
    assert mqc("pub", "-p", port, "-t", "longer", "-m", "x", "-q", "1").status == 0
    assert mqc("sub", *me, "-c", "-C", "1") == (0, "x\n", "")


def test_a_property_that_is_too_long_for_the_broker_is_left_out_of_disconnect(
    small_port: str,
) -> None:
    """The broker says only behind CONNECT how much it takes."""
    with Running("sub", "-p", small_port, "-d", "-t", "small/#", "-C", "1") as sub:
        sub.hear("subscribed to")
        will = ("--will-topic", "small/will", "--will-payload", "lost")
        long = ("-D", "disconnect", "user-property", "key", "x" * 200)
        ran = mqc("pub", "-p", small_port, "-t", "other", "-m", "x", *will, *long)
        assert ran == (0, "", "")
        assert mqc("pub", "-p", small_port, "-t", "small/end", "-m", "end").status == 0
        assert sub.end().out == "end\n"


@pytest.mark.parametrize(
    "given, shown",
    [
        (b"1e999", b"1e999"),
        (b' { "a" : [ 1.10 , -0 , 1E5 ] } ', b'{"a":[1.10,-0,1E5]}'),
        (b"9" * 5000, b"9" * 5000),
        (rb'"\ud800 \" \\" ', rb'"\ud800 \" \\"'),
        (b'{"a":1,"a" :2}', b'{"a":1,"a":2}'),
        (b'"\xc3\xa4  "', b'"\xc3\xa4  "'),
        (b"NaN", None),
        (b"[Infinity]", None),
        (b"1 2", None),
        (b'"\xff"', None),
        ('"a"'.encode("utf-16"), None),
        ('\ufeff"a"'.encode(), None),
        (b"[" * 100_000, None),
    ],
)
def test_json_is_shown_as_it_came(given: bytes, shown: bytes | None) -> None:
    form, publish = Format("%J"), Publish("t", given)
    if shown is None:
        with pytest.raises(Unprintable):
            form(publish, 0)
    else:
        assert form(publish, 0).endswith(b'"payload":' + shown + b"}")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("command", ["inspect", "check"])
def test_a_signal_ends_what_reads(command: str, number: signal.Signals) -> None:
    with Running(command) as reading:
        # More than a pipe has room for: it has begun to read.
        reading.write(encode(Publish("t", bytes(10_000))) * 30)
        reading.signal(number)
        ran = reading.end()
        assert ran.status == 130 and "Traceback" not in ran.err
