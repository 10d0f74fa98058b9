"""digitile adapt, as the shell sees it; what it learns is in tests/training."""

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from digitile.model import Model, bundled_model, load_model, save_model
from digitile.training import adapt as module
from digitile.training.adapt import Adapted

Run = Callable[..., Any]


def photo(value: int = 0) -> bytes:
    content = io.BytesIO()
    Image.new("L", (40, 30), value).save(content, "PNG")
    return content.getvalue()


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    (tmp_path / "mine").mkdir()
    for number, text in enumerate(("12", "345", "7_a", "7_b")):
        (tmp_path / "mine" / f"{text}.png").write_bytes(photo(number))
    return tmp_path / "mine"


def adapted(model: Model, examples: Any, folder: Path, **_: Any) -> Adapted:
    """What adapting gives, in no time: one text gained, one skipped."""
    before, after = np.array([True, False, False]), np.array([True, True, False])
    theta = model.theta + np.float32(0.5)
    why = (("'b.png'", "the network sees nothing"),)
    about = {**model.about, "adapted": [{"examples": {"texts": len(examples)}}]}
    return Adapted(replace(model, theta=theta, about=about), before, after, 1000, 900, 897, why)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "adapt", adapted)


def test_what_came_of_it(run: Run, tmp_path: Path, mine: Path, quick: None) -> None:
    before = bundled_model().read_bytes()
    shown = run("adapt", "digits", "mine", "--seed", 3, "--json").json
    target = tmp_path / "digits-adapted.safetensors"
    assert shown == {"model": target.name, "examples": {"texts": 4}}
    made, bundled = load_model(target), load_model(bundled_model())
    np.testing.assert_allclose(made.theta, bundled.theta + 0.5, rtol=1e-6)
    assert bundled_model().read_bytes() == before

    text = run("adapt", target, "mine", "--out", "second.safetensors")
    assert text.status == 0
    assert "your 3 texts" in text.out
    assert "33.33 %" in text.out
    assert "not learnt from: 'b.png': the network sees nothing" in text.out
    assert "It helps: 1 texts gained, 0 lost; 0.30 points fewer of others right." in text.out
    assert "second.safetensors is written" in text.out


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (("nothing.safetensors", "mine"), 1, "does not exist"),
        (("digits", "nothing"), 1, "does not exist. Give a folder"),
        (("digits", "empty"), 1, "has no pictures"),
        (("digits", "odd"), 1, "'cat' is no number"),
        (("digits", "mine", "--out", "no/m.safetensors"), 2, "folder no does not exist"),
        (("digits", "mine", "--out", "there.safetensors"), 2, "Give --overwrite"),
        (("there.safetensors", "mine", "--out", "there.safetensors"), 2, "which is never replaced"),
        (("letters.safetensors", "mine"), 2, "sees no digits on pages"),
    ],
)
def test_errors_are_one_line_and_leave_nothing(
    run: Run, tmp_path: Path, mine: Path, words: tuple[str, ...], status: int, message: str
) -> None:
    for name in ("empty", "odd"):
        (tmp_path / name).mkdir()
    (tmp_path / "odd" / "cat.png").write_bytes(photo())
    (tmp_path / "there.safetensors").write_bytes(bundled_model().read_bytes())
    letters = replace(load_model(bundled_model()), classes=tuple("abcdefghijklmno"))
    save_model(letters, tmp_path / "letters.safetensors")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    result = run("adapt", *words)
    assert (result.status, result.out) == (status, "")
    last = result.err.strip().splitlines()[-1]
    assert last.startswith("digitile: ")
    assert message in last
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_interrupted(run: Run, tmp_path: Path, mine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "adapt", interrupt)
    result = run("adapt", "digits", "mine")
    assert (result.status, result.out) == (130, "")
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
