"""Runs a demo and checks that it prints what the README shows of it.

`python3 tools/ci/demo.py NAME COMMAND...`: the command has to succeed, and every block of the README
that is marked with `<!-- NAME -->` has to be in what it prints, line by line, in one piece.

After `<!-- NAME shape -->` numbers may differ, and how wide they are: they are measured.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

README = Path(__file__).resolve().parents[2] / "README.md"
# At the end of a word is a port, inside one a version.
NUMBER = re.compile(r"(?<![\w.])\d[\d,]*(\.\d+)?(?![\w.])|(?<=:)\d+")


def blocks_of(readme: str, mark: str) -> list[str]:
    return re.findall(rf"<!-- {mark} -->\n+```text\n(.*?)```", readme, re.DOTALL)


def shape(text: str) -> str:
    lines = (re.sub(r" +", " ", NUMBER.sub("N", line)).strip() for line in text.splitlines())
    return "".join(f"{line}\n" for line in lines)


def main(name: str, command: list[str]) -> int:
    result = subprocess.run(command, stdout=subprocess.PIPE, encoding="utf-8")
    if result.returncode != 0:
        print(f"{result.stdout}the demo fails: exit status {result.returncode}")
        return 1
    readme = README.read_text("utf-8")
    blocks = blocks_of(readme, name)
    shapes = blocks_of(readme, f"{name} shape")
    printed = shape(result.stdout)
    missing = [block for block in blocks if block not in result.stdout]
    missing += [block for block in shapes if shape(block) not in printed]
    for block in missing:
        print(f"in the README, but not in the demo:\n{block}")
    lines, count = result.stdout.count("\n"), len(blocks) + len(shapes)
    print(f"{name} prints {lines} lines; {count} blocks of the README, {len(missing)} wrong")
    return 0 if count and not missing else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
