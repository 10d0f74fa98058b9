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
    # within 10 of the middle: 10, 14, 18, 22, 26, 30 across, 6, 10, …, 26 down
    weights = np.ones((8, 12))
    weights[1:7, 2:8] = 0
    weights[3:5, 4:6] = 1
    assert (target.weights == weights).all()
    np.testing.assert_allclose(
        target.boxes[:, 3, 4], [2 / 16, 2 / 16, np.log(20 / 16), np.log(20 / 16)], rtol=1e-6
    )
    np.testing.assert_allclose(target.boxes[:2, 4, 5], [-2 / 16, -2 / 16], rtol=1e-6)


def test_a_point_has_one_place() -> None:
    point = CLASSES.index("point")
    target = places_of(view((point, (20.5, 12.5, 3, 3), 1.0)), SHAPE)
    assert np.argwhere(target.classes == point).tolist() == [[3, 5]]


def test_what_is_cut_off_does_not_count() -> None:
    target = places_of(view((7, (-10, 6, 20, 20), 0.5)), SHAPE)
    assert (target.classes == NONE).all()
    assert (target.weights[1:7, :3] == 0).all()
    assert target.weights.sum() == 8 * 12 - 6 * 3


def test_what_may_be_a_digit_does_not_count() -> None:
    target = places_of(view((IGNORED, (10, 6, 20, 20), 1.0)), SHAPE)
    assert (target.classes == NONE).all()
    assert target.weights.sum() == 8 * 12 - 6 * 6


def test_where_two_overlap_the_nearer_one_is_taught() -> None:
    target = places_of(view((1, (8, 6, 16, 20), 1.0), (2, (14, 6, 16, 20), 1.0)), SHAPE)
    # their middles are at 16 and 22, the places' at 14, 18 and 22
    assert target.classes[3, 3:6].tolist() == [1, 1, 2]


def test_what_is_none_leaves_everything_to_count() -> None:
    target = places_of(view((NONE, (10, 6, 20, 20), 1.0)), SHAPE)
    assert (target.classes == NONE).all()
    assert (target.weights == 1).all()
