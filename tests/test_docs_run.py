"""The commands and Python examples of the documentation run as they are written."""

import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from digitile.cli import main
from digitile.data import load_data
from digitile.export import save_onnx
from digitile.model import Model, bundled_model, load_model, save_model
from digitile.nn import Network
from digitile.nn.preprocess import Preprocess
from digitile.training.progress import Record
from tests.test_docs import PAGES, ROOT
from tests.web.conftest import running

NOT_RUN = {
    r"…|FOLDER|HOST|HEAD|--ray|/scans": "names what only the reader has",
    r"^(pip install|make|ray start) ": "installs, or starts a cluster; see scripts/check_extras.sh",
    r"http\.server|^tensorboard |^mlflow ui": "does not end, and is not ours",
    r"--data (mnist|cifar10|scenes)|data fetch": "downloads, or wants gigabytes",
    r"digitile serve": "does not end; tests/web has its own",
    r"digitile (adapt|calibrate)|train reader": "minutes to hours, and UNIPEN's strokes",
    r"digitile reproduce(?! --list)|digitile sweep": "minutes",
    r"digitile bench(?! --plan)": "minutes of measuring",
    r"export .*--page": "downloads; tests/export has its own",
}
"""The commands that are not run here, and why. All others of the docs are."""

FILES = {
    "examples/date.jpg": "date-08031990.jpg",
    "1.jpg": "five-red-pen.jpg",
    "2.jpg": "seven-sticky-note.jpg",
    "form.jpg": "date-08031990.jpg",
    "photo.jpg": "five-red-pen.jpg",
    "scans/1.jpg": "five-red-pen.jpg",
    "scans/2.png": "nine-white-on-black.png",
    "sudoku.jpg": "four-squared-paper.jpg",
    "three.png": "three-blue-ink.jpg",
}
"""What the docs name, and the picture that stands for it."""


def commands() -> list[str]:
    """Return the commands of the docs, without their remarks."""
    found = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        found += re.findall(r"^ {4,}(?:\$ |(?=digitile ))(\S.*?) *(?:#.*)?$", text, flags=re.M)
    return list(dict.fromkeys(found))  # each once, in the same order in every process


def python_examples() -> dict[str, str]:
    """Return the docs' Python examples, each once, and a place of each."""
    pages = [*PAGES, *sorted((ROOT / "docs" / "api").glob("*.md"))]
    found = {}
    for page in pages:
        text = page.read_text(encoding="utf-8")
        for number, code in enumerate(re.findall(r"^```python\n(.*?)^```", text, re.M | re.S)):
            found.setdefault(code, f"{page.relative_to(ROOT)}-{number}")
    return found


EXAMPLES = [
    pytest.param(code, id=place, marks=pytest.mark.slow if "GridSearchCV" in code else ())
    for code, place in python_examples().items()
]
RUN = [line for line in commands() if not any(re.search(why, line) for why in NOT_RUN)]
OURS = [line for line in RUN if line.startswith("digitile ")]
CURL = [line for line in RUN if line.startswith("curl ")]
OTHERS = [line for line in RUN if line not in OURS and line not in CURL]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files that the docs name."""
    folder = tmp_path_factory.mktemp("docs")
    for name, example in FILES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        picture = Image.open(ROOT / "examples" / example)
        picture.thumbnail((320, 320))  # a second for each reading, not three
        picture.save(folder / name)
    shutil.copytree(ROOT / "examples" / "form", folder / "examples" / "form")
    for name in ("filled.jpg", "form.toml"):
        shutil.copy(ROOT / "examples" / "form" / name, folder)
    Image.open(folder / "photo.jpg").convert("RGB").save(folder / "scan.pdf")
    (folder / "names.txt").write_text("photo.jpg\nform.jpg\n")
    for name in ("digits-adapted", "first", "second", "base", "grown", "third", "average", "fifth"):
        shutil.copy(bundled_model(), folder / f"{name}.safetensors")
    save_onnx(load_model(bundled_model()), folder / "digits.onnx")

    network = Network.parse("1x28x28 - 10N - softmax")
    theta = np.zeros(network.arena.size, np.float32)
    one = np.ones((1, 1, 1), np.float32)
    untrained = Model(network, theta, Preprocess("scale", 0 * one, one), tuple("0123456789"))
    for name in ("wu2016-mnist-mnist-seed0", "mine"):
        save_model(untrained, folder / f"{name}.safetensors")

    pictures = load_data("digits").train
    for label in range(10):
        (folder / "mine" / str(label)).mkdir(parents=True)
        for number, picture in enumerate(pictures.images[pictures.labels == label][:20]):
            Image.fromarray(picture[0]).save(folder / "mine" / str(label) / f"{number}.png")

    record = Record(iteration=1, epoch=1, loss=2.3, smoothed=2.3, lr=0.1, accuracy=0.1)
    (folder / "five.history.jsonl").write_text(json.dumps(record.as_json()) + "\n")
    return folder


@pytest.fixture
def folder(filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it for one test, which is the current folder."""
    copy = tmp_path / "docs"
    shutil.copytree(filled, copy)
    monkeypatch.chdir(copy)
    monkeypatch.setenv("DIGITILE_DATA", str(tmp_path / "no-data"))
    return copy


def test_what_is_not_run_is_in_the_docs() -> None:
    assert len(OURS) > 20
    assert len(EXAMPLES) > 8
    assert len(CURL) == 4
    assert OTHERS
    for pattern in NOT_RUN:
        assert any(re.search(pattern, line) for line in commands()), pattern


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")  # MLflow's
@pytest.mark.parametrize("line", OURS)
def test_a_command_runs(line: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = []
    for word in shlex.split(line):  # as a shell does
        words += sorted(map(str, Path().glob(word))) if "*" in word else [word]
    written = {"export": "digits.onnx", "train": "mine.safetensors", "form": "form.toml"}
    if words[1] in written:
        (folder / written[words[1]]).unlink()
    monkeypatch.setattr(sys, "argv", words)
    with pytest.raises(SystemExit) as ended:
        main()
    assert not ended.value.code


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with running(tmp_path_factory.mktemp("server")) as server:
        yield server.port


def run_in_shell(line: str, program: str) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"there is no {program}")
    ended = subprocess.run(line, shell=True, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.parametrize("line", CURL)
@pytest.mark.usefixtures("folder")
def test_a_request_is_answered(line: str, port: int) -> None:
    assert "localhost:8765" in line
    line = line.replace("localhost:8765", f"localhost:{port}")
    run_in_shell(line.replace("curl", "curl --fail-with-body --silent --show-error", 1), "curl")


@pytest.mark.parametrize("line", OTHERS)
@pytest.mark.usefixtures("folder")
def test_another_command_runs(line: str) -> None:
    line = line.replace("python scripts/", f"{sys.executable} {ROOT}/scripts/")
    run_in_shell(line, line.split()[0])


@pytest.mark.parametrize("code", EXAMPLES)
@pytest.mark.usefixtures("folder")
def test_a_python_example_runs(code: str) -> None:
    exec(compile(code, "<example>", "exec"), {"__name__": "__main__"})
