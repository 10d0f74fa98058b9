"""Dropout (wu2016 §2.9; sjtu2025 p. 28)."""

from dataclasses import dataclass

import numpy as np

from digitile.errors import NotationError
from digitile.nn.calls import call_text
from digitile.nn.layer import Array, Layer, Params, Saved, Shape


@dataclass(frozen=True)
class Dropout(Layer):
    """Each value takes part in a training step with probability `keep`; else it is 0.

    In prediction every value takes part, times `keep`. (Others scale by 1/keep in training
    instead; this is the papers' form.)

    Attributes
    ----------
    keep : float
        The probability p of *staying*, 0 < p ≤ 1.
    """

    kind = "dropout"

    keep: float

    def __post_init__(self) -> None:
        if not 0 < self.keep <= 1:
            raise NotationError(f"{self}: the keep probability must be above 0 and at most 1.")

    def __str__(self) -> str:
        """Return e.g. dropout(0.5)."""
        return call_text("dropout", [self.keep])

    def draw(self, rng: np.random.Generator, batch: int, shape: Shape) -> Array | None:
        """Draw one number for each value."""
        return rng.random((batch, *shape), dtype=np.float32)

    def forward(self, x: Array, p: Params, noise: Array | None = None) -> tuple[Array, Saved]:
        """y = [noise < keep]·x in training, keep·x in prediction; saves the mask."""
        if noise is None:
            return self.keep * x, ()
        mask = (noise < np.float32(self.keep)).astype(x.dtype)
        return mask * x, (mask,)

    def backward(self, dy: Array, saved: Saved, p: Params) -> tuple[Array, Params]:
        """dx = mask·dy: a value that was left out has no error."""
        (mask,) = saved
        return mask * dy, {}
