"""Encoding and decoding through the C library, beside the same in Rust.

    python3 bench.py INSTR ARCHIVE HEADERS [--rounds N] [--cases LETTERS] [--unit ns|instructions]

INSTR is the program that runs the work of the Rust crate (package mqtt-benches), ARCHIVE the static library. All do the
same work, on packets that no codec under test wrote (benches/README.md says which the letters are). `call` is the Rust
function behind a call that is not inlined, which is what a call through C can be compared with; `inlined` is the same in
a loop that the compiler may merge with it, as no function of another language can be.

Time is that of the processor, for a few million packets, the best of the rounds, in which all take turns. Instructions
are counted by callgrind, in two runs, the second with twice the work: what is left of the difference is the work.
"""

import argparse
import os
import re
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

VERSIONS = ["3.1.1", "5.0"]
UNITS = ["ns", "instructions"]
# What the loops do, the jobs of Rust (behind a call and inlined), and the function of each that is counted: all of it and
# what it calls, but not the loop around it. What is inlined is counted with its loop.
WORK = {
    "decode": ("read", {"read-called": "*::read_all_called::call*", "read": None}, "mqc_decode"),
    "encode": ("encode", {"encode-called": "*::encode_all_called::call*", "encode": None}, "mqc_encode"),
    "decode, all values": ("decode", {"decode": None}, None),
}
# Packets of a run; the stream is long, and copying 64 KiB takes long.
STREAM = 10_000


def seconds(command: list[str]) -> float:
    """Processor time of a run."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before


def instructions(command: list[str], function: str | None) -> float:
    """Instructions of a run, or of a function in it."""
    callgrind = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]
    if function is not None:
        callgrind.append(f"--toggle-collect={function}")
    done = subprocess.run(callgrind + command, capture_output=True, text=True, check=True)
    found = re.search(r"Collected : (\d+)", done.stderr)
    if found is None:
        sys.exit(done.stderr)
    return int(found[1])


def packets_of(case: str) -> int:
    return STREAM if case == "g" else 1


def time_of(case: str, job: str, commands: list[list[str]], rounds: int) -> list[float]:
    """Nanoseconds for a packet, of each command."""
    runs = 200 if case == "g" else 50_000 if (case, job) == ("c", "encode") else 1_500_000
    best = [float("inf")] * len(commands)
    for _ in range(rounds):
        for at, command in enumerate(commands):
            best[at] = min(best[at], seconds([*command, str(runs)]))
    return [1e9 * total / runs / packets_of(case) for total in best]


def count_of(case: str, command: list[str], function: str | None) -> float:
    """Instructions for a packet."""
    runs = 1 if case == "g" else 500
    once, twice = (instructions([*command, str(times)], function) for times in (runs, 2 * runs))
    return (twice - once) / runs / packets_of(case)


def cells(found: list[float], names: list[str]) -> str:
    """Of C, of Rust, and the ratio."""
    c, *rust = found
    parts = [f"{value:.{1 if value < 100 else 0}f} {name}" for name, value in zip(names, rust, strict=True)]
    return f"{c:.{1 if c < 100 else 0}f} / {', '.join(parts)} = {c / rust[0]:.2f}"


def main() -> None:
    parser = argparse.ArgumentParser(description="encoding and decoding through the C library")
    parser.add_argument("instr")
    parser.add_argument("archive")
    parser.add_argument("headers")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--cases", default="abcdefg")
    parser.add_argument("--unit", action="append", choices=UNITS, help="of the tables; both if none is named")
    args = parser.parse_args()
    source = Path(__file__).parents[1] / "benches" / "codec.c"
    with tempfile.TemporaryDirectory() as folder:
        program = f"{folder}/codec"
        cc = os.environ.get("CC", "cc").split()
        libraries = ["-lgcc_s", "-lpthread", "-ldl", "-lm", "-lc"]
        subprocess.run([*cc, "-O2", f"-I{args.headers}", "-o", program, source, args.archive, *libraries], check=True)
        subprocess.run([args.instr, "--corpus", folder], check=True)

        def commands(job: str, rust_jobs: Iterable[str], version: str, case: str) -> list[list[str]]:
            c = [program, job, version, f"{folder}/{case}-{version}"]
            return [c, *([args.instr, "--work", rust, version, case] for rust in rust_jobs)]

        for unit in args.unit or UNITS:
            print(f"{unit} for a packet: C / Rust = ratio to the call in Rust\n")
            print("| | " + " | ".join(args.cases) + " |\n|---|" + "---:|" * len(args.cases))
            for name, (job, rust_jobs, function) in WORK.items():
                names = ["call", "inlined"] if len(rust_jobs) == 2 else [""]
                for version in VERSIONS:
                    row = []
                    for case in args.cases:
                        of_c, *of_rust = commands(job, rust_jobs, version, case)
                        if unit == "ns":
                            found = time_of(case, job, [of_c, *of_rust], args.rounds)
                        else:
                            counted = [function, *rust_jobs.values()]
                            found = [count_of(case, *one) for one in zip([of_c, *of_rust], counted, strict=True)]
                        row.append(cells(found, names))
                    print(f"| {name} {version} | " + " | ".join(row) + " |", flush=True)
            print()


main()
