"""A text forced through a line's candidates, against all subsets of them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digitile.reader.candidates import NONE, SIGNS, Candidates
from digitile.reader.choice import choose
from digitile.training.align import align, best_aligned
from tests.reader.test_choice import all_texts, line_of


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 10_000), st.integers(1, 5))
def test_how_likely_a_text_is(seed: int, count: int) -> None:
    line = line_of(seed, count)
    truth = all_texts(line)
    total = sum(truth.values())
    for text, weight in list(truth.items())[:40]:
        found = align(line, text)
        assert found is not None
        # signs that a candidate is not at all have 1e-6 there, of which the truth knows nothing
        assert np.exp(found.log_p) == pytest.approx(weight / total, rel=1e-2, abs=1e-4)
        assert len(found.path) == len(text)
    best, _ = choose(line, 1)
    assert align(line, best[0].text).path == best[0].path  # type: ignore[union-attr]


def apart(text: str) -> Candidates:
    """Signs beside each other, each 0.9 sure."""
    x = np.arange(len(text)) * 20.0
    boxes = np.stack([x, 0 * x, x + 12, 0 * x + 28], axis=1)
    p = np.full((len(text), NONE + 1), 0.1 / NONE)
    p[np.arange(len(text)), [SIGNS.index(sign) for sign in text]] = 0.9
    return Candidates(boxes, p)


def test_a_misread_digit_and_one_too_many() -> None:
    found = align(apart("127"), "177")
    assert found is not None
    assert found.path == (0, 1, 2)
    fewer = align(apart("1-27"), "127")
    assert fewer is not None
    assert fewer.path == (0, 2, 3)
    assert align(apart("12"), "123") is None


def test_the_line_where_it_is_likeliest() -> None:
    best = best_aligned([apart("88"), apart("12"), apart("1")], "12")
    assert best is not None
    assert best[0] == 1
    assert best_aligned([apart("1")], "12") is None
