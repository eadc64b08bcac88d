"""The examples of the guide run, and print what they should."""

import asyncio
import re
from pathlib import Path

import pytest
from mqtt_core.testing import Clock, broker

from aio.runner import run

GUIDE = (Path(__file__).parents[2] / "docs" / "serve.md").read_text("utf-8")
BLOCKS: list[str] = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)

PRINTED = [
    "sensors/7 b'21.5'\n",
    "['mqtt', 'ws']\n",
    "BAD_USER_NAME_OR_PASSWORD\nTrue\nFalse\n",
    "sensors/7 b'21.5'\n1 receiver\nb'restart'\n",
    "Connect\nPublish\nDisconnect\n",
    "1\n2\n3\n",
    "sensors/7 b'21.5'\n",
    "b' \\x02\\x00\\x00'\n{'c'}\nset() b''\n",
    "",
]


@pytest.mark.parametrize(("block", "printed"), list(zip(BLOCKS, PRINTED, strict=True)))
def test_blocks(block: str, printed: str, capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, object] = {}
    exec(block.replace("asyncio.run(main())", ""), names)
    main = names.get("main")
    if main is not None:
        assert callable(main) and asyncio.iscoroutinefunction(main)
        run(main)
    test = names.get("test_will")
    if test is not None:
        # As pytest would call it.
        assert callable(test)
        clock = Clock()
        with broker(clock=clock) as running:
            test(running, clock)
    assert capsys.readouterr().out == printed
