"""From picture to digit: the same answer in whatever light, ink, size and place it is written."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from digitile.data import default_folder, load
from digitile.errors import SettingError, ShapeError
from digitile.model import Model, bundled_model, load_model
from digitile.nn import Network
from digitile.nn.init import Init
from digitile.nn.preprocess import Preprocess
from digitile.reader import read_digit

Picture = NDArray[np.uint8]

STROKES = {
    0: [[(50, 15), (30, 30), (28, 60), (45, 85), (65, 75), (72, 45), (65, 22), (50, 15)]],
    1: [[(42, 28), (55, 12), (52, 50), (50, 88)]],
    2: [[(30, 30), (45, 14), (66, 20), (66, 42), (45, 65), (28, 86), (74, 85)]],
    4: [[(48, 12), (28, 58), (76, 57)], [(62, 34), (60, 88)]],
    7: [[(26, 18), (72, 16), (55, 50), (44, 88)]],
}


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model(bundled_model())


def drawn(
    digit: int, side: int = 240, ink: int = 20, paper: int = 235, pen: float = 0.05
) -> Picture:
    """Return a digit drawn with round strokes, side×side×1."""
    fine = np.full((4 * side, 4 * side), paper, np.uint8)
    for stroke in STROKES[digit]:
        points = (np.array(stroke) * side / 25).round().astype(np.int32)
        cv2.polylines(fine, [points], False, ink, max(1, round(4 * side * pen)), cv2.LINE_AA)
    small = cv2.resize(fine, (side, side), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8)[:, :, None]


@pytest.mark.parametrize("digit", STROKES)
def test_drawn_digits(model: Model, digit: int) -> None:
    reading = read_digit(drawn(digit), model)
    assert reading.digit == digit
    assert reading.confidence > 0.8
    assert reading.reason is None
    assert reading.scores is not None
    assert sum(reading.scores) == pytest.approx(1, abs=1e-5)
    assert reading.confidence == reading.scores[digit] == max(reading.scores)


def test_the_box_is_where_the_ink_is(model: Model) -> None:
    picture = drawn(4)
    ys, xs = np.nonzero(picture[:, :, 0] < 100)
    box = read_digit(picture, model).box
    assert box is not None
    np.testing.assert_allclose(box, [xs.min(), ys.min(), xs.max() + 1, ys.max() + 1], atol=4)


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
    model: Model, digit: int, change: str
) -> None:
    reading = read_digit(np.ascontiguousarray(CHANGES[change](drawn(digit))), model)
    assert reading.digit == digit


@pytest.mark.parametrize("side", [16, 28, 60, 600])
def test_sizes(model: Model, side: int) -> None:
    for digit in (0, 2, 7):
        assert read_digit(drawn(digit, side, pen=0.08), model).digit == digit


def test_black_on_white_and_white_on_black_agree(model: Model) -> None:
    for digit in STROKES:
        one, other = (read_digit(p, model) for p in (drawn(digit), 255 - drawn(digit)))
        assert one.digit == other.digit
        assert one.box is not None
        assert other.box is not None
        np.testing.assert_allclose(one.box, other.box, atol=2)


def test_the_place_on_the_paper_moves_only_the_box(model: Model) -> None:
    picture = drawn(2)[30:220, 40:200]
    here = read_digit(picture, model)
    there = read_digit(np.pad(picture, ((31, 12), (50, 0), (0, 0)), constant_values=235), model)
    assert here.box is not None
    assert there.box is not None
    np.testing.assert_allclose(np.subtract(there.box, here.box), (50, 31, 50, 31), atol=1)
    assert there.scores == pytest.approx(here.scores, abs=0.02)


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
def test_no_digit_is_answered_with_a_reason(model: Model, picture: Picture) -> None:
    reading = read_digit(picture, model)
    assert (reading.digit, reading.confidence, reading.box, reading.scores) == (None, 0, None, None)
    assert reading.reason


def test_random_pictures_never_fail(model: Model) -> None:
    rng = np.random.default_rng(9)
    for _ in range(60):
        height, width = rng.integers(1, 90, 2)
        channels = int(rng.choice([1, 3, 4]))
        picture = rng.integers(0, 256, (height, width, channels), dtype=np.uint8)
        blurred = cv2.GaussianBlur(picture, (0, 0), float(rng.uniform(0.1, 6)))
        reading = read_digit(blurred.reshape(height, width, channels), model)
        assert (reading.digit is None) == (reading.reason is not None)


def test_a_model_of_something_else() -> None:
    def untrained(network: str, classes: str) -> Model:
        net = Network.parse(network)
        theta = Init().draw(net, 0.0, np.random.default_rng(0))
        plain = Preprocess.fit("scale", np.zeros((1, 1, 1, 1), np.uint8))
        return Model(net, theta, plain, tuple(classes), {})

    with pytest.raises(SettingError, match="must be 0 to 9"):
        read_digit(drawn(2), untrained("1x28x28 - 3N - softmax", "abc"))
    with pytest.raises(ShapeError, match="1×8×8"):
        read_digit(drawn(2), untrained("1x8x8 - 10N - softmax", "0123456789"))


def test_mnist_as_pictures_loses_little(model: Model) -> None:
    """The way through the reader costs less than 1 % on pictures that are normalised already."""
    if not (default_folder() / "mnist").is_dir():
        pytest.skip("MNIST is not there: run `digitile data fetch mnist`, or set DIGITILE_DATA")
    test = load("mnist").test.take(range(0, 10_000, 10))
    direct = model.scores(test.images).argmax(axis=1)
    read = [read_digit(image.transpose(1, 2, 0), model).digit for image in test.images]
    right = np.mean(direct == test.labels), np.mean(np.array(read) == test.labels)
    assert right[1] > right[0] - 0.01
