"""How a step moves the parameters (wu2016 §2.3, §2.6, §2.7; Loshchilov and Hutter 2019).

Every rule works elementwise on the network's flat array, with the gradient g = dE/dθ, the learning
rate η, each parameter's own factor s and weight decay λ. Two things surround it: g is first scaled
down to a norm of at most `clip` (Pascanu et al. 2013), and an exponential average of θ may be kept
beside θ, for prediction (Polyak and Juditsky 1992).
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from math import inf
from typing import ClassVar, NamedTuple

import numpy as np

from digitile.errors import SettingError
from digitile.nn.arrays import namespace
from digitile.nn.calls import parse_call
from digitile.nn.layer import Array
from digitile.nn.network import Network

AVERAGE = "average"


class OptimiserState(NamedTuple):
    """Everything that a step changes.

    Attributes
    ----------
    theta : ndarray, flat
        Parameters in arena order.
    memory : dict of str to ndarray, flat
        What the rule remembers from step to step, as `Optimiser.names` has it.
    steps : int
        Steps taken.
    """

    theta: Array
    memory: dict[str, Array]
    steps: int

    @property
    def predicting(self) -> Array:
        """The parameters to predict with: their average, where one is kept."""
        return self.memory.get(AVERAGE, self.theta)


@dataclass(frozen=True, eq=False)
class Optimiser(ABC):
    """An update rule, ready for one network.

    Attributes
    ----------
    scale : ndarray, float32, flat
        s, each parameter's learning rate relative to the common one.
    decay : ndarray, float32, flat
        λ for weights, 0 for biases.
    clip : float
        The largest norm of a gradient; 0 for no bound.
    average : float
        a of the average of the parameters, 0 to below 1; 0 for none.
    """

    moments: ClassVar[tuple[str, ...]]
    """The names of what the rule itself remembers."""

    scale: Array
    decay: Array
    clip: float = 0.0
    average: float = 0.0

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all that is remembered."""
        return (*self.moments, AVERAGE) if self.average else self.moments

    def start(self, theta: Array) -> OptimiserState:
        """Return the state before the first step."""
        memory = {name: np.zeros_like(theta) for name in self.moments}
        if self.average:
            memory[AVERAGE] = theta.copy()
        return OptimiserState(theta, memory, 0)

    def step(self, state: OptimiserState, gradient: Array, lr: float) -> OptimiserState:
        """Return the state after one step.

        g ← g·min(1, clip/‖g‖);  θ moves by the rule;  θ̄ ← θ̄ + (1 − aₜ)(θ − θ̄) with
        aₜ = min(a, (1 + t)/(10 + t)), so that the start is soon forgotten.

        Parameters
        ----------
        state : OptimiserState
        gradient : ndarray, flat
        lr : float
            η.
        """
        xp, t = namespace(gradient), state.steps + 1
        if self.clip:
            norm = xp.sqrt((gradient * gradient).sum())
            gradient = gradient * (self.clip / xp.maximum(norm, self.clip))
        theta, memory = self.move(state, gradient, lr)
        if self.average:
            before = state.memory[AVERAGE]
            kept = xp.minimum(self.average, (1 + t) / (10 + t))
            memory[AVERAGE] = before + (1 - kept) * (theta - before)
        kind = state.theta.dtype
        memory = {name: array.astype(kind) for name, array in memory.items()}
        return OptimiserState(theta.astype(kind), memory, t)

    @abstractmethod
    def move(
        self, state: OptimiserState, gradient: Array, lr: float
    ) -> tuple[Array, dict[str, Array]]:
        """Return θ and what the rule remembers, after a step along `gradient`."""


@dataclass(frozen=True, eq=False)
class SGD(Optimiser):
    """Gradient descent with momentum.

    Attributes
    ----------
    momentum : float
        m, from 0 (plain descent) to below 1.
    """

    moments = ("velocity",)  # Δθ, the last step

    momentum: float = 0.0

    def move(
        self, state: OptimiserState, gradient: Array, lr: float
    ) -> tuple[Array, dict[str, Array]]:
        """Δθ ← m·Δθ + η·s·(g + λθ);  θ ← θ − Δθ.

        (wu2016 (44), (47), (48); li2017 (16) lacks the brackets round g + λθ.)
        """
        theta, velocity = state.theta, state.memory["velocity"]
        velocity = self.momentum * velocity + lr * self.scale * (gradient + self.decay * theta)
        return theta - velocity, {"velocity": velocity}


@dataclass(frozen=True, eq=False)
class AdamW(Optimiser):
    """Adam with decoupled weight decay (Loshchilov and Hutter 2019, algorithm 2).

    Attributes
    ----------
    beta1, beta2 : float
        How much of the gradient's mean and mean square is kept, 0 to below 1.
    epsilon : float
        Added to the root of the mean square.
    """

    moments = ("mean", "square")  # m of the gradient, v of its square

    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8

    def move(
        self, state: OptimiserState, gradient: Array, lr: float
    ) -> tuple[Array, dict[str, Array]]:
        """m ← β₁m + (1 − β₁)g;  v ← β₂v + (1 − β₂)g²;  θ ← θ − η·s·(m̂/(√v̂ + ε) + λθ).

        m̂ = m/(1 − β₁ᵗ) and v̂ = v/(1 − β₂ᵗ) at step t.
        """
        xp, theta, t = namespace(gradient), state.theta, state.steps + 1
        mean = self.beta1 * state.memory["mean"] + (1 - self.beta1) * gradient
        square = self.beta2 * state.memory["square"] + (1 - self.beta2) * gradient * gradient
        root = xp.sqrt(square / (1 - self.beta2**t)) + self.epsilon
        step = mean / (1 - self.beta1**t) / root + self.decay * theta
        return theta - lr * self.scale * step, {"mean": mean, "square": square}


def rates(
    network: Network, weight_decay: float, bias_lr: float, layer_lr: tuple[float, ...]
) -> tuple[Array, Array]:
    """Lay the rates of layers and biases out over the flat array: `scale` and `decay`.

    Parameters
    ----------
    network : Network
    weight_decay : float
        λ of weights.
    bias_lr : float
        Learning rate of biases relative to weights.
    layer_lr : tuple of float
        One relative rate for each layer with parameters, or none at all for 1 everywhere.

    Raises
    ------
    SettingError
        Where the number of layer rates does not fit.
    """
    slots = network.arena.slots
    layers = sorted({slot.layer for slot in slots})
    if layer_lr and len(layer_lr) != len(layers):
        raise SettingError(
            f"layer_lr has {len(layer_lr)} rates, the network has {len(layers)} layers with "
            "parameters. Give one for each, or none."
        )
    biases = network.arena.mask("b")
    scale = np.where(biases, bias_lr, 1.0).astype(np.float32)
    for slot in slots:
        if layer_lr:
            scale[slot.start : slot.stop] *= layer_lr[layers.index(slot.layer)]
    return scale, np.where(biases, 0.0, weight_decay).astype(np.float32)


RULES = {"sgd": (0, 1), "adamw": (0, 2)}
"""The notation of rules, and how many numbers each takes: ``sgd(momentum)``, ``adamw(β₁,β₂)``."""


def make_optimiser(
    text: str, scale: Array, decay: Array, *, clip: float = 0.0, average: float = 0.0
) -> Optimiser:
    """Return the optimiser of a notation.

    Parameters
    ----------
    text : str
        ``sgd``, ``sgd(0.9)``, ``adamw`` or ``adamw(0.9,0.999)``.
    scale, decay, clip, average
        As in `Optimiser`.

    Raises
    ------
    NotationError
        For an unknown rule, or more numbers than it takes.
    SettingError
        For numbers that are out of range.
    """
    name, numbers = parse_call(text, RULES, "optimiser")
    if not all(0 <= number < 1 for number in numbers):
        raise SettingError(
            f"optimiser {text}: each number must be at least 0 and below 1, for example sgd(0.9)."
        )
    if not 0 <= average < 1:
        raise SettingError(f"average is {average:g}, but must be at least 0 and below 1.")
    if not 0 <= clip < inf:
        raise SettingError(f"clip is {clip:g}, but must be at least 0 and finite.")
    kind = SGD if name == "sgd" else AdamW
    return kind(scale, decay, clip, average, *numbers)
