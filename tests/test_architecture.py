"""Imports between packages point one way (docs/architecture.md)."""

import ast
import re
from pathlib import Path

import digitile

ROOT = Path(digitile.__file__).parent
MAY_IMPORT = {
    "errors": set(),
    "files": {"errors"},
    "typed_json": {"errors"},
    "pictures": {"errors", "extras", "files"},
    "contrast": {"nn"},
    "processors": set(),
    "extras": {"errors"},
    "data": {"errors", "extras", "files", "pictures"},
    "nn": {"errors"},
    "scenes": {"errors", "contrast", "data", "nn"},
    "parallel": {"errors", "extras", "processors"},
    "engines": {"errors", "processors", "nn"},
    "model": {"errors", "files", "typed_json", "nn", "engines"},
    "training": {
        "errors",
        "extras",
        "files",
        "typed_json",
        "contrast",
        "pictures",
        "parallel",
        "processors",
        "data",
        "nn",
        "engines",
        "model",
        "scenes",
        "reader",
    },
    "sklearn": {"errors", "extras", "data", "nn", "engines", "model", "training"},
    "recipes": {"errors", "training"},
    "reader": {
        "errors",
        "pictures",
        "contrast",
        "parallel",
        "processors",
        "nn",
        "engines",
        "model",
    },
    "forms": {"errors", "files", "typed_json", "pictures", "parallel", "reader"},
    "formats": {"reader"},
    "bench": {"errors", "extras", "processors", "nn", "engines", "recipes", "export"},
    "export": {
        "errors",
        "extras",
        "files",
        "pictures",
        "contrast",
        "data",
        "nn",
        "model",
        "reader",
    },
    "bulk": {
        "errors",
        "extras",
        "files",
        "typed_json",
        "pictures",
        "parallel",
        "engines",
        "model",
        "reader",
    },
    "inspect": {
        "errors",
        "extras",
        "files",
        "typed_json",
        "pictures",
        "contrast",
        "data",
        "nn",
        "engines",
        "model",
        "training",
        "reader",
    },
    "papers": {
        "errors",
        "extras",
        "files",
        "typed_json",
        "processors",
        "parallel",
        "data",
        "nn",
        "training",
        "recipes",
        "inspect",
    },
    "sweep": {
        "errors",
        "extras",
        "files",
        "parallel",
        "data",
        "nn",
        "training",
        "recipes",
        "papers",
        "inspect",
    },
    "web": {
        "errors",
        "extras",
        "parallel",
        "processors",
        "pictures",
        "data",
        "nn",
        "model",
        "training",
        "recipes",
        "reader",
        "forms",
        "inspect",
    },
    "cli": {
        "errors",
        "extras",
        "processors",
        "files",
        "pictures",
        "data",
        "nn",
        "engines",
        "model",
        "training",
        "recipes",
        "reader",
        "forms",
        "formats",
        "bulk",
        "export",
        "bench",
        "parallel",
        "inspect",
        "papers",
        "sweep",
        "web",
        "scenes",
    },
}


def package_of(path: Path) -> str:
    return Path(path.relative_to(ROOT).parts[0]).stem


def imported_packages(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            if node.module == "digitile":
                found |= {a.name for a in node.names if not a.name.startswith("_")}
            elif node.module and node.module.startswith("digitile."):
                found.add(node.module.split(".")[1])
        elif isinstance(node, ast.Import):
            found |= {a.name.split(".")[1] for a in node.names if a.name.startswith("digitile.")}
    return found


def test_arrows() -> None:
    seen = set()
    for path in ROOT.rglob("*.py"):
        own = package_of(path)
        if own in ("__init__", "__main__"):
            continue
        seen.add(own)
        beyond = imported_packages(path) - {own} - MAY_IMPORT[own]
        assert not beyond, f"{path.relative_to(ROOT)} must not import {beyond}"
    assert seen == set(MAY_IMPORT)


def test_the_arrows_have_no_circle() -> None:
    done: set[str] = set()
    while len(done) < len(MAY_IMPORT):
        free = {name for name, below in MAY_IMPORT.items() if name not in done and below <= done}
        assert free, f"a circle among {set(MAY_IMPORT) - done}"
        done |= free


def test_files_stay_short() -> None:
    for path in ROOT.rglob("*.py"):
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 400, path


def test_no_two_public_classes_share_a_name() -> None:
    homes: dict[str, Path] = {}
    for path in ROOT.rglob("*.py"):
        inside = path.relative_to(ROOT)
        if any(part.startswith("_") for part in inside.with_suffix("").parts):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                assert node.name not in homes, f"{node.name}: {homes[node.name]} and {inside}"
                homes[node.name] = inside


MOST_LINES = 60


def lines_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Count a function's lines from its ``def`` on, without the docstring."""
    count = int(function.end_lineno or 0) - function.lineno + 1
    if ast.get_docstring(function, clean=False) is not None:
        told = function.body[0]
        count -= int(told.end_lineno or 0) - told.lineno + 1
    return count


def test_functions_fit_a_screen() -> None:
    for path in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                count = lines_of(node)
                assert count <= MOST_LINES, f"{path.relative_to(ROOT)}: {node.name}, {count} lines"


ENGINES = ROOT / "engines"
MOST_PARAMETERS = 10


def parameters(function: ast.FunctionDef) -> int:
    """Count a function's parameters, but not self, nor the typing context of an intrinsic."""
    own = function.args
    count = len([*own.posonlyargs, *own.args, *own.kwonlyargs])
    first = own.args[0].arg if own.args else ""
    intrinsic = any(getattr(mark, "id", "") == "intrinsic" for mark in function.decorator_list)
    return count - (first == "self" or intrinsic)


def test_functions_of_engines_take_few_arguments() -> None:
    for path in ENGINES.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                assert parameters(node) <= MOST_PARAMETERS, f"{path.name}: {node.name}"


def test_fields_of_instructions_are_read_by_their_names() -> None:
    positional = re.compile(r"\b(op|row|item|fields|derived\[[a-z]+\])\[[0-9]+\]")
    benchmarks = Path(__file__).parent.parent / "benchmarks"
    for path in [*(ENGINES / "tile").rglob("*.py"), *benchmarks.glob("*.py")]:
        assert not positional.search(path.read_text(encoding="utf-8")), path


def test_modules_of_the_tile_engine_import_in_no_circle() -> None:
    """Also where only types are imported."""
    prefix = "digitile.engines.tile"
    names = {}
    for path in (ENGINES / "tile").rglob("*.py"):
        parts = path.relative_to(ROOT).with_suffix("").parts
        names[".".join(("digitile", *parts)).removesuffix(".__init__")] = path
    below: dict[str, set[str]] = {}
    for name, path in names.items():
        found = set()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(prefix):
                module = str(node.module)
                inner = {f"{module}.{alias.name}" for alias in node.names} & names.keys()
                found |= inner or {module}
        below[name] = found - {name}
    done: set[str] = set()
    while len(done) < len(below):
        free = {name for name, own in below.items() if name not in done and own <= done}
        assert free, f"a circle among {sorted(below.keys() - done)}"
        done |= free
