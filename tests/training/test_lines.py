"""Drawn lines and what was read of them: matched by hand, the same for any number of processes."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from digitile.data import Dataset, Splits
from digitile.errors import DigitileError
from digitile.model import bundled_model, load_model
from digitile.reader import Box, Digit, Evidence, Line
from digitile.scenes import Materials
from digitile.training import lines as module
from digitile.training.lines import (
    EMPTY,
    KINDS,
    Bench,
    LineResult,
    draw,
    drawable,
    kind_of,
    matched,
    read_drawn,
)
from tests.scenes.scene_materials import mnist, unipen

DATA = Path(os.environ.get("DIGITILE_DATA", "data"))


@pytest.fixture(scope="module")
def materials() -> Materials:
    pen = unipen()
    return Materials(mnist(40), pen.digits, pen.signs, pen.words, [], kept_apart=True)


def line(text: str, box: Box, accepted: bool = True) -> Line:
    digits = tuple(
        Digit(int(sign), 0.9, replace(box, height=20 + place), ())
        for place, sign in enumerate(text)
        if sign.isdigit()
    )
    height = float(np.median([digit.box.height for digit in digits]))
    evidence = Evidence(0.9, 0.9, len(digits), height, 0.5, 0.0)
    return Line(text, 0.9, accepted, box, digits, (), (text,), (), evidence, measured=True)


def whole(box: tuple[float, float, float, float]) -> Box:
    x, y, width, height = box
    return Box(round(x), round(y), round(width), round(height))


def test_a_picture_is_known_by_its_number(materials: Materials) -> None:
    for number in range(len(KINDS)):
        one, same = (draw(materials, 3, number, (4, 10)) for _ in range(2))
        np.testing.assert_array_equal(one.picture, same.picture)
        assert one.kind == kind_of(number)
        assert (one.scene is None) == (one.kind not in KINDS)
        if one.scene is not None and one.kind == "small":
            assert one.scene.conditions.size <= 12
    other = draw(materials, 4, 0, (4, 10))
    assert other.picture.shape != draw(materials, 3, 0, (4, 10)).picture.shape


def test_lines_are_matched_where_they_lie(materials: Materials) -> None:
    drawn = draw(materials, 0, 0, (4, 10))
    assert drawn.scene is not None
    truth = drawn.scene.lines[0]
    there = whole(truth.box)
    (right,) = matched(0, drawn, [line(truth.text, there)])[:1]
    assert (right.text, right.right, right.confidence) == (truth.text, True, 0.9)
    assert right.digits == len(truth.text)
    assert right.height == 20 + (len(truth.text) - 1) / 2
    away = replace(there, x=there.x + 5000)
    missed, false = matched(0, drawn, [line("77", away)])[:2]
    assert (missed.truth, missed.text, missed.accepted) == (truth.text, None, False)
    assert (false.truth, false.text, false.right) == (None, "77", False)
    # the one that covers it best is the line, the other one is false
    half = replace(there, x=there.x + there.width - 1)
    two = matched(0, drawn, [line("5", half), line("6", there)])
    assert [one.text for one in two] == ["6", "5"]


def test_a_text_with_another_value_is_wrong() -> None:
    blank = LineResult(0, "marks", "1,5", "1,5", 0.9, True, 2, 20.0, None, "plain", False, None)
    assert blank.right
    assert replace(blank, true_value="1.5", value="1.5").right
    assert not replace(blank, true_value="1.5").right
    assert not replace(blank, true_value="1.5", value="15").right
    assert replace(blank, value="1.5").right  # which value is right is not known
    assert not replace(blank, true_value="1.5", value="1.5", text="1.5").right


def test_drawn_values_go_with_their_lines(materials: Materials) -> None:
    number = KINDS.index("marks")
    drawn = next(
        d for seed in range(99) if len((d := draw(materials, seed, number, (1, 3))).values) > 1
    )
    assert drawn.scene is not None
    lines = [line(own.text, whole(own.box)) for own in drawn.scene.lines]
    for own, value in zip(matched(number, drawn, lines), drawn.values, strict=True):
        assert own.true_value == value
        assert own.value is None
    numbers = draw(materials, 0, 0, (4, 10))
    assert set(numbers.values) == {None}


def test_pictures_without_their_data_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    count = len(KINDS) * len(EMPTY)
    for cifar, script in ((True, True), (False, True), (True, False)):
        monkeypatch.setattr(module, "is_there", lambda *_, there=cifar: there)
        monkeypatch.setattr(module, "has_scripts_apart", lambda _, there=script: there)
        numbers = drawable(Path(), count)
        kinds = {kind_of(number) for number in numbers}
        assert ("cifar" in kinds, "script" in kinds) == (cifar, script)
        assert len(numbers) == count - (not cifar) - (not script)
        assert drawable(Path(), 40) == [number for number in numbers if number < 40]


def test_a_photo_of_cifar(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    images = np.zeros((2, 3, 32, 32), np.uint8)
    images[:, 1] = 90
    test = Dataset("cifar10", images, np.zeros(2, np.int64), ("a",))
    monkeypatch.setattr(module, "load_data", lambda *_: Splits(test, test))
    bench = Bench(load_model(bundled_model()), tmp_path, "reference", 0, (4, 10))
    drawn = bench.draw(len(KINDS) * EMPTY.index("cifar") + KINDS.index("empty"))
    assert drawn.kind == "cifar"
    assert drawn.scene is None
    assert (drawn.picture == (0, 90, 0)).all()


@pytest.mark.skipif(not (DATA / "unipen").is_dir(), reason="needs the pen strokes and MNIST")
def test_any_number_of_processes_reads_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "AT_ONCE", 1)
    model = load_model(bundled_model())
    shares: list[float] = []
    one, two = (
        read_drawn(
            model,
            DATA,
            range(3),
            seed=1,
            engine="reference",
            processes=count,
            on_progress=shares.append,
        )
        for count in (1, 2)
    )
    assert one == two
    assert [result.picture for result in one if result.truth][-1] == 2
    assert shares[-1] == 1


def test_without_data(tmp_path: Path) -> None:
    model = load_model(bundled_model())
    with pytest.raises(DigitileError):
        read_drawn(
            model, tmp_path, range(4), seed=1, engine="reference", processes=1, on_progress=float
        )
