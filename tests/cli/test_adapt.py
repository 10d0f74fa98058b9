"""digitile adapt, as the shell sees it: on the data set that needs no network."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from digitile.data.digits import load_normalised_digits
from digitile.model import bundled_model, load_model
from digitile.training import adapt as module

Run = Callable[..., Any]
NETWORK = "network=1x28x28 - 4C5 - MP4 - ReLU - 10N - softmax"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "REHEARSED", 100)
    monkeypatch.setattr(module, "EPOCHS", 1)


def page_zip(path: Path, count: int = 3) -> Path:
    """`count` slanted digits of each class, as the page saves them."""
    digits = load_normalised_digits().test
    lean = np.array([[1, -0.5, 0.5 * 13.5], [0, 1, 0]], np.float32)
    with zipfile.ZipFile(path, "w") as archive:
        for label in range(10):
            for i, place in enumerate(np.flatnonzero(digits.labels == label)[:count]):
                content = io.BytesIO()
                slanted = cv2.warpAffine(digits.images[place, 0], lean, (28, 28))
                Image.fromarray(slanted.astype(np.uint8)).save(content, "PNG")
                archive.writestr(f"examples/{label}/{i + 1:04}.png", content.getvalue())
    return path


def test_from_training_to_the_adapted_model(run: Run, tmp_path: Path) -> None:
    words = ("train", "sjtu2025", "--set", NETWORK, "--set", "epochs=3", "--out", "m.safetensors")
    assert run(*words).status == 0
    page_zip(tmp_path / "mine.zip")
    before = (tmp_path / "m.safetensors").read_bytes()
    shown = run("adapt", "m.safetensors", "mine.zip", "--json").json
    assert shown["model"] == "m-adapted.safetensors"
    adapted = tmp_path / "m-adapted.safetensors"
    own, old = shown["examples"], shown["old"]
    assert own["pictures"] == 30
    assert own["right_after"] - own["right_before"] == own["gained"] - own["lost"]
    assert shown["helps"] == (own["gained"] > own["lost"])
    assert (old["name"], old["pictures"]) == ("digits", 355)
    for model, right in (("m.safetensors", "right_before"), (adapted, "right_after")):
        measured = run("evaluate", model, "--json").json
        assert measured["pictures"] - measured["errors"] == old[right]
    assert (tmp_path / "m.safetensors").read_bytes() == before

    with zipfile.ZipFile(tmp_path / "mine.zip") as archive:  # the same, unpacked
        archive.extractall(tmp_path / "mine")
    text = run("adapt", "m.safetensors", "mine/examples", "--out", "second.safetensors")
    assert text.status == 0
    assert text.err == ""
    assert "your 30 examples" in text.out
    assert "second.safetensors is written" in text.out
    assert ("It helps:" in text.out) == shown["helps"]
    one, other = load_model(adapted), load_model(tmp_path / "second.safetensors")
    assert one.theta.tobytes() == other.theta.tobytes()
    assert one.about["adapted"][0]["command"] == shown["command"]
    again = run("adapt", adapted, "mine.zip", "--out", "third.safetensors", "--seed", 4, "--json")
    assert again.json["seed"] == 4
    assert len(load_model(tmp_path / "third.safetensors").about["adapted"]) == 2


def test_the_bundled_model_where_there_is_no_mnist(run: Run, tmp_path: Path) -> None:
    page_zip(tmp_path / "mine.zip", 1)
    before = bundled_model().read_bytes()
    result = run("adapt", "digits", "mine.zip")
    assert result.status == 0
    assert "'mnist', what the model was trained on, is not at hand" in result.err
    assert "digits, 355 test pictures" in result.out
    assert load_model(tmp_path / "digits-adapted.safetensors").classes == (*"0123456789", "none")
    assert bundled_model().read_bytes() == before


def test_photos_are_normalised_as_the_reader_does_it(run: Run, tmp_path: Path) -> None:
    for label in (1, 7):
        (tmp_path / "photos" / str(label)).mkdir(parents=True)
        for i in range(5):
            photo = np.full((120 + i, 90, 3), 220, np.uint8)
            corner = [[0.5, 0.2]] if label == 1 else [[0.25, 0.2], [0.7, 0.2]]
            points = np.rint(np.array([*corner, [0.45, 0.85]]) * [90, 120 + i]).astype(np.int32)
            cv2.polylines(photo, [points], False, (40, 30, 90), 5 + i)
            Image.fromarray(photo).save(tmp_path / "photos" / str(label) / f"{i}.jpg")
    shown = run("adapt", "digits", "photos", "--json").json
    assert shown["examples"]["pictures"] == 10
    assert shown["examples"]["right_before"] >= 7  # unnormalised, dark on light, it would be few


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (("nothing.safetensors", "mine.zip"), 1, "does not exist"),
        (("digits", "nothing"), 1, "does not exist. Give a folder of examples"),
        (("digits", "empty"), 1, "has no pictures in folders of classes"),
        (("digits", "odd"), 1, "'x', which is none of the model's classes"),
        (("digits", "few.zip"), 1, "has 1 different pictures, but adapting needs 10"),
        (("digits", "hostile"), 1, "1 of the 1 pictures in 'hostile' cannot be used"),
        (("digits", "mine.zip", "--out", "no/m.safetensors"), 2, "folder no does not exist"),
        (("digits", "mine.zip", "--out", "there.safetensors"), 2, "Give --overwrite"),
        (("there.safetensors", "mine.zip", "--out", "there.safetensors"), 2, "which stays"),
        (("digits", "mine.zip", "--old", "mnits"), 2, "Did you mean mnist"),
        (("digits", "mine.zip", "--engine", "warp"), 2, "Use one of: tile, reference"),
        (("letters.safetensors", "mine.zip"), 2, "the model's classes are"),
    ],
)
def test_errors_are_one_line_and_leave_nothing(
    run: Run, tmp_path: Path, words: tuple[str, ...], status: int, message: str
) -> None:
    page_zip(tmp_path / "mine.zip", 1)
    with zipfile.ZipFile(tmp_path / "few.zip", "w") as archive:
        content = io.BytesIO()
        Image.fromarray(load_normalised_digits().test.images[0, 0]).save(content, "PNG")
        archive.writestr("3/a.png", content.getvalue())
    for name in ("empty", "odd/x", "hostile/3"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "odd" / "x" / "a.png").write_bytes(b"")
    (tmp_path / "hostile" / "3" / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(50))
    (tmp_path / "there.safetensors").write_bytes(bundled_model().read_bytes())
    if words[0] == "letters.safetensors":
        from dataclasses import replace

        from digitile.model import save_model

        letters = replace(load_model(bundled_model()), classes=tuple("abcdefghijk"))
        save_model(letters, tmp_path / words[0])
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    result = run("adapt", *words)
    assert (result.status, result.out) == (status, "")
    last = result.err.strip().splitlines()[-1]
    assert last.startswith("digitile: ")
    assert message in last
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_interrupted(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page_zip(tmp_path / "mine.zip", 1)

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "_part_way", interrupt)
    result = run("adapt", "digits", "mine.zip")
    assert (result.status, result.out) == (130, "")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.zip"]
