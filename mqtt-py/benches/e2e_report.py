"""What clients took through a broker, as text, Markdown, JSON and a chart."""

import importlib
import importlib.metadata
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from chart import OTHERS, OURS, TEXT
from e2e_clients import PAYLOAD, WINDOW
from report import machine

DISTRIBUTIONS = {"paho": "paho-mqtt", "aiomqtt": "aiomqtt", "gmqtt": "gmqtt"}
VERSIONS = {5: "5.0", 4: "3.1.1"}
HEADINGS = ("", "client", "msg/s", "CPU, us", "ours: msg/s", "ours: CPU")


@dataclass(frozen=True)
class Case:
    """What a client does."""

    direction: str
    """`publish` or `receive`."""
    version: int
    """The protocol level: 5 is 5.0, 4 is 3.1.1."""
    qos: int

    @property
    def name(self) -> str:
        return f"{self.direction}, {VERSIONS[self.version]}, QoS {self.qos:d}"


@dataclass(frozen=True)
class Sample:
    """One run of a client."""

    rate: float
    """Messages a second."""
    cpu: float
    """Seconds of processor time for each message."""


@dataclass(frozen=True)
class Result:
    """The medians of one client in one case."""

    case: Case
    library: str
    rate: float
    cpu: float
    rate_ratio: float
    """How many times as many messages a second ours does."""
    cpu_ratio: float
    """How many times as much processor time it takes as ours."""


def version_of(library: str) -> str:
    if library not in DISTRIBUTIONS:
        return library
    return f"{library} {importlib.metadata.version(DISTRIBUTIONS[library])}"


def rows(results: list[Result]) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    last = None
    for it in results:
        is_ours = it.library == "mqtt_core"
        found.append(
            (
                "" if it.case == last else it.case.name,
                version_of(it.library),
                f"{it.rate:,.0f}",
                f"{it.cpu * 1e6:,.1f}",
                "" if is_ours else f"{it.rate_ratio:.1f}x",
                "" if is_ours else f"{it.cpu_ratio:.1f}x",
            )
        )
        last = it.case
    return found


def table(results: list[Result]) -> str:
    lines = [HEADINGS, *rows(results)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column < 2 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def markdown_table(results: list[Result]) -> str:
    lines = ["| " + " | ".join(HEADINGS) + " |", "|---|---|---:|---:|---:|---:|"]
    lines += ["| " + " | ".join(row) + " |" for row in rows(results)]
    return "\n".join(lines)


def write_json(file: Path, results: list[Result], rounds: int) -> None:
    found = {
        "machine": machine(),
        "rounds": rounds,
        "versions": {name: version_of(name) for name in DISTRIBUTIONS},
        "results": [asdict(result) for result in results],
    }
    file.write_text(json.dumps(found, indent=1) + "\n", "utf-8")


PAGE = """\
# Python clients through a broker

`make bench-python-e2e` wrote this page and the chart: {machine}, {broker}.
The machine was shared with other work: use the ratios, not the figures.

![Messages a second, and CPU of each message, of each client](e2e.svg)

{table}

"CPU" is the processor time of the client's process for each message, with its threads; the broker's
is not in it. The last two columns say how many times as fast `mqtt_core.aio` is, and how many times
as much processor time the other takes. Where the broker is what takes longest, the first of them
says little, and the second is the one to look at.

## How it was measured

{rounds} rounds, in each of which every client of every case has its turn, in a process of its own
that knows no other library, with as many messages as it does in about {sample:g} s. Rates and times
are medians, a ratio is the median of the ratios of the rounds. A message has {size} bytes, and a
client has up to {window} of QoS 1 and 2 open.

- **publish**: to a topic that nobody subscribes to. It ends when all are acknowledged, and one more
  of QoS 1, so that those of QoS 0 have come to the broker too. `mqtt_core.aio` sends, and then
  awaits the answers; paho-mqtt has its loop in a thread, publishes, and waits for each handle;
  aiomqtt has {window} tasks, each of which awaits its own publish; gmqtt tells nobody of
  acknowledgements, so its store of open messages is asked when there is room.
- **receive**: the messages wait in a session at the broker, and the client takes them with the
  means it has: an iterator (`mqtt_core.aio`, aiomqtt) or a callback (paho-mqtt, gmqtt). Each topic
  and the length of each payload is looked at. To connect is part of the time.
"""


def page(results: list[Result], rounds: int, sample: float, broker: str) -> str:
    return PAGE.format(
        machine=machine(),
        broker=broker,
        table=markdown_table(results),
        rounds=rounds,
        sample=sample,
        size=len(PAYLOAD),
        window=WINDOW,
    )


def draw(file: Path, results: list[Result]) -> None:
    """Two columns of bars, of 5.0: the longer the better, the shorter the better."""
    matplotlib = importlib.import_module("matplotlib")
    matplotlib.use("svg")
    matplotlib.rcParams.update({"svg.hashsalt": "e2e", "svg.fonttype": "none", "font.size": 8})
    pyplot = importlib.import_module("matplotlib.pyplot")

    places, names, titles, place = [], [], [], 0.0
    shown = [it for it in results if it.case.version == 5]
    for number, it in enumerate(shown):
        if number == 0 or shown[number - 1].case != it.case:
            place += 1.2 if number else 0
            titles.append((place - 0.85, f"{it.case.direction}, QoS {it.case.qos:d}"))
        places.append(place)
        names.append(version_of(it.library))
        place += 1
    colours = [OURS if it.library == "mqtt_core" else OTHERS for it in shown]

    figure, both = pyplot.subplots(
        ncols=2, figsize=(8, 0.8 + 0.15 * place), layout="constrained", sharey=True
    )
    columns = (
        ([it.rate for it in shown], "messages a second: longer is better"),
        ([it.cpu * 1e6 for it in shown], "microseconds of CPU for each message: shorter is better"),
    )
    for axes, (values, label) in zip(both, columns, strict=True):
        axes.barh(places, values, color=colours, height=0.8)
        axes.set_xlim(0, max(values) * 1.18)
        axes.set_ylim(place - 0.5, -1.8)
        axes.set_yticks(places, names, color=TEXT)
        axes.tick_params(axis="y", length=0)
        for at, value in zip(places, values, strict=True):
            axes.annotate(
                f"{value:,.0f}" if value >= 100 else f"{value:.1f}",
                (value, at),
                (3, 0),
                textcoords="offset points",
                va="center",
                color=TEXT,
            )
        for at, title in titles:
            axes.annotate(
                title, (0, at), (3, 0), textcoords="offset points", va="center", weight="bold"
            )
        axes.set_xlabel(label)
        axes.xaxis.set_major_formatter("{x:,.0f}")
        axes.grid(axis="x", color="#e2e8f0", linewidth=0.6)
        axes.set_axisbelow(True)
        for side in ("top", "right", "left"):
            axes.spines[side].set_visible(False)
    figure.suptitle(f"{machine()}, MQTT 5.0", fontsize=7, color=TEXT, x=0.01, ha="left")
    figure.savefig(file, metadata={"Date": None})
    # It ends lines with blanks.
    lines = file.read_text("utf-8").splitlines()
    file.write_text("".join(f"{line.rstrip()}\n" for line in lines), "utf-8")
