"""Writes the shared test vectors; with --check compares them with the committed files.

The check exits with 1 if a file differs, is missing or is not generated any more. Run it as
`python3 tools/vectors/generate.py [--check]`.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import bugs
import fields
import headers
import legal
import modes
import properties
import strings
from book import Book
from tables import KIND_CODES

TARGET = Path(__file__).resolve().parents[2] / "mqtt-core" / "tests" / "vectors"
LEAST_LEGAL = 500
LEAST_ILLEGAL = 500


def build() -> Book:
    book = Book()
    for module in (legal, headers, fields, properties, strings, modes, bugs):
        module.write(book)
    return book


def verify(book: Book) -> str:
    """Counts by expectation; every error kind has to occur."""
    vectors = [vector for file in book.files for vector in book.vectors(file)]
    words = [vector.expectation.split(" ") for vector in vectors]
    legal_count = sum(word[0] == "ok" for word in words)
    errors = [word for word in words if word[0] == "error"]
    missing = set(KIND_CODES) - {word[1] for word in errors}
    if missing:
        raise AssertionError(f"error kinds without a vector: {sorted(missing)}")
    if legal_count < LEAST_LEGAL or len(errors) < LEAST_ILLEGAL:
        raise AssertionError(f"too few vectors: {legal_count} legal, {len(errors)} illegal")
    rest = len(vectors) - legal_count - len(errors)
    return f"{legal_count} legal, {len(errors)} illegal, {rest} incomplete"


def differences(texts: dict[str, str]) -> list[str]:
    found = {path.name for path in TARGET.glob("*.txt")}
    wrong = [f"not generated any more: {name}" for name in sorted(found - set(texts))]
    for name, text in texts.items():
        path = TARGET / name
        if not path.exists():
            wrong.append(f"missing: {name}")
        elif path.read_text(encoding="ascii") != text:
            wrong.append(f"differs: {name}")
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(description="Writes the shared test vectors of the codec.")
    parser.add_argument("--check", action="store_true", help="compare only; exit 1 on drift")
    check: bool = parser.parse_args().check
    book = build()
    counts = verify(book)
    texts = {name: book.text(name) for name in book.files}
    if check:
        wrong = differences(texts)
        print("\n".join(wrong) if wrong else f"{len(texts)} files up to date: {counts}")
        return 1 if wrong else 0
    TARGET.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (TARGET / name).write_text(text, encoding="ascii")
    print(f"{len(texts)} files written: {counts}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
