"""Pages of the site that are files of the repository's root, and each page's language."""

import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PAGES = {
    "README.md": "index.md",
    "README.zh-CN.md": "index.zh-CN.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "SECURITY.md": "security.md",
}


def as_page(text: str) -> str:
    """Return a root file's Markdown with its links as they are within docs/."""

    def moved(link: re.Match[str]) -> str:
        target = link[1].removeprefix("docs/")
        return f"]({PAGES.get(target, target)}"

    return re.sub(r"\]\((?!https?:)([^)#]+)", moved, text)


def on_files(files: Any, config: Any) -> Any:
    from mkdocs.structure.files import File  # tests have no MkDocs

    for name, page in PAGES.items():
        text = as_page((ROOT / name).read_text(encoding="utf-8"))
        files.append(File.generated(config, page, content=text))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Have links of docs/ to files of the root lead to their pages."""
    return re.sub(
        r"\]\(\.\./(\w+\.md)", lambda link: f"]({PAGES.get(link[1], link[0][2:])}", markdown
    )


def on_page_context(context: Any, page: Any, config: Any, **_: Any) -> Any:
    """Have the theme write its own words in the language of the page."""
    config.theme["language"] = "zh" if page.file.src_uri.endswith(".zh-CN.md") else "en"
    return context
