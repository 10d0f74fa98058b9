"""Groups of output pixels: their size, and the same results as without them."""

import numpy as np
import pytest

from digitile.engines.tile import group, packing
from digitile.engines.tile.engine import TileEngine
from digitile.engines.tile.tile import price
from digitile.nn import Network
from tests.engines.parity import check


@pytest.mark.parametrize(("width", "columns"), [(8, 24), (8, 6), (16, 8), (24, 24), (64, 8)])
def test_size_divides_a_row_and_is_worth_it(width, columns):
    size = group.forward_size(5, width, columns, columns)
    assert columns % size == 0
    if size > 1:
        alone = 25 * price(width // 8, columns**2)
        assert 5 * (4 + size) * price(size * width // 8, columns**2 // size) < alone


def test_odd_rows_stay_alone():
    assert group.forward_size(3, 8, 7, 7) == 1


@pytest.mark.parametrize(
    ("text", "sizes"),
    [
        ("1x12x12 - 3C5 - sigmoid - AP2 - 4N - softmax", [4]),
        ("3x8x12 - 5C3p1 - tanh - 9C4p1 - IP2 - 4N - softmax", [4, 1]),
        ("2x9x9 - 7C2 - ReLU - MP2 - 6C1 - 4N - squared", [2, 4]),
        ("1x12x12 - 4C3[0;0;0;0] - MP2 - 6C2[0.1;1.2;2.3;3;0;1] - 4N - softmax", [2, 1]),
    ],
)
def test_groups_give_the_same_results(text, sizes, monkeypatch):
    # Whatever the processor would choose: groups of these sizes, in both passes.
    remaining = iter(sizes)
    monkeypatch.setattr(packing, "forward_size", lambda *_: next(remaining))
    monkeypatch.setattr("digitile.engines.tile.conv.pays_back", lambda slot: slot.group > 1)
    network = Network.parse(text)
    engine = TileEngine(network)
    assert [row[9] for row in engine._packing.derived if row[0] == packing.Derive.GROUP] == [
        size for size in sizes if size > 1
    ]
    check(network, 6, 1, engine)


def test_constants_and_parameters_keep_apart():
    network = Network.parse("1x12x12 - 6C5 - sigmoid - AP2 - 4N - softmax")
    packed = packing.Packing(network)
    array = packed.array()
    assert np.count_nonzero(array) == 1  # the constants 0 and 1
    for row in packed.derived:
        target = row[4] if row[0] == packing.Derive.GROUP else row[3]
        assert packed.size <= target < packed.zeros < packed.constants < packed.total
