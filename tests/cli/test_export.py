"""digitile export."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from digitile.export.runtime import NAMES
from digitile.model import bundled_model, load_model

pytest.importorskip("onnx", reason="onnx is not installed")
onnxruntime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")

Run = Callable[..., Any]


def test_a_trained_classifier(run: Run, tmp_path: Path) -> None:
    words = ("--set", "network=1x28x28 - 10N - softmax", "--set", "epochs=1")
    assert run("train", "sjtu2025", *words, "--out", "single.st").status == 0
    result = run("export", "single.st", "--onnx", "single.onnx")
    assert (result.status, result.out) == (0, "")
    assert result.err.startswith("digitile: wrote single.onnx, 0.0 MB: 1x28x28 - 10N")
    assert result.err.count("\n") == 1
    images = np.random.default_rng(0).integers(0, 256, (3, 1, 28, 28), dtype=np.uint8)
    (got,) = onnxruntime.InferenceSession("single.onnx").run(None, {"images": images})
    want = load_model(tmp_path / "single.st").scores(images)
    np.testing.assert_allclose(got, want, 1e-5, 1e-5)


def test_the_bundled_model_and_a_file_that_is_there(run: Run) -> None:
    Path("digits.onnx").write_bytes(b"old")
    assert run("export", "digits", "--onnx", "digits.onnx").status == 0
    session = onnxruntime.InferenceSession("digits.onnx")
    assert [output.name for output in session.get_outputs()] == ["probabilities", "boxes"]


def test_a_page(run: Run, tmp_path: Path) -> None:
    (tmp_path / "dist").mkdir()
    for name in NAMES:
        (tmp_path / "dist" / name).write_bytes(b"runtime")
    result = run("export", "digits", "--page", "page", "--runtime", "dist")
    assert (result.status, result.out) == (0, "")
    assert result.err.startswith("digitile: wrote page, 1.5 MB. To see it: python -m http.server")
    assert (tmp_path / "page" / "runtime" / NAMES[0]).read_bytes() == b"runtime"
    assert (tmp_path / "page" / "index.html").is_file()


def test_errors(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "own.safetensors"
    own.write_bytes(bundled_model().read_bytes())
    (tmp_path / "folder").mkdir()
    for words, status, message in (
        (("digits",), 2, "Say what to write: --onnx FILE, --page FOLDER, or both"),
        (("digits", "--onnx", "x.onnx", "--runtime", "folder"), 2, "--runtime is part of a page"),
        (("digits", "--page", "folder", "--runtime", "folder"), 1, "cannot read folder"),
        (("digits", "--page", "no/page"), 2, "the folder no does not exist"),
        (("digits", "--page", own), 2, "is a file"),
        (("none.safetensors", "--onnx", "x.onnx"), 1, "none.safetensors does not exist"),
        (("digits", "--onnx", "no/x.onnx"), 2, "the folder no does not exist"),
        (("digits", "--onnx", "folder"), 2, "folder is a folder"),
        ((own, "--onnx", own), 2, "is the given model"),
    ):
        result = run("export", *words)
        assert (result.status, result.out) == (status, "")
        assert message in result.err
    assert own.read_bytes() == bundled_model().read_bytes()
    monkeypatch.setitem(sys.modules, "onnx", None)
    monkeypatch.delitem(sys.modules, "digitile.export.graph", raising=False)
    result = run("export", "digits", "--onnx", "x.onnx")
    assert result.status == 2
    assert "pip install 'digitile[onnx]'" in result.err
    assert not (tmp_path / "x.onnx").exists()
