"""Measures clients of several libraries through one mosquitto, each in a process of its own.

Round by round, every client of every case in turn, so that a busy machine is so for all. Who
receives finds its messages waiting at the broker, so that no publisher takes processor time from
it. The table says messages a second, and processor time of the client's process for each message.
"""

import argparse
import asyncio
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import e2e_report as report
from e2e_clients import PAYLOAD, READER, SESSION, TOPIC, WINDOW
from e2e_report import Case, Result, Sample
from mqtt_core import QoS, Version
from mqtt_core.aio import Client
from peers import optional

CLIENTS = Path(__file__).with_name("e2e_clients.py")
MODULES = {"paho": "paho.mqtt.client", "aiomqtt": "aiomqtt", "gmqtt": "gmqtt"}
FIRST = 2_000
"""Messages of the samples that find out how many a client is to be given."""

SAMPLE = 0.5
"""Seconds that a sample is to take, about."""

# Generous: what takes longer never ends.
PATIENCE = 120.0


def mosquitto_program() -> str | None:
    path = os.environ.get("PATH", "") + os.pathsep + "/usr/sbin"
    return shutil.which("mosquitto", path=path)


def broker_of(program: str) -> str:
    """Its name and version."""
    said = subprocess.run([program, "-h"], capture_output=True, text=True, check=False).stdout
    return said.partition("\n")[0].replace(" version", "")


@contextmanager
def mosquitto(program: str) -> Iterator[int]:
    """A broker on a port of its own, which keeps whatever it is given."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "mosquitto.conf"
        config.write_text(
            f"listener {port} 127.0.0.1\nallow_anonymous true\nlog_type error\n"
            "max_queued_messages 0\nqueue_qos0_messages true\nset_tcp_nodelay true\n"
            f"max_inflight_messages {WINDOW}\n"
        )
        process = subprocess.Popen([program, "-c", str(config)])
        try:
            until = time.monotonic() + PATIENCE
            while socket.socket().connect_ex(("127.0.0.1", port)):
                if process.poll() is not None or time.monotonic() > until:
                    raise RuntimeError("mosquitto does not begin")
                time.sleep(0.02)
            yield port
        finally:
            process.terminate()
            process.wait(PATIENCE)


async def fill(case: Case, count: int, port: int) -> None:
    """Makes the reader's session anew, and lets messages wait in it."""
    version = Version(case.version)
    kept = SESSION if version is Version.V5 else None
    # It is gone after that, whatever was in it.
    async with Client("127.0.0.1", port, version=version, client_id=READER):
        pass
    async with Client(
        "127.0.0.1",
        port,
        version=version,
        client_id=READER,
        clean_start=False,
        session_expiry_interval=kept,
    ) as client:
        (await client.subscribe(TOPIC, qos=QoS(case.qos))).check()
    async with Client("127.0.0.1", port) as client:
        for _ in range(count):
            await client.send(TOPIC, PAYLOAD, qos=QoS(case.qos))
        await client.publish("end", qos=QoS.AT_LEAST_ONCE)


def sample(library: str, case: Case, count: int, port: int) -> Sample:
    """One client does its work."""
    if case.direction == "receive":
        asyncio.run(fill(case, count, port))
    numbers = [str(it) for it in (case.version, case.qos, count, port)]
    done = subprocess.run(
        [sys.executable, str(CLIENTS), library, case.direction, *numbers],
        stdout=subprocess.PIPE,
        text=True,
        timeout=PATIENCE,
        check=True,
    )
    found = json.loads(done.stdout)
    return Sample(count / found["seconds"], found["cpu"] / count)


def measure(cases: list[Case], rounds: int, first: int, port: int) -> list[Result]:
    libraries = ["mqtt_core", *(name for name, module in MODULES.items() if optional(module))]
    pairs = [(case, library) for case in cases for library in libraries]
    counts = {}
    for case, library in pairs:
        rate = sample(library, case, first, port).rate
        # Too few say nothing; too many are more than a broker likes to keep.
        counts[case, library] = min(max(round(rate * SAMPLE), FIRST), 30 * FIRST)
    samples: dict[tuple[Case, str], list[Sample]] = {pair: [] for pair in pairs}
    for number in range(rounds):
        for case in cases:
            # Another one begins each time.
            turn = number % len(libraries)
            for library in libraries[turn:] + libraries[:turn]:
                count = counts[case, library] if first == FIRST else first
                samples[case, library].append(sample(library, case, count, port))
        print(f"round {number + 1} of {rounds}", file=sys.stderr, flush=True)
    return [
        Result(case, library, *medians(samples[case, library], samples[case, "mqtt_core"]))
        for case, library in pairs
    ]


def medians(theirs: list[Sample], ours: list[Sample]) -> tuple[float, float, float, float]:
    """Rate and processor time, and how many times as good ours are: of each round, the ratio."""
    pairs = list(zip(theirs, ours, strict=True))
    return (
        statistics.median(it.rate for it in theirs),
        statistics.median(it.cpu for it in theirs),
        statistics.median(our.rate / their.rate for their, our in pairs),
        statistics.median(their.cpu / our.cpu for their, our in pairs),
    )


def main() -> int:
    parser = argparse.ArgumentParser(description="Measures clients through one mosquitto.")
    parser.add_argument("--smoke", action="store_true", help="a moment, to see that it runs")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--docs", type=Path, metavar="FOLDER")
    options = parser.parse_args()

    program = mosquitto_program()
    if program is None:
        print("mosquitto is missing", file=sys.stderr)
        return 0 if os.environ.get("ALLOW_MISSING") == "1" else 1
    cases = [
        Case(direction, version, qos)
        for version in (5, 4)
        for direction in ("publish", "receive")
        for qos in QoS
    ]
    rounds, first = (1, 100) if options.smoke else (options.rounds, FIRST)
    with mosquitto(program) as port:
        results = measure(cases, rounds, first, port)
    print(report.table(results))
    if options.smoke:
        return 0
    if options.json is not None:
        report.write_json(options.json, results, rounds)
    if options.docs is not None:
        options.docs.mkdir(exist_ok=True)
        (options.docs / "e2e.md").write_text(
            report.page(results, rounds, SAMPLE, broker_of(program)), "utf-8"
        )
        report.draw(options.docs / "e2e.svg", results)
    return 0


if __name__ == "__main__":
    sys.exit(main())
