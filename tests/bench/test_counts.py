"""Operations and bytes of networks that can be counted by hand."""

import numpy as np
import pytest

from digitile.bench.counts import prediction_flops, traffic, training_flops, widened
from digitile.errors import SettingError, ShapeError
from digitile.nn import Network
from digitile.nn.optimiser import make_optimiser


def test_flops() -> None:
    network = Network.parse("1x28x28 - 20C5 - MP2 - 40C5 - MP2 - 200N - ReLU - 10N - softmax")
    adds = 288_000 + 1_280_000 + 128_000 + 2_000
    assert prediction_flops(network) == 2 * adds
    assert training_flops(network) == 2 * (3 * adds - 288_000)  # 9.6 million


def test_flops_of_a_page() -> None:
    # 3 maps of 4×6 by 3×3 taps, 2 pixels apart; 2 maps of 2×3, a connection between; 3 of 2×3.
    text = "1x4x6 - 3C3d2same - 2C3s2same - +(ReLU) - 3C1 - focal(2)"
    adds = 3 * 24 * 9 + 2 * 6 * 3 * 9 + 3 * 6 * 2
    assert prediction_flops(Network.parse(text)) == 2 * adds


SGD, ADAMW = (make_optimiser(text, np.ones(1), np.zeros(1)) for text in ("sgd(0.9)", "adamw"))


def test_traffic() -> None:
    # 16 inputs; 2 maps of 2×2 = 8, ReLU in place; 2 pooled, flatten in place; 3 outputs.
    # 2·9 + 2 and 3·2 + 3 parameters: 29.
    network = Network.parse("1x4x4 - 2C3 - ReLU - MP2 - flatten - dropout(0.5) - 3N - softmax")
    values = 16 + 2 * (8 + 2 + 3)
    assert traffic(network, 1, None) == 4 * (values + 29)
    assert traffic(network, 10, None) == 4 * (10 * values + 29)
    assert traffic(network, 10, SGD) == 4 * (10 * values + 4 * 29)
    assert traffic(network, 10, ADAMW) == 4 * (10 * values + 6 * 29)


def test_traffic_of_a_residual_connection() -> None:
    network = Network.parse("2x2x2 - +(2C1 - tanh) - 3C1 - focal(2)")
    assert traffic(network, 1, None) == 4 * (8 + 2 * 8 + 8 + 2 * 12 + 6 + 9)


def test_widened() -> None:
    network = Network.parse("1x8x8 - 2C3p1 - ReLU - MP2 - 5N - tanh - 10N - softmax")
    wide = "1x8x8 - 6C3p1 - ReLU - MP2 - 15N - tanh - 10N - softmax"
    assert str(widened(network, 3)) == wide
    assert widened(network, 1) == network
    page = Network.parse("1x8x8 - 2C3same - +(2C3d2same - ReLU) - 7C1 - focal(2)+box(0.1)")
    wide = "1x8x8 - 6C3same - +(6C3d2same - ReLU) - 7C1 - focal(2)+box(0.1)"
    assert str(widened(page, 3)) == wide


def test_what_cannot_be_widened() -> None:
    table = Network.parse("2x8x8 - 2C3[0;0.1] - 10N - softmax")
    assert widened(table, 1) == table
    with pytest.raises(SettingError, match=r"2C3\[0;0.1\] cannot be 2 times as wide"):
        widened(table, 2)
    with pytest.raises(ShapeError, match="50,000,000"):
        widened(Network.parse("1x28x28 - 4000N - 4000N - 10N - softmax"), 8)
