"""The tables of docs/equations.md and its Chinese twin with each equation's code beside it."""

import ast
import itertools
import re
import textwrap
from pathlib import Path
from typing import Any

SOURCE = Path(__file__).parents[2] / "src" / "digitile"
TABLE = re.compile(r"^\| (?:formula|公式) \|.*\n\|[-|]+\|\n((?:\|.*\n)+)", flags=re.M)
FUNCTION = re.compile(r"`([\w/]+\.py)` `([\w.]+)`")


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    if page.file.src_uri not in ("equations.md", "equations.zh-CN.md"):
        return markdown
    page.meta["hide"] = ["navigation", "toc"]  # two columns need their room
    return beside_code(markdown)


def beside_code(markdown: str) -> str:
    """Return the page with each row of its tables of formulas as a block of its own."""
    return TABLE.sub(lambda table: "\n".join(_blocks(table[1])), markdown)


def _blocks(rows: str) -> list[str]:
    """Return a block for each run of rows that are computed in one place."""
    cells = [re.split(r"(?<!\\) \| ", row.strip("| ")) for row in rows.splitlines()]
    runs = itertools.groupby(cells, key=lambda row: row[2])
    return [_block([(of, formula) for of, formula, _ in run], place) for place, run in runs]


def _block(formulas: list[tuple[str, str]], place: str) -> str:
    equations = "\n\n".join(f"{of}\n\n{formula}" for of, formula in formulas)
    code = "\n".join(
        f"```python\n{source_of(SOURCE / file, name)}\n```\n"
        for file, name in FUNCTION.findall(place)
    )
    return (
        f'<div class="equation" markdown>\n<div markdown>\n\n{equations}\n\n</div>\n'
        f"<div markdown>\n\n{place}\n\n{code}\n</div>\n</div>\n"
    )


def source_of(path: Path, name: str) -> str:
    """Return the source of a function or class, ``function``, ``Class`` or ``Class.method``."""
    text = path.read_text(encoding="utf-8")
    node: ast.AST = ast.parse(text)
    for part in name.split("."):
        node = next(
            below
            for below in ast.iter_child_nodes(node)
            if isinstance(below, ast.FunctionDef | ast.ClassDef) and below.name == part
        )
    return textwrap.dedent(ast.get_source_segment(text, node, padded=True) or "")
