"""Targets of boxes, worked out by hand."""

import numpy as np

from digitile.scenes.camera import View
from digitile.scenes.page import CLASSES, IGNORED
from digitile.scenes.targets import NONE, places_of

SHAPE = (32, 48)


def view(*marks: tuple[int, tuple[float, float, float, float], float]) -> View:
    classes, boxes, visible = zip(*marks, strict=True)
    return View(
        np.zeros(SHAPE, np.uint8),
        np.array(classes),
        np.array(boxes, np.float32),
        np.array(visible, np.float32),
        np.arange(len(marks)),
    )


def test_a_digit_of_20_pixels() -> None:
    # its middle is (20, 16); r(20) = 4.4: places whose middles are 18 and 22, 14 and 18
    target = places_of(view((7, (10, 6, 20, 20), 1.0)), SHAPE)
    expected = np.full((8, 12), NONE)
    expected[3:5, 4:6] = 7
    assert (target.classes == expected).all()
    # within 6.4 of the middle: 14, 18, 22 and 26 across, 10, 14, 18 and 22 down
    weights = np.ones((8, 12))
    weights[2:6, 3:7] = 0
    weights[3:5, 4:6] = 3 / 2
    assert (target.weights == weights).all()
    np.testing.assert_allclose(
        target.boxes[:, 3, 4], [2 / 16, 2 / 16, np.log(20 / 16), np.log(20 / 16)], rtol=1e-6
    )
    np.testing.assert_allclose(target.boxes[:2, 4, 5], [-2 / 16, -2 / 16], rtol=1e-6)


def test_a_point_has_one_place() -> None:
    point = CLASSES.index("point")
    target = places_of(view((point, (20.5, 12.5, 3, 3), 1.0)), SHAPE)
    assert np.argwhere(target.classes == point).tolist() == [[3, 5]]
    assert target.weights[3, 5] == 3


def test_what_is_cut_off_a_little_does_not_count() -> None:
    target = places_of(view((7, (-10, 6, 20, 20), 0.7)), SHAPE)
    assert (target.classes == NONE).all()
    assert (target.weights[1:7, :3] == 0).all()
    assert target.weights.sum() == 8 * 12 - 6 * 3


def test_what_is_left_of_a_digit_is_none() -> None:
    target = places_of(view((7, (-10, 6, 20, 20), 0.5)), SHAPE)
    assert (target.classes == NONE).all()
    assert (target.weights == 1).all()
    ignored = places_of(view((IGNORED, (-10, 6, 20, 20), 0.5)), SHAPE)
    assert ignored.weights.sum() == 8 * 12 - 6 * 3


def test_what_may_be_a_digit_does_not_count() -> None:
    target = places_of(view((IGNORED, (10, 6, 20, 20), 1.0)), SHAPE)
    assert (target.classes == NONE).all()
    assert target.weights.sum() == 8 * 12 - 6 * 6


def test_where_two_overlap_the_nearer_one_is_taught() -> None:
    target = places_of(view((1, (8, 6, 16, 20), 1.0), (2, (14, 6, 16, 20), 1.0)), SHAPE)
    # their middles are at 16 and 22, the places' at 14, 18 and 22
    assert target.classes[3, 3:6].tolist() == [1, 1, 2]
    np.testing.assert_allclose(target.weights[3, 3:6], 3 / np.sqrt([4, 4, 2]))


def test_between_two_digits_that_touch_is_none() -> None:
    # their middles are at 10 and 30, where one ends and the other begins is at 20
    target = places_of(view((1, (0, 6, 20, 20), 1.0), (2, (20, 6, 20, 20), 1.0)), SHAPE)
    assert target.classes[3, :10].tolist() == [NONE, 1, 1, 1, NONE, NONE, 2, 2, 2, NONE]
    assert target.weights[3, 4] == target.weights[3, 5] == 1


def test_what_is_none_leaves_everything_to_count() -> None:
    target = places_of(view((NONE, (10, 6, 20, 20), 1.0)), SHAPE)
    assert (target.classes == NONE).all()
    assert (target.weights == 1).all()
