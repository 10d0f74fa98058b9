"""The files of the page: what is in them, and where they may be written."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from digitile.errors import SettingError, UsageError
from digitile.export import to_onnx
from digitile.export.static_page import LIST, NUMBERS, OWN, page_files, write_page
from digitile.model import Model, bundled_model, load_model
from digitile.reader import tuned
from tests.pages import Page

pytest.importorskip("onnx", reason="onnx is not installed")

RUNTIME = {"some.wasm": b"machine code"}
SCRIPTS = {path.name: path.read_text(encoding="utf-8") for path in OWN.glob("*.js")}


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model(bundled_model())


@pytest.fixture(scope="module")
def files(model: Model) -> dict[str, bytes]:
    return page_files(model, RUNTIME)


def test_the_files(files: dict[str, bytes], model: Model) -> None:
    assert page_files(model, RUNTIME) == files
    assert files["runtime/some.wasm"] == b"machine code"
    assert json.loads(files[LIST]) == ["./", *(name for name in files if name != LIST)]
    told = json.loads(files["model.json"])
    assert told["temperature"] == model.temperature != 1
    assert model.line_trust is not None
    assert told["line_trust"]["missed"] == model.line_trust.missed
    assert files["model.onnx"] == to_onnx(replace(model, temperature=1.0))


def test_the_numbers_are_the_readers(files: dict[str, bytes]) -> None:
    for module, names in NUMBERS.items():
        content = files[f"numbers/{module.__name__.rpartition('.')[2]}.js"].decode()
        told = dict(re.findall(r"^export const (\w+) = (.*);$", content, flags=re.M))
        assert tuple(told) == names
        for name in names:
            value = getattr(module, name)
            if not hasattr(value, "pattern"):
                assert json.loads(told[name]) == json.loads(json.dumps(value)), name


def test_what_the_scripts_import_is_there(files: dict[str, bytes]) -> None:
    for name, script in SCRIPTS.items():
        for names, source in re.findall(
            r"import (?:(?:\* as \w+)|\{([^}]*)\}) from \"\./(.+?)\"", script
        ):
            if source.startswith("runtime/"):
                continue
            exported = files[source].decode()
            for one in filter(None, (part.strip() for part in names.split(","))):
                pattern = rf"^export (?:async )?(?:const|function|class) {one}\b"
                assert re.search(pattern, exported, flags=re.M), f"{name}: {one} of {source}"
        for names in re.findall(r"const \{([^}]*)\} = tuned;", script):
            for one in names.split(","):
                assert hasattr(tuned, one.strip()), f"{name}: {one}"


def test_every_text_is_in_both_languages(files: dict[str, bytes]) -> None:
    page = Page(files["index.html"].decode())
    words = files["words.js"].decode()
    known = set(re.findall(r"^  (\w+): \[", words, flags=re.M))
    asked = {
        attributes.get(f"data-{kind}") for _, attributes in page.tags for kind in ("say", "label")
    }
    asked |= {key for script in SCRIPTS.values() for key in re.findall(r"\bsay\(\"(\w+)\"", script)}
    assert asked - {None} <= known
    everything = "".join([files["index.html"].decode(), *SCRIPTS.values()])
    assert {key for key in known if f'"{key}"' not in everything} == set()
    for english, chinese in re.findall(r": \[\s*\"(.+?)\",\s*\"(.+?)\",?\s*\]", words):
        assert re.findall(r"\{\d\}", english) == re.findall(r"\{\d\}", chinese)
        assert english == "中文" or re.search("[一-鿿]", chinese), chinese


def test_nothing_is_asked_of_other_hosts() -> None:
    for path in OWN.iterdir():
        for line in path.read_text(encoding="utf-8").splitlines():
            if "http" in line and not line.lstrip().startswith("//"):
                assert "w3.org" in line or "http-equiv" in line or "http.server" in line, line


def test_scripts_stay_short() -> None:
    for name, script in SCRIPTS.items():
        assert len(script.splitlines()) <= 400, name


def test_folders(model: Model, tmp_path: Path) -> None:
    new, empty = tmp_path / "new", tmp_path / "empty"
    empty.mkdir()
    for folder in (new, empty, new):  # an older page is replaced
        size = write_page(model, folder, RUNTIME)
        written = [path for path in folder.rglob("*") if path.is_file()]
        assert size == sum(path.stat().st_size for path in written)
    other, file = tmp_path / "other", tmp_path / "file"
    other.mkdir()
    (other / "index.html").write_text("mine")
    file.write_text("mine")
    for folder, message in (
        (other, "has other files in it"),
        (file, "is a file"),
        (tmp_path / "no" / "page", "no does not exist"),
    ):
        with pytest.raises(UsageError, match=message):
            write_page(model, folder, RUNTIME)
    assert (other / "index.html").read_text() == "mine"
    assert [path.name for path in other.iterdir()] == ["index.html"]


def test_a_model_that_reads_no_pages(model: Model, tmp_path: Path) -> None:
    other = replace(model, classes=tuple("abcdefghijklmno"))
    with pytest.raises(SettingError, match="sees no digits on pages"):
        write_page(other, tmp_path / "page", RUNTIME)
    assert not (tmp_path / "page").exists()
