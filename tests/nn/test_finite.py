"""The first value that is not finite is found and named."""

import numpy as np
import pytest

from digitile.nn import Network
from digitile.nn.finite import describe_nonfinite
from digitile.nn.layer import Array

NETWORK = Network.parse("1x6x6 - 2C3 - +(2C3same - ReLU) - 3C1 - focal(2)")
X = np.ones((2, 1, 6, 6), np.float32)


def theta_with(name: str, values: list[float]) -> Array:
    theta = np.full(NETWORK.arena.size, 0.1, np.float32)
    NETWORK.arena.named(theta)[name].ravel()[: len(values)] = values
    return theta


def test_nothing_is_wrong() -> None:
    assert describe_nonfinite(NETWORK, theta_with("conv1.b", [])) is None
    assert describe_nonfinite(NETWORK, theta_with("conv1.b", []), X) is None


@pytest.mark.parametrize("x", [None, X])
def test_the_first_parameter(x: Array | None) -> None:
    theta = theta_with("conv2.w", [1, np.inf, np.nan])
    NETWORK.arena.named(theta)["conv3.b"][:] = np.nan
    assert describe_nonfinite(NETWORK, theta, x) == (
        "2 of 36 values of conv2.w are not finite, the first is inf"
    )


def test_the_input() -> None:
    x = X.copy()
    x[1, 0, 5, 5] = np.nan
    assert describe_nonfinite(NETWORK, theta_with("conv1.b", []), x) == (
        "1 of 72 values of the input are not finite, the first is nan"
    )


def test_the_first_output() -> None:
    theta = theta_with("conv2.w", [3e38] * 36)
    NETWORK.arena.named(theta)["conv1.w"][:] = 10
    found = describe_nonfinite(NETWORK, theta, X)
    assert found == (
        "64 of 64 values of the output of conv2 (2C3same) are not finite, the first is inf"
    )
    larger = np.ones((1, 1, 9, 8), np.float32)  # pictures of any size
    found = describe_nonfinite(NETWORK, theta, larger)
    assert found is not None
    assert found.startswith("84 of 84 values of the output of conv2")
