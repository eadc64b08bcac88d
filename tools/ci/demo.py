"""Runs a demo and checks that it prints what the README and the pages in `docs` show of it.

`python3 tools/ci/demo.py NAME COMMAND...`: the command has to succeed, and every block
that is marked with `<!-- NAME -->` has to be in what it prints, line by line, in one piece.

After `<!-- NAME shape -->` numbers may differ, and how wide they are: they are measured.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# At the end of a word is a port, inside one a version.
NUMBER = re.compile(r"(?<![\w.])\d[\d,]*(\.\d+)?(?![\w.])|(?<=:)\d+")


def blocks_of(text: str, mark: str) -> list[str]:
    return re.findall(rf"<!-- {mark} -->\n+```text\n(.*?)```", text, re.DOTALL)


def shape(text: str) -> str:
    lines = (re.sub(r" +", " ", NUMBER.sub("N", line)).strip() for line in text.splitlines())
    return "".join(f"{line}\n" for line in lines)


def main(name: str, command: list[str]) -> int:
    result = subprocess.run(command, stdout=subprocess.PIPE, encoding="utf-8")
    if result.returncode != 0:
        print(f"{result.stdout}the demo fails: exit status {result.returncode}")
        return 1
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    shown = "\n".join(page.read_text("utf-8") for page in pages)
    blocks = blocks_of(shown, name)
    shapes = blocks_of(shown, f"{name} shape")
    printed = shape(result.stdout)
    missing = [block for block in blocks if block not in result.stdout]
    missing += [block for block in shapes if shape(block) not in printed]
    for block in missing:
        print(f"shown, but not printed:\n{block}")
    lines, count = result.stdout.count("\n"), len(blocks) + len(shapes)
    print(f"{name} prints {lines} lines; {count} blocks shown, {len(missing)} wrong")
    return 0 if count and not missing else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
