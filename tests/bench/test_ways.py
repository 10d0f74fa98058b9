"""How each convolution of a network is computed."""

from math import isclose

from digitile.bench.ways import ways
from digitile.engines.tile.convolution import GAIN
from digitile.nn.network import Network


def test_products_in_network_order_without_the_first_input_gradient() -> None:
    found = ways(Network.parse("1x12x12 - 4C3 - ReLU - MP2 - 16C3same - 4N - softmax"))
    assert [(way.layer, way.product) for way in found] == [
        ("4C3", "forward"),
        ("4C3", "weight gradient"),
        ("16C3same", "forward"),
        ("16C3same", "weight gradient"),
        ("16C3same", "input gradient"),
    ]


def test_another_way_than_the_direct_one_is_taken_only_where_it_saves_enough() -> None:
    for way in ways(Network.parse("1x28x28 - 6C5 - ReLU - MP2 - 12C5 - MP2 - 10N - softmax")):
        best = min(way.prices.values())
        saves = best < GAIN * way.prices["direct"]
        assert isclose(way.prices[way.chosen], best if saves else way.prices["direct"])


def test_no_convolution_no_ways() -> None:
    assert ways(Network.parse("1x8x8 - 10N - softmax")) == []
