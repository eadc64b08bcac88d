"""Faults that a review has found."""

import os
import signal
import subprocess
from pathlib import Path

import pytest
from mqtt_core import Publish, Subscribe, Subscription, encode

from .run import MQC, PATIENCE, Running, mqc


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
