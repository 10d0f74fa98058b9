"""Candidates: hand-made boxes, merged as one would by eye."""

import numpy as np
import pytest
from numpy.typing import NDArray

from digitile.reader.candidates import (
    NONE,
    SIGNS,
    Candidates,
    areas,
    averaged,
    joined,
    merged,
    shared,
)


def seen(*places: tuple[tuple[float, ...], str, float]) -> Candidates:
    """Boxes, each with one sign that is so likely; the rest is none."""
    boxes = np.array([box for box, _, _ in places], np.float64).reshape(-1, 4)
    p = np.zeros((len(places), NONE + 1))
    for row, (_, sign, share) in zip(p, places, strict=True):
        row[SIGNS.index(sign)], row[NONE] = share, 1 - share
    return Candidates(boxes, p)


def test_areas_by_hand() -> None:
    boxes = np.array([[0, 0, 10, 20], [5, 10, 15, 40], [30, 0, 31, 1]], np.float64)
    np.testing.assert_array_equal(areas(boxes), [200, 300, 1])
    np.testing.assert_array_equal(shared(boxes[0], boxes), [200, 5 * 10, 0])


def test_what_a_candidate_is() -> None:
    found = seen(((0, 0, 10, 20), "7", 0.9), ((20, 16, 24, 20), ",", 0.8))
    np.testing.assert_array_equal(found.height, [20, 4])
    np.testing.assert_array_equal(found.width, [10, 4])
    np.testing.assert_array_equal(found.centre, [[5, 10], [22, 18]])
    np.testing.assert_array_equal(found.is_digit, [True, False])
    np.testing.assert_allclose(found.digit, [0.9, 0])
    assert found.take(np.array([1])).boxes.tolist() == [[20, 16, 24, 20]]


def test_places_of_one_digit_become_one_likelier_ones_weighing_more() -> None:
    found = merged(
        seen(
            ((0, 0, 10, 20), "7", 0.8),
            ((2, 0, 12, 20), "7", 0.4),
            ((2, 0, 12, 20), "1", 0.4),
            ((40, 0, 50, 20), "3", 0.6),
        )
    )
    order = np.argsort(found.boxes[:, 0])
    weights = np.array([0.8, 0.4, 0.4]) ** 2
    weights /= weights.sum()
    np.testing.assert_allclose(
        found.boxes[order[0]], [2 * weights[1:].sum(), 0, 10 + 2 * weights[1:].sum(), 20]
    )
    np.testing.assert_allclose(found.p[order[0], 7], weights @ [0.8, 0.4, 0])
    np.testing.assert_allclose(found.p[order[0], 1], weights @ [0, 0, 0.4])
    np.testing.assert_allclose(found.boxes[order[1]], [40, 0, 50, 20])
    np.testing.assert_allclose(found.p.sum(axis=1), 1)


@pytest.mark.parametrize(
    ("other", "count"),
    [
        ((0, 0, 10, 20), 1),
        ((3, 0, 13, 20), 1),  # 140 of 260 shared
        ((6, 0, 16, 20), 2),  # 80 of 320
        ((2, 4, 8, 12), 1),  # within
        ((20, 0, 30, 20), 2),
    ],
)
def test_which_boxes_are_one(other: tuple[float, ...], count: int) -> None:
    assert len(merged(seen(((0, 0, 10, 20), "7", 0.8), (other, "7", 0.7))).p) == count


def test_a_mark_within_a_digit_stays_a_mark() -> None:
    found = merged(seen(((0, 0, 10, 20), "7", 0.8), ((2, 8, 8, 12), "-", 0.7)))
    assert sorted(found.is_digit.tolist()) == [False, True]


def test_of_none_and_of_any_order() -> None:
    assert merged(joined([])).boxes.shape == (0, 4)
    assert merged(joined([])).p.shape == (0, NONE + 1)
    rng = np.random.default_rng(0)
    corner = rng.uniform(0, 60, (30, 2))
    boxes = np.concatenate([corner, corner + rng.uniform(5, 25, (30, 2))], axis=1)
    p = rng.dirichlet(np.full(NONE + 1, 0.3), 30)
    one = merged(Candidates(boxes, p))
    for order in (np.arange(30)[::-1], rng.permutation(30)):
        other = merged(Candidates(boxes[order], p[order]))
        np.testing.assert_allclose(rows(other), rows(one))
    assert len(one.p) < 30


def rows(found: Candidates) -> NDArray[np.float64]:
    """Candidates in an order that does not depend on theirs."""
    whole = np.concatenate([found.boxes, found.p], axis=1)
    return whole[np.lexsort(whole.T)]


def test_what_a_view_does_not_see_is_none_to_it() -> None:
    found = averaged(
        [
            seen(((0, 0, 10, 20), "7", 0.9), ((40, 0, 50, 20), "3", 0.6)),
            seen(((0, 0, 10, 20), "1", 0.3)),
            seen(((2, 0, 12, 20), "7", 0.9)),
        ]
    )
    order = np.argsort(found.boxes[:, 0])
    p = found.p[order]
    np.testing.assert_allclose(p.sum(axis=1), 1)
    np.testing.assert_allclose(p[0, [7, 1, NONE]], [1.8 / 3, 0.3 / 3, 0.9 / 3])
    np.testing.assert_allclose(p[1, [3, NONE]], [0.6 / 3, 2.4 / 3])
    weights = np.array([0.9, 0.3, 0.9]) ** 2
    shift = 2 * weights[2] / weights.sum()
    np.testing.assert_allclose(found.boxes[order[0]], [shift, 0, 10 + shift, 20])
    assert len(averaged([seen()]).p) == 0


def test_where_digits_are_expected_none_is_less_likely() -> None:
    p = seen(((0, 0, 10, 20), "7", 0.2)).expected(np.log(4)).p[0]
    np.testing.assert_allclose(p[[7, NONE]], [0.5, 0.5])
