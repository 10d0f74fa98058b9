"""Convolution in XLA's own operation, for which a GPU has its library.

The three equations are those of `digitile.nn.conv`; XLA's operation is a correlation, too, and
names its axes: which of N, C, H, W is summed over tells the three apart.
"""

from dataclasses import dataclass, fields, replace
from typing import Any

from jax import lax

from digitile.nn.connections import dense, sparse
from digitile.nn.conv import Conv
from digitile.nn.layer import Array, Params, Saved
from digitile.nn.network import Network


def lowered(network: Network) -> Network:
    """Return the same network with its convolutions in this form."""
    layers = tuple(
        XlaConv(**{part.name: getattr(layer, part.name) for part in fields(layer)})
        if isinstance(layer, Conv)
        else layer
        for layer in network.layers
    )
    return replace(network, layers=layers)


@dataclass(frozen=True)
class XlaConv(Conv):
    """A convolution on JAX's arrays; shapes and values as `Conv`'s."""

    def forward(self, x: Array, p: Params, noise: Array | None = None) -> tuple[Array, Saved]:
        """y = x ⊛ w + b, with w's taps `dilation` apart."""
        w = dense(p["w"], self.connections, x.shape[1])
        steps, apart = (self.stride, self.stride), (self.dilation, self.dilation)
        y: Any = lax.conv_general_dilated(x, w, steps, [(self.pad, self.pad)] * 2, None, apart)
        return y + p["b"][:, None, None], (x,)

    def backward(self, dy: Array, saved: Saved, p: Params) -> tuple[Array, Params]:
        """dw = Σ_n x ⊛ dy, db = Σ dy, dx = Σ_o dy ⋆ w, with dy's values `stride` apart.

        Stride and dilation change places in dw: one value for each tap.
        """
        (x,) = saved
        stride, dilation = (self.stride, self.stride), (self.dilation, self.dilation)
        pad, reach = self.pad, self.extent - 1
        # Rows and columns at the end that no kernel reached.
        rest = [(side + 2 * pad - self.extent) % self.stride for side in x.shape[2:]]

        pads = [(pad, pad - unseen) for unseen in rest]
        sums = ("CNHW", "IOHW", "CNHW")  # over pictures, not over maps
        dw: Any = lax.conv_general_dilated(
            x, dy, dilation, pads, rhs_dilation=stride, dimension_numbers=sums
        )
        db = dy.sum(axis=(0, 2, 3))

        turned = dense(p["w"], self.connections, x.shape[1])[:, :, ::-1, ::-1]
        pads = [(reach - pad, reach - pad + unseen) for unseen in rest]
        sums = ("NCHW", "IOHW", "NCHW")  # over output maps
        dx: Any = lax.conv_general_dilated(
            dy, turned, (1, 1), pads, stride, dilation, dimension_numbers=sums
        )
        return dx, {"w": sparse(dw, self.connections), "b": db}
