"""What the documentation names exists: packages, files, functions, headings, commands, extras."""

import re
import shlex
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from digitile.cli import commands
from tests.test_architecture import MAY_IMPORT

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "digitile"
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), SOURCE / "models" / "README.md"])
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]
TREES = [ROOT / name for name in ("benchmarks", "docs", "examples", "scripts", "src", "tests")]
KNOWN = [path for tree in TREES for path in [tree, *tree.rglob("*")]]
FOLDERS = {path.name for path in KNOWN if path.is_dir()}

every_page = pytest.mark.parametrize("page", PAGES, ids=NAMES)
TWINS = [page for page in PAGES if page.name.endswith(".zh-CN.md")]
TWINS = [page for page in TWINS if page.with_suffix("").with_suffix(".md").exists()]


def spans(page: Path) -> Iterator[str]:
    """Yield what stands between backticks, and the lines of indented blocks."""
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    yield from re.findall(r"`([^`\n]+)`", text)
    yield from re.findall(r"^ {4,}(?:\$ )?([^\s|].*)$", text, flags=re.M)


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), flags=re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("name", ["architecture.md", "architecture.zh-CN.md"])
def test_the_table_of_packages_is_the_one_that_is_enforced(name: str) -> None:
    text = (ROOT / "docs" / name).read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)(?:\.py|/)` \|.*\| ([\w,、 ]+) \|$", text, flags=re.M)
    told = {name: set(re.split("、|, ", below)) - {"nothing", "无"} for name, below in rows}
    assert told == MAY_IMPORT


@every_page
def test_files_exist(page: Path) -> None:
    for span in spans(page):
        if not re.fullmatch(r"[\w./-]+", span):
            continue
        is_folder = span.endswith("/") and span.split("/")[0] in FOLDERS
        if is_folder or span.endswith((".py", ".js")):
            assert any(f"/{path}".endswith(f"/{span.rstrip('/')}") for path in KNOWN), span


@every_page
def test_links_lead_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if link.startswith("https://"):
            continue
        name, _, anchor = link.partition("#")
        target = page.parent / name if name else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize("page", TWINS, ids=[page.name for page in TWINS])
@pytest.mark.parametrize(
    "what",
    [
        r"\$[^$\n]+\$",  # formulas
        r"^ {4}\$ (.*?)(?: --lang zh)? *(?:#.*)?$",  # commands
        r"\d+(?:[.,]\d+)+",  # figures
        r"`([\w/]+\.\w+)`",  # files
    ],
)
def test_chinese_pages_say_what_the_english_ones_say(page: Path, what: str) -> None:
    english = page.with_suffix("").with_suffix(".md")
    chinese, own = (
        Counter(re.findall(what, of.read_text(encoding="utf-8"), flags=re.M))
        for of in (page, english)
    )
    assert (own - chinese, chinese - own) == (Counter(), Counter())


@pytest.mark.parametrize("name", ["equations.md", "equations.zh-CN.md"])
def test_equations_are_computed_where_the_table_says(name: str) -> None:
    text = (ROOT / "docs" / name).read_text(encoding="utf-8")
    pairs = re.findall(r"`([\w/]+\.py)` `([\w.]+)`", text)
    assert len(pairs) > 40
    for file, name in pairs:
        source = (SOURCE / file).read_text(encoding="utf-8")
        for part in name.split("."):
            assert re.search(rf"^ *(def|class) {part}\b", source, flags=re.M), f"{file} {name}"


def options(command: click.Command) -> set[str]:
    """Return the options of a command, and --help."""
    return {"--help"}.union(*(own.opts + own.secondary_opts for own in command.params))


def subcommand(command: click.Group, name: str) -> click.Command | None:
    return command.get_command(click.Context(command), name)


def check_command(line: str) -> None:
    """Fail unless a line that begins with digitile names a command and options that it has."""
    words = shlex.split(line, comments=True)[1:]
    command: click.Command = commands
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        found = subcommand(command, words[0])
        assert found is not None, f"{line}: there is no command {words[0]}"
        command = found
        words.pop(0)
    for word in words:
        name = word.partition("=")[0]
        assert not name.startswith("--") or name in options(command), (
            f"{line}: there is no option {name}"
        )


@every_page
def test_commands_exist(page: Path) -> None:
    for span in spans(page):
        if span.startswith("digitile "):
            check_command(span)


def every_command(command: click.Command) -> Iterator[click.Command]:
    """Yield a command and all below it."""
    yield command
    if isinstance(command, click.Group):
        for name in command.list_commands(click.Context(command)):
            below = subcommand(command, name)
            assert below is not None
            yield from every_command(below)


@every_page
def test_options_exist(page: Path) -> None:
    known = set[str]().union(*(options(command) for command in every_command(commands)))
    for span in spans(page):
        if span.startswith("--"):
            assert re.split("[ =]", span)[0] in known, span


@pytest.mark.parametrize("line", ["digitile reed x.png", "digitile data fetch --sed 1"])
def test_a_wrong_command_is_found(line: str) -> None:
    with pytest.raises(AssertionError, match="there is no"):
        check_command(line)


@every_page
def test_extras_and_make_targets_exist(page: Path) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for span in spans(page):
        for extras in re.findall(r"(?:digitile|'\.)\[([\w,]+)\]", span):
            assert set(extras.split(",")) <= set(project["optional-dependencies"]), span
        if target := re.match(r"make (?:[A-Z]+=\S+ )?([\w-]+)", span):
            assert re.search(rf"^{target[1]}:", makefile, flags=re.M), span
