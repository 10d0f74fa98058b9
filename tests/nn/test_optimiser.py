"""The update rules by hand, and by PyTorch's where it is installed."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from digitile.errors import NotationError, SettingError
from digitile.nn import Network
from digitile.nn.layer import Array
from digitile.nn.optimiser import SGD, AdamW, Optimiser, OptimiserState, make_optimiser, rates

NETWORK = Network.parse("1x1x2 - 1N - ReLU - 2N - softmax")  # w 2, b 1, w 2, b 2
PLAIN = np.ones(2), np.zeros(2)


def go(optimiser: Optimiser, start: Array, gradients: Array, lr: float) -> list[OptimiserState]:
    """Return the states before the first step and after each."""
    states = [optimiser.start(start)]
    for gradient in gradients:
        states.append(optimiser.step(states[-1], gradient, lr))
    return states


def test_rates_and_decay_lie_where_they_should() -> None:
    scale, decay = rates(NETWORK, 0.1, 2.0, (1.0, 3.0))
    assert scale.tolist() == [1, 1, 2, 3, 3, 6, 6]
    np.testing.assert_allclose(decay, [0.1, 0.1, 0, 0.1, 0.1, 0, 0])
    assert scale.dtype == decay.dtype == np.float32
    with pytest.raises(SettingError, match="3 rates, the network has 2 layers"):
        rates(NETWORK, 0.0, 1.0, (1.0, 1.0, 1.0))


def test_two_steps_with_momentum_and_decay_by_hand() -> None:
    sgd = SGD(*rates(NETWORK, 0.1, 2.0, ()), momentum=0.5)
    gradients = np.full((2, 7), 0.4, np.float32)
    _, first, second = go(sgd, np.ones(7, np.float32), gradients, 0.2)
    # a weight: Δ = 0.2·(0.4 + 0.1·1) = 0.1; a bias: Δ = 0.2·2·0.4 = 0.16
    np.testing.assert_allclose(first.theta, [0.9, 0.9, 0.84, 0.9, 0.9, 0.84, 0.84], rtol=1e-6)
    # a weight: Δ = 0.05 + 0.2·(0.4 + 0.09) = 0.148; a bias: Δ = 0.08 + 0.16
    np.testing.assert_allclose(second.theta, [0.752, 0.752, 0.6, 0.752, 0.752, 0.6, 0.6], rtol=1e-6)
    assert second.steps == 2
    assert second.theta.dtype == second.memory["velocity"].dtype == np.float32


def test_two_steps_of_adamw_by_hand() -> None:
    adamw = AdamW(np.array([1.0, 2.0]), np.array([0.1, 0.0]), beta1=0.5, beta2=0.75, epsilon=0.0)
    _, first, second = go(adamw, np.ones(2), np.array([[4.0, -4.0], [0.0, 0.0]]), 0.1)
    # m̂ = ±4 and v̂ = 16: θ moves by 0.1·(1 + 0.1·1), and by 0.1·2·(−1)
    np.testing.assert_allclose(first.theta, [0.89, 1.2])
    # m = 1, m̂ = 1/0.75; v = 3, v̂ = 3/0.4375; their ratio is 0.509175
    np.testing.assert_allclose(second.theta, [0.89 - 0.0509175 - 0.0089, 1.3018350], rtol=1e-7)
    assert second.memory["mean"].tolist() == [1, -1]
    assert second.memory["square"].tolist() == [3, 3]


def test_a_long_gradient_is_clipped_and_a_short_one_stays() -> None:
    sgd = SGD(*PLAIN, clip=2.5)
    states = go(sgd, np.zeros(2), np.array([[3.0, -4.0], [0.3, 0.4], [1.5, 2.0]]), 1.0)
    moves = [before.theta - after.theta for before, after in pairwise(states)]
    np.testing.assert_allclose(moves, [[1.5, -2.0], [0.3, 0.4], [1.5, 2.0]])


def test_the_average_follows_and_forgets_the_start_soon() -> None:
    sgd = SGD(*PLAIN, average=0.25)
    start, first, second, third = go(sgd, np.zeros(2), -np.ones((3, 2)), 1.0)  # θ = 0, 1, 2, 3
    assert start.predicting.tolist() == [0, 0]
    # a = 2/11, 3/12, then 0.25 < 4/13
    np.testing.assert_allclose(first.predicting, 9 / 11)
    np.testing.assert_allclose(second.predicting, 0.25 * 9 / 11 + 0.75 * 2)
    np.testing.assert_allclose(third.predicting, 0.25 * second.predicting + 0.75 * 3)
    assert third.theta.tolist() == [3, 3]
    without = replace(sgd, average=0.0).start(np.zeros(2))
    assert set(without.memory) == {"velocity"}
    assert without.predicting is without.theta


def test_a_step_leaves_the_state_before_it_as_it_was() -> None:
    for optimiser in (SGD(*PLAIN, 1.0, 0.9, 0.9), AdamW(*PLAIN, 1.0, 0.9)):
        states = go(optimiser, np.ones(2), np.ones((2, 2)), 0.1)
        again = optimiser.step(states[1], np.ones(2), 0.1)
        np.testing.assert_array_equal(again.theta, states[2].theta)
        assert set(states[0].memory) == set(states[2].memory) == set(optimiser.names)


@pytest.mark.parametrize("clip", [0.0, 1.5])
@pytest.mark.parametrize("rule", ["sgd", "sgd(0.9)", "adamw", "adamw(0.8,0.95)"])
def test_pytorch_takes_the_same_steps(rule: str, clip: float) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    rng = np.random.default_rng(1)
    start, gradients = rng.normal(size=7), rng.normal(size=(5, 7))
    biases, lr, decay = NETWORK.arena.mask("b"), 0.03, 0.01
    kind: Any = torch.optim.SGD if rule.startswith("sgd") else torch.optim.AdamW
    own: dict[str, Any] = {
        "sgd(0.9)": {"momentum": 0.9}, "adamw(0.8,0.95)": {"betas": (0.8, 0.95)},
    }.get(rule, {})  # fmt: skip
    parts = [
        torch.tensor(start[biases], requires_grad=True),
        torch.tensor(start[~biases], requires_grad=True),
    ]
    groups = [
        {"params": [parts[0]], "weight_decay": 0.0},
        {"params": [parts[1]], "weight_decay": decay},
    ]
    optimiser = kind(groups, lr=lr, **own)
    ours = make_optimiser(rule, *rates(NETWORK, decay, 1.0, ()), clip=clip)
    states = go(ours, start, gradients, lr)
    for gradient in gradients:
        for part, mask in zip(parts, (biases, ~biases), strict=True):
            part.grad = torch.tensor(gradient[mask])
        if clip:
            torch.nn.utils.clip_grad_norm_(parts, clip)
        optimiser.step()
    theirs = np.empty(7)
    theirs[biases], theirs[~biases] = (part.detach().numpy() for part in parts)
    np.testing.assert_allclose(states[-1].theta, theirs, rtol=2e-6)


def test_the_notation_of_rules() -> None:
    sgd = make_optimiser("sgd(0.9)", *PLAIN, clip=1.0, average=0.99)
    assert isinstance(sgd, SGD)
    assert (sgd.momentum, sgd.clip, sgd.average) == (0.9, 1.0, 0.99)
    assert sgd.names == ("velocity", "average")
    adamw = make_optimiser("AdamW(0.8,0.9)", *PLAIN)
    assert isinstance(adamw, AdamW)
    assert (adamw.beta1, adamw.beta2, adamw.names) == (0.8, 0.9, ("mean", "square"))
    with pytest.raises(NotationError, match=r"unknown optimiser 'adam'\. Use one of: sgd, adamw"):
        make_optimiser("adam", *PLAIN)
    with pytest.raises(NotationError, match="sgd takes 0 to 1"):
        make_optimiser("sgd(0.9,0.1)", *PLAIN)


@pytest.mark.parametrize(
    ("text", "more", "message"),
    [
        ("sgd(1)", {}, r"optimiser sgd\(1\): each number must be at least 0 and below 1"),
        ("adamw(0.9,-0.1)", {}, "at least 0 and below 1"),
        ("sgd", {"average": 1.0}, "average is 1, but must be"),
        ("sgd", {"clip": -1.0}, "clip is -1, but must be"),
        ("sgd", {"clip": float("nan")}, "clip is nan, but must be"),
    ],
)
def test_numbers_out_of_range(text: str, more: dict[str, float], message: str) -> None:
    with pytest.raises(SettingError, match=message):
        make_optimiser(text, *PLAIN, **more)
