"""The examples in the documentation run and print what they say."""

import doctest
import io
import re
from contextlib import redirect_stdout
from pathlib import Path

import mqtt_core


def test_module() -> None:
    result = doctest.testmod(mqtt_core)
    assert result.attempted > 0
    assert result.failed == 0


def test_readme() -> None:
    text = (Path(__file__).parents[1] / "README.md").read_text("utf-8")
    blocks: list[str] = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    printed = []
    for block in blocks:
        output = io.StringIO()
        with redirect_stdout(output):
            exec(block, {})
        printed.append(output.getvalue())
    assert printed == [
        "sensors/7: 4 bytes of 18\n",
        "b'21.5'\npublish_qos 0 MQTT-3.3.1-4\n",
    ]
