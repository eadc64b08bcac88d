"""What needs no broker: inspect, match, check."""

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mqtt_core.cli._capture import CaptureError, Frame, frames
from mqtt_core.cli._tcp import Half, Segment, segment

from .run import mqc

CAPTURES = Path(__file__).parents[3] / "mqtt-core/tests/data/captures"
FILES = sorted(CAPTURES.glob("*.pcap*"))
KINDS = """Connect ConnAck Publish PubAck PubRec PubRel PubComp Subscribe SubAck Unsubscribe
UnsubAck PingReq PingResp Disconnect Auth"""
NAMES = dict(enumerate(KINDS.split(), 1))


def test_match_prints_what_matches() -> None:
    assert mqc("match", "a/+", "a/b", "a/b/c", "a/") == (0, "a/b\na/\n", "")
    assert mqc("match", "-q", "a/+", "a/b") == (0, "", "")
    assert mqc("match", "#", "$SYS/uptime") == (1, "", "")


def test_match_names_the_rule_that_a_filter_breaks() -> None:
    ran = mqc("match", "a/#/b", "a/b")
    assert ran.status == 1 and "[MQTT-4.7.1-1]" in ran.out


def test_match_does_not_import_asyncio() -> None:
    code = (
        "import sys, mqtt_core.cli as cli\n"
        "cli.main(['match', 'a', 'a'])\n"
        "print('asyncio' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert ran.stdout == "a\nFalse\n"


def test_inspect_reads_hex_from_everywhere(tmp_path: Path) -> None:
    whole = (0, "byte 0: PingReq()\nbyte 2: PingResp()\n", "")
    assert mqc("inspect", "-x", "c0:00 d000") == whole
    assert mqc("inspect", given=b"c0 00\nd0 00\n") == whole
    assert mqc("inspect", given=b"\xc0\0\xd0\0") == whole
    file = tmp_path / "packets"
    file.write_bytes(b"\xc0\0\xd0\0")
    assert mqc("inspect", str(file)) == whole


def test_inspect_gives_json_lines() -> None:
    ran = mqc("inspect", "--json", "-x", "c000")
    assert json.loads(ran.out) == {
        "where": "byte 0",
        "sender": None,
        "type": "PingReq",
        "text": "PingReq()",
        "bytes": "c000",
    }


def test_check_names_statement_offset_and_reason_and_goes_on() -> None:
    ran = mqc("check", "-x", "36 05 00 01 61 00 00 c0 00")
    assert ran.status == 1
    first, last = ran.out.splitlines()
    assert first.startswith("byte 0: offset 0: MQTT-3.3.1-4: 0x81: ")
    assert last == "packets 2, faults 1"
    assert mqc("check", "-x", "c0") == (
        1,
        "byte 0: the packet is cut off\npackets 1, faults 1\n",
        "",
    )


@pytest.mark.parametrize("words", [(), ("nothing",), ("inspect", "/no/such"), ("check", "-x", "z")])
def test_usage_is_status_2(words: tuple[str, ...]) -> None:
    ran = mqc(*words)
    assert ran.status == 2 and ran.out == "" and "mqc" in ran.err


@pytest.mark.parametrize("command", ["inspect", "match", "check"])
def test_help_has_examples_and_statuses(command: str) -> None:
    ran = mqc(command, "--help")
    assert ran.status == 0 and f"  mqc {command} " in ran.out and "exit status:" in ran.out


def test_a_reader_that_goes_away_is_no_fault() -> None:
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb") as out:
        ran = subprocess.run(
            [sys.executable, "-m", "mqtt_core", "inspect", "-x", "c000"],
            stdout=out,
            stderr=subprocess.PIPE,
            timeout=60,
        )
    assert (ran.returncode, ran.stderr) == (0, b"")


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.name)
def test_captures_agree_with_tshark(file: Path) -> None:
    tshark = shutil.which("tshark")
    if tshark is None:
        if os.environ.get("ALLOW_MISSING") == "1":
            pytest.skip("no tshark")
        pytest.fail("tshark is not in PATH")
    # The other ports of the captures are MQTT as well.
    ports = [word for port in (1884, 1885, 1886) for word in ("-d", f"tcp.port=={port},mqtt")]
    fields = ["-Y", "mqtt", "-T", "fields", "-e", "frame.number", "-e", "mqtt.msgtype"]
    order = ["-o", "tcp.reassemble_out_of_order:TRUE"]
    told = subprocess.run(
        [tshark, "-n", *order, "-r", str(file), *ports, *fields],
        capture_output=True,
        text=True,
        timeout=60,
    )
    theirs: Counter[tuple[str, str]] = Counter()
    for line in told.stdout.splitlines():
        number, kinds = line.split("\t")
        theirs.update((f"frame {number}", NAMES[int(kind)]) for kind in kinds.split(","))
    ran = mqc("inspect", "--json", str(file))
    lines = [json.loads(line) for line in ran.out.splitlines()]
    assert ran.status == 0 and ran.err == ""
    assert Counter((line["where"], line["type"]) for line in lines) == theirs


@given(st.binary(max_size=200), st.sampled_from([f.read_bytes()[:600] for f in FILES]), st.data())
def test_no_bytes_upset_the_readers(noise: bytes, real: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(real)))
    half = Half()
    for content in (noise, real[:at] + noise, real[:at] + noise + real[at + len(noise) :]):
        try:
            for frame in frames(content):
                part = segment(frame)
                if part is not None:
                    half.take(part)
        except CaptureError:
            pass
    for link in (0, 1, 101, 113, 276, 5):
        segment(Frame(1, link, noise))


@given(st.binary(min_size=1, max_size=60), st.data(), st.integers(0, 2**32 - 1))
def test_segments_in_any_order_give_the_stream(sent: bytes, data: st.DataObject, isn: int) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(0, len(sent)), max_size=6)) | {0, len(sent)})
    pieces = [(a, sent[a : min(b + 2, len(sent))]) for a, b in pairwise(cuts)]
    ends = ((b"a", 1), (b"b", 2))
    half = Half()
    half.take(Segment(*ends, isn, True, b""))
    got = b"".join(
        half.take(Segment(*ends, (isn + 1 + at) % 2**32, False, piece))
        for at, piece in data.draw(st.permutations(pieces + pieces))
    )
    assert got == sent
