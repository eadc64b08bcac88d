"""What needs no broker: inspect, match, check."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from .run import MQC, PATIENCE, mqc


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
        "byte 0: the packet is cut off: it ends within the fixed header\npackets 1, faults 1\n",
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


@pytest.mark.parametrize("words", ["inspect -x c000", "match a a", "check -x c000"])
def test_output_that_cannot_be_written_is_said(words: str) -> None:
    with Path("/dev/full").open("wb") as full:
        ran = subprocess.run(
            [*MQC, *words.split()], stdout=full, stderr=subprocess.PIPE, timeout=PATIENCE
        )
    assert ran.returncode == 2
    assert ran.stderr == b"mqc: it cannot write: No space left on device\n"


def test_what_an_encoding_does_not_have_is_escaped() -> None:
    ran = mqc("match", "ä", "ä", env={"PYTHONIOENCODING": "ascii"})
    assert ran == (0, "\\xe4\n", "")


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
