"""The site: what pages show is run by somebody, links go somewhere, no public name is left out."""

import importlib
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

REPOSITORY = Path(__file__).parents[3]
SITE = REPOSITORY / "docs" / "site"

PROSE = {"", "text", "sh", "mermaid", "json", "yaml", "cmake"}
"""Fences that are no programs: output, commands, diagrams, configuration."""

RUN_BY = {
    "README.md": "mqtt-core/tests/readme.rs",
    "docs/rust.md": "mqtt-core/tests/readme.rs",
    "docs/server.md": "mqtt-core/examples/server/src/server.rs",
    "mqtt-core/examples/client/README.md": "mqtt-core/examples/client/src/lib.rs",
    "mqtt-py/README.md": "mqtt-py/tests/test_docs.py",
    "mqtt-py/docs/aio.md": "mqtt-py/tests/aio/test_guide.py",
    "mqtt-py/docs/serve.md": "mqtt-py/tests/aio/test_serve_guide.py",
    "mqtt-py/docs/broker.md": "mqtt-py/tests/test_docs.py",
    "mqtt-py/docs/codec.md": "mqtt-py/tests/test_docs.py",
    "mqtt-py/docs/from-aiomqtt.md": "mqtt-py/tests/pages/test_migration.py",
    "mqtt-py/docs/from-paho.md": "mqtt-py/tests/pages/test_migration.py",
    "mqtt-py/docs/mqc.md": "mqtt-py/tests/cli/test_guide.py",
    "mqtt-py/docs/server-sessions.md": "mqtt-py/tests/test_docs.py",
    "mqtt-py/docs/sessions.md": "mqtt-py/tests/test_docs.py",
    "mqtt-py/docs/topics.md": "mqtt-py/tests/test_docs.py",
    "mqtt-py/docs/tutorial.md": "mqtt-py/tests/pages/test_tutorial.py",
}
"""Pages with programs, and what runs them."""

SKETCHES = {
    "docs/durability.md": "the steps of mqtt-core/examples/store/tests/once.rs, without the rest",
    "mqtt-ffi/docs/api-indexes.md": "the calls of mqtt-ffi/tests/c/trie.c, without the rest",
}
"""Pages with parts of programs, which cannot run as they are."""


@pytest.fixture(scope="module")
def contents() -> Iterator[ModuleType]:
    sys.path.insert(0, str(SITE))
    try:
        yield importlib.import_module("contents")
    finally:
        sys.path.remove(str(SITE))


def test_all_programs_of_all_pages_are_run(contents: ModuleType) -> None:
    found = set()
    for page in contents.all_pages():
        if page.source is None or not (REPOSITORY / page.source).is_file():
            continue
        text = (REPOSITORY / page.source).read_text("utf-8")
        begins = re.findall(r"^```(\S*).*\n(?:.*\n)*?```$", text, re.MULTILINE)
        if {kind.partition(",")[0] for kind in begins} - PROSE:
            found.add(page.source)
    named = {page for page in (*RUN_BY, *SKETCHES) if (REPOSITORY / page).is_file()}
    assert found == named
    for page, test in RUN_BY.items():
        assert (REPOSITORY / test).is_file() or not (REPOSITORY / page).is_file(), test


def test_the_example_of_the_server_is_its_own() -> None:
    text = (REPOSITORY / "docs/server.md").read_text("utf-8")
    block = re.findall(r"^```rust\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    source = (REPOSITORY / RUN_BY["docs/server.md"]).read_text("utf-8")
    assert len(block) == 1
    for line in block[0].splitlines():
        # The example of the source looks at the address, the page prints it.
        assert f"/// {line}\n" in source or line.startswith("println!")


def test_links_go_to_pages(tmp_path: Path) -> None:
    subprocess.run([sys.executable, str(SITE / "gather.py"), str(tmp_path)], check=True)
    written = sorted((tmp_path / "pages").rglob("*.md"))
    assert len(written) > 60
    count = 0
    for page in written:
        if "sources" in page.parts:
            continue
        text = re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
        for link in re.findall(r"\]\(([^()\s#]+)[^()\s]*\)", re.sub(r"`[^`]*`", "", text)):
            if not re.match("[a-z]+:", link):
                assert (page.parent / link).resolve().is_file(), f"{page}: {link}"
                count += 1
    assert count > 300


def test_the_reference_has_all_names(contents: ModuleType) -> None:
    reference = importlib.import_module("reference")
    written: dict[str, str] = {}
    reference.write(written.__setitem__, REPOSITORY)
    text = "\n".join(written.values())
    for module in ("mqtt_core", "mqtt_core.aio"):
        for name in importlib.import_module(module).__all__:
            assert f"::: {module}.{name}\n" in text
