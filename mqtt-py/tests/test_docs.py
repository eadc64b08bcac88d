"""The examples in the documentation run and print what they say."""

import doctest
import io
import re
from contextlib import redirect_stdout
from pathlib import Path

import mqtt_core

PRINTED = [
    "sensors/7: 4 bytes of 18\n",
    "b'21.5'\n"
    "Publish('sensors/7/temperature', b'21.5', qos=QoS.AT_LEAST_ONCE, packet_id=11,"
    " content_type='text/plain')\n"
    "b'0\\x05\\x00\\x01ahi'\n"
    "publish_qos 0 MQTT-3.3.1-4 ReasonCode.MALFORMED_PACKET\n",
    "connect c Version.V5\nPubAck(1)\npublish t 1000\n",
    "10007\n8\n",
]


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
    assert printed[:-1] == PRINTED
    assert printed[-1].startswith("PUBACK, 4 bytes, MQTT 3.1.1\n")
