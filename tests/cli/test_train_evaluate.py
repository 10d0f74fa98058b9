"""digitile train and digitile evaluate, on the data set that needs no network."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

Run = Callable[..., Any]
DATA = Path(os.environ.get("DIGITILE_DATA", "data"))
QUICK = ("--set", "network=1x28x28 - 10N - softmax", "--set", "epochs=2")
DIVERGING = ("--set", "network=1x28x28 - 10N - squared", "--set", "lr=1e9")


def test_train_then_evaluate(run: Run, tmp_path: Path) -> None:
    result = run("train", "sjtu2025", *QUICK)
    assert result.status == 0
    assert "test pictures right" in result.out
    assert "epoch 2/2" in result.err
    model = tmp_path / "sjtu2025-digits-seed0.safetensors"
    records = model.with_suffix(".history.jsonl").read_text()
    history = [json.loads(line) for line in records.splitlines()]
    assert history[-1]["epoch"] == 2

    shown = run("evaluate", model, "--json").json
    about = run("show", model, "--json").json["about"]
    assert (shown["errors"], shown["pictures"]) == (
        about["test"]["errors"],
        about["test"]["pictures"],
    )
    confusion = np.array(shown["confusion"])
    assert confusion.sum() == shown["pictures"]
    assert confusion.sum() - np.trace(confusion) == shown["errors"]
    assert shown["error_rate"] < 0.15

    every = run("evaluate", model, "--split", "all", "--json").json
    assert every["pictures"] == 1797

    text = run("evaluate", model, "--worst", tmp_path / "worst.png")
    assert f"{shown['errors']} of {shown['pictures']} pictures" in text.out
    with Image.open(tmp_path / "worst.png") as sheet:
        assert sheet.width == 8 * 96
        assert sheet.height >= 100
    assert run("evaluate", model, "--worst", tmp_path / "worst.xyz").status == 2


def test_train_json_and_overwrite(run: Run, tmp_path: Path) -> None:
    words = ("train", "li2017", *QUICK, "--set", "train_pictures=300", "--out", "m.safetensors")
    words = (*words, "--set", "test_pictures=50", "--seed", 7, "--json")
    shown = run(*words).json
    assert shown["model"] == "m.safetensors"
    assert shown["seed"] == 7
    assert shown["test"]["pictures"] == 50
    assert shown["command"].startswith("digitile train li2017 --data digits --engine tile --seed 7")
    before = (tmp_path / "m.safetensors").read_bytes()
    result = run(*words)
    assert (result.status, result.out) == (2, "")
    assert "--overwrite" in result.err
    assert run(*words, "--overwrite").status == 0
    assert (tmp_path / "m.safetensors").read_bytes() == before


def test_a_calibrated_classifier(run: Run) -> None:
    more = ("--set", "validation=200", "--set", "calibration=1", "--out", "m.safetensors")
    assert run("train", "sjtu2025", *QUICK, *more).status == 0
    shown = run("show", "m.safetensors", "--json").json
    assert shown["about"]["settings"]["calibration"] == 1


def test_a_folder_of_pictures(run: Run, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for name, level in (("dark", 40), ("light", 200)):
        (tmp_path / "pictures" / name).mkdir(parents=True)
        for i in range(20):
            pixels = rng.integers(level - 30, level + 30, (12, 12), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / "pictures" / name / f"{i}.png")
    network = "network=1x12x12 - 2N - softmax"
    words = ("--set", network, "--set", "epochs=20", "--set", "preprocess=standardize")
    result = run("train", "sjtu2025", *words, "--data", "pictures", "--out", "m.safetensors")
    assert result.status == 0
    assert "100.00 % of 8 test pictures" in result.out
    shown = run("evaluate", "m.safetensors", "--data", "pictures", "--split", "all", "--json").json
    assert shown["classes"] == ["dark", "light"]
    assert shown["errors"] == 0


def test_photos_of_digits_in_folders(run: Run, tmp_path: Path) -> None:
    """Dark on light, and not as large as the network's input; what is no picture is left out."""
    for split, first in (("train", 0), ("test", 12)):
        for digit in "17":
            folder = tmp_path / "photos" / split / digit
            folder.mkdir(parents=True)
            for i in range(first, first + 12):
                paper = np.full((80 + i, 60 + i), 230, np.uint8)
                cv2.line(paper, (40 + i % 5, 12), (30, 60), 40, 5)
                if digit == "7":
                    cv2.line(paper, (12, 12), (40 + i % 5, 12), 40, 5)
                Image.fromarray(paper).save(folder / f"{i}.jpg")
    (tmp_path / "photos" / "train" / "7" / "broken.jpg").write_bytes(b"?")
    Image.new("L", (60, 60), 255).save(tmp_path / "photos" / "test" / "1" / "blank.png")
    network = ("--set", "network=1x28x28 - 2N - softmax", "--set", "epochs=20")
    words = ("--engine", "reference", "--data", "photos")
    result = run("train", "lenet5", *network, *words, "--out", "m.safetensors")
    assert result.status == 0
    assert "100.00 % of 24 test pictures right" in result.out
    assert "left out: 'photos/train/7/broken.jpg'" in result.err
    assert "left out: 'photos/test/1/blank.png': no ink" in result.err
    assert "4 are held out" in result.err
    shown = run("evaluate", "m.safetensors", *words, "--json")
    assert (shown.json["errors"], shown.json["pictures"]) == (0, 24)


def test_a_training_that_stays_at_chance_says_so(run: Run) -> None:
    result = run("train", "sjtu2025", *QUICK, "--set", "lr=1e-9", "--out", "m.safetensors")
    assert result.status == 0
    assert "digitile: the network has learnt nothing" in result.err
    assert "Try lr=3.3e-10 and lr=3e-09" in result.err
    assert "learnt nothing" not in run("train", "sjtu2025", *QUICK, "--overwrite").err


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (("train", "sjtu2026"), 2, "Did you mean sjtu2025"),
        (("train", "sjtu2025", "--set", "lrr=1"), 2, "Did you mean lr"),
        (("train", "sjtu2025", "--engine", "warp"), 2, "Use one of: tile, reference"),
        (("train", "sjtu2025", "--data", "mnits"), 2, "mnist"),
        (("train", "sjtu2025", "--out", "no/m.safetensors"), 2, "folder no does not exist"),
        (("train", "sjtu2025", "--resume"), 2, "nothing to resume"),
        (("train", "sjtu2025", *DIVERGING), 1, "diverged"),
        (("evaluate", "none.safetensors"), 1, "does not exist"),
    ],
)
def test_errors_are_one_line(
    run: Run, tmp_path: Path, words: tuple[str, ...], status: int, message: str
) -> None:
    result = run(*words)
    assert (result.status, result.out) == (status, "")
    last = result.err.strip().splitlines()[-1]
    assert last.startswith("digitile: ")
    assert message in last
    assert not list(tmp_path.glob("*.safetensors"))


def test_evaluate_wants_the_models_classes(run: Run, tmp_path: Path) -> None:
    run("train", "sjtu2025", *QUICK, "--out", "m.safetensors")
    for name in "ab":
        (tmp_path / "letters" / name).mkdir(parents=True)
        for i in range(2):
            Image.new("L", (9, 9), 99).save(tmp_path / "letters" / name / f"{i}.png")
    result = run("evaluate", "m.safetensors", "--data", "letters")
    assert result.status == 1
    assert "has the classes a, b, but the model knows 0, 1" in result.err


@pytest.mark.skipif(not (DATA / "unipen").is_dir(), reason="needs the pen strokes and MNIST")
def test_train_on_scenes(run: Run, tmp_path: Path) -> None:
    words = ["train", "reader", "--engine", "reference", "--data-folder", DATA]
    settings = ("scenes=4", "repeats=1", "batch_size=4", "epochs=1", "validation=4")
    for setting in (*settings, "calibration=0"):
        words += ["--set", setting]
    result = run(*words)
    assert result.status == 0
    assert "of the digits of 4 held-out scenes read right" in result.out
    about = run("show", tmp_path / "reader-scenes-seed0.safetensors", "--json").json["about"]
    assert about["data"]["name"] == "scenes"
    assert about["test"]["scenes"] == 4
    assert run("train", "sjtu2025", "--data", "scenes").status == 2
