"""A page that reads digits in the browser: static files, for any server, also without a network.

The page's modules are in ``page/``. They follow the reader's modules of the same names. What would
have to be written twice is taken from the reader: its numbers become the modules ``numbers/….js``,
and the model's temperature and trust ``model.json``.
"""

import json
from dataclasses import replace
from os import PathLike
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec

import digitile
from digitile import contrast, pictures
from digitile.errors import UsageError
from digitile.export.onnx import to_onnx
from digitile.export.runtime import Files
from digitile.files import write_atomically
from digitile.model import Model
from digitile.nn import preprocess
from digitile.reader import candidates, choice, gray, page, sight, trust, tuned
from digitile.reader.sight import check_model

OWN = Path(__file__).parent / "page"
"""The page's own files."""

SHARED = (Path(digitile.__file__).parent / "web" / "static" / "paper.js",)
"""Files of the server's pages that serve here, too."""

LIST = "files.json"
"""All files of a page, by which a folder is known to be one; the browser keeps them."""

NUMBERS: dict[ModuleType, tuple[str, ...]] = {
    candidates: ("SIGNS", "DIGITS", "NONE"),
    choice: ("WRITTEN",),
    contrast: ("SQUARE", "LEAST"),
    gray: ("MOST_PIXELS", "GLANCE_SIDE", "CLEARER", "MANY_COLOURS"),
    page: ("BLANK", "NO_DIGITS"),
    pictures: ("ENOUGH_PIXELS",),
    preprocess: ("MIDDLE", "SPREAD"),
    sight: ("STRIDE", "UNIT", "MULTIPLE"),
    trust: ("CERTAIN", "LIKELIER"),
    tuned: tuple(name for name in vars(tuned) if name.isupper()),
}
"""What the page's modules take of Python's."""


def write_page(model: Model, folder: str | PathLike[str], runtime: Files) -> int:
    """Write the page, each file atomically; the same model and runtime give the same bytes.

    Raises `SettingError` for a model that reads no digits; `UsageError` where the folder holds
    something else, or cannot be written.

    Parameters
    ----------
    model : Model
        That sees digits on pages.
    folder : path-like
        New, empty, or with an older page, which is replaced. Its parent must exist.
    runtime : dict of str to bytes
        The files of ONNX Runtime Web; see `digitile.export.runtime`.

    Returns
    -------
    int
        How many bytes the page has.
    """
    check_model(model)
    folder = Path(folder)
    check_folder(folder)
    files = page_files(model, runtime)
    for name, content in files.items():
        _make((folder / name).parent)
        write_atomically(folder / name, content)
    return sum(map(len, files.values()))


def check_folder(folder: str | PathLike[str]) -> None:
    """Raise `UsageError` where a page cannot go: a file, or a folder with anything else in it."""
    folder = Path(folder)
    if not folder.parent.is_dir():
        raise UsageError(
            f"the folder {folder.parent} does not exist. Create it, or choose another."
        )
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file. Give a folder.")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / LIST).is_file():
        raise UsageError(f"{folder} has other files in it. Give a new or an empty folder.")


def _make(folder: Path) -> None:
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise UsageError(
            f"cannot create the folder {folder}: {error.strerror}. Choose another place."
        ) from error


def page_files(model: Model, runtime: Files) -> Files:
    """Return the page's files by their paths, the list of them last."""
    plain = replace(model, temperature=1.0)  # the reader applies it to what it has merged
    paths = [*sorted(path for path in OWN.iterdir() if path.is_file()), *SHARED]
    own = {path.name: path.read_bytes() for path in paths}
    told = {"temperature": model.temperature, "line_trust": model.line_trust}
    files = {
        **own,
        **{f"numbers/{_name(module)}.js": _numbers(module) for module in NUMBERS},
        **{f"runtime/{name}": content for name, content in runtime.items()},
        "model.onnx": to_onnx(plain),
        "model.json": msgspec.json.encode(told),
    }
    return {**files, LIST: json.dumps(["./", *files], indent=1).encode()}


def _name(module: ModuleType) -> str:
    return module.__name__.rpartition(".")[2]


def _numbers(module: ModuleType) -> bytes:
    """Return a JavaScript module with what the page takes of a Python module."""
    lines = [f"// From {module.__name__}, which says what they are."]
    lines += [f"export const {name} = {_literal(vars(module)[name])};" for name in NUMBERS[module]]
    return "\n".join([*lines, ""]).encode()


def _literal(value: Any) -> str:
    """Return a value as JavaScript; of a regular expression, its text there."""
    if pattern := getattr(value, "pattern", None):
        value = pattern.replace("(?P<", "(?<").replace("(?P=mark)", r"\k<mark>")
    return json.dumps(value, allow_nan=False)
