"""Runs the demo and checks that it prints what the README shows of it.

`python3 tools/ci/demo.py COMMAND...`: the command has to succeed, and every block of the README
that is marked with `<!-- demo -->` has to be in what it prints, line by line, in one piece.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

README = Path(__file__).resolve().parents[2] / "README.md"
BLOCK = re.compile(r"<!-- demo -->\n+```text\n(.*?)```", re.DOTALL)


def main(command: list[str]) -> int:
    result = subprocess.run(command, stdout=subprocess.PIPE, encoding="utf-8")
    if result.returncode != 0:
        print(f"the demo fails: exit status {result.returncode}")
        return 1
    blocks: list[str] = BLOCK.findall(README.read_text("utf-8"))
    missing = [block for block in blocks if block not in result.stdout]
    for block in missing:
        print(f"in the README, but not in the demo:\n{block}")
    lines = result.stdout.count("\n")
    print(f"the demo prints {lines} lines; {len(blocks)} blocks of the README, {len(missing)} wrong")
    return 0 if blocks and not missing else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
