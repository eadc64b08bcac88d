"""Checks that no dependency of the libraries wants a newer Rust than they promise.

`python3 tools/ci/msrv.py PACKAGE...` walks the dependencies that a user of these packages builds,
optional ones included and those of tests left out, and compares what each says in `rust-version`
with what the package itself says.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any


def number(version: str) -> tuple[int, ...]:
    """1.85 and 1.85.0 are the same."""
    parts = [int(part) for part in version.split(".")]
    return (*parts, 0, 0, 0)[:3]


def metadata() -> dict[str, Any]:
    command = ["cargo", "metadata", "--locked", "--all-features", "--format-version", "1"]
    result = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    parsed: dict[str, Any] = json.loads(result.stdout)
    return parsed


def dependencies(nodes: dict[str, dict[str, Any]], start: str) -> Iterator[str]:
    """The package and all that it is built with."""
    seen, waiting = {start}, [start]
    while waiting:
        package = waiting.pop()
        yield package
        for dependency in nodes[package]["deps"]:
            kinds = {kind["kind"] for kind in dependency["dep_kinds"]}
            if kinds != {"dev"} and dependency["pkg"] not in seen:
                seen.add(dependency["pkg"])
                waiting.append(dependency["pkg"])


def main(names: list[str]) -> int:
    data = metadata()
    packages = {package["id"]: package for package in data["packages"]}
    nodes = {node["id"]: node for node in data["resolve"]["nodes"]}
    members = {packages[member]["name"]: member for member in data["workspace_members"]}
    bad = 0
    for name in names:
        promised: str = packages[members[name]]["rust_version"]
        print(f"{name} promises Rust {promised}")
        for package in sorted(dependencies(nodes, members[name])):
            if package == members[name]:
                continue
            about = packages[package]
            wants: str | None = about["rust_version"]
            newer = wants is not None and number(wants) > number(promised)
            bad += newer
            remark = "  TOO NEW" if newer else ""
            print(f"  {about['name']} {about['version']}: {wants or 'does not say'}{remark}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
