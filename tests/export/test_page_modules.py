"""The page's modules compute what OpenCV and the reader's modules of the same names do."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from digitile.contrast import even_contrast
from digitile.model import bundled_model, load_model
from digitile.reader import candidates, choice, gray, search, strip, trust, unread
from digitile.reader.candidates import SIGNS, Candidates
from digitile.reader.reading import Evidence

Gray = NDArray[np.uint8]

CALL = """async ([module, name, given]) => {
  const bytes = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  const revived = (x) => (x?.data ? { ...x, data: bytes(x.data) } : x);
  const found = await import(new URL(module, location.href));
  const result = await found[name](...given.map(revived));
  const text = (data) => btoa(Array.from(data, (byte) => String.fromCharCode(byte)).join(""));
  return JSON.stringify(result, (_, x) => (x instanceof Uint8Array ? text(x) : x));
}"""
EXACT = cv2.__version__ >= "5"
"""OpenCV 4 rounds places and weights of cubic interpolation."""


class Modules:
    """Calls what a page's modules export."""

    def __init__(self, page: Any) -> None:
        self.page = page

    def __call__(self, module: str, name: str, *given: Any) -> Any:
        words = [told(one) for one in given]
        text = self.page.evaluate(CALL, [f"{module}.js", name, words])
        return json.loads(text, object_hook=_picture)


def _picture(value: dict[str, Any]) -> Any:
    """Return a picture of the page as an array, anything else as it is."""
    if "data" not in value:
        return value
    pixels = np.frombuffer(base64.b64decode(value["data"]), np.uint8)
    return pixels.reshape(value["height"], value["width"]).astype(int)


def told(value: Any) -> Any:
    """Return a value as the modules have it."""
    if isinstance(value, Candidates):
        pairs = zip(value.boxes.tolist(), value.p.tolist(), strict=True)
        return [{"box": box, "p": p} for box, p in pairs]
    if isinstance(value, np.ndarray) and value.dtype == np.uint8:
        height, width = value.shape[:2]
        return {"width": width, "height": height, "data": base64.b64encode(value).decode()}
    return value.tolist() if isinstance(value, np.ndarray) else value


@pytest.fixture(scope="module")
def modules_of(browser: Any, modules: str) -> Iterator[Modules]:
    page = browser.new_page()
    page.goto(modules + "words.js")  # nothing runs there
    yield Modules(page)
    page.close()


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(5)


def draw(rng: np.random.Generator, height: int, width: int) -> Gray:
    return rng.integers(0, 256, (height, width), dtype=np.uint8)


def drawn_candidates(rng: np.random.Generator, count: int, width: float = 120) -> Candidates:
    """Return candidates of one line from left to right, some of which overlap."""
    x = np.sort(rng.uniform(0, width, count))
    y = rng.normal(60, 4, count)
    size = rng.uniform(8, 30, (count, 2))
    boxes = np.column_stack([x, y, x + size[:, 0], y + size[:, 1]])
    p = rng.gamma(0.2, size=(count, len(SIGNS) + 1)) + 1e-4
    return Candidates(boxes, p / p.sum(axis=1, keepdims=True))


def same(got: list[dict[str, Any]], want: Candidates) -> None:
    assert len(got) == len(want.p)
    np.testing.assert_allclose([one["box"] for one in got], want.boxes, rtol=1e-9)
    np.testing.assert_allclose([one["p"] for one in got], want.p, rtol=1e-9)


def test_numbers(modules_of: Modules, rng: np.random.Generator) -> None:
    for x in (0.5, 1.5, 2.5, -0.5, -1.5, 2.4999, 7.0, -3.7):
        assert modules_of("math", "round", x) == round(x)
    for count in (1, 2, 7):
        values = rng.normal(0, 9, count)
        assert modules_of("math", "median", values) == pytest.approx(np.median(values))
        for share in (0, 10, 100):
            want = pytest.approx(np.percentile(values, share))
            assert modules_of("math", "percentile", values, share) == want
        total = modules_of("math", "logSumExp", values - 900)
        assert total == pytest.approx(np.logaddexp.reduce(values - 900))
    assert modules_of("math", "argsort", [3, 1, 2, 1]) == [1, 3, 2, 0]


@pytest.mark.parametrize("text", ["12", "-7", "3,50", "1.234,5", "12.03.99", "1/2", "12-34", ""])
@pytest.mark.parametrize("more", ["", "-", ",,", "/"])
def test_how_numbers_are_written(modules_of: Modules, text: str, more: str) -> None:
    way = {"text": text + more, "score": 0.0, "path": [], "best": 0.0}
    want, _ = choice.as_written([choice.Way(text + more, 0.0, (), 0.0)], 0.0)
    assert modules_of("choice", "asWritten", [way], 0.0)[0][0]["score"] == want[0].score


@pytest.mark.parametrize(
    ("shape", "size"),
    [
        ((60, 90), (45, 30)),
        ((60, 90), (30, 20)),
        ((61, 83), (47, 19)),
        ((50, 77), (76, 49)),
        ((40, 30), (30, 40)),
        ((3, 200), (120, 1)),
    ],
)
def test_area(
    modules_of: Modules, rng: np.random.Generator, shape: tuple[int, int], size: tuple[int, int]
) -> None:
    picture = draw(rng, *shape)
    got = modules_of("resize", "resizedByArea", picture, *size)
    np.testing.assert_array_equal(got, cv2.resize(picture, size, interpolation=cv2.INTER_AREA))


@pytest.mark.parametrize(
    ("shape", "size"),
    [((20, 30), (90, 77)), ((7, 9), (36, 28)), ((40, 50), (50, 40)), ((1, 5), (20, 4))],
)
def test_cubic(
    modules_of: Modules, rng: np.random.Generator, shape: tuple[int, int], size: tuple[int, int]
) -> None:
    picture = draw(rng, *shape)
    got = modules_of("resize", "resizedByCubic", picture, *size)
    off = np.abs(got - cv2.resize(picture, size, interpolation=cv2.INTER_CUBIC).astype(int))
    assert off.max() <= 1
    assert (off > 0).mean() < (0.002 if EXACT else 0.1)


@pytest.mark.parametrize(("scale", "slope"), [(1, 0), (0.7, 0.1), (1.3, -0.3), (0.33, 0.02)])
def test_warp(modules_of: Modules, rng: np.random.Generator, scale: float, slope: float) -> None:
    picture = draw(rng, 60, 90)
    back = np.array([[scale, -scale * slope, -20.3], [scale * slope, scale, -11.7]])
    how = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    want = cv2.warpAffine(picture, back, (120, 64), flags=how, borderValue=77).astype(int)
    got = modules_of("warp", "warped", picture, back, 120, 64, 77)
    off = np.abs(got - want)
    assert off.max() <= (1 if EXACT else 8)
    assert (off > 0).mean() < (0.002 if EXACT else 0.7)


@pytest.mark.parametrize("shape", [(30, 200), (120, 60), (5, 3), (1, 1), (1, 60)])
def test_contrast(modules_of: Modules, rng: np.random.Generator, shape: tuple[int, int]) -> None:
    picture = draw(rng, *shape)
    got = modules_of("contrast", "evenContrast", picture)
    np.testing.assert_array_equal(got, even_contrast(picture))


@pytest.mark.parametrize("kind", ["photo", "blue on paper", "red pen", "transparent", "light ink"])
def test_gray(modules_of: Modules, rng: np.random.Generator, kind: str) -> None:
    picture = np.full((90, 130, 4), 255, np.uint8)
    if kind == "photo":
        picture[:, :, :3] = rng.integers(0, 256, (90, 130, 3))
    if kind == "blue on paper":
        picture[30:60, 40:45, :2] = 60
    if kind == "red pen":
        picture[:, :, :3] = 128
        picture[30:60, 40:45, :3] = 250, 90, 78  # as bright as the paper
    if kind in ("transparent", "light ink"):
        picture[:, :, 3] = 0
        picture[30:60, 40:45] = (20, 30, 40, 255) if kind == "transparent" else (220, 230, 240, 200)
    want = gray.to_gray(picture)
    np.testing.assert_array_equal(modules_of("gray", "toGray", picture), want)
    assert modules_of("gray", "edgeGray", want) == gray.edge_gray(want)


def test_candidates(modules_of: Modules, rng: np.random.Generator) -> None:
    one, other = drawn_candidates(rng, 40), drawn_candidates(rng, 30)
    same(modules_of("candidates", "merged", one), candidates.merged(one))
    averaged = modules_of("candidates", "averaged", [told(one), told(other)])
    same(averaged, candidates.averaged([one, other]))
    same(modules_of("candidates", "expected", one, 0.95), one.expected(0.95))
    for degrees in (0, 90, 180, 270):
        turned = modules_of("candidates", "turnedBoxes", one.boxes, 200, 100, degrees)
        np.testing.assert_allclose(turned, candidates.turned_boxes(one.boxes, (100, 200), degrees))


@pytest.mark.parametrize("count", [0, 1, 2, 6, 14])
def test_choice(modules_of: Modules, rng: np.random.Generator, count: int) -> None:
    for _ in range(5):
        line = drawn_candidates(rng, count)
        ways, total = choice.choose(line, 8)
        got, got_total = modules_of("choice", "choose", line, 8)
        assert got_total == pytest.approx(total)
        assert [way["text"] for way in got] == [way.text for way in ways]
        assert [tuple(way["path"]) for way in got] == [way.path for way in ways]
        np.testing.assert_allclose([way["score"] for way in got], [way.score for way in ways])
        ways, total = choice.as_written(ways, total)
        got, got_total = modules_of("choice", "asWritten", got, got_total)
        assert got_total == pytest.approx(total)
        assert [way["text"] for way in got] == [way.text for way in ways]


@pytest.mark.parametrize("slope", [0, 0.02, 0.2])
@pytest.mark.parametrize("count", [1, 6])
def test_strip(modules_of: Modules, rng: np.random.Generator, slope: float, count: int) -> None:
    picture = cv2.GaussianBlur(draw(rng, 150, 300), (0, 0), 1)
    line = drawn_candidates(rng, count)
    boxes = line.boxes * [2, 1, 2, 1]
    boxes[:, [1, 3]] += slope * boxes[:, [0]]
    line = line._replace(boxes=boxes)
    for tall in (28.0, 9.0):
        want = strip.cut_strip(picture, line, 2.2, tall)
        got = modules_of("strip", "cutStrip", picture, line, 2.2, tall)
        np.testing.assert_allclose(got["back"], want.back, rtol=1e-9, atol=1e-9)
        assert np.abs(got["gray"] - want.gray.astype(int)).mean() < (0.01 if EXACT else 1)


def test_lines_of_candidates(modules_of: Modules, rng: np.random.Generator) -> None:
    below = np.array([0, 90, 0, 90])
    page = np.concatenate([drawn_candidates(rng, 12, 900).boxes + y * below for y in (0, 1)])
    p = drawn_candidates(rng, len(page)).p
    digits = Candidates(page, p)
    want = [page[line].tolist() for line in search.grouped(digits)]
    got = modules_of("search", "grouped", digits)
    assert [[one["box"] for one in line] for line in got] == want
    for first in want[:4]:
        for second in want[:4]:
            pair = [[{"box": box} for box in line] for line in (first, second)]
            expected = search.covered(np.array(first), np.array(second))
            assert modules_of("search", "covered", *pair) == expected


def test_unread(modules_of: Modules, rng: np.random.Generator) -> None:
    picture = np.full((128, 300), 200, np.uint8)
    for x in (40, 90, 140, 230):
        picture[50:78, x : x + 8] = 40
    boxes = np.array([[38, 49, 50, 79], [88, 50, 99, 78], [228, 50, 240, 78.0]])
    for chosen in (boxes, boxes[:2], boxes[:1]):
        want = unread.unread(picture, chosen)
        assert modules_of("unread", "unread", picture, chosen) == pytest.approx(want, rel=1e-6)


def test_trust(modules_of: Modules) -> None:
    model = load_model(bundled_model())
    known = modules_of.page.evaluate("fetch('model.json').then((response) => response.json())")
    for evidence in (
        Evidence(0.9, 0.8, 4, 30.0, 0.2, 0.5),
        Evidence(1.0, 0.0, 1, 200.0, 0.9, 0.0),
        Evidence(0.3, 0.3, 20, 1.0, 0.01, 2.0),
    ):
        given = known["line_trust"], evidence.__dict__
        confidence = modules_of("trust", "lineConfidence", *given)
        assert confidence == pytest.approx(trust.line_confidence(model, evidence))
        assert modules_of("trust", "isMeasured", *given) == trust.is_measured(model, evidence)
    assert modules_of("trust", "lineConfidence", None, evidence.__dict__) == evidence.text
