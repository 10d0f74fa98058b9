"""Warns of links within the built site that lead nowhere, and of anything from another host.

MkDocs checks the links that are written in Markdown. This checks what is in the end on the pages,
also from docstrings, hooks and templates.
"""

import logging
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

log = logging.getLogger("mkdocs.hooks.links")  # below mkdocs, so that --strict counts warnings


class Page(HTMLParser):
    """A page's anchors, the links that a reader may follow, and what the browser loads."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element's anchor, and what it links to or loads."""
        of = {name: value or "" for name, value in attrs}
        self.anchors |= {of[name] for name in ("id", "name") if name in of}
        if "href" in of and tag != "base":
            (self.loaded if tag == "link" else self.links).append(of["href"])
        if "src" in of:
            self.loaded.append(of["src"])


def problems(site: Path) -> Iterator[str]:
    """Yield a sentence for each link that is wrong."""
    pages = {path: Page(path) for path in sorted(site.rglob("*.html"))}
    for path, page in pages.items():
        of = path.relative_to(site)
        yield from (
            f"{of} loads {link}, from another host" for link in page.loaded if urlsplit(link).netloc
        )
        for link in [*page.links, *page.loaded]:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            base = site if parts.path.startswith("/") else path.parent
            target = (base / unquote(parts.path).lstrip("/")).resolve() if parts.path else path
            target = target / "index.html" if target.is_dir() else target
            if not target.is_file():
                yield f"{of} links to {link}, which does not exist"
            elif parts.fragment and target in pages:
                anchor = unquote(parts.fragment)
                if anchor not in pages[target].anchors and not anchor.startswith("__"):
                    yield f"{of} links to {link}, but that page has no such anchor"


def on_post_build(config: Any) -> None:
    for problem in problems(Path(config.site_dir).resolve()):
        log.warning(problem)
