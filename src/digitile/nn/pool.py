"""Pooling, and LeNet-5's trainable subsampling.

wu2016 §1.4; li2017 (3); sjtu2025 pp. 10, 20; ma2018 (11).

A window of side `window` moves by `stride` pixels, which may be less (overlap, wu2016 §1.4.4).
Without `ceil` a window must lie inside the map; with it the last windows may hang over the right
and lower edge, and count only the cells inside (wu2016 §3.2.1; its ⌈(d_in − f)/2⌉ + 1 is meant to
divide by s, not by 2).
A ceil window that would start outside the map is dropped.

None of the poolings has an activation; but for `Subsample` none has a bias (li2017 (3) prints both;
its own count of parameters needs neither).
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from digitile.errors import ShapeError
from digitile.nn.arrays import namespace
from digitile.nn.layer import (
    Array,
    Layer,
    Parameter,
    Params,
    Saved,
    Shape,
    maps_shape,
    require_positive,
    shape_text,
)
from digitile.nn.windows import fold, unfold


@dataclass(frozen=True)
class PoolLayer(Layer):
    """The geometry all poolings share.

    Of every pooling, x and dx are N×C×H×W, and y, dy and the noise are N×C×Ho×Wo. Only `Subsample`
    has parameters.

    Attributes
    ----------
    window : int
        Side f of the window, in pixels.
    stride : int
        Step s between windows.
    ceil : bool
        Whether partial windows at the right and lower edge count.
    """

    kind = "pool"
    letters: ClassVar[str]
    """The notation's letters."""

    window: int
    stride: int
    ceil: bool = False

    def __post_init__(self) -> None:
        require_positive(self, self.window, self.stride)

    def __str__(self) -> str:
        """Return e.g. MP2, AP3s2, MP3s2c."""
        stride = f"s{self.stride}" if self.stride != self.window else ""
        return f"{self.letters}{self.window}{stride}{'c' if self.ceil else ''}"

    @property
    def reach(self) -> tuple[int, int]:
        """The window and the stride."""
        return self.window, self.stride

    def output_shape(self, shape: Shape) -> Shape:
        """Return (C, Ho, Wo) with Ho = ⌊(H − f)/s⌋ + 1, or ⌈…⌉ + 1 (wu2016 §3.2.1, corrected)."""
        c, h, w = maps_shape(self, shape)
        if min(h, w) < self.window:
            raise ShapeError(
                f"{self} needs at least {self.window}×{self.window} input, but gets "
                f"{shape_text(shape)}. Use a smaller window."
            )
        return c, self._steps(h), self._steps(w)

    def _steps(self, side: int) -> int:
        if not self.ceil:
            return (side - self.window) // self.stride + 1
        steps = -(-(side - self.window) // self.stride) + 1
        return steps if (steps - 1) * self.stride < side else steps - 1

    def _reach(self, side: int) -> int:
        """Return the pixels from the first window's start to the last one's end."""
        return (self._steps(side) - 1) * self.stride + self.window

    def _windows(self, x: Array, outside: float) -> Array:
        """Return the cells of every window, N×C×f²×Ho×Wo, `outside` beyond the edges."""
        hang = [(0, max(0, self._reach(side) - side)) for side in x.shape[2:]]
        if any(after for _, after in hang):
            x = namespace(x).pad(x, ((0, 0), (0, 0), *hang), constant_values=outside)
        windows = unfold(x, self.window, self.stride)
        n, c, f, _, ho, wo = windows.shape
        return windows.reshape(n, c, f * f, ho, wo)

    def _inside(self, x: Array) -> Array:
        """Return 1 for the cells of each window that lie inside the map, else 0; 1×1×f²×Ho×Wo."""
        return self._windows(namespace(x).ones((1, 1, *x.shape[2:]), dtype=x.dtype), 0.0)

    def _scatter(self, dwindows: Array, x_shape: tuple[int, ...]) -> Array:
        """Add the windows' cells back onto an array of `x_shape`; cells outside are dropped."""
        n, c, h, w = x_shape
        f = self.window
        cells = dwindows.reshape(n, c, f, f, *dwindows.shape[3:])
        height, width = max(h, self._reach(h)), max(w, self._reach(w))
        return fold(cells, height, width, self.stride)[:, :, :h, :w]

    def _spread(self, dy: Array, x_shape: tuple[int, ...]) -> Array:
        """Send each error to every cell of its window: dy ⊗ 1 (wu2016 (21))."""
        cells = namespace(dy).repeat(dy[:, :, None], self.window**2, axis=2)
        return self._scatter(cells, x_shape)

    def _route(self, dy: Array, place: Array, x_shape: tuple[int, ...]) -> Array:
        """Send each error to the cell its window chose: P • (dy ⊗ 1) (wu2016 (22), (23))."""
        taps = namespace(place).arange(self.window**2, dtype=place.dtype)[:, None, None]
        return self._scatter((place[:, :, None] == taps) * dy[:, :, None], x_shape)


@dataclass(frozen=True)
class MaxPool(PoolLayer):
    """The largest value of each window; the first in reading order where several are equal."""

    letters = "MP"

    def forward(self, x: Array, p: Params, noise: Array | None = None) -> tuple[Array, Saved]:
        """y = max of the window (wu2016 §1.4.2; sjtu2025 p. 10)."""
        return self._windows(x, -np.inf).max(axis=2), (x,)

    def backward(self, dy: Array, saved: Saved, p: Params) -> tuple[Array, Params]:
        """dx = dy at the chosen cell, 0 elsewhere (wu2016 (22); sjtu2025 p. 20)."""
        (x,) = saved
        xp, windows = namespace(x), self._windows(x, -np.inf)
        y, place = windows[:, :, 0], xp.zeros(dy.shape, dtype=np.int32)
        for tap in range(1, self.window**2):
            cell = windows[:, :, tap]
            place = xp.where(cell > y, xp.int32(tap), place)
            y = xp.maximum(y, cell)
        return self._route(dy, place, x.shape), {}


@dataclass(frozen=True)
class MinPool(MaxPool):
    """The smallest value of each window (sjtu2025 p. 10): min(x) = −max(−x)."""

    letters = "IP"

    def forward(self, x: Array, p: Params, noise: Array | None = None) -> tuple[Array, Saved]:
        """y = min of the window; shapes as in `MaxPool`, whose backward holds here too."""
        y, saved = super().forward(-x, p)
        return -y, saved


@dataclass(frozen=True)
class MeanPool(PoolLayer):
    """The mean of each window's cells; of those inside the map for a partial window."""

    letters = "AP"

    def forward(self, x: Array, p: Params, noise: Array | None = None) -> tuple[Array, Saved]:
        """y = mean of the window (wu2016 §1.4.1; li2017 (3) without its b and f)."""
        cells = self._inside(x).sum(axis=2)  # of each window, those inside the map
        return self._windows(x, 0.0).sum(axis=2) / cells, (cells, np.array(x.shape))

    def backward(self, dy: Array, saved: Saved, p: Params) -> tuple[Array, Params]:
        """dx = dy / f² spread over the window (wu2016 (21); ma2018 (11) omits the 1/f²)."""
        cells, x_shape = saved
        return self._spread(dy / cells, tuple(x_shape)), {}


@dataclass(frozen=True)
class StochasticPool(PoolLayer):
    """A cell drawn in proportion to its value in training, the weighted mean in prediction.

    wu2016 §1.4.3 gives the draw, not the rule for prediction: that is Zeiler & Fergus 2013. Values
    below zero get no chance; where no cell is above zero, all cells have the same.
    """

    letters = "SP"

    def draw(self, rng: np.random.Generator, batch: int, shape: Shape) -> Array | None:
        """Draw one number for each window, N×C×Ho×Wo."""
        return rng.random((batch, *self.output_shape(shape)), dtype=np.float32)

    def _weights(self, x: Array) -> Array:
        """Return each cell's weight, N×C×f²×Ho×Wo: its value, or 1 where all are ≤ 0."""
        xp = namespace(x)
        weights: Array = xp.maximum(self._windows(x, 0.0), 0)
        some = weights.sum(axis=2, keepdims=True) > 0
        return xp.where(some, weights, self._inside(x))  # type: ignore[no-any-return]

    def forward(self, x: Array, p: Params, noise: Array | None = None) -> tuple[Array, Saved]:
        """y = the cell i for which w_0 + … + w_i first exceeds noise·Σw; without noise Σwx/Σw."""
        windows, weights = self._windows(x, 0.0), self._weights(x)
        if noise is None:
            return (weights * windows).sum(axis=2) / weights.sum(axis=2), ()
        reached = weights.cumsum(axis=2)
        place = (reached > noise[:, :, None] * reached[:, :, -1:]).argmax(axis=2)
        y = namespace(x).take_along_axis(windows, place[:, :, None], axis=2)[:, :, 0]
        return y, (place, np.array(x.shape))

    def backward(self, dy: Array, saved: Saved, p: Params) -> tuple[Array, Params]:
        """dx = dy at the drawn cell, 0 elsewhere (wu2016 (23))."""
        place, x_shape = saved
        return self._route(dy, place, tuple(x_shape)), {}


@dataclass(frozen=True)
class Subsample(PoolLayer):
    """LeNet-5's S layers: the window's sum times a coefficient, plus a bias, one each per map.

    As LeCun et al. 1998 §II.B have it; the squashing function is a layer of its own. The
    coefficient starts at 1/f², as a mean pool.
    """

    letters = "TP"

    def parameters(self, shape: Shape) -> tuple[Parameter, ...]:
        """Return the coefficients w, C, and the biases b, C."""
        c = shape[0]
        start = 1 / self.window**2
        return Parameter("w", (c,), constant=start), Parameter("b", (c,))

    def multiply_adds(self, shape: Shape) -> int:
        """Return one for each output value."""
        c, ho, wo = self.output_shape(shape)
        return c * ho * wo

    def forward(self, x: Array, p: Params, noise: Array | None = None) -> tuple[Array, Saved]:
        """y = w·Σx + b."""
        sums = self._windows(x, 0.0).sum(axis=2)
        return p["w"][:, None, None] * sums + p["b"][:, None, None], (sums, np.array(x.shape))

    def backward(self, dy: Array, saved: Saved, p: Params) -> tuple[Array, Params]:
        """dw = Σ dy·sums, db = Σ dy, dx = w·dy on each cell of the window."""
        sums, x_shape = saved
        dp = {"w": (dy * sums).sum(axis=(0, 2, 3)), "b": dy.sum(axis=(0, 2, 3))}
        return self._spread(p["w"][:, None, None] * dy, tuple(x_shape)), dp
