"""First weights: their variances, their bounds, one number for each layer."""

import numpy as np
import pytest

from digitile.errors import NotationError
from digitile.nn import Network
from digitile.nn.init import Init

NETWORK = Network.parse("3x40x40 - 30C5s2 - TP2 - 50C3 - 400N - ReLU - 10N - softmax")


def weights(text: str, name: str, bias: float = 0.0) -> np.ndarray:
    flat = Init.parse(text).draw(NETWORK, bias, np.random.default_rng(1))
    return NETWORK.arena.named(flat)[name].astype(np.float64)


@pytest.mark.parametrize(
    ("text", "name", "variance"),
    [
        ("xavier", "conv1.w", 2 / (3 * 25 + 30 * 25 / 4)),
        ("toolbox", "conv1.w", 2 / (3 * 25 + 30 * 25)),
        ("xavier", "conv2.w", 2 / (30 * 9 + 50 * 9)),
        ("toolbox", "conv2.w", 2 / (30 * 9 + 50 * 9)),
        ("msra", "conv2.w", 2 / (30 * 9)),
        ("xavier", "linear1.w", 2 / (50 * 7 * 7 + 400)),
        ("gaussian(0.5)", "conv2.w", 0.25),
        ("gaussian(1,2,3,4)", "linear1.w", 9.0),
    ],
)
def test_variance(text: str, name: str, variance: float) -> None:
    w = weights(text, name)
    assert w.var() == pytest.approx(variance, rel=0.06)
    assert abs(w.mean()) < 4 * np.sqrt(variance / w.size)


def test_xavier_fills_its_interval_and_no_more() -> None:
    limit = np.sqrt(6 / (50 * 49 + 400))
    w = np.abs(weights("xavier", "linear1.w"))
    assert 0.999 * limit < w.max() <= np.float32(limit)


def test_constants() -> None:
    assert set(weights("xavier", "linear1.b", 0.25)) == {0.25}
    assert set(weights("msra", "pool1.w")) == {0.25}
    assert set(weights("msra", "pool1.b")) == {0.0}


def test_wrong_number_of_deviations() -> None:
    with pytest.raises(NotationError, match="3 standard deviations, the network has 4"):
        weights("gaussian(1,2,3)", "conv1.w")
    with pytest.raises(NotationError, match="negative"):
        Init.parse("gaussian(-1)")
    with pytest.raises(NotationError, match="xavier, toolbox, msra, gaussian"):
        Init.parse("he")


def test_text_round_trip() -> None:
    for text in ("xavier", "toolbox", "msra", "gaussian(0.0001,0.0001,0.001,0.01,0.1)"):
        assert str(Init.parse(text)) == text


def test_a_network_of_places_first_takes_one_place_in_a_hundred_for_a_digit() -> None:
    network = Network.parse("1x8x8 - 4C3same - ReLU - 15C1 - focal(1.5)+box(0.1)")
    flat = Init.parse("msra").draw(network, 0.0, np.random.default_rng(0))
    b = network.arena.named(flat)["conv2.b"].astype(np.float64)
    classes = np.exp(b[:11]) / np.exp(b[:11]).sum()
    assert classes[:10].sum() == pytest.approx(0.01)
    np.testing.assert_array_equal(b[11:], 0)  # the box
