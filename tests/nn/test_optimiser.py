"""The update rule by hand, and by PyTorch's where it is installed."""

import numpy as np
import pytest

from digitile.errors import SettingError
from digitile.nn import Network
from digitile.nn.optimiser import SGD

NETWORK = Network.parse("1x1x2 - 1N - ReLU - 2N - softmax")  # w 2, b 1, w 2, b 2


def test_rates_and_decay_lie_where_they_should() -> None:
    sgd = SGD.of(NETWORK, 0.0, 0.1, 2.0, (1.0, 3.0))
    assert sgd.scale.tolist() == [1, 1, 2, 3, 3, 6, 6]
    np.testing.assert_allclose(sgd.decay, [0.1, 0.1, 0, 0.1, 0.1, 0, 0])
    with pytest.raises(SettingError, match="3 rates, the network has 2 layers"):
        SGD.of(NETWORK, 0.0, 0.0, 1.0, (1.0, 1.0, 1.0))


def test_two_steps_with_momentum_and_decay_by_hand() -> None:
    sgd = SGD.of(NETWORK, 0.5, 0.1, 2.0, ())
    theta, velocity = np.ones(7, np.float32), np.zeros(7, np.float32)
    gradient = np.full(7, 0.4, np.float32)
    theta, velocity = sgd.step(theta, velocity, gradient, 0.2)
    # a weight: Δ = 0.2·(0.4 + 0.1·1) = 0.1; a bias: Δ = 0.2·2·0.4 = 0.16
    np.testing.assert_allclose(theta, [0.9, 0.9, 0.84, 0.9, 0.9, 0.84, 0.84], rtol=1e-6)
    theta, velocity = sgd.step(theta, velocity, gradient, 0.2)
    # a weight: Δ = 0.05 + 0.2·(0.4 + 0.09) = 0.148; a bias: Δ = 0.08 + 0.16
    np.testing.assert_allclose(theta, [0.752, 0.752, 0.6, 0.752, 0.752, 0.6, 0.6], rtol=1e-6)


def test_pytorch_takes_the_same_steps() -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    rng = np.random.default_rng(1)
    start, gradients = rng.normal(size=7), rng.normal(size=(5, 7))
    weights = ~NETWORK.arena.mask("b")
    theirs = torch.tensor(start[weights], requires_grad=True)
    optimiser = torch.optim.SGD([theirs], lr=0.3, momentum=0.9, weight_decay=0.01)
    sgd = SGD.of(NETWORK, 0.9, 0.01, 1.0, ())
    theta, velocity = start.astype(np.float32), np.zeros(7, np.float32)
    for gradient in gradients:
        theirs.grad = torch.tensor(gradient[weights])
        optimiser.step()
        theta, velocity = sgd.step(theta, velocity, gradient.astype(np.float32), 0.3)
    np.testing.assert_allclose(theta[weights], theirs.detach().numpy(), rtol=1e-4, atol=1e-5)
