"""Where training starts (wu2016 §2.5): weights drawn at random, biases one constant.

n_in values feed one output, and one input feeds n_out outputs: for a convolution n_in = C·K² and
n_out = O·K²/stride². DeepLearnToolbox, behind ma2018's listings, counts n_out = O·K² at any
stride, so the two differ only where a convolution strides.
"""

from dataclasses import dataclass
from math import log, sqrt

import numpy as np

from digitile.errors import NotationError
from digitile.nn.calls import call_text, parse_call
from digitile.nn.layer import Array, Parameter
from digitile.nn.network import Network
from digitile.nn.places import PlaceLoss

PRIOR = 0.01
"""How likely a network of places first takes each place to be a digit (Lin et al. 2017, §4.1)."""


@dataclass(frozen=True)
class Init:
    """A rule for the first weights.

    Attributes
    ----------
    kind : "xavier", "toolbox", "msra" or "gaussian"
    stds : tuple of float
        For "gaussian": one standard deviation for all weights, or one for each layer that has
        random weights, first layer first.
    """

    kind: str = "xavier"
    stds: tuple[float, ...] = ()

    @classmethod
    def parse(cls, text: str) -> "Init":
        """Read ``xavier``, ``toolbox``, ``msra`` or ``gaussian(std, …)``.

        Raises
        ------
        NotationError
        """
        arity = {"xavier": (0, 0), "toolbox": (0, 0), "msra": (0, 0), "gaussian": (1, 100)}
        kind, stds = parse_call(text, arity, "initialiser")
        if any(std < 0 for std in stds):
            raise NotationError(f"initialiser {text!r}: standard deviations cannot be negative.")
        return cls(kind, tuple(stds))

    def __str__(self) -> str:
        """Return the text that `parse` reads."""
        return call_text(self.kind, list(self.stds))

    def draw(self, network: Network, bias: float, rng: np.random.Generator) -> Array:
        """Draw all parameters of `network`.

        Parameters
        ----------
        network : Network
        bias : float
            The value of every bias, but that of "no digit" of a network of places: `PRIOR`.
        rng : numpy.random.Generator

        Returns
        -------
        ndarray, float32, flat

        Raises
        ------
        NotationError
            Where the number of standard deviations does not fit the network.
        """
        flat = np.empty(network.arena.size, np.float32)
        slots = network.arena.slots
        drawn = [s for s in slots if s.parameter.name == "w" and s.parameter.constant is None]
        stds = self.stds * len(drawn) if len(self.stds) == 1 else self.stds
        if self.kind == "gaussian" and len(stds) != len(drawn):
            raise NotationError(
                f"initialiser {self} has {len(stds)} standard deviations, the network has "
                f"{len(drawn)} layers with random weights. Give one for each, or a single one."
            )
        for slot in slots:
            p = slot.parameter
            values = flat[slot.start : slot.stop]
            if p.name == "b":
                values[:] = bias
            elif p.constant is not None:
                values[:] = p.constant
            elif self.kind == "gaussian":
                values[:] = rng.normal(0, stds[drawn.index(slot)], values.size)
            elif self.kind == "msra":
                values[:] = msra(p, rng)
            else:
                values[:] = xavier(p, rng, p.stride if self.kind == "xavier" else 1)
        biases = network.arena.views(flat)[-1].get("b")
        if isinstance(network.loss, PlaceLoss) and biases is not None:
            biases[network.classes - 1] += log((1 - PRIOR) / PRIOR * (network.classes - 1))
        return flat


def xavier(p: Parameter, rng: np.random.Generator, stride: int) -> Array:
    """Draw from U(−a, a), a = √6/√(n_in + n_out): variance 2/(n_in + n_out) (wu2016 (40)–(42))."""
    limit = sqrt(6 / (p.fan_in + p.fan_out / stride**2))
    return rng.uniform(-limit, limit, int(np.prod(p.shape)))


def msra(p: Parameter, rng: np.random.Generator) -> Array:
    """Draw from N(0, 2/n_in) (wu2016 (43))."""
    return rng.normal(0, sqrt(2 / p.fan_in), int(np.prod(p.shape)))
