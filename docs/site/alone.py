"""Looks through a built site: no page may ask another host for anything, and all links within the
site go to what is there.

    alone.py FOLDER
"""

import sys
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LOADING = {"script": "src", "img": "src", "link": "href", "iframe": "src", "source": "src"}
"""What a browser loads by itself."""


class Page(HTMLParser):
    """What a page loads, where its links go, and what links may go to in it."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.links: list[str] = []
        self.anchors = {""}
        self.feed(file.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.anchors.update(it for name in ("id", "name") if (it := given.get(name)) is not None)
        # What is before a page and behind it is loaded by nobody.
        is_note = tag == "link" and given.get("rel") in ("canonical", "next", "prev")
        address = given.get(LOADING.get(tag, ""))
        if address is not None and not is_note:
            self.loads.append(address)
        if tag == "a" and (link := given.get("href")) is not None:
            self.links.append(link)


@cache
def page_of(file: Path) -> Page:
    return Page(file)


def is_elsewhere(address: str) -> bool:
    parts = urlsplit(address)
    return bool(parts.scheme or parts.netloc) and parts.scheme not in ("data", "mailto")


def faults(file: Path) -> list[str]:
    page = page_of(file)
    found = [f"loads {address}" for address in page.loads if is_elsewhere(address)]
    inside = [it for it in page.links + page.loads if not urlsplit(it).scheme]
    for link in inside:
        path, _, anchor = link.partition("#")
        target = (file.parent / unquote(urlsplit(path).path)).resolve() if path else file
        if target.is_dir():
            target /= "index.html"
        if not target.is_file():
            found.append(f"no page {link}")
        elif target.suffix == ".html" and unquote(anchor) not in page_of(target).anchors:
            found.append(f"no anchor {link}")
    return found


def main() -> int:
    folder = Path(sys.argv[1]).resolve()
    # This one is shown for any address, so that its links begin with a slash.
    files = [file for file in sorted(folder.rglob("*.html")) if file.name != "404.html"]
    bad = [f"{file.relative_to(folder)}: {fault}" for file in files for fault in faults(file)]
    for line in bad:
        print(line, file=sys.stderr)
    return 1 if bad or not files else 0


if __name__ == "__main__":
    sys.exit(main())
