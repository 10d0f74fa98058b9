"""Convolution (wu2016 §1.3; li2017 (2); ma2018 (12)–(14); sjtu2025 pp. 7–9).

Correlation or convolution
--------------------------
The layer computes a *correlation*, as the field does: y[u, v] = Σ x[u+i, v+j]·w[i, j]. The papers
write a *true convolution* ``*``, which turns the kernel by 180° first (wu2016 (1)). The two are one
layer with its kernels stored turned: Ker = rot180(w). So the papers' forms become

====================  ==========================================  ===============================
wu2016                as printed                                  here
====================  ==========================================  ===============================
(16) forward          X_j = Σ_i X_i * Ker_ij + b_j                y_j = Σ_i x_i ⊛ w_ji + b_j
(17) kernel gradient  rot180(X_i) * δ_j                           dw_ji = x_i ⊛ dy_j
(20) error backward   Σ_j δ_j ⋆ rot180(Ker_ij), ⋆ with zeros all  dx_i = Σ_j dy_j ⋆ w_ji: each error
                      round (5)                                   spreads over the taps it came from
====================  ==========================================  ===============================

with ⊛ the correlation. (17) is dE/dKer = rot180(dw). ma2018's listing (12), (13) is the same with
``convn`` for * and 'full' for ⋆.

As matrices: let X be the C·K²×Ho·Wo matrix whose column (u, v) is the window there (`unfold`),
and W the O×C·K² matrix of kernels. Then Y = W·X + b, dW = dY·Xᵀ, dX = Wᵀ·dY, and `fold` adds the
columns of dX back onto the picture. With dilation d (Yu and Koltun 2016 (2)) the taps of a window
are d pixels apart, x[u + d·i, v + d·j], and nothing else changes.
"""

from dataclasses import dataclass
from typing import Literal

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

Padding = int | Literal["valid", "same", "full"]
Connections = tuple[tuple[int, ...], ...]

LENET5_CONNECTIONS: Connections = (
    *((i, (i + 1) % 6, (i + 2) % 6) for i in range(6)),
    *((i, (i + 1) % 6, (i + 2) % 6, (i + 3) % 6) for i in range(6)),
    *((i, (i + 1) % 6, (i + 3) % 6, (i + 4) % 6) for i in range(3)),
    (0, 1, 2, 3, 4, 5),
)
"""Which of S2's six maps feed each of C3's sixteen (LeCun et al. 1998, table I): 60 kernels."""


@dataclass(frozen=True)
class Conv(Layer):
    """`maps` kernels of side `kernel_size`, moved by `stride` over a zero-padded input.

    Attributes
    ----------
    maps : int
        Output maps O.
    kernel_size, stride : int
        Side of the kernels and step of their movement, in pixels.
    padding : int or "valid", "same", "full"
        Rows and columns of zeros put on every side: none; so many that only the stride makes the
        maps smaller (odd kernels); so many that each kernel reaches every pixel with every tap;
        or a number. (sjtu2025 p. 9 describes "full" as what is here, and everywhere else, "same".)
    connections : tuple of tuple of int, or None
        For each output map the input maps that feed it (wu2016 §1.3.5); None is all of them.
    dilation : int
        How far a kernel's taps lie apart, in pixels (Yu and Koltun 2016 (2)).
    """

    maps: int
    kernel_size: int
    stride: int = 1
    padding: Padding = "valid"
    connections: Connections | None = None
    dilation: int = 1

    def __post_init__(self) -> None:
        require_positive(self, self.maps, self.kernel_size, self.stride, self.dilation)

    @property
    def kind(self) -> str:
        """The word for numbered names."""
        return "conv"

    def __str__(self) -> str:
        """Return e.g. 6C5, 24C5p2, 12C3s2same, 64C3d2same, 16C5[lenet5]."""
        text = f"{self.maps}C{self.kernel_size}"
        if self.stride != 1:
            text += f"s{self.stride}"
        if self.dilation != 1:
            text += f"d{self.dilation}"
        if isinstance(self.padding, int):
            text += f"p{self.padding}"
        elif self.padding != "valid":
            text += self.padding
        if self.connections == LENET5_CONNECTIONS:
            text += "[lenet5]"
        elif self.connections is not None:
            text += "[" + ";".join(".".join(map(str, row)) for row in self.connections) + "]"
        return text

    @property
    def extent(self) -> int:
        """The side of the square that a kernel's taps span, in pixels: dilation·(K − 1) + 1."""
        return self.dilation * (self.kernel_size - 1) + 1

    @property
    def pad(self) -> int:
        """Zeros on each side, in pixels."""
        if isinstance(self.padding, int):
            return self.padding
        return {"valid": 0, "same": self.extent // 2, "full": self.extent - 1}[self.padding]

    @property
    def reach(self) -> tuple[int, int]:
        """The extent and the stride."""
        return self.extent, self.stride

    def padded_shape(self, shape: Shape) -> Shape:
        """Return (C, H + 2·pad, W + 2·pad)."""
        c, h, w = shape
        return c, h + 2 * self.pad, w + 2 * self.pad

    def output_shape(self, shape: Shape) -> Shape:
        """Return (O, Ho, Wo) with Ho = ⌊(H + 2·pad − extent)/stride⌋ + 1 (wu2016 §1.1.2, (5))."""
        c, h, w = maps_shape(self, shape)
        extent = self.extent
        if self.padding == "same" and self.kernel_size % 2 == 0:
            raise ShapeError(
                f"{self}: padding same needs an odd kernel, so that both sides get as much. "
                "Give the padding as a number, for example p2."
            )
        if min(h, w) + 2 * self.pad < extent:
            raise ShapeError(
                f"{self} needs at least {extent}×{extent} input (padding {self.pad} included), but "
                f"gets {shape_text(shape)}. Use a smaller kernel, less dilation or more padding."
            )
        if self.connections is not None:
            self._check_connections(self.connections, c)
        size = [(side + 2 * self.pad - extent) // self.stride + 1 for side in (h, w)]
        return (self.maps, *size)

    def _check_connections(self, connections: Connections, c: int) -> None:
        if len(connections) != self.maps:
            raise ShapeError(
                f"{self}: the table names {len(connections)} output maps, the layer has "
                f"{self.maps}. Give one row of input maps for each output map."
            )
        for row in connections:
            if not row or len(set(row)) != len(row) or not all(0 <= i < c for i in row):
                raise ShapeError(
                    f"{self}: table row {'.'.join(map(str, row)) or '(empty)'} must name different "
                    f"input maps from 0 to {c - 1}."
                )

    def parameters(self, shape: Shape) -> tuple[Parameter, ...]:
        """Return w, O×C×K×K (with a table: kernels×K×K, in its order), and b, O."""
        c, k = shape[0], self.kernel_size
        kernels = self._kernels(c)
        w_shape = (self.maps, c, k, k) if self.connections is None else (kernels, k, k)
        fan_in, fan_out = (max(1, kernels * k * k // side) for side in (self.maps, c))
        w = Parameter("w", w_shape, fan_in, fan_out, self.stride)
        return w, Parameter("b", (self.maps,))

    def _kernels(self, c: int) -> int:
        return self.maps * c if self.connections is None else sum(map(len, self.connections))

    def multiply_adds(self, shape: Shape) -> int:
        """Return kernels·K²·Ho·Wo."""
        _, ho, wo = self.output_shape(shape)
        return self._kernels(shape[0]) * self.kernel_size**2 * ho * wo

    def forward(self, x: Array, p: Params, noise: Array | None = None) -> tuple[Array, Saved]:
        """y = W·X + b (wu2016 (16); li2017 (2); sjtu2025 p. 7).

        Parameters
        ----------
        x : ndarray, N×C×H×W
        p : dict
            w, O×C×K×K or kernels×K×K, and b, O.
        noise : None

        Returns
        -------
        y : ndarray, N×O×Ho×Wo
        saved : (x,)
        """
        w = self._dense(p["w"], x.shape[1])
        _, ho, wo = self.output_shape(x.shape[1:])
        columns = self._columns(x)
        y = w.reshape(self.maps, -1) @ columns + p["b"][:, None]
        return y.reshape(len(x), self.maps, ho, wo), (x,)

    def backward(self, dy: Array, saved: Saved, p: Params) -> tuple[Array, Params]:
        """dW = dY·Xᵀ, db = Σ dY, dX = Wᵀ·dY (wu2016 (17), (19), (20)).

        db sums over pictures and positions: ma2018 (14) divides by the number of pictures only,
        which here is done by the loss; sjtu2025 prints no formula for it.

        Parameters
        ----------
        dy : ndarray, N×O×Ho×Wo
        saved : (x,)
        p : dict

        Returns
        -------
        dx : ndarray, N×C×H×W
        dp : dict
            dw and db, shaped as w and b.
        """
        (x,) = saved
        n, c, h, width = x.shape
        k, pad = self.kernel_size, self.pad
        w = self._dense(p["w"], c)
        errors = dy.reshape(n, self.maps, -1)

        dw = (errors @ self._columns(x).transpose(0, 2, 1)).sum(axis=0)
        db = errors.sum(axis=(0, 2))

        dcolumns = w.reshape(self.maps, -1).T @ errors
        dwindows = dcolumns.reshape(n, c, k, k, *dy.shape[2:])
        dx = fold(dwindows, h + 2 * pad, width + 2 * pad, self.stride, self.dilation)
        dx = dx[:, :, pad : pad + h, pad : pad + width]
        return dx, {"w": self._sparse(dw.reshape(w.shape)), "b": db}

    def _columns(self, x: Array) -> Array:
        """Return X of every picture, N×C·K²×Ho·Wo."""
        pad = self.pad
        padded = namespace(x).pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad))) if pad else x
        windows = unfold(padded, self.kernel_size, self.stride, self.dilation)
        n, c, k, _, ho, wo = windows.shape
        return windows.reshape(n, c * k * k, ho * wo)

    def _dense(self, w: Array, c: int) -> Array:
        """Return the kernels as O×C×K×K, zero where the table has no connection."""
        if self.connections is None:
            return w
        xp, kernels = namespace(w), np.full((self.maps, c), len(w))
        kernels[self._places()] = np.arange(len(w))
        dense: Array = xp.concat([w, xp.zeros_like(w[:1])])[kernels]
        return dense

    def _sparse(self, dense: Array) -> Array:
        """Return the connected kernels out of O×C×K×K: the transpose of `_dense`."""
        return dense if self.connections is None else dense[self._places()]

    def _places(self) -> tuple[list[int], list[int]]:
        pairs = [(o, i) for o, row in enumerate(self.connections or ()) for i in row]
        return [o for o, _ in pairs], [i for _, i in pairs]
