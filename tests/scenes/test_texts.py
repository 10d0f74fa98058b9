"""Values of drawn numbers, beside those that the reader's rules make of the same text."""

from collections import Counter
from decimal import Decimal

import numpy as np
import pytest

from digitile.reader.fields import number
from digitile.scenes import texts
from digitile.scenes.texts import Marked, marked_text


def test_values_are_the_readers() -> None:
    rng = np.random.default_rng(0)
    kinds: Counter[str] = Counter()
    for _ in range(4000):
        amount = texts._amount(rng)
        assert number(amount.text).text == amount.value, amount
        kinds["grouped" if len({",", "."} & set(amount.text)) == 2 else "plain"] += 1
        kinds["certain" if amount.value else "not"] += 1
        if amount.value:
            assert Decimal(amount.value) == Decimal(number(amount.text).text or "")
    assert min(kinds.values()) > 200
    negative = texts._negative(rng)
    assert negative.value == negative.text == number(negative.text).text


@pytest.mark.parametrize(
    ("whole", "end", "certain"),
    [
        (["12"], "50", True),
        (["1"], "234", False),  # 1.234 or 1234
        (["0"], "234", True),
        (["1234"], "567", True),
        (["1", "234"], "567", True),
        (["012", "345"], "6", False),
        (["12"], "-", False),
    ],
)
def test_what_is_certain(whole: list[str], end: str, certain: bool) -> None:
    assert texts._is_certain(whole, end) is certain


def test_kinds_of_marked_text() -> None:
    drawn = [marked_text(np.random.default_rng(seed)) for seed in range(60)]
    assert all(isinstance(one, Marked) for one in drawn)
    assert any("/" in one.text for one in drawn)
    assert all(one.value is None for one in drawn if "/" in one.text)
    assert any(one.value == one.text for one in drawn if one.text[0] == "-")
