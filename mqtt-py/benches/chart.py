"""The chart: a bar for each, ours in a colour of its own, the shorter the better."""

import importlib
from pathlib import Path

from measure import Result
from peers import version_of

OURS, OTHERS, TEXT = "#c2410c", "#94a3b8", "#334155"
"""Colours."""


def draw(file: Path, results: list[Result], machine: str) -> None:
    """Bars on a logarithmic scale, a group for each case that is to be in the chart."""
    matplotlib = importlib.import_module("matplotlib")
    matplotlib.use("svg")
    # The same bytes for the same figures; text stays text.
    matplotlib.rcParams.update({"svg.hashsalt": "speed", "svg.fonttype": "none", "font.size": 8})
    pyplot = importlib.import_module("matplotlib.pyplot")

    places, times, names, colours, titles = [], [], [], [], []
    place = 0.0
    for result in results:
        if not result.in_chart:
            continue
        titles.append((place - 0.85, result.name))
        bars = [("mqtt_core", result.time)]
        bars += [(version_of(it.peer), it.time) for it in result.comparisons]
        for name, time in bars:
            places.append(place)
            times.append(time)
            names.append(name)
            colours.append(OURS if name.startswith("mqtt_core") else OTHERS)
            place += 1
        place += 1.2

    figure, axes = pyplot.subplots(figsize=(8, 0.6 + 0.145 * place), layout="constrained")
    axes.barh(places, times, color=colours, height=0.8)
    axes.set_xscale("log")
    # Half a decade before the shortest, and room for the numbers behind the longest.
    axes.set_xlim(min(times) / 3, max(times) * 3)
    axes.set_ylim(place - 0.5, -1.8)
    axes.set_yticks(places, names, color=TEXT)
    axes.tick_params(axis="y", length=0)
    for at, time in zip(places, times, strict=True):
        axes.annotate(
            f"{time:,.0f}", (time, at), (3, 0), textcoords="offset points", va="center", color=TEXT
        )
    for at, title in titles:
        axes.annotate(
            title,
            (min(times) / 3, at),
            (3, 0),
            textcoords="offset points",
            va="center",
            weight="bold",
        )
    axes.set_xlabel("nanoseconds for each packet or topic, logarithmic: shorter is better")
    axes.set_title(machine, fontsize=7, color=TEXT, loc="left")
    axes.grid(axis="x", color="#e2e8f0", linewidth=0.6)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    figure.savefig(file, metadata={"Date": None})
    # It ends lines with blanks.
    lines = file.read_text("utf-8").splitlines()
    file.write_text("".join(f"{line.rstrip()}\n" for line in lines), "utf-8")
