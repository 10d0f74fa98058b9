"""The fully connected layer and flattening.

wu2016 §1.5; sjtu2025 pp. 11, 19; li2017 (1), (12)–(15).

wu2016 §1.5.1 stacks each map column by column; here maps are read row by row, as arrays lie in
memory. That only permutes the columns of w.
"""

from dataclasses import dataclass
from math import prod

from digitile.nn.layer import Array, Layer, Parameter, Params, Saved, Shape, require_positive


@dataclass(frozen=True)
class Flatten(Layer):
    """Maps as one vector."""

    kind = "flatten"
    reach = None  # the whole input: how long the vector is depends on it

    def output_shape(self, shape: Shape) -> Shape:
        """Return (C·H·W,)."""
        return (prod(shape),)

    def forward(self, x: Array, p: Params, noise: Array | None = None) -> tuple[Array, Saved]:
        """Return x as N×F."""
        return x.reshape(len(x), -1), (x,)

    def backward(self, dy: Array, saved: Saved, p: Params) -> tuple[Array, Params]:
        """Return dy in the shape of x (wu2016 §1.5.3)."""
        return dy.reshape(saved[0].shape), {}


@dataclass(frozen=True)
class Linear(Layer):
    """`units` weighted sums of all inputs; maps are flattened first.

    Attributes
    ----------
    units : int
        Outputs.
    """

    kind = "linear"
    reach = None

    units: int

    def __post_init__(self) -> None:
        require_positive(self, self.units)

    def __str__(self) -> str:
        """Return e.g. 10N."""
        return f"{self.units}N"

    def output_shape(self, shape: Shape) -> Shape:
        """Return (units,)."""
        return (self.units,)

    def parameters(self, shape: Shape) -> tuple[Parameter, ...]:
        """Return w, units×F, and b, units."""
        inputs = prod(shape)
        w = Parameter("w", (self.units, inputs), inputs, self.units)
        return w, Parameter("b", (self.units,))

    def multiply_adds(self, shape: Shape) -> int:
        """Return units·F."""
        return self.units * prod(shape)

    def forward(self, x: Array, p: Params, noise: Array | None = None) -> tuple[Array, Saved]:
        """y = x·Wᵀ + b for each row of x: wu2016 (24), y = W·x + b, for N pictures at once.

        Parameters
        ----------
        x : ndarray, N×F or N×C×H×W
        p : dict
            w, units×F, and b, units.
        noise : None

        Returns
        -------
        y : ndarray, N×units
        saved : (x,)
        """
        return x.reshape(len(x), -1) @ p["w"].T + p["b"], (x,)

    def backward(self, dy: Array, saved: Saved, p: Params) -> tuple[Array, Params]:
        """dW = dyᵀ·x, db = Σ dy, dx = dy·W (wu2016 (25)–(27); li2017 (13) lacks the transpose).

        Parameters
        ----------
        dy : ndarray, N×units
        saved : (x,)
        p : dict

        Returns
        -------
        dx : ndarray, shaped as x
        dp : dict
            dw, units×F, and db, units.
        """
        (x,) = saved
        dw = dy.T @ x.reshape(len(x), -1)
        dx = dy @ p["w"]
        return dx.reshape(x.shape), {"w": dw, "b": dy.sum(axis=0)}
