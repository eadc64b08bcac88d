"""What was measured, as text, Markdown and JSON; and how long an import takes."""

import importlib.util
import json
import platform
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from measure import Effort, Result
from peers import version_of

IMPORTS = {"mqtt_core": "", "paho.mqtt.client": "paho", "gmqtt": "gmqtt", "mqtt5": "mqtt5"}
"""What is imported, and whose it is."""

HEADINGS = ("", "mqtt_core, ns", "beside", "ns", "ratio", "must", "goal", "")

Row = tuple[str, ...]


def rows(results: list[Result]) -> Iterator[Row]:
    for result in results:
        ours = f"{result.time:,.0f}"
        if not result.comparisons:
            yield (result.name, ours, *[""] * 6)
        name = result.name
        for it in result.comparisons:
            must = goal = word = ""
            if it.target is not None:
                must = f"{it.target.must:g}x"
                goal = "" if it.target.goal is None else f"{it.target.goal:g}x"
                word = "" if it.is_met else "missed"
            peer, time = version_of(it.peer), f"{it.time:,.0f}"
            ratio = f"{it.ratio:,.{2 if it.ratio < 2 else 1}f}x"
            yield name, ours, peer, time, ratio, must, goal, word
            name = ours = ""


def table(results: list[Result]) -> str:
    lines = [HEADINGS, *rows(results)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column in (0, 2, 7) else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def markdown_table(results: list[Result]) -> str:
    lines = ["| " + " | ".join(HEADINGS[:-1]) + " |", "|---|---:|---|---:|---:|---:|---:|"]
    for *cells, word in rows(results):
        # What is not as fast as it must be is to be seen.
        cells[4] = f"**{cells[4]}** (missed)" if word else cells[4]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def import_times(runs: int) -> dict[str, float]:
    """Milliseconds, the least of some fresh interpreters, of what is installed."""
    times = {}
    for module in IMPORTS:
        if importlib.util.find_spec(module.partition(".")[0]) is None:
            continue
        code = (
            "from time import perf_counter; begin = perf_counter();"
            f" import {module}; print(perf_counter() - begin)"
        )
        command = [sys.executable, "-c", code]
        taken = [float(subprocess.check_output(command, text=True)) for _ in range(runs)]
        times[module] = min(taken) * 1e3
    return times


def machine() -> str:
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [line for line in info.read_text().splitlines() if line.startswith("model name")]
        if names:
            cpu = f"{len(names)} x {names[0].partition(': ')[2]}"
    return f"{cpu}, {platform.system()}, {platform.python_implementation()} " + (
        platform.python_version()
    )


def write_json(
    file: Path, results: list[Result], imports: dict[str, float], effort: Effort
) -> None:
    found = {
        "machine": machine(),
        "effort": asdict(effort),
        "versions": {name: version_of(name) for name in ("paho", "gmqtt", "mqtt5")},
        "import_ms": imports,
        "results": [asdict(result) for result in results],
    }
    file.write_text(json.dumps(found, indent=1) + "\n")


PAGE = """\
# Speed

`make bench-python` wrote this page and the chart: {machine}. The machine was shared with other
work: use the ratios, not the figures.

![Nanoseconds of each, on a logarithmic scale](speed.svg)

{table}

"Must" and "goal" are the ratios that we have set ourselves. A row without them is there to be seen.

## How it was measured

All in one process, from the wheel that is built with the profile `wheel`: {rounds} rounds, in each
of which every call of a part (codec, sessions, each number of filters) has its turn for about
{sample:.0f} ms of processor time. A time is the median of all rounds, a ratio the median of the
ratios of the rounds. All get the same bytes, and the benchmarks check that they read the same of
them. The topic has 25 bytes.

- **decode**: one call for one packet; that it is one of 5.0 goes without saying. Ours makes all
  values but the topic when they are read, the others when the packet is decoded; so **decode and
  read** reads topic, payload, QoS and packet identifier too, and the properties where there are
  some. Of paho it is `decode_publish`, which gets a body whose fixed header somebody has read
  before; ours and `mqtt5` read that too.
- **encode**: of a packet that is there. paho has none: its `_send_publish` takes the parts and puts
  bytes together, and nothing is sent. "Make and encode" makes the packet too.
- **receive**: {messages} messages at once into a client that is connected, with framing, and a look
  at each message: by an event of ours (found by `isinstance`, which is faster than `match`),
  by `on_message` of the others. What is acknowledged is written, and thrown away. paho reads from
  an object with a `recv`, gmqtt gets the bytes as its transport would give them.
- **publish**: a message of QoS 1 is written, its PUBACK comes, and the caller is told.
- **match**: {topics:,} topics in turn; all that subscribe are in a list. `MQTTMatcher` knows one
  subscriber for each filter, `SubscriptionTrie` any number.

## Import

The least of {runs} fresh interpreters, in milliseconds:

| module | ms |
|---|---:|
{imports}
"""


def page(
    results: list[Result],
    imports: dict[str, float],
    effort: Effort,
    runs: int,
    messages: int,
    topics: int,
) -> str:
    return PAGE.format(
        machine=machine(),
        table=markdown_table(results),
        rounds=effort.rounds,
        sample=effort.sample * 1e3,
        messages=messages,
        topics=topics,
        runs=runs,
        imports="\n".join(f"| `{name}` | {time:.1f} |" for name, time in imports.items()),
    )
