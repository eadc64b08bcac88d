"""Diagrams are drawn by a copy of mermaid on the site itself. It is large: only pages with diagrams
ask for it. Material takes what is there, and asks nobody else for it then."""

from typing import Any


def on_post_page(output: str, page: Any, config: Any) -> str:
    if 'class="mermaid"' not in output:
        return output
    depth = page.url.count("/")
    script = f'<script src="{"../" * depth}assets/mermaid.min.js"></script>'
    return output.replace("</head>", f"{script}</head>", 1)
