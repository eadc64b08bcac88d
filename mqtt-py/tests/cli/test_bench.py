"""`mqc bench`."""

import json
import os
import pty
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest
from aio.servers import mosquitto
from hypothesis import given
from hypothesis import strategies as st
from mqtt_core.cli._histogram import Histogram

from .conftest import Certificates
from .run import MQC, PATIENCE, Running, mqc


@pytest.mark.parametrize("version", ["5", "311"])
@pytest.mark.parametrize("qos", ["0", "1", "2"])
def test_all_messages_come_to_all_subscribers(port: str, qos: str, version: str) -> None:
    words = ("-q", qos, "-V", version, "--publishers", "3", "--subscribers", "2", "--topics", "4")
    ran = mqc("bench", "-p", port, *words, "--count", "500", "--size", "100", "--json")
    assert ran.status == 0 and ran.err == ""
    told = json.loads(ran.out)
    assert (told["sent"], told["received"], told["lost"]) == (500, 1000, 0)
    assert (told["duplicates"], told["refused"]) == (0, 0)
    times = told["latency_us"]
    assert 0 < times["p50"] <= times["p90"] <= times["p99"] <= times["p99.9"] <= times["max"]
    assert sum(count for _, _, count in told["histogram_us"]) == 1000


def test_the_report_is_a_table_and_a_histogram(port: str) -> None:
    ran = mqc("bench", "-p", port, "--count", "200", "-q", "1")
    assert ran.status == 0 and ran.err == ""
    shape = re.sub(r"[\d,]+\.\d+", "F", re.sub(r"#+ *", "# ", ran.out))
    lines = [re.sub(r" +", " ", re.sub(r"\b[\d,]+\b", "N", line)) for line in shape.splitlines()]
    assert lines[:6] == [
        "messages count msg/s",
        "sent N N",
        "received N N",
        "lost N",
        "duplicates N",
        "refused N",
    ]
    assert lines[7:9] == ["latency p50 p90 p99 pF max mean", "ms F F F F F F"]
    assert lines[10:] and all(re.fullmatch(r" F to F ms (# )?N F %", line) for line in lines[10:])


def test_a_rate_is_kept_for_a_time(port: str) -> None:
    ran = mqc("bench", "-p", port, "--rate", "100", "--for", "1", "--json")
    told = json.loads(ran.out)
    # Never faster; how much slower depends on the machine.
    assert ran.status == 0 and 1 <= told["sent"] <= 102


def test_an_interrupt_tells_what_there_is(port: str) -> None:
    with Running("bench", "-p", port, "--rate", "50", "--for", "1000", "-d") as bench:
        bench.hear("connected to")
        bench.hear("connected to")
        time.sleep(0.5)
        bench.signal(signal.SIGINT)
        ran = bench.end()
    # It may not have begun yet, on a slow machine.
    assert ran.status == 130
    assert not ran.out or ran.out.startswith("messages ")


def test_the_line_of_progress_is_for_terminals(port: str) -> None:
    ours, theirs = pty.openpty()
    words = ("bench", "-p", port, "--rate", "100", "--for", "1.2")
    done = subprocess.run(
        [*MQC, *words],
        stderr=theirs,
        capture_output=False,
        timeout=PATIENCE,
        stdout=subprocess.PIPE,
    )
    os.close(theirs)
    shown = b""
    try:
        while data := os.read(ours, 4096):
            shown += data
    except OSError:
        # The end of a terminal.
        pass
    os.close(ours)
    assert done.returncode == 0 and b" sent, " in shown and shown.endswith(b"\r")


def test_refused_messages_are_told(refusing_port: str) -> None:
    me = ("-p", refusing_port, "-u", "alice", "-P", "secret")
    ran = mqc("bench", *me, "--subscribers", "0", "--count", "10", "-q", "1", "--json")
    assert ran.status == 1 and json.loads(ran.out)["refused"] == 10
    assert ran.err == "mqc: the broker refuses the message: not authorized\n"


def test_a_lost_broker_ends_it(tmp_path: Path, certificates: Certificates) -> None:
    broker = mosquitto(tmp_path, certificates.certificate, certificates.key)
    broker.start()
    try:
        port = str(broker.ports["mqtt"])
        with Running("bench", "-p", port, "--rate", "50", "--for", "1000", "-d") as bench:
            bench.hear("connected to")
            bench.hear("connected to")
            broker.stop(is_killed=True)
            ran = bench.end()
        assert ran.status == 3 and ran.err.splitlines()[-1].startswith("mqc: mqtt://")
    finally:
        broker.stop()


@pytest.mark.parametrize(
    "words", ["--size 8", "--count 1 --for 1", "--rate 0", "-c 0", "--topics 0", "-q 7"]
)
def test_usage(words: str) -> None:
    ran = mqc("bench", *words.split())
    assert ran.status == 2 and "mqc" in ran.err


@given(st.lists(st.integers(0, 10**11), min_size=1))
def test_percentiles_are_near_the_true_ones(times: list[int]) -> None:
    histogram = Histogram()
    for one in times:
        histogram.add(one)
    times.sort()
    for share in (50, 90, 99, 100):
        true = times[max(0, -(-len(times) * share // 100) - 1)]
        assert true <= histogram.percentile(share) <= true + true // 64 + 1
    assert histogram.max == times[-1]
    rows = list(histogram.rows())
    for low, high, count in rows:
        assert count == sum(1 for one in times if low <= one < high or (not low and not one))
    assert sum(count for _, _, count in rows) == len(times)
