"""digitile evaluate of a model that sees pages, on photos and data sets, as the shell sees it."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from digitile.errors import PictureError
from digitile.pictures import Source
from digitile.reader import Reader, Reading
from tests.training.answer_readings import reading

Run = Callable[..., Any]
NETWORK = ("--set", "network=1x28x28 - 10N - softmax", "--set", "epochs=1")


def photos(folder: Path, texts: Sequence[str]) -> None:
    folder.mkdir()
    rows = [f'{number}.png,"{text}"\n' for number, text in enumerate(texts)]
    (folder / "labels.csv").write_text("file,text\n" + "".join(rows))
    for number in range(len(texts)):
        Image.new("L", (30, 30), 200).save(folder / f"{number}.png")


def stand_in(readings: dict[str, list[Reading] | PictureError]) -> Callable[..., Any]:
    """Return what reads files by their names."""

    def read_many(_: Reader, sources: Iterator[Source], **__: Any) -> Iterator[Any]:
        return (readings[source.name] for source in sources if isinstance(source, Path))

    return read_many


def test_photos(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    photos(tmp_path / "mine", ["12", "345", "7", "12,5", "88"])
    readings: dict[str, list[Reading] | PictureError] = {
        "0.png": [reading(("12", 0.9, True))],
        "1.png": [reading(("35", 0.8, True))],
        "2.png": [reading(("7", 0.4, False))],
        "3.png": [reading()],
        "4.png": PictureError("broken"),
    }
    monkeypatch.setattr(Reader, "read_many", stand_in(readings))
    words = ("evaluate", "digits", "--photos", "mine", "--engine", "reference")
    shown = run(*words, "--json").json
    names = ("name", "pictures", "right", "right_accepted", "wrong_accepted", "signs", "edits")
    assert [tuple(row[name] for name in names) for row in shown["rows"]] == [
        ("one digit", 1, 1, 0, 0, 1, 0),
        ("several", 4, 1, 1, 1, 11, 1 + 4 + 2),
        ("all", 5, 2, 1, 1, 12, 7),
    ]
    assert shown["photos"] == "mine"
    assert [(one["name"], one["truth"], one["text"]) for one in shown["failures"]] == [
        ("1.png", "345", "35"),
        ("3.png", "12,5", ""),
        ("4.png", "88", ""),
    ]
    text = run(*words).out
    rows = [row.split() for row in text.splitlines()]
    assert text.startswith("digits on 5 photos of mine")
    assert ["all", "5", "2", "(40.0", "%)", "1", "1", "41.7", "%"] in rows
    assert ["1.png", "345", "35", "80.0", "%"] in rows
    assert ["3.png", "12,5", "nothing", "0.0", "%", "?"] in rows


def test_all_photos_right(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    photos(tmp_path / "mine", ["12"])
    monkeypatch.setattr(Reader, "read_many", stand_in({"0.png": [reading(("12", 0.9, True))]}))
    text = run("evaluate", "digits", "--photos", "mine").out
    assert "wrong" not in text.splitlines()[-1]


def test_digits_of_a_data_set(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    shapes = []

    def read_many(_: Reader, sources: Iterator[Source], **__: Any) -> Iterator[list[Reading]]:
        for source in sources:
            assert isinstance(source, np.ndarray)
            shapes.append(source.shape)
            yield [reading(("0", 0.9, True))]

    monkeypatch.setattr(Reader, "read_many", read_many)
    words = ("evaluate", "digits", "--count", 8)  # scikit-learn's digits by default
    shown = run(*words, "--json").json
    (row,) = shown["rows"]
    assert (shown["data"], shown["pictures"], row["pictures"]) == ("digits", 8, 8)
    assert row["name"] == "six times as large"
    assert shapes == [(48, 48)] * 8
    labels = run_labels(8)
    assert row["right"] == row["right_accepted"] == labels.count(0)
    assert row["wrong_accepted"] == 8 - labels.count(0)
    assert "8 pictures of digits, each read as a page" in run(*words).out


def run_labels(count: int) -> list[int]:
    from digitile.data import load_data

    labels: list[int] = load_data("digits").test.labels[:count].tolist()
    return labels


def test_the_first_pictures_for_a_model_of_digits(run: Run) -> None:
    assert run("train", "sjtu2025", *NETWORK, "--out", "m.safetensors").status == 0
    shown = run("evaluate", "m.safetensors", "--count", 50, "--json").json
    assert shown["pictures"] == 50
    assert np.array(shown["confusion"]).sum() == 50


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (("--data", "cifar10"), 2, "is not measured on 'cifar10'. Give --data scenes, mnist"),
        (("--data", "letters"), 2, "or --photos with a folder"),
        (("--data", "digits", "--worst", "w.png"), 2, "--worst is not for a model that sees pages"),
        (("--photos", "mine", "--data", "mnist"), 2, "--data is not for --photos"),
        (("--photos", "mine", "--count", 20), 2, "--count is not for --photos"),
        (("--photos", "mine"), 1, "'mine/labels.csv' cannot be read: No such file"),
    ],
)
def test_what_makes_no_sense(run: Run, words: tuple[str, ...], status: int, message: str) -> None:
    result = run("evaluate", "digits", *words)
    assert (result.status, result.out) == (status, "")
    assert message in result.err


def test_photos_want_a_model_that_sees_pages(run: Run, tmp_path: Path) -> None:
    photos(tmp_path / "mine", ["12"])
    assert run("train", "sjtu2025", *NETWORK, "--out", "m.safetensors").status == 0
    result = run("evaluate", "m.safetensors", "--photos", "mine")
    assert (result.status, result.out) == (2, "")
    assert "sees no digits on pages" in result.err
