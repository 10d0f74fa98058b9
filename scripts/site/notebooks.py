"""The notebooks of docs/notebooks/, run while the site is built, as pages with their output.

A notebook is a Python script in the percent format, which VS Code, PyCharm, Spyder and Jupyter with
Jupytext open as a notebook: `# %% [markdown]` begins a cell of text, `# %%` one of code.
"""

import ast
import contextlib
import io
import re
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / "docs" / "notebooks"
CELL = re.compile(r"^# %%(.*)\n", flags=re.M)


def cells(script: str) -> list[tuple[bool, str]]:
    """Return the cells of a script, each with whether it is code."""
    _, *parts = CELL.split(script)
    found = []
    for title, body in zip(parts[::2], parts[1::2], strict=True):
        is_code = "[markdown]" not in title
        found.append((is_code, body if is_code else re.sub(r"^# ?", "", body, flags=re.M)))
    return [(is_code, body.strip("\n")) for is_code, body in found]


def run_cell(code: str, names: dict[str, Any]) -> str:
    """Run a cell as a notebook does, and return what it prints, with its last value."""
    tree = ast.parse(code)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(compile(tree, "<cell>", "exec"), names)
        if isinstance(last, ast.Expr):
            value = eval(compile(ast.Expression(last.value), "<cell>", "eval"), names)
            if value is not None:
                print(repr(value))
    return printed.getvalue()


def figures() -> list[bytes]:
    """Return the figures that are open in Matplotlib as SVG, and close them."""
    from matplotlib import pyplot as plt

    drawn = []
    for number in plt.get_fignums():
        file = io.BytesIO()
        plt.figure(number).savefig(file, format="svg", bbox_inches="tight")
        drawn.append(file.getvalue())
    plt.close("all")
    return drawn


def as_page(name: str, script: str) -> tuple[str, dict[str, bytes]]:
    """Run a script, and return its page with its pictures by their names."""
    import matplotlib as mpl

    mpl.use("agg")
    names: dict[str, Any] = {"__name__": "__main__", "__file__": str(FOLDER / f"{name}.py")}
    page, pictures = [], {}
    for is_code, body in cells(script):
        page.append(f"```python\n{body}\n```" if is_code else body)
        if not is_code:
            continue
        if printed := run_cell(body, names).rstrip():
            page.append(f"``` {{ .text .output }}\n{printed}\n```")
        for figure in figures():
            picture = f"{name}-{len(pictures) + 1}.svg"
            pictures[picture] = figure
            page.append(f"![Figure {len(pictures)}]({picture})")
    page.append(f"[This notebook as a Python script]({name}.py)")
    return "\n\n".join(page) + "\n", pictures


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Have links to notebooks, which in the repository are scripts, lead to their pages."""
    return re.sub(r"(\]\([./]*notebooks/\w+)\.py\)", r"\1.md)", markdown)


def on_files(files: Any, config: Any) -> Any:
    from mkdocs.structure.files import File  # tests have no MkDocs

    for path in sorted(FOLDER.glob("*.py")):
        page, pictures = as_page(path.stem, path.read_text(encoding="utf-8"))
        for name, content in {f"{path.stem}.md": page, **pictures}.items():
            files.append(File.generated(config, f"notebooks/{name}", content=content))
    return files
