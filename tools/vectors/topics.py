"""Writes the shared test vectors of topics; with --check compares them with the committed files.

The verdicts come from regular expressions, which share nothing with the library, and are compared
with the tables of `utf8-and-topics.md`. The check exits with 1 if a file differs, is missing or is not
generated any more. Run it as `python3 tools/vectors/topics.py [--check]`.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from itertools import product
from pathlib import Path

TESTS = Path(__file__).resolve().parents[2] / "mqtt-core" / "tests"
FACTS = TESTS / "spec" / "utf8-and-topics.md"
TARGET = TESTS / "topics"
LEAST_OF_EACH_VERDICT = 400

# A level: `+`, or text without wildcards.
LEVEL = r"(?:\+|[^+#/\0]*)"
FILTER = re.compile(rf"(?=.)(?:{LEVEL}/)*(?:#|{LEVEL})", re.DOTALL)
NAME = re.compile(r"[^+#\0]+")
SHARED = re.compile(r"\$share/([^/+#]+)/(.+)", re.DOTALL)


def is_filter(text: str) -> bool:
    return FILTER.fullmatch(text) is not None


def shared(text: str) -> tuple[str, str] | None:
    """The share name and the inner filter, by the rules of 5.0."""
    found = SHARED.fullmatch(text)
    return (found[1], found[2]) if found else None


def is_filter_v5(text: str) -> bool:
    if not text.startswith("$share/"):
        return is_filter(text)
    parts = shared(text)
    return parts is not None and "\0" not in parts[0] and is_filter(parts[1])


def matches(text: str, name: str) -> bool:
    """Does a filter that is not shared match?"""
    if text[0] in "+#" and name[0] == "$":
        return False
    pattern = re.escape(text).replace(r"/\#", "(/.*)?").replace(r"\#", ".*")
    pattern = pattern.replace(r"\+", "[^/]*")
    return re.fullmatch(pattern, name, re.DOTALL) is not None


class Choices:
    """The same choices with every version of Python."""

    def __init__(self, seed: int) -> None:
        self.state = seed

    def below(self, bound: int) -> int:
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % (1 << 64)
        return (self.state >> 33) % bound

    def among(self, things: list[str]) -> str:
        return things[self.below(len(things))]


LEVELS = ["", "a", "b", "aa", "A", "sport", "tennis", "$SYS", "$", "x$", "$share", " ", "a b", "*", "."]
LEVELS += ["a.b", "-", "\\", "\t", "\u007f", "\u00e9", "e\u0301", "\u65e5\u672c", "\U0001f600", "\ufeff"]


def some_name(choices: Choices) -> str:
    levels = [choices.among(LEVELS) for _ in range(1 + choices.below(5))]
    return "/".join(levels) or "/"


def filter_near(name: str, choices: Choices) -> str:
    """A filter that matches the name, or nearly so."""
    levels = name.split("/")
    for _ in range(choices.below(4)):
        at = choices.below(len(levels))
        match choices.below(8):
            case 0 | 1 | 2:
                levels[at] = "+"
            case 3 | 4:
                levels[at:] = ["#"]
            case 5:
                levels.append(choices.among(["#", "+", "", "a"]))
            case 6 if len(levels) > 1:
                del levels[at]
            case _:
                levels[at] = choices.among(LEVELS)
    return "/".join(levels)


def rows_of(section: str) -> Iterator[list[str]]:
    """The cells of the table in a section of the facts."""
    text = FACTS.read_text(encoding="utf-8").split(f"\n## {section} ")[1].split("\n## ")[0]
    for line in text.splitlines()[3:]:
        if line.startswith("| `"):
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            yield [cell.strip("`").replace("\u2420", " ") for cell in cells]


def escape(text: str) -> str:
    r"""ASCII; all other bytes, and the backslash, as `\xHH`."""
    data = text.encode("utf-8")
    return "".join(chr(b) if 0x20 <= b < 0x7F and b != 0x5C else f"\\x{b:02X}" for b in data)


class Table:
    """Rows with a text as first cells, by which they are told apart."""

    def __init__(self, header: str, keys: int) -> None:
        self.lines = [header]
        self.keys = keys
        self.seen: set[tuple[str, ...]] = set()

    def add(self, *cells: str) -> None:
        if cells[: self.keys] not in self.seen:
            self.seen.add(cells[: self.keys])
            self.lines.append("\t".join(escape(cell) for cell in cells))

    def text(self) -> str:
        return "".join(f"{line}\n" for line in self.lines)


def verdict(valid: bool) -> str:
    return "valid" if valid else "invalid"


def short_texts() -> Iterator[str]:
    for size in range(4):
        yield from ("".join(text) for text in product("a/+#$", repeat=size))


def names() -> Table:
    table = Table("name\tverdict\tsource", 1)
    texts = [*short_texts(), *LEVELS, "a\0b", "\0", "\0+", "\u00e9+", "a/b/c#", "a//", "$share/g/a"]
    for text in texts:
        table.add(text, verdict(NAME.fullmatch(text) is not None), "made")
    return table


def filters() -> Table:
    table = Table("filter\tv311\tv5\tshare_name\tinner\tsource", 1)

    def add(text: str, source: str) -> None:
        valid = is_filter_v5(text)
        name, inner = (shared(text) if valid else None) or ("-", "-")
        table.add(text, verdict(is_filter(text)), verdict(valid), name, inner, source)

    for text, v311, v5, *_ in rows_of("4."):
        if (v311, v5) != (verdict(is_filter(text)), verdict(is_filter_v5(text))):
            raise AssertionError(f"the facts disagree on {text}")
        add(text, "spec")
    for text in short_texts():
        add(text, "made")
    share_names = ["", "g", "+", "#", "g+", "#g", "$share", " ", "\u65e5\u672c", "g\0"]
    inners = ["", "/", "a", "#", "+", "a/+/#", "a#", "+a", "#/a", "/a", "$SYS/#", "$share/h/b"]
    inners += ["\0", "\u00e9"]
    for start, name, inner in product(["$share/", "$Share/", "/$share/"], share_names, inners):
        add(f"{start}{name}/{inner}", "made")
    for text in ["$share", "$share/", "$share/g", "$share/\u00e9", "$share/+", "$share/#", "$share#"]:
        add(text, "made")
    choices = Choices(4)
    for _ in range(150):
        text = filter_near(some_name(choices), choices)
        at = choices.below(len(text) + 1)
        add(text, "made")
        add(text[:at] + choices.among(["+", "#", "\0", "/", "\u00e9"]) + text[at:], "made")
    return table


def pairs() -> Iterator[tuple[str, str]]:
    """Filters and names that are interesting together."""
    few = ["a", "/", "//", "a/", "/a", "a/b", "a//b", "a/b/c", "$", "$a", "$a/b", "a/$b", "aa", "ab/c"]
    some = ["#", "+", "/#", "+/#", "+/+", "/+", "+/", "a/#", "a/+", "+/b", "a/+/#", "a/+/c", "+/b/#"]
    yield from product([*some, "+/+/+", "$a/#", "$a/+", "$/#", "a/$b", "//#", "+//#"], few)
    choices = Choices(7)
    for _ in range(900):
        name = some_name(choices)
        yield filter_near(name, choices), name


def match_table() -> Table:
    table = Table("filter\ttopic\tversion\tmatch\tsource", 3)

    def add(text: str, name: str, source: str) -> str:
        parts = shared(text) if is_filter_v5(text) else None
        word = {True: "yes", False: "no"}
        if parts is None and text.startswith("$share/"):
            found = word[matches(text, name)]
            table.add(text, name, "3.1.1", found, source)
        elif parts is None:
            found = word[matches(text, name)]
            table.add(text, name, "both", found, source)
        else:
            table.add(text, name, "3.1.1", word[matches(text, name)], "made")
            found = word[matches(parts[1], name)]
            table.add(text, name, "5.0", found, source)
        return found

    for text, name, expected in rows_of("5."):
        if add(text, name, "spec") != expected:
            raise AssertionError(f"the facts disagree on {text} and {name}")
    choices = Choices(9)
    for text, name in pairs():
        if not text or not is_filter(text):
            continue
        if choices.below(6) == 0:
            text = f"$share/{choices.among(['g', 'group 1', '$', chr(0xE9)])}/{text}"
        add(text, name, "made")
    for expected in ["yes", "no"]:
        if sum(f"\t{expected}\t" in line for line in table.lines) < LEAST_OF_EACH_VERDICT:
            raise AssertionError(f"too few vectors that say {expected}")
    return table


def main() -> int:
    parser = argparse.ArgumentParser(description="Writes the shared test vectors of topics.")
    parser.add_argument("--check", action="store_true", help="compare only; exit 1 on drift")
    check: bool = parser.parse_args().check
    tables = {"names.tsv": names(), "filters.tsv": filters(), "matches.tsv": match_table()}
    counts = ", ".join(f"{len(table.lines) - 1} in {name}" for name, table in tables.items())
    if not check:
        for name, table in tables.items():
            (TARGET / name).write_text(table.text(), encoding="ascii")
        print(f"written: {counts}")
        return 0
    found = {path.name for path in TARGET.glob("*.tsv")}
    wrong = [f"not generated any more: {name}" for name in sorted(found - set(tables))]
    for name, table in tables.items():
        path = TARGET / name
        if not path.exists() or path.read_text(encoding="ascii") != table.text():
            wrong.append(f"missing or different: {name}")
    print("\n".join(wrong) if wrong else f"up to date: {counts}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
