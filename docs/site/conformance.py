"""The pages that say which test shows which statement of the standards: made of the ledger."""

import csv
import html
import posixpath
import re
from collections import Counter
from collections.abc import Callable
from itertools import groupby
from pathlib import Path

Row = dict[str, str]
Write = Callable[[str, str], None]

TESTS = "mqtt-core/tests/conformance"
EXAMPLES = "mqtt-core/examples"
LEDGER = f"{TESTS}/ledger.tsv"
LAYERS = ("codec", "session", "broker", "transport", "application")
VERSIONS = {
    "5": ("MQTT 5.0", "conformance/v5.md", "mqtt-core/tests/spec/conformance-v5.tsv"),
    "3.1.1": ("MQTT 3.1.1", "conformance/v311.md", "mqtt-core/tests/spec/conformance-v311.tsv"),
}
CHAPTERS = {
    "1": "Strings and numbers",
    "2": "Headers, identifiers, properties",
    "3.1": "CONNECT",
    "3.2": "CONNACK",
    "3.3": "PUBLISH",
    "3.4": "PUBACK",
    "3.5": "PUBREC",
    "3.6": "PUBREL",
    "3.7": "PUBCOMP",
    "3.8": "SUBSCRIBE",
    "3.9": "SUBACK",
    "3.10": "UNSUBSCRIBE",
    "3.11": "UNSUBACK",
    "3.12": "PINGREQ",
    "3.13": "PINGRESP",
    "3.14": "DISCONNECT",
    "3.15": "AUTH",
    "4": "Behaviour",
    "6": "WebSocket",
    "7": "Conformance",
}
STATUS = {"tested": "tested", "programs": "tested with programs", "not-ours": "not ours"}
"""What is said of each status. `programs` is what a library without sockets cannot decide."""


def table(file: Path) -> list[Row]:
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


def chapter(statement: str) -> str:
    """The chapter of a statement; of packets, the section."""
    numbers = statement.removeprefix("MQTT-").split(".")
    return ".".join(numbers[:2]) if numbers[0] == "3" else numbers[0]


def lines_of_tests(folder: Path) -> dict[str, tuple[str, int]]:
    """Where each test begins, by its module and name."""
    found = {}
    for file in sorted(folder.glob("*.rs")):
        for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
            if name := re.match(r"\s*(?:pub )?fn (\w+)\(", line):
                found[f"{file.stem}::{name[1]}"] = (f"{TESTS}/{file.name}", number)
    return found


def place_in_examples(repository: Path, test: str) -> tuple[str, int]:
    """Where a test of a program begins."""
    file, _, name = test.rpartition("::")
    source = (repository / EXAMPLES / file).read_text("utf-8").splitlines()
    signature = re.compile(rf"\s*(?:async )?fn {name}\(")
    number = next(number for number, line in enumerate(source, 1) if signature.match(line))
    return f"{EXAMPLES}/{file}", number


def cell(text: str) -> str:
    """Text that is safe in a table."""
    return (
        html.escape(text, quote=False)
        .replace("|", "&#124;")
        .replace("*", "&#42;")
        .replace("_", "&#95;")
        .replace("`", "&#96;")
        .replace("[", "&#91;")
    )


def write(write_page: Write, address: Callable[[str], str], repository: Path) -> None:
    ledger = table(repository / LEDGER)
    places = lines_of_tests(repository / TESTS)
    for row in ledger:
        if row["status"] == "programs":
            named = row["tests"].split(",")
            places |= {test: place_in_examples(repository, test) for test in named}
    tests = set()
    for version, (title, page, spec) in VERSIONS.items():
        says = {row["id"]: row for row in table(repository / spec)}
        rows = [row for row in ledger if row["version"] == version]
        if {row["id"] for row in rows} != set(says):
            raise ValueError(f"the ledger and {spec} differ")
        parts = [
            f"# {title}: statements and tests\n",
            "What a statement says is told in our own words. The standard has it under its number."
            " Behind each one: what a test does, and what has to come of it.\n",
        ]
        for number, of_chapter in groupby(rows, lambda row: chapter(row["id"])):
            name = CHAPTERS[number]
            parts.append(f"## {number} {name}\n")
            for row in of_chapter:
                if row["status"] == "tested":
                    tests.update(row["tests"].split(","))
                parts.append(statement(row, says[row["id"]], page, places, address))
        write_page(page, '---\nhide: ["navigation"]\n---\n\n' + "\n".join(parts))
    write_page("conformance/index.md", overview(ledger, len(tests), address))


def statement(
    row: Row,
    says: Row,
    page: str,
    places: dict[str, tuple[str, int]],
    address: Callable[[str], str],
) -> str:
    """One statement: what it says, and what shows it."""
    badge = f'<span class="status {row["status"]}">{STATUS[row["status"]]}</span>'
    lines = [
        f"### {row['id']}\n",
        f'<p class="tags">{badge} <span>{row["layer"]}</span> <span>{says["role"]}</span></p>\n',
        f"{cell(says['paraphrase'])}\n",
    ]
    if row["stimulus"] != "-":
        lines.append(f"- **done**: {cell(row['stimulus'])}")
    if row["expected"] != "-":
        lines.append(f"- **expected**: {cell(row['expected'])}")
    if row["note"] != "-":
        lines.append(f"- **note**: {cell(row['note'])}")
    links = []
    for test in row["tests"].split(",") if row["tests"] != "-" else []:
        file, number = places[test]
        # As HTML: mkdocs does not know of lines. alone.py looks at the links that come of it.
        link = posixpath.relpath(address(file).removesuffix(".md"), page.removesuffix(".md"))
        address_of_line = f"{link}/#__codelineno-0-{number}"
        links.append(f'<a href="{address_of_line}"><code>{test}</code></a>')
    if links:
        lines.append(f"- **tests**: {', '.join(links)}")
    return "\n".join(lines) + "\n"


def overview(ledger: list[Row], tests: int, address: Callable[[str], str]) -> str:
    counts = Counter((row["version"], row["layer"], row["status"]) for row in ledger)
    source = posixpath.relpath(address(LEDGER), "conformance")
    shown = Counter(row["status"] for row in ledger)
    lines = [
        "# Statements and tests\n",
        f"Both standards number their statements: {len(ledger)} in all."
        f" {shown['tested']} of them are shown by {tests} tests of the library."
        f" {shown['programs']} are about sockets, which the library does not have: they are shown"
        " by tests of the programs around it."
        f" {shown['not-ours']} are not ours; each says why. All of this is made of the"
        f" [ledger]({source}), which `cargo test -p mqtt-core --test conformance` checks: no"
        " statement may be missing, no test that it names may be gone.\n",
    ]
    for version, (title, page, _) in VERSIONS.items():
        total = sum(count for (of, _, _), count in counts.items() if of == version)
        lines.append(f"## {title}\n\n[All {total} statements]({posixpath.basename(page)})\n")
        lines.append("| layer | statements | tested | with programs | not ours | |")
        lines.append("|---|---:|---:|---:|---:|---|")
        for layer in LAYERS:
            of = [counts[version, layer, status] for status in STATUS]
            if not sum(of):
                continue
            bar = "".join(
                f'<i class="{status}" style="width:{100 * number / sum(of):.1f}%"></i>'
                for status, number in zip(STATUS, of, strict=True)
                if number
            )
            cells = " | ".join(str(number) if number else "" for number in of)
            lines.append(f'| {layer} | {sum(of)} | {cells} | <span class="bar">{bar}</span> |')
        lines.append("")
    return "\n".join(lines)
