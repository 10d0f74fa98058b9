"""Elementwise activations (wu2016 §1.6; sjtu2025 pp. 8, 21; li2017 (8), (9); ma2018 §3, (15)).

For each: y = f(x), and dx = f'(x)·dy elementwise (wu2016 (30)), with x the layer's own input.
ma2018 (11) takes f' at the layer above, and its listing uses a(1 − a), the sigmoid's derivative,
for every f.
"""

from dataclasses import dataclass

from digitile.nn.arrays import namespace
from digitile.nn.calls import call_text
from digitile.nn.layer import Array, Layer, Params, Saved


@dataclass(frozen=True)
class Activation(Layer):
    """A function of each value; the shape stays as it is."""


@dataclass(frozen=True)
class ReLU(Activation):
    """max(0, x) (wu2016 (31); sjtu2025 p. 8; ma2018 Fig. 8)."""

    kind = "relu"

    def __str__(self) -> str:
        """Return the notation."""
        return "ReLU"

    def forward(self, x: Array, p: Params, noise: Array | None = None) -> tuple[Array, Saved]:
        """y = max(0, x); saves x."""
        return namespace(x).maximum(x, 0), (x,)

    def backward(self, dy: Array, saved: Saved, p: Params) -> tuple[Array, Params]:
        """dx = [x > 0]·dy, with f'(0) = 0 (wu2016 (32))."""
        (x,) = saved
        return (x > 0) * dy, {}


@dataclass(frozen=True)
class LeakyReLU(Activation):
    """x above zero, αx below (ma2018 Fig. 9, "correction coefficient").

    Attributes
    ----------
    alpha : float
        The slope below zero.
    """

    kind = "leaky"

    alpha: float

    def __str__(self) -> str:
        """Return e.g. leaky(0.05)."""
        return call_text(self.kind, [self.alpha])

    def forward(self, x: Array, p: Params, noise: Array | None = None) -> tuple[Array, Saved]:
        """y = x where x > 0, αx elsewhere; saves x."""
        return namespace(x).where(x > 0, x, self.alpha * x), (x,)

    def backward(self, dy: Array, saved: Saved, p: Params) -> tuple[Array, Params]:
        """dx = dy where x > 0, α·dy elsewhere."""
        (x,) = saved
        return namespace(x).where(x > 0, dy, self.alpha * dy), {}


@dataclass(frozen=True)
class Sigmoid(Activation):
    """1 / (1 + e⁻ˣ) (sjtu2025 p. 8; li2017 (8))."""

    kind = "sigmoid"

    def forward(self, x: Array, p: Params, noise: Array | None = None) -> tuple[Array, Saved]:
        """y = 1/(1 + e⁻ˣ), written as (1 + tanh(x/2))/2, which cannot overflow; saves y."""
        y = 0.5 * (1 + namespace(x).tanh(0.5 * x))
        return y, (y,)

    def backward(self, dy: Array, saved: Saved, p: Params) -> tuple[Array, Params]:
        """dx = y(1 − y)·dy (li2017 (9))."""
        (y,) = saved
        return y * (1 - y) * dy, {}


@dataclass(frozen=True)
class TanhKx(Activation):
    """tanh(x) + kx, whose derivative never falls below k (ma2018 §3, Figs. 5, 6).

    Attributes
    ----------
    k : float
        The slope that is added.
    """

    kind = "tanhkx"

    k: float

    def __str__(self) -> str:
        """Return e.g. tanhkx(0.13)."""
        return call_text(self.kind, [self.k])

    def forward(self, x: Array, p: Params, noise: Array | None = None) -> tuple[Array, Saved]:
        """y = tanh(x) + kx; saves tanh(x), which y alone does not give back."""
        t = namespace(x).tanh(x)
        return t + self.k * x, (t,)

    def backward(self, dy: Array, saved: Saved, p: Params) -> tuple[Array, Params]:
        """dx = (1 − tanh²(x) + k)·dy."""
        (t,) = saved
        return (1 - t * t + self.k) * dy, {}


@dataclass(frozen=True)
class Tanh(Activation):
    """2/(1 + e⁻²ˣ) − 1 (ma2018 (15))."""

    kind = "tanh"

    def forward(self, x: Array, p: Params, noise: Array | None = None) -> tuple[Array, Saved]:
        """y = tanh(x); saves y."""
        y = namespace(x).tanh(x)
        return y, (y,)

    def backward(self, dy: Array, saved: Saved, p: Params) -> tuple[Array, Params]:
        """dx = (1 − y²)·dy."""
        (y,) = saved
        return (1 - y * y) * dy, {}
