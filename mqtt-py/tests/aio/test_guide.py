"""The examples of the guide run, and so do the programs."""

import asyncio
import re
import runpy
import sys
from pathlib import Path

import pytest

from aio.broker import Broker
from aio.runner import run

HERE = Path(__file__).parents[2]
GUIDE = (HERE / "docs" / "aio.md").read_text("utf-8")
BLOCKS: list[str] = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)

PRINTED = [
    "{'sensors/#': QoS.AT_LEAST_ONCE}\nsensors/7 b'21.5'\n",
    "all of them are delivered\n",
    "b'fire' b'on'\n",
    "connected, session NEW\n",
    "b'42'\n",
    "[('orders/1', b'one tea')]\n",
    "(0,)\n",
]


@pytest.mark.parametrize(("block", "printed"), list(zip(BLOCKS, PRINTED, strict=True)))
def test_blocks(block: str, printed: str, capsys: pytest.CaptureFixture[str]) -> None:
    async def test() -> None:
        async with Broker() as broker:
            program = block.replace("mqtt://localhost", f"mqtt://127.0.0.1:{broker.port}")
            names: dict[str, object] = {}
            exec(program.replace("asyncio.run(main())", ""), names)
            main = names["main"]
            assert callable(main)
            await main()

    run(test)
    assert capsys.readouterr().out == printed


PROGRAMS = {
    "aio_bridge.py": ["--count", "3"],
    "aio_workers.py": ["--jobs", "20"],
}


@pytest.mark.parametrize("name", sorted(PROGRAMS))
def test_programs(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = HERE / "examples" / name

    async def test() -> None:
        async with Broker() as broker:
            url = f"mqtt://127.0.0.1:{broker.port}"
            monkeypatch.setattr(sys, "argv", [name, url, *PROGRAMS[name]])
            main = runpy.run_path(str(path))["main"]
            assert await main() == 0

    run(test)
    assert capsys.readouterr().out


def test_all_programs_are_run() -> None:
    assert sorted(PROGRAMS) == sorted(path.name for path in HERE.glob("examples/aio_*.py"))
    assert asyncio.iscoroutinefunction(
        runpy.run_path(str(HERE / "examples" / "aio_workers.py"))["main"]
    )
