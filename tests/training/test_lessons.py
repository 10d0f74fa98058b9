"""What is learnt from photos: where their texts are, and scenes that say so."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from digitile.data import fit_to
from digitile.data.digits import load_digits
from digitile.data.examples import Example
from digitile.engines import make_engine
from digitile.model import bundled_model, load_model
from digitile.nn.places import balanced
from digitile.reader.sight import Sight
from digitile.scenes import CLASSES, SCENE
from digitile.scenes.targets import STRIDE, UNIT
from digitile.training.lessons import TextLesson, is_right, lesson_of, scenes_of

PHOTO = Path(__file__).parents[2] / "examples"
NONE = CLASSES.index("none")


@pytest.fixture(scope="module")
def sight() -> Sight:
    model = load_model(bundled_model())
    return Sight(model, make_engine("reference", model.network))


def lesson(drawn: slice = slice(None)) -> TextLesson:
    """Two black blocks on white, and a third one that counts for nothing; or some of them."""
    gray = np.full((128, 200), 220, np.uint8)
    boxes = np.array([[80, 50, 96, 78], [104, 50, 120, 78], [140, 50, 156, 78]], float)
    for left, top, right, bottom in boxes[drawn].astype(int):
        gray[top:bottom, left:right] = 30
    return TextLesson("4,", gray, boxes[:2], boxes[2:], whole=True)


def test_scenes_have_their_signs_where_the_target_says() -> None:
    scenes = scenes_of([lesson()], 12, np.random.default_rng(0))
    assert scenes.images.shape == (12, 1, *SCENE)
    found = 0
    for image, classes, weights, boxes in zip(scenes.images[:, 0], *scenes.target, strict=True):
        for i, j in np.argwhere((classes != NONE) & (weights > 0)):
            assert classes[i, j] in (4, CLASSES.index("comma"))
            x = (j + 0.5) * STRIDE + UNIT * boxes[0, i, j]
            y = (i + 0.5) * STRIDE + UNIT * boxes[1, i, j]
            assert image[int(y), int(x)] < 100  # ink in the middle of the box
            # and paper above it, by more than half of its height
            above = int(y - 0.9 * UNIT * np.exp(boxes[3, i, j]))
            assert above < 0 or image[above, int(x)] > 100
            found += 1
    assert found > 40


def test_what_else_is_seen_counts_for_nothing() -> None:
    """Where the ink of the third block is and the target is none, that has no weight."""
    scenes = scenes_of([lesson(drawn=slice(2, 3))], 12, np.random.default_rng(1))
    down, across = (np.arange(side // STRIDE) * STRIDE + STRIDE // 2 for side in SCENE)
    ink = scenes.images[:, 0][:, down][:, :, across] < 60
    weights = np.where(scenes.target.classes == NONE, scenes.target.weights, 0)
    assert ink.sum() > 200
    assert (weights[ink] == 0).mean() > 0.9  # places on its border may lie outside of its box
    again = balanced(scenes.target, len(CLASSES))
    np.testing.assert_allclose(again.weights, scenes.target.weights, rtol=1e-4)


def test_the_same_seed_gives_the_same_scenes() -> None:
    one, same, other = (scenes_of([lesson()], 3, np.random.default_rng(n)) for n in (1, 1, 2))
    np.testing.assert_array_equal(one.images, same.images)
    assert (one.images != other.images).any()


@pytest.fixture(scope="module")
def photo() -> bytes:
    """A picture that the bundled model reads: written digits on paper."""
    digits = fit_to(load_digits().test, (1, 28, 28))
    page = np.full((120, 260), 235, np.uint8)
    for place, label in enumerate((2, 0, 7, 4)):
        image = digits.images[np.flatnonzero(digits.labels == label)[1], 0]
        page[44:72, 60 + 30 * place : 88 + 30 * place] -= (image * 0.8).astype(np.uint8)
    content = io.BytesIO()
    Image.fromarray(page).save(content, "PNG")
    return content.getvalue()


def test_a_text_is_found_where_it_is(sight: Sight, photo: bytes) -> None:
    found = lesson_of(Example("photo", photo, "2074"), sight)
    assert isinstance(found, TextLesson)
    assert (found.text, found.whole, len(found.boxes)) == ("2074", True, 4)
    assert (np.diff(found.boxes[:, 0]) > 0).all()
    middles = np.diff((found.boxes[:, 0] + found.boxes[:, 2]) / 2)
    assert middles.max() / middles.min() < 1.6  # written 30 pixels apart
    assert is_right(found, sight)


def test_a_misread_digit_is_learnt_from_and_another_text_is_not(sight: Sight, photo: bytes) -> None:
    wrong = lesson_of(Example("photo", photo, "2071"), sight)
    assert isinstance(wrong, TextLesson)
    assert not is_right(wrong, sight)
    assert "where 8913 would fit best" in str(lesson_of(Example("photo", photo, "8913"), sight))
    assert "no line where" in str(lesson_of(Example("photo", photo, "123456789"), sight))


def test_a_digit_at_its_place(sight: Sight, photo: bytes) -> None:
    place = (120.0, 44.0, 28.0, 28.0)
    found = lesson_of(Example("photo", photo, "1", place), sight)
    assert isinstance(found, TextLesson)
    assert (found.text, found.whole, len(found.boxes)) == ("1", False, 1)
    assert len(found.others) >= 3  # its neighbours count for nothing
    assert not is_right(found, sight)  # it is a 7
    nowhere = lesson_of(Example("photo", photo, "1", (10.0, 90.0, 15.0, 20.0)), sight)
    assert isinstance(nowhere, TextLesson)
    left, top, right, bottom = nowhere.boxes[0]
    assert (right - left) / (bottom - top) == pytest.approx(15 / 20)
    at_the_edge = Example("photo", photo, "1", middle=True)
    assert isinstance(lesson_of(at_the_edge, sight), TextLesson | str)


def test_pictures_that_are_none(sight: Sight) -> None:
    blank = io.BytesIO()
    Image.new("L", (100, 80), 200).save(blank, "PNG")
    assert "no line where 7 fits" in str(lesson_of(Example("a", blank.getvalue(), "7"), sight))
    middle = Example("a", blank.getvalue(), "7", middle=True)
    assert "no digit at its middle" in str(lesson_of(middle, sight))
    assert isinstance(lesson_of(Example("a", b"junk", "7"), sight), str)
