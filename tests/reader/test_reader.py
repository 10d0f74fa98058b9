"""The reader: what it promises, whatever the picture; and clear digits are read."""

import json
import os
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from digitile.errors import PictureError, SettingError
from digitile.model import Model, save_model
from digitile.nn import Network
from digitile.nn.init import Init
from digitile.nn.preprocess import Preprocess
from digitile.reader import Box, Line, Reader
from tests.reader.photos import STROKES, Picture, drawn, holds, ink_boxes, written

SMALL = {"side": 60, "gap": 10}


def within(line: Line, picture: Picture) -> bool:
    """Whether all boxes of a line lie on the picture."""
    boxes: list[Box] = [line.box, *(one.box for one in (*line.digits, *line.marks))]
    height, width = picture.shape[:2]
    return all(
        b.x >= 0 and b.y >= 0 and b.x + b.width <= width and b.y + b.height <= height for b in boxes
    )


@pytest.mark.parametrize("digit", STROKES)
def test_drawn_digits(reader: Reader, digit: int) -> None:
    picture = drawn(digit, 60, pen=0.08)
    reading = reader.read(picture)
    assert reading.text == str(digit)
    assert (reading.path, reading.page, reading.reason) == (None, 1, None)
    (line,) = reading.lines
    (found,) = line.digits
    assert found.digit == digit
    assert found.box == line.box
    assert 0 < line.confidence <= 1
    assert found.confidence + sum(a.confidence for a in found.alternatives) <= 1 + 1e-6
    assert str(digit) not in [a.text for a in found.alternatives]
    assert within(line, picture)
    (ink,) = ink_boxes(picture, np.eye(3))
    assert holds(found.box, ink, slack=12)
    assert reader.read(255 - picture).text == str(digit)


@pytest.mark.parametrize("side", [28, 400])
def test_sizes(reader: Reader, side: int) -> None:
    assert reader.read(drawn(7, side, pen=0.08)).text == "7"


@pytest.mark.parametrize("quarters", range(4))
def test_a_page_of_lines_is_read_from_each_side(reader: Reader, quarters: int) -> None:
    """From afar it looks like a digit, and upside down there are digits, too."""
    texts = ["2471", "7024", "1742", "4207"]
    rows = [written(text, **SMALL)[..., 0] for text in texts]
    width = max(row.shape[1] for row in rows)
    page = np.concatenate(
        [np.pad(row, ((0, 0), (0, width - row.shape[1])), "edge") for row in rows]
    )
    reading = reader.read(np.ascontiguousarray(np.rot90(page, quarters)))
    assert sorted(line.text for line in reading.lines) == sorted(texts)
    assert reading.turned == 90 * quarters


def test_a_number(reader: Reader) -> None:
    picture = written("742 104", **SMALL)
    (line,) = reader.read(picture).lines
    assert line.text == "742104"
    assert line.groups == ("742", "104")
    assert [d.digit for d in line.digits] == [7, 4, 2, 1, 0, 4]
    assert within(line, picture)
    for digit, ink in zip(line.digits, ink_boxes(picture, np.eye(3)), strict=True):
        assert holds(digit.box, ink, slack=12)


def test_a_rule(reader: Reader) -> None:
    picture = written("742", **SMALL)
    plain = reader.read(picture).lines[0]
    kept = reader.read(picture, field="length=3").lines[0]
    assert (kept.text, kept.repaired) == ("742", None)
    assert kept.confidence >= plain.confidence
    misfit = reader.read(picture, field="length=9").lines[0]
    assert (misfit.text, misfit.accepted, misfit.repaired) == ("742", False, None)


def test_an_error_rate_too_low_for_anything_accepts_nothing(reader: Reader) -> None:
    picture = drawn(7, 60)
    assert not any(line.accepted for line in reader.read(picture, max_error=1e-12).lines)
    for wrong in (0.0, 1.0, -3.0, float("nan")):
        with pytest.raises(SettingError, match="must lie between 0 and 1"):
            reader.read(picture, max_error=wrong)
    with pytest.raises(SettingError, match="there is no field"):
        reader.read(picture, field="shoe size")


def test_many(reader: Reader, tmp_path: Path) -> None:
    paths = []
    for digit in (2, 4, 7):
        paths.append(tmp_path / f"{digit}.png")
        Image.fromarray(drawn(digit, 60, pen=0.08)[:, :, 0]).save(paths[-1])
    paths.insert(1, tmp_path / "none.png")
    for processes in (1, 2):
        results = list(reader.read_many(paths, processes=processes))
        assert isinstance(results.pop(1), PictureError)
        assert [r[0].text for r in results if isinstance(r, list)] == ["2", "4", "7"]


class Deadly:
    """Ends the process that takes it, as a broken decoder would."""

    def __reduce__(self) -> tuple[object, ...]:
        return os._exit, (1,)


def test_many_of_which_one_ends_its_process(reader: Reader) -> None:
    two, four = drawn(2, 60, pen=0.08), drawn(4, 60, pen=0.08)
    sources: list[Any] = [two, Deadly(), *[four] * 7]
    first, lost, *others = reader.read_many(sources, processes=2)
    assert isinstance(lost, PictureError)
    assert "died" in str(lost)
    assert [r[0].text for r in (first, *others) if isinstance(r, list)] == ["2", *["4"] * 7]


def test_pages(reader: Reader, tmp_path: Path) -> None:
    pages = [Image.fromarray(drawn(digit, 60, pen=0.08)[:, :, 0]) for digit in (2, 4)]
    pages.insert(1, Image.new("L", (200, 200), 255))
    pages[0].save(tmp_path / "pages.tif", save_all=True, append_images=pages[1:])
    readings = list(reader.read_pages(tmp_path / "pages.tif"))
    assert [(r.page, r.text) for r in readings] == [(1, "2"), (2, ""), (3, "4")]
    assert readings[1].reason
    assert reader.read(tmp_path / "pages.tif") == readings[0]


def test_sources_agree(reader: Reader, tmp_path: Path) -> None:
    picture = drawn(4, 60, pen=0.08)
    image = Image.fromarray(picture[:, :, 0])
    image.save(tmp_path / "p.png")
    content = (tmp_path / "p.png").read_bytes()
    readings = [reader.read(s) for s in (tmp_path / "p.png", content, image, picture)]
    assert len({r.lines for r in readings}) == 1
    assert readings[0].path == str(tmp_path / "p.png")


def test_json_has_the_structure_that_is_promised(reader: Reader) -> None:
    told = json.loads(json.dumps(reader.read(drawn(4, 60, pen=0.08)).to_json()))
    assert set(told) == {
        "path", "page", "lines", "reason", "turned", "grid", "width", "height",
    }  # fmt: skip
    assert (told["width"], told["height"]) == (60, 60)
    assert set(told["lines"][0]) >= {
        "text", "confidence", "accepted", "box", "digits", "marks", "groups", "alternatives",
        "repaired", "value", "note",
    }  # fmt: skip
    digit = told["lines"][0]["digits"][0]
    assert set(digit) == {"digit", "confidence", "box", "alternatives"}
    assert set(digit["box"]) == {"x", "y", "width", "height"}


def test_random_pictures_never_fail(reader: Reader) -> None:
    rng = np.random.default_rng(9)
    for _ in range(25):
        height, width = rng.integers(1, 90, 2)
        channels = int(rng.choice([1, 3, 4]))
        picture = rng.integers(0, 256, (height, width, channels), dtype=np.uint8)
        blurred = cv2.GaussianBlur(picture, (0, 0), float(rng.uniform(0.1, 6)))
        reading = reader.read(blurred.reshape(height, width, channels))
        assert (reading.lines == ()) == (reading.reason is not None)
        assert all(within(line, picture) for line in reading.lines)


def test_a_model_of_something_else(tmp_path: Path) -> None:
    net = Network.parse("1x28x28 - 10N - softmax")
    theta = Init().draw(net, 0.0, np.random.default_rng(0))
    plain = Preprocess.fit("scale", np.zeros((1, 1, 1, 1), np.uint8))
    save_model(Model(net, theta, plain, tuple("0123456789"), {}), tmp_path / "model.safetensors")
    with pytest.raises(SettingError, match="sees no digits on pages"):
        Reader.load(tmp_path / "model.safetensors")
    with pytest.raises(SettingError, match="engine"):
        Reader.load(engine="warp")
