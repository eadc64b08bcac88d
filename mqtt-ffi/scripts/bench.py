"""Instructions per packet through the C library, beside the same calls in Rust.

    python3 bench.py INSTR ARCHIVE HEADERS

INSTR is the program that counts instructions of the Rust crate (package mqtt-benches), ARCHIVE the static library. Both
run under callgrind, twice, the second time with twice the work: what is left of the difference is the work. `read` is
decoding alone, and `encode` encoding: of C only the calls are counted. `decode` looks at every value too, with the loops
of the caller.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

CASES = "abcdefg"
VERSIONS = ["3.1.1", "5.0"]
# What is counted of C.
CALLS = {"read": ["--toggle-collect=mqc_decode"], "encode": ["--toggle-collect=mqc_encode"], "decode": []}
PACKETS = {"g": 10_000}
RUNS = {"g": 1}


def total(command: list[str], options: list[str]) -> int:
    """Instructions of a run."""
    callgrind = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]
    done = subprocess.run(callgrind + options + command, capture_output=True, text=True, check=True)
    found = re.search(r"Collected : (\d+)", done.stderr)
    if found is None:
        sys.exit(done.stderr)
    return int(found[1])


def each(case: str, command: list[str], options: list[str]) -> float:
    """Instructions of a packet."""
    runs = RUNS.get(case, 500)
    once, twice = (total([*command, str(count)], options) for count in (runs, 2 * runs))
    return (twice - once) / (runs * PACKETS.get(case, 1))


def main() -> None:
    instr, archive, headers = sys.argv[1:4]
    source = Path(__file__).parents[1] / "benches" / "codec.c"
    with tempfile.TemporaryDirectory() as folder:
        program = f"{folder}/codec"
        cc = os.environ.get("CC", "cc").split()
        libraries = ["-lgcc_s", "-lpthread", "-ldl", "-lm", "-lc"]
        subprocess.run([*cc, "-O2", f"-I{headers}", "-o", program, source, archive, *libraries], check=True)
        subprocess.run([instr, "--corpus", folder], check=True)
        print("| | " + " | ".join(CASES) + " |\n|---|" + "---:|" * len(CASES))
        for job, options in CALLS.items():
            for version in VERSIONS:
                cells = []
                for case in CASES:
                    rust = each(case, [instr, "--work", job, version, case], [])
                    c = each(case, [program, job, version, f"{folder}/{case}-{version}"], options)
                    cells.append(f"{c:.0f} / {rust:.0f} = {c / rust:.2f}")
                print(f"| {job} {version} | " + " | ".join(cells) + " |", flush=True)


main()
