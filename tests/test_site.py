"""The hooks that make pages of the documentation's site; `make docs` builds it."""

import ast
import re
import runpy
import tomllib
from pathlib import Path

import pytest

from tests.test_docs import ROOT

HOOKS = ROOT / "scripts" / "site"
pages, equations, notebooks, links = (
    runpy.run_path(str(HOOKS / f"{name}.py"))
    for name in ("pages", "equations", "notebooks", "links")
)
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_links_of_root_files_are_moved() -> None:
    text = "[a](docs/web.md#http) ![b](docs/images/read.png) [c](README.zh-CN.md) [d](https://x.y)"
    moved = "[a](web.md#http) ![b](images/read.png) [c](index.zh-CN.md) [d](https://x.y)"
    assert pages["as_page"](text) == moved


def test_links_to_root_files_lead_to_their_pages() -> None:
    text = "[a](../SECURITY.md#x) [b](../README.md) [c](web.md) [d](../NONE.md)"
    moved = "[a](security.md#x) [b](index.md) [c](web.md) [d](../NONE.md)"
    assert pages["on_page_markdown"](text) == moved


def test_every_equation_has_its_code_beside_it() -> None:
    text = (ROOT / "docs" / "equations.md").read_text(encoding="utf-8")
    shown = equations["beside_code"](text)
    rows = re.findall(r"^\| .* \| (.*) \|$", text.partition("## Errata")[0], flags=re.M)
    named = [name for row in rows for name in equations["FUNCTION"].findall(row)]
    for _, name in named:
        assert re.search(rf"^(@.*\n)*(def|class) {name.rpartition('.')[2]}\b", shown, flags=re.M)
    for code in re.findall(r"^```python\n(.*?)^```$", shown, flags=re.M | re.S):
        ast.parse(code)
    assert "| formula |" not in shown
    assert all(formula in shown for formula in re.findall(r"\$[^$]+\$", text))


def test_links_to_notebooks_lead_to_their_pages() -> None:
    text = "[a](../notebooks/read.py) [b](notebooks/read.py) [c](read.py)"
    moved = "[a](../notebooks/read.md) [b](notebooks/read.md) [c](read.py)"
    assert notebooks["on_page_markdown"](text) == moved


def test_the_source_of_a_method() -> None:
    source = equations["source_of"](equations["SOURCE"] / "nn" / "pool.py", "MeanPool.forward")
    assert source.startswith("def forward(self, x: Array")
    assert source.rstrip().endswith("np.array(x.shape))")


def test_the_cells_of_a_notebook() -> None:
    script = "# %% [markdown]\n# # Title\n#\n# Text.\n\n# %%\nx = 2\nx + 1\n"
    assert notebooks["cells"](script) == [(False, "# Title\n\nText."), (True, "x = 2\nx + 1")]


@pytest.mark.parametrize(
    ("code", "printed"),
    [("x = 2\nx + 1", "3\n"), ("print(1); 2", "1\n2\n"), ("None", ""), ("x = 1", ""), ("", "")],
)
def test_a_cell_shows_what_it_prints_and_its_last_value(code: str, printed: str) -> None:
    assert notebooks["run_cell"](code, {}) == printed


def test_a_notebook_becomes_a_page() -> None:
    page, pictures = notebooks["as_page"](
        "small",
        "# %% [markdown]\n# Text.\n\n# %%\nimport matplotlib.pyplot as plt\nplt.plot([1])\n0",
    )
    assert page.startswith("Text.\n\n```python\nimport matplotlib")
    assert "``` { .text .output }\n0\n```" in page
    assert "![Figure 1](small-1.svg)" in page
    assert pictures["small-1.svg"].startswith(b"<?xml")


def test_the_notebook_without_pictures_runs() -> None:
    path = ROOT / "docs" / "notebooks" / "convolution.py"
    page, pictures = notebooks["as_page"](path.stem, path.read_text(encoding="utf-8"))
    assert "array([[ 6.,  7.]" in page
    assert not pictures


@pytest.mark.parametrize(
    ("html", "problem"),
    [
        ('<a href="other/#there">', None),
        ('<a href="#here"><p id="here">', None),
        ('<a href="https://example.org/">', None),
        ('<a href="missing/">', "index.html links to missing/, which does not exist"),
        (
            '<a href="other/#gone">',
            "index.html links to other/#gone, but that page has no such anchor",
        ),
        (
            '<img src="https://example.org/x.png">',
            "index.html loads https://example.org/x.png, from",
        ),
        ('<link href="//cdn.example.org/x.css">', "index.html loads //cdn.example.org/x.css, from"),
    ],
)
def test_links_of_the_site(html: str, problem: str | None, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "index.html").write_text('<h2 id="there">')
    (tmp_path / "index.html").write_text(html)
    found = list(links["problems"](tmp_path))
    assert len(found) == (problem is not None)
    assert not problem or found[0].startswith(problem)


def test_a_package_index_shows_the_readme_with_absolute_links() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for change in PROJECT["tool"]["hatch"]["metadata"]["hooks"]["fancy-pypi-readme"][
        "substitutions"
    ]:
        text = re.sub(change["pattern"], change["replacement"], text)
    ours = re.compile(
        r"https://(?:raw\.githubusercontent|github)\.com/digitile/digitile/(?:blob/)?main/"
    )
    targets = re.findall(r"\]\(([^)]+)\)", text)
    assert len(targets) > 10
    for target in targets:
        assert target.startswith("https://")
        assert not ours.match(target) or (ROOT / ours.sub("", target).partition("#")[0]).exists()


def test_the_version_is_the_same_everywhere() -> None:
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\nversion: {PROJECT['project']['version']}\n" in citation
