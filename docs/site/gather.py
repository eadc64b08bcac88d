"""Gathers the pages of the site from where they are in the repository.

    gather.py WORK [--mermaid FILE]

Writes WORK/pages, and WORK/mkdocs.yml for `mkdocs build`. Pages are not written anew: their links
are turned to where the pages are on the site, and sources that they name become pages too.
"""

import argparse
import json
import os
import posixpath
import re
import shutil
import subprocess
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import conformance
import reference
from contents import NAVIGATION, Page, Section, all_pages

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[1]

SPEC = "mqtt-core/tests/spec/"

OPTIONAL = frozenset({"mqtt-py/docs/serve.md"})
"""Pages that the site does without as long as they are not there."""

LINK = re.compile(r"(!?\[(?:`[^`]*`|[^\[\]`])*\])\(([^()\s]+)\)|`[^`]*`")
"""A link, or what stands between backquotes and is none."""

STATEMENT = re.compile(r"(311 )?\[(311 )?(?:MQTT-)?(\d+\.\d+\.\d+-\d+)\](?!\()")
"""How the tables of the standards name a statement."""

REFERENCE = re.compile(r"^(\[[^\]]+\]:[ ]*)(\S+)(.*)$", re.MULTILINE)
INCLUDED = re.compile(r"^( *)<!-- include (\S+) (\S.*?) -->$", re.MULTILINE)
FENCE = re.compile(r"^\s*(```+|~~~+)")

LANGUAGES = {
    ".c": "c",
    ".cpp": "cpp",
    ".h": "c",
    ".hpp": "cpp",
    ".py": "python",
    ".rs": "rust",
    ".sh": "sh",
    ".toml": "toml",
    ".tsv": "text",
}


class GatherError(Exception):
    """Something that a page names is not there."""


@dataclass
class Site:
    """What is known of the pages, and what becomes of the files that they name."""

    folder: Path
    pages: dict[str, str]
    """From the repository to the site."""
    sources: list[str] = field(default_factory=list[str])
    """Files and folders of the repository that are shown as they are, and are not written yet."""
    files: set[str] = field(default_factory=set[str])
    """Pictures and the like."""

    def address(self, target: str) -> str:
        """Where a file or a folder of the repository is on the site."""
        if target in self.pages:
            return self.pages[target]
        path = REPOSITORY / target
        if path.is_dir():
            readme = f"{target}/README.md"
            return self.pages[readme] if readme in self.pages else self._shown(target, path)
        if not path.is_file():
            raise GatherError(f"{target} is not in the repository")
        if path.suffix in (".svg", ".png"):
            self.files.add(target)
            return f"files/{target}"
        return self._shown(target, path)

    def _shown(self, target: str, path: Path) -> str:
        page = f"sources/{target}/index.md" if path.is_dir() else f"sources/{target}.md"
        if target not in self.sources:
            self.sources.append(target)
        return page

    def link(self, link: str, source: str, page: str) -> str:
        """A link of a page, as it is to be on the site."""
        if re.match(r"[a-z]+:", link) or link.startswith("#"):
            return link
        path, mark, anchor = link.partition("#")
        target = posixpath.normpath(posixpath.join(posixpath.dirname(source), path))
        place = self.address(target)
        return posixpath.relpath(place, posixpath.dirname(page) or ".") + mark + anchor

    def write(self, page: str, text: str) -> None:
        path = self.folder / page
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


def outside_fences(text: str, change: Callable[[str], str]) -> str:
    """Changes all that is not code."""
    found: list[str] = []
    prose: list[str] = []
    fence = ""
    for line in text.splitlines(keepends=True):
        mark = FENCE.match(line)
        if mark and not fence:
            fence = mark[1]
            found += [change("".join(prose)), line]
            prose = []
        elif fence:
            found.append(line)
            if line.strip() == fence:
                fence = ""
        else:
            prose.append(line)
    return "".join([*found, change("".join(prose))])


def turned(text: str, source: str, page: str, site: Site) -> str:
    """The text of a page as it is to be on the site: its links go to pages of the site, and parts
    of other pages are where it asks for them, by `<!-- include FILE ```LANGUAGE -->` or
    `<!-- include FILE Heading -->`."""

    def link(found: re.Match[str]) -> str:
        if found[1] is None:
            return found[0]
        return f"{found[1]}({site.link(found[2], source, page)})"

    def definition(found: re.Match[str]) -> str:
        return f"{found[1]}{site.link(found[2], source, page)}{found[3]}"

    def statement(found: re.Match[str]) -> str:
        before, of, number = found[1] or "", found[2] or "", found[3]
        place = "conformance/v311.md" if before or of else "conformance/v5.md"
        anchor = f"mqtt-{number.replace('.', '')}"
        return (
            f"{before}[{of}{number}]({posixpath.relpath(place, posixpath.dirname(page))}#{anchor})"
        )

    def links(prose: str) -> str:
        if source.startswith(SPEC):
            return STATEMENT.sub(statement, prose)
        return REFERENCE.sub(definition, LINK.sub(link, prose))

    def change(prose: str) -> str:
        pieces, at = [], 0
        for found in INCLUDED.finditer(prose):
            pieces.append(links(prose[at : found.start()]))
            pieces.append(textwrap.indent(part(found[2], found[3], page, site), found[1]))
            at = found.end()
        return "".join([*pieces, links(prose[at:])])

    return outside_fences(text, change)


def part(source: str, what: str, page: str, site: Site) -> str:
    """A part of another page: its first block of a language, or what stands under a heading."""
    text = (REPOSITORY / source).read_text("utf-8")
    found = block(text, what[3:]) if what.startswith("```") else section(text, what)
    return turned(found, source, page, site).rstrip()


def block(text: str, language: str) -> str:
    """The first fence of a language."""
    found = re.search(rf"^```{re.escape(language)}\n.*?^```$", text, re.DOTALL | re.MULTILINE)
    if found is None:
        raise GatherError(f"no block of {language}")
    return found[0]


def section(text: str, title: str) -> str:
    """What stands under a heading, without the heading."""
    lines = iter(text.splitlines())
    level = 0
    for line in lines:
        if line.lstrip("#") == f" {title}":
            level = len(line) - len(line.lstrip("#"))
            break
    if not level:
        raise GatherError(f"no heading {title!r}")
    taken: list[str] = []
    fence = False
    for line in lines:
        fence ^= line.startswith("```")
        if not fence and re.match(rf"#{{1,{level}}} ", line):
            break
        taken.append(line)
    return "\n".join(taken).strip()


def front(**values: object) -> str:
    """What stands before a page, for mkdocs."""
    lines = [f"{name}: {json.dumps(value)}" for name, value in values.items() if value]
    return "---\n" + "\n".join(lines) + "\n---\n\n" if lines else ""


def is_left_out(page: Page) -> bool:
    """True for a page that is not there yet, and may be missing."""
    source = page.source
    return source in OPTIONAL and not (REPOSITORY / source).is_file()


def gather(site: Site) -> None:
    for page in all_pages():
        if page.source is None or is_left_out(page):
            continue
        text = (REPOSITORY / page.source).read_text("utf-8")
        text = turned(text, page.source, page.path, site)
        site.write(page.path, front(hide=list(page.hide)) + text)


def show_sources(site: Site) -> None:
    """Writes a page for each file that is named, and a list for each folder."""
    done: set[str] = set()
    # Lists name files, which are shown too.
    while len(done) < len(site.sources):
        for target in list(site.sources):
            if target in done:
                continue
            done.add(target)
            path = REPOSITORY / target
            page = f"sources/{target}/index.md" if path.is_dir() else f"sources/{target}.md"
            head = front(search={"exclude": True}, hide=["navigation"])
            title = f"# {PurePosixPath(target).name or target}\n\n`{target}`\n\n"
            body = listing(site, target, page) if path.is_dir() else source_block(path)
            site.write(page, head + title + body)


def listing(site: Site, target: str, page: str) -> str:
    tracked = subprocess.run(
        [
            "git",
            "-C",
            str(REPOSITORY),
            "ls-files",
            "--cached",
            "--others",
            "--exclude-standard",
            "--",
            target,
        ],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    lines = []
    folders: dict[str, int] = {}
    for name in tracked:
        rest = name.removeprefix(f"{target}/")
        if "/" in rest:
            folders[rest.split("/")[0]] = folders.get(rest.split("/")[0], 0) + 1
        else:
            link = posixpath.relpath(site.address(name), posixpath.dirname(page))
            lines.append(f"- [`{rest}`]({link})")
    lines += [f"- `{name}/`: {count} files" for name, count in sorted(folders.items())]
    return "\n".join(lines) + "\n"


def source_block(path: Path) -> str:
    text = path.read_text("utf-8")
    ticks = "`" * (1 + max([2, *(len(it) for it in re.findall(r"`+", text))]))
    language = LANGUAGES.get(path.suffix, "text")
    return f'{ticks}{{ .{language} linenums="1" }}\n{text.rstrip()}\n{ticks}\n'


def navigation(
    items: tuple[Page | Section, ...], generated: dict[str, list[tuple[str, str]]]
) -> list[dict[str, object]]:
    """What mkdocs takes for a navigation. `generated` are pages that stand behind one of ours."""
    found: list[dict[str, object]] = []
    for item in items:
        if isinstance(item, Section):
            found.append({item.title: navigation(item.items, generated)})
        elif not is_left_out(item):
            found.append({item.title: item.path})
            found += [{title: path} for title, path in generated.get(item.path, [])]
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description="Gathers the pages of the site.")
    parser.add_argument("work", type=Path)
    parser.add_argument("--mermaid", type=Path, help="mermaid.min.js, which draws diagrams")
    options = parser.parse_args()

    work: Path = options.work.resolve()
    folder = work / "pages"
    shutil.rmtree(folder, ignore_errors=True)
    pages = {page.source: page.path for page in all_pages() if page.source is not None}
    site = Site(
        folder,
        {
            source: path
            for source, path in pages.items()
            if source not in OPTIONAL or (REPOSITORY / source).is_file()
        },
    )
    gather(site)
    generated = {"reference/index.md": reference.write(site.write, REPOSITORY)}
    conformance.write(site.write, site.address, REPOSITORY)
    show_sources(site)

    for name in site.files:
        place = folder / "files" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(REPOSITORY / name, place)
    assets = folder / "assets"
    assets.mkdir()
    shutil.copyfile(HERE / "site.css", assets / "site.css")
    if options.mermaid is not None:
        shutil.copyfile(options.mermaid, assets / "mermaid.min.js")

    config = {
        "INHERIT": os.path.relpath(HERE / "mkdocs.yml", work),
        "docs_dir": str(folder),
        "hooks": [str(HERE / "hooks.py")],
        "nav": navigation(NAVIGATION, generated),
        "plugins": {"search": {}, "mkdocstrings": reference.plugin(REPOSITORY)},
    }
    # JSON is YAML.
    (work / "mkdocs.yml").write_text(json.dumps(config, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
