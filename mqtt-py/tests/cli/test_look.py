"""Colour and tables: with `rich` and without."""

import os
import pty
import re
import subprocess
import sys

import pytest
from aio.servers import Server

from .run import MQC, PATIENCE, mqc

# As if `rich` were not installed.
NO_RICH = [
    sys.executable,
    "-c",
    "import sys; sys.modules['rich'] = None\nfrom mqtt_core.cli import main; sys.exit(main())",
]
PLAIN = "byte 0: PingReq()\nbyte 2: PingResp()\n"


def on_terminal(command: list[str], **env: str) -> str:
    """What a command prints on a terminal."""
    ours, theirs = pty.openpty()
    environment = {name: value for name, value in os.environ.items() if name != "NO_COLOR"} | env
    done = subprocess.run(
        [*command, "inspect", "-x", "c000d000"],
        stdout=theirs,
        stderr=theirs,
        timeout=PATIENCE,
        env={**environment, "TERM": "xterm"},
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
    assert done.returncode == 0
    return shown.decode().replace("\r\n", "\n")


def test_a_terminal_has_colour_and_the_same_text() -> None:
    shown = on_terminal(MQC)
    assert "\x1b[1mPingReq\x1b[0m" in shown
    assert re.sub(r"\x1b\[[\d;]*m", "", shown) == PLAIN


def test_it_is_plain_without_a_terminal_with_no_color_and_without_rich() -> None:
    assert mqc("inspect", "-x", "c000d000").out == PLAIN
    assert on_terminal(MQC, NO_COLOR="1") == PLAIN
    assert on_terminal(NO_RICH) == PLAIN
    assert on_terminal([*MQC[:-2], "-m", "mqtt_core"], NO_COLOR="1") == PLAIN


def test_color_says_always_or_never() -> None:
    shown = mqc("inspect", "-x", "c000d000", "--color", "always", env={"NO_COLOR": "1"})
    assert "\x1b[" in shown.out and re.sub(r"\x1b\[[\d;]*m", "", shown.out) == PLAIN
    assert mqc("check", "--color=never", "-x", "c0").out.startswith("byte 0: the packet")
    assert "\x1b[31m" in mqc("check", "--color=always", "-x", "c0").out
    words = ["inspect", "-x", "c000", "--color", "always"]
    done = subprocess.run([*NO_RICH, *words], capture_output=True, timeout=PATIENCE)
    assert done.returncode == 2 and b"pip install 'mqtt-core[rich]'" in done.stderr


def test_a_table_is_drawn(our_server: Server) -> None:
    port = str(our_server.ports["mqtt"])
    words = ("bench", "-p", port, "--count", "50", "-q", "1", "--color")
    drawn = mqc(*words, "always")
    assert drawn.status == 0 and "┃" in drawn.out and "duplicates" in drawn.out
    assert "┃" not in mqc(*words, "never").out


@pytest.mark.parametrize("command", ["match", "inspect", "check", "pcap"])
def test_rich_and_asyncio_are_not_imported_for_nothing(command: str) -> None:
    words = ["match", "a", "a"] if command == "match" else [command, *(["-x", "c000"])]
    if command == "pcap":
        words = ["pcap", "/dev/null"]
    code = (
        "import sys, mqtt_core.cli as cli\n"
        f"cli.main({words!r})\n"
        "print([name for name in ('asyncio', 'rich', 'ssl') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=PATIENCE
    )
    assert done.stdout.splitlines()[-1] == "[]"
