"""Measures ours beside paho-mqtt, gmqtt and mqtt5, as far as they are installed.

    python benches/run.py [--json FILE] [--docs FOLDER] [--check] [--smoke]

`--docs` writes `speed.md` and `speed.svg`. `--smoke` measures for a moment and few filters, to see
that everything runs. With `--check` the exit code is 1 if something is slower than it must be.
"""

import argparse
import sys
from pathlib import Path

import chart
import codec
import report
import sessions
from measure import Effort, Result, measure

import topics

IMPORT_RUNS = 10


def measured(effort: Effort, sizes: list[int]) -> list[Result]:
    results = measure(codec.cases(), effort)
    results += measure(sessions.cases(), effort)
    for size in sizes:
        # One after the other: a million filters take their room.
        results += measure(topics.cases(size), effort)
    return results


def main() -> int:
    parser = argparse.ArgumentParser(description="Measures ours beside other libraries.")
    parser.add_argument("--smoke", action="store_true", help="a moment, to see that it runs")
    parser.add_argument("--check", action="store_true", help="fail if something is too slow")
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--docs", type=Path, metavar="FOLDER")
    options = parser.parse_args()

    effort = Effort(2, 0.0005) if options.smoke else Effort(options.rounds)
    sizes = [1_000] if options.smoke else list(topics.SIZES)
    results = measured(effort, sizes)
    print(report.machine())
    print(report.table(results))
    if options.smoke:
        return 0

    imports = report.import_times(IMPORT_RUNS)
    for name, time in imports.items():
        print(f"import {name}: {time:.1f} ms")
    if options.json is not None:
        report.write_json(options.json, results, imports, effort)
    if options.docs is not None:
        options.docs.mkdir(exist_ok=True)
        text = report.page(results, imports, effort, IMPORT_RUNS, sessions.MESSAGES, topics.TOPICS)
        (options.docs / "speed.md").write_text(text)
        chart.draw(options.docs / "speed.svg", results, report.machine())
    is_met = all(it.is_met for result in results for it in result.comparisons)
    return 1 if options.check and not is_met else 0


if __name__ == "__main__":
    sys.exit(main())
