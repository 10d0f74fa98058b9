"""How exactly a network is computed: in float32, or as a GPU's fast units like it.

Parameters, the optimiser's steps and the loss are float32 in every case. tf32 rounds the factors of
products to 10 bits of mantissa, and sums in float32; processors, which have no units for it, take
float32. bfloat16, of 7 bits, is what layers pass on to each other as well, and halves the memory
they move.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp

from digitile.nn import passes
from digitile.nn.layer import Array, Layer, Params, Saved
from digitile.nn.network import Network

PRODUCTS = {"float32": "highest", "tf32": "tensorfloat32", "bfloat16": "highest"}
"""JAX's name for the products of each precision, given arrays of its own type."""


Pass = Callable[..., Any]


def products(precision: str) -> Any:
    """Return a context in which products are computed so; JAX alone would choose by the device."""
    return jax.default_matmul_precision(PRODUCTS[precision])


def passes_in(network: Network, precision: str) -> tuple[Pass, Pass]:
    """Return the passes of `digitile.nn` in one of `PRODUCTS`; float32 comes in and goes out.

    The first is (θ, x) → z, the second (θ, x, target, noise) → loss, scores, dE/dθ.
    """
    if precision != "bfloat16":
        return partial(passes.predict, network), partial(passes.gradient, network)
    widened = replace(network, layers=(*network.layers, Widen()))

    def predict(theta: Any, x: Any) -> Any:
        return passes.predict(widened, _narrow(theta), _narrow(x))

    def gradient(theta: Any, x: Any, target: Any, noise: Any) -> Any:
        drawn = [None if own is None else _narrow(own) for own in noise]
        loss, scores, flat = passes.gradient(
            widened, _narrow(theta), _narrow(x), target, [*drawn, None]
        )
        return loss, scores, flat.astype(jnp.float32)

    return predict, gradient


@dataclass(frozen=True)
class Widen(Layer):
    """The last layer's bfloat16 as the loss's float32, and its error back."""

    kind = "widen"  # which no network is written with

    def forward(self, x: Array, p: Params, noise: Array | None = None) -> tuple[Array, Saved]:
        """y = x."""
        wide: Any = x
        return wide.astype(jnp.float32), ()

    def backward(self, dy: Array, saved: Saved, p: Params) -> tuple[Array, Params]:
        """dx = dy."""
        return _narrow(dy), {}


def _narrow(x: Any) -> Any:
    return x.astype(jnp.bfloat16)
