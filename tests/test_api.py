"""What ``import digitile`` offers: it costs nothing until it is used, and takes paths as text."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from os import PathLike
from pathlib import Path

import pytest
from PIL import Image

import digitile
from tests.reader.photos import drawn

ROOT = Path(digitile.__file__).parent
WORKERS = {"papers/perform.py", "papers/runs.py", "bulk/rows.py", "data/unipen_format.py"}
"""What processes and files of our own are given; their paths are made by our own code."""


class Folder(PathLike[str]):
    """A path that is neither text nor a `Path`."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __fspath__(self) -> str:
        return str(self._path)


def python(program: str) -> str:
    """What a program prints in an interpreter of its own."""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    return done.stdout


def test_importing_loads_no_library() -> None:
    heavy = "{'numpy', 'numba', 'cv2', 'PIL', 'sklearn', 'click', 'msgspec', 'safetensors'}"
    assert python(f"import sys, digitile; print({heavy} & sys.modules.keys())") == "set()\n"
    own = "[name for name in sys.modules if name.startswith('digitile')]"
    assert python(f"import sys, digitile; print({own})") == "['digitile']\n"


def test_every_name_is_there_and_is_what_the_types_say() -> None:
    tree = ast.parse((ROOT / "__init__.py").read_text(encoding="utf-8"))
    (guarded,) = (node for node in tree.body if isinstance(node, ast.If))
    typed = {
        alias.name: node.module
        for node in guarded.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert digitile.__all__ == sorted([*typed, "__version__"])
    for name, module in typed.items():
        value = getattr(digitile, name)
        assert value is getattr(sys.modules[str(module)], name)
    assert set(digitile.__all__) <= set(dir(digitile))


def test_an_unknown_name() -> None:
    with pytest.raises(AttributeError, match="no attribute 'raed'"):
        _ = digitile.raed  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", [str, Path, Folder])
def test_a_picture_is_read_from_a_path_of_any_kind(tmp_path: Path, kind: type) -> None:
    path = tmp_path / "photo.png"
    Image.fromarray(drawn(7, 60, pen=0.08)[:, :, 0]).save(path)
    reader = digitile.Reader.load()
    (reading,) = (page for pages in reader.read_many([kind(path)]) for page in pages)
    assert reading == reader.read(kind(path))
    assert (reading.text, reading.path) == ("7", str(path))


@pytest.mark.parametrize("kind", [str, Path, Folder])
def test_files_of_a_path_of_any_kind(tmp_path: Path, kind: type) -> None:
    for name in "01":
        (tmp_path / "pictures" / name).mkdir(parents=True)
        for i in range(2):
            Image.new("L", (9, 9), 99).save(tmp_path / "pictures" / name / f"{i}.png")
    assert len(digitile.load_examples(kind(tmp_path / "pictures"))) == 4
    model = digitile.Reader.load().model
    digitile.save_model(model, kind(tmp_path / "m.safetensors"))
    assert digitile.load_model(kind(tmp_path / "m.safetensors")).classes == model.classes


def public_functions(body: list[ast.stmt]) -> Iterator[ast.FunctionDef]:
    for node in body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from public_functions(node.body)
        elif isinstance(node, ast.FunctionDef) and node.name.strip("_") == node.name:
            yield node


def test_no_function_insists_on_a_path() -> None:
    """Of the Python interface: commands and the server make paths of what they are given."""
    for path in ROOT.rglob("*.py"):
        name = path.relative_to(ROOT).as_posix()
        if name.startswith(("cli/", "web/")) or name in WORKERS:
            continue
        for function in public_functions(ast.parse(path.read_text(encoding="utf-8")).body):
            own = function.args
            for argument in (*own.posonlyargs, *own.args, *own.kwonlyargs, own.vararg):
                told = ast.unparse(argument.annotation) if argument and argument.annotation else ""
                assert "Path" not in told.split(" | "), f"{name}: {function.name}({told})"
