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

from digitile.nn.arrays import namespace
from digitile.nn.connections import dense, sparse
from digitile.nn.conv_shape import ConvShape
from digitile.nn.layer import Array, Params, Saved
from digitile.nn.windows import fold, unfold


@dataclass(frozen=True)
class Conv(ConvShape):
    """`maps` kernels of side `kernel_size`, moved over a zero-padded input."""

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
        w = dense(p["w"], self.connections, x.shape[1])
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
        w = dense(p["w"], self.connections, c)
        errors = dy.reshape(n, self.maps, -1)

        dw = (errors @ self._columns(x).transpose(0, 2, 1)).sum(axis=0)
        db = errors.sum(axis=(0, 2))

        dcolumns = w.reshape(self.maps, -1).T @ errors
        dwindows = dcolumns.reshape(n, c, k, k, *dy.shape[2:])
        dx = fold(dwindows, h + 2 * pad, width + 2 * pad, self.stride, self.dilation)
        dx = dx[:, :, pad : pad + h, pad : pad + width]
        return dx, {"w": sparse(dw.reshape(w.shape), self.connections), "b": db}

    def _columns(self, x: Array) -> Array:
        """Return X of every picture, N×C·K²×Ho·Wo."""
        pad = self.pad
        padded = namespace(x).pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad))) if pad else x
        windows = unfold(padded, self.kernel_size, self.stride, self.dilation)
        n, c, k, _, ho, wo = windows.shape
        return windows.reshape(n, c * k * k, ho * wo)
