"""A step of the optimiser on the packed parameters; the equations are in `digitile.nn.optimiser`.

g = Σ lanes' gradients, and g ← g·min(1, clip/‖g‖);  SGD or AdamW moves w;  w̄ ← w̄ + (1 − a)(w − w̄)

Parameters are taken in chunks, which any thread may do: a chunk's sums do not depend on it.
"""

from typing import Any, NamedTuple

import numpy as np

from digitile.engines.tile.compile import kernel
from digitile.nn.optimiser import AVERAGE, SGD, AdamW, Optimiser

CHUNK = 4096  # parameters a thread takes at a time


class Rule(NamedTuple):
    """What does not change from step to step."""

    adam: bool  # AdamW, or else gradient descent with momentum
    beta1: np.float32  # AdamW's; gradient descent has its momentum here
    beta2: np.float32
    epsilon: np.float32
    clip: np.float32
    averages: bool  # whether an average of the parameters is kept


class Pace(NamedTuple):
    """What changes from step to step: η, AdamW's corrections 1/(1 − βᵗ), and the average's a."""

    lr: float
    mean: float
    square: float
    kept: float


def rule_of(optimiser: Optimiser) -> Rule:
    """Return an optimiser's rule."""
    adam, numbers = isinstance(optimiser, AdamW), (0.0, 0.0, 0.0)
    if isinstance(optimiser, AdamW):
        numbers = (optimiser.beta1, optimiser.beta2, optimiser.epsilon)
    elif isinstance(optimiser, SGD):
        numbers = (optimiser.momentum, 0.0, 0.0)
    beta1, beta2, epsilon, clip = map(np.float32, (*numbers, optimiser.clip))
    return Rule(adam, beta1, beta2, epsilon, clip, AVERAGE in optimiser.names)


def pace_of(optimiser: Optimiser, lr: float, t: int) -> Pace:
    """Return the pace of step `t`, from 1."""
    kept = min(optimiser.average, (1 + t) / (10 + t))
    if isinstance(optimiser, AdamW):
        return Pace(lr, 1 / (1 - optimiser.beta1**t), 1 / (1 - optimiser.beta2**t), kept)
    return Pace(lr, 1.0, 1.0, kept)


@kernel
def sum_gradient(chunk: int, memory: Any, state: Any, pace: Any) -> None:
    """Add the lanes' gradients of one chunk up in the first lane's, and go on if nothing clips.

    Else note the square of the chunk's norm: all of them are needed first.
    """
    low, high = chunk * CHUNK, min((chunk + 1) * CHUNK, len(state.scale))
    g = memory[0, low:high]
    for lane in range(1, len(memory)):
        other = memory[lane, low:high]
        for k in range(len(g)):
            g[k] += other[k]
    if state.rule.clip == np.float32(0):
        move(chunk, memory, state, pace, np.float32(1))
        return
    square, real = 0.0, state.real[low:high]
    for k in range(len(g)):
        square += real[k] * g[k] * g[k]
    state.squares[chunk] = square


@kernel
def shrink(state: Any) -> Any:
    """Return min(1, clip/‖g‖)."""
    clip, square = state.rule.clip, 0.0
    for chunk in range(len(state.squares)):
        square += state.squares[chunk]
    return clip / max(np.float32(np.sqrt(square)), clip)


@kernel
def move(chunk: int, memory: Any, state: Any, pace: Any, factor: np.float32) -> None:
    """Take one chunk of the parameters a step."""
    low, high = chunk * CHUNK, min((chunk + 1) * CHUNK, len(state.scale))
    g, w = memory[0, low:high], state.parameters[low:high]
    m, v = state.first[low:high], state.second[low:high]
    s, d = state.scale[low:high], state.decay[low:high]
    rule, one, lr = state.rule, np.float32(1), np.float32(pace.lr)
    if rule.adam:
        mean, square = np.float32(pace.mean), np.float32(pace.square)
        for k in range(len(g)):
            own = factor * g[k]
            m[k] = rule.beta1 * m[k] + (one - rule.beta1) * own
            v[k] = rule.beta2 * v[k] + (one - rule.beta2) * own * own
            step = mean * m[k] / (np.sqrt(square * v[k]) + rule.epsilon)
            w[k] -= lr * s[k] * (step + d[k] * w[k])
    else:
        for k in range(len(g)):
            m[k] = rule.beta1 * m[k] + lr * s[k] * (factor * g[k] + d[k] * w[k])
            w[k] -= m[k]
    if rule.averages:
        average, new = state.average[low:high], one - np.float32(pace.kept)
        for k in range(len(g)):
            average[k] += new * (w[k] - average[k])
