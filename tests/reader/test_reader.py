"""From picture to digit: the same answer in whatever light, ink, size and place it is written."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from digitile.data import default_folder, is_there, load
from digitile.errors import PictureError, SettingError, ShapeError
from digitile.model import Model, save_model
from digitile.nn import Network
from digitile.nn.init import Init
from digitile.nn.preprocess import Preprocess
from digitile.reader import Box, Reader
from tests.reader.photos import STROKES, Picture, drawn, holds, ink_boxes, written


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader.load()


@pytest.mark.parametrize("digit", STROKES)
def test_drawn_digits(reader: Reader, digit: int) -> None:
    reading = reader.read(drawn(digit))
    assert reading.text == str(digit)
    assert (reading.path, reading.page, reading.reason) == (None, 1, None)
    (line,) = reading.lines
    (found,) = line.digits
    assert found.digit == digit
    assert found.box == line.box
    assert 0.5 < line.confidence <= 1
    assert line.accepted
    assert found.confidence + sum(a.confidence for a in found.alternatives) <= 1 + 1e-6
    assert str(digit) not in [a.text for a in found.alternatives]


def test_the_box_is_where_the_ink_is(reader: Reader) -> None:
    picture = drawn(4)
    ys, xs = np.nonzero(picture[:, :, 0] < 100)
    truth = xs.min(), ys.min(), np.ptp(xs) + 1, np.ptp(ys) + 1
    np.testing.assert_allclose(sides(reader.read(picture).lines[0].box), truth, atol=5)


def sides(box: Box) -> tuple[int, ...]:
    return box.x, box.y, box.width, box.height


@pytest.mark.parametrize("text", ["42", "2017", "70421", "0127420714", "1111"])
def test_strings(reader: Reader, text: str) -> None:
    (line,) = reader.read(written(text)).lines
    assert line.text == text
    assert [d.digit for d in line.digits] == list(map(int, text))
    lefts = [d.box.x for d in line.digits]
    assert lefts == sorted(lefts)


@pytest.mark.parametrize("text", ["04 12 2017", "742 104", "2017"])
def test_gaps_part_groups(reader: Reader, text: str) -> None:
    (line,) = reader.read(written(text)).lines
    assert line.groups == tuple(text.split())
    assert line.text == text.replace(" ", "")


@pytest.mark.parametrize("text", ["24", "704", "2047"])
def test_touching_digits_are_cut(reader: Reader, text: str) -> None:
    apart = written(text, gap=20)
    touching = written(text, gap=2)
    # a bar through all of them makes one piece of ink
    touching[72:75, 50:-50] = 20
    assert reader.read(apart).text == text
    assert len(reader.read(written(text, gap=-2)).text) == len(text)
    assert reader.read(touching).lines


def test_lines_from_top_to_bottom(reader: Reader) -> None:
    rows = [np.pad(written(t), ((0, 0), (0, 600), (0, 0)), mode="edge")[:, :600] for t in LINES]
    reading = reader.read(np.concatenate(rows))
    assert reading.text.split("\n") == LINES
    assert [line.box.y for line in reading.lines] == sorted(line.box.y for line in reading.lines)


LINES = ["2047", "71", "40214"]


def ruled(picture: Picture) -> Picture:
    """Return the picture with a frame, a line through the feet of the digits, and two margins."""
    changed = picture.copy()
    height, width = changed.shape[:2]
    for y in (4, height - 14, height - 5):
        cv2.line(changed, (0, y), (width, y + 2), 120, 2)
    cv2.line(changed, (14, 0), (15, height), 120, 2)
    cv2.line(changed, (width - 12, 0), (width - 14, height), 120, 2)
    return changed


def boxed(picture: Picture) -> Picture:
    """Return a row of form boxes, one around each digit of `written(…, gap=20)`."""
    changed = picture.copy()
    blank = (changed[:, :, 0] == 235).all(axis=0)
    edges = np.flatnonzero(np.diff(blank.astype(int)))
    starts, stops = edges[0::2], edges[1::2]
    middles = (stops[:-1] + starts[1:]) // 2
    for x in [int(starts[0]) - 12, *map(int, middles), int(stops[-1]) + 12]:
        cv2.line(changed, (x, 3), (x, 116), 90, 2)
    for y in (3, 116):
        cv2.line(changed, (int(starts[0]) - 12, y), (int(stops[-1]) + 12, y), 90, 2)
    return changed


@pytest.mark.parametrize("change", [ruled, boxed])
@pytest.mark.parametrize("text", ["20174", "70421742"])
def test_rules_and_boxes(reader: Reader, text: str, change: Callable[[Picture], Picture]) -> None:
    assert reader.read(change(written(text))).text == text


def test_a_rule_repairs(reader: Reader) -> None:
    plain = reader.read(written("2047")).lines[0]
    other = plain.alternatives[0].text if plain.alternatives else ""
    kept = reader.read(written("2047"), field="length=4").lines[0]
    assert (kept.text, kept.repaired, kept.accepted) == ("2047", None, True)
    if other:
        changed = reader.read(written("2047"), field=f"regex={other}").lines[0]
        assert (changed.text in ("2047", other), changed.repaired in (None, "2047")) == (True, True)
    misfit = reader.read(written("2047"), field="length=9").lines[0]
    assert (misfit.text, misfit.accepted, misfit.repaired) == ("2047", False, None)


def test_an_error_rate_too_low_for_anything_accepts_nothing(reader: Reader) -> None:
    assert not reader.read(drawn(7), max_error=1e-12).lines[0].accepted
    for wrong in (0.0, 1.0, -3.0, float("nan")):
        with pytest.raises(SettingError, match="must lie between 0 and 1"):
            reader.read(drawn(7), max_error=wrong)
    with pytest.raises(SettingError, match="there is no field"):
        reader.read(drawn(7), field="shoe size")


def test_many(reader: Reader, tmp_path: Path) -> None:
    paths = []
    for text in ("27", "40", "117"):
        paths.append(tmp_path / f"{text}.png")
        Image.fromarray(written(text)[:, :, 0]).save(paths[-1])
    paths.insert(1, tmp_path / "none.png")
    for processes in (1, 2):
        results = list(reader.read_many(paths, processes=processes))
        assert isinstance(results.pop(1), PictureError)
        assert [r[0].text for r in results if isinstance(r, list)] == ["27", "40", "117"]


class Deadly:
    """Ends the process that takes it, as a broken decoder would."""

    def __reduce__(self) -> tuple[object, ...]:
        return os._exit, (1,)


def test_many_of_which_one_ends_its_process(reader: Reader) -> None:
    sources: list[Any] = [written("27"), Deadly(), *[written("40")] * 7]
    first, lost, *others = reader.read_many(sources, processes=2)
    assert isinstance(lost, PictureError)
    assert "died" in str(lost)
    assert [r[0].text for r in (first, *others) if isinstance(r, list)] == ["27", *["40"] * 7]


def test_pages(reader: Reader, tmp_path: Path) -> None:
    pages = [Image.fromarray(written(t)[:, :, 0]) for t in ("27", "40")]
    pages.insert(1, Image.new("L", (200, 200), 255))
    pages[0].save(tmp_path / "pages.tif", save_all=True, append_images=pages[1:])
    readings = list(reader.read_pages(tmp_path / "pages.tif"))
    assert [(r.page, r.text) for r in readings] == [(1, "27"), (2, ""), (3, "40")]
    assert readings[1].reason
    assert reader.read(tmp_path / "pages.tif") == readings[0]


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
@pytest.mark.parametrize("text", ["2047", "742"])
def test_pages_upside_down_or_sideways(reader: Reader, text: str, quarters: int) -> None:
    upright = written(text)
    reading = reader.read(np.rot90(upright, quarters), turn=True)
    assert (reading.text, reading.turned) == (text, 90 * quarters)
    # boxes are those of the picture as it was given
    spots = np.zeros(upright.shape[:2], int)
    for index, box in enumerate(ink_boxes(upright, np.eye(3)), 1):
        spots[box.y : box.y + box.height, box.x : box.x + box.width] = index
    for index, digit in enumerate(reading.lines[0].digits, 1):
        ys, xs = np.nonzero(np.rot90(spots, quarters) == index)
        truth = Box(int(xs.min()), int(ys.min()), int(np.ptp(xs)) + 1, int(np.ptp(ys)) + 1)
        assert holds(digit.box, truth, slack=6)


@pytest.mark.parametrize("text", ["1", "0", "11", "1001", "7", "42"])
def test_what_is_alike_from_two_sides_is_read_as_it_stands(reader: Reader, text: str) -> None:
    reading = reader.read(written(text), turn=True)
    assert (reading.text, reading.turned) == (text, 0)


def test_pages_are_turned_only_when_asked(reader: Reader) -> None:
    reading = reader.read(np.rot90(written("2047"), 2))
    assert reading.turned == 0
    assert reading.text != "2047"
    assert reader.read(np.full((200, 200, 1), 255, np.uint8), turn=True).turned == 0


def test_sources_agree(reader: Reader, tmp_path: Path) -> None:
    picture = written("2047")
    image = Image.fromarray(picture[:, :, 0])
    image.save(tmp_path / "p.png")
    content = (tmp_path / "p.png").read_bytes()
    readings = [reader.read(s) for s in (tmp_path / "p.png", content, image, picture)]
    assert len({r.lines for r in readings}) == 1
    assert readings[0].path == str(tmp_path / "p.png")


def test_json_has_the_structure_that_is_promised(reader: Reader) -> None:
    told = json.loads(json.dumps(reader.read(written("27")).to_json()))
    assert set(told) == {"path", "page", "lines", "reason", "turned"}
    assert set(told["lines"][0]) == {
        "text", "confidence", "accepted", "box", "digits", "groups", "alternatives", "repaired",
        "value",
    }  # fmt: skip
    digit = told["lines"][0]["digits"][0]
    assert set(digit) == {"digit", "confidence", "box", "alternatives"}
    assert set(digit["box"]) == {"x", "y", "width", "height"}


def coloured(picture: Picture, paper: tuple[int, ...], ink: tuple[int, ...]) -> Picture:
    cover = 1 - (picture.astype(float) - 20) / 215
    return np.rint(np.array(paper) * (1 - cover) + np.array(ink) * cover).astype(np.uint8)


def shadow(picture: Picture) -> Picture:
    y, x = np.mgrid[: picture.shape[0], : picture.shape[1]] / picture.shape[0]
    return np.rint(picture * (0.45 + 0.55 / (1 + np.exp(6 * (x + y - 1))))[:, :, None]).astype(
        np.uint8
    )


def noisy(picture: Picture) -> Picture:
    noise = np.random.default_rng(3).normal(0, 12, picture.shape)
    return np.clip(np.rint(picture + noise), 0, 255).astype(np.uint8)


def specks(picture: Picture) -> Picture:
    changed = picture.copy()
    for y, x in np.random.default_rng(4).integers(5, 235, (25, 2)):
        changed[y : y + 2, x : x + 2] = 60
    return changed


def transparent(picture: Picture) -> Picture:
    """Return black ink on nothing."""
    alpha = 255 - picture
    return np.concatenate([np.zeros_like(picture)] * 3 + [alpha], axis=2)


CHANGES: dict[str, Callable[[Picture], Picture]] = {
    "inverted": lambda p: 255 - p,
    "faint": lambda p: np.rint(150 + p / 4).astype(np.uint8),
    "wide margin": lambda p: np.pad(p, ((90, 200), (300, 60), (0, 0)), constant_values=235),
    "tight": lambda p: p[20:225, 55:195],
    "blue on yellow": lambda p: coloured(p, (250, 225, 110), (30, 50, 160)),
    "chalk on green": lambda p: coloured(p, (40, 70, 50), (225, 225, 215)),
    "red on white": lambda p: coloured(p, (245, 245, 245), (220, 40, 40)),
    "shadow": shadow,
    "noise": noisy,
    "specks": specks,
    "transparent": transparent,
    "large": lambda p: np.kron(p[:, :, 0], np.ones((6, 6), np.uint8))[:, :, None],
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("digit", [2, 4, 7])
def test_what_does_not_matter_does_not_change_the_answer(
    reader: Reader, digit: int, change: str
) -> None:
    assert reader.read(np.ascontiguousarray(CHANGES[change](drawn(digit)))).text == str(digit)


@pytest.mark.parametrize("side", [16, 28, 60, 600])
def test_sizes(reader: Reader, side: int) -> None:
    for digit in (0, 2, 7):
        assert reader.read(drawn(digit, side, pen=0.08)).text == str(digit)


def test_black_on_white_and_white_on_black_agree(reader: Reader) -> None:
    for picture in [*map(drawn, STROKES), *map(written, LINES)]:
        one, other = reader.read(picture), reader.read(255 - picture)
        assert one.text == other.text
        for a, b in zip(one.lines, other.lines, strict=True):
            np.testing.assert_allclose(sides(a.box), sides(b.box), atol=2)


@pytest.mark.parametrize(
    "picture",
    [
        np.full((100, 80, 1), 255, np.uint8),
        np.zeros((100, 80, 3), np.uint8),
        shadow(np.full((200, 200, 1), 230, np.uint8)),
        noisy(np.full((200, 200, 1), 128, np.uint8)),
        np.zeros((50, 50, 4), np.uint8),
        np.full((1, 1, 1), 7, np.uint8),
        np.full((1, 3000, 1), 7, np.uint8),
        specks(np.full((240, 240, 1), 235, np.uint8)),
    ],
    ids=["white", "black", "shadow", "noise", "transparent", "1×1", "1×3000", "specks"],
)
def test_no_digit_is_answered_with_a_reason(reader: Reader, picture: Picture) -> None:
    reading = reader.read(picture)
    assert reading.lines == ()
    assert reading.reason


def test_random_pictures_never_fail(reader: Reader) -> None:
    rng = np.random.default_rng(9)
    for _ in range(60):
        height, width = rng.integers(1, 90, 2)
        channels = int(rng.choice([1, 3, 4]))
        picture = rng.integers(0, 256, (height, width, channels), dtype=np.uint8)
        blurred = cv2.GaussianBlur(picture, (0, 0), float(rng.uniform(0.1, 6)))
        reading = reader.read(blurred.reshape(height, width, channels))
        assert (reading.lines == ()) == (reading.reason is not None)


def test_a_model_of_something_else(tmp_path: Path) -> None:
    def untrained(network: str, classes: str) -> Path:
        net = Network.parse(network)
        theta = Init().draw(net, 0.0, np.random.default_rng(0))
        plain = Preprocess.fit("scale", np.zeros((1, 1, 1, 1), np.uint8))
        save_model(Model(net, theta, plain, tuple(classes), {}), tmp_path / "model.safetensors")
        return tmp_path / "model.safetensors"

    with pytest.raises(SettingError, match="must be 0 to 9"):
        Reader.load(untrained("1x28x28 - 3N - softmax", "abc"))
    with pytest.raises(ShapeError, match="1×8×8"):
        Reader.load(untrained("1x8x8 - 10N - softmax", "0123456789"))


def test_mnist_as_pictures_loses_little(reader: Reader) -> None:
    """The way through the reader costs less than 2 % on pictures that are normalised already."""
    if not is_there("mnist", default_folder()):
        pytest.skip("MNIST is not there: run `digitile data fetch mnist`, or set DIGITILE_DATA")
    test = load("mnist").test.take(range(0, 10_000, 20))
    direct = reader.model.scores(test.images)[:, :10].argmax(axis=1)
    read = [reader.read(image[0]).text for image in test.images]
    right = np.mean(direct == test.labels), np.mean(np.array(read) == test.labels.astype(str))
    assert right[1] > right[0] - 0.02
