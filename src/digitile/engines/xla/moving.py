"""Training pictures moved on the device, as `digitile.data.augment` has OpenCV move them."""

from typing import Any

import jax.numpy as jnp

FINE = 8
"""Places are whole multiples of 1/2⁸ of a pixel, as in `digitile.data.augment`."""


def moved(images: Any, back: Any) -> Any:
    """Return pictures of which each value is taken from elsewhere, bilinear; outside is 0.

    Parameters
    ----------
    images : array, uint8, N×C×H×W
    back : array, float32, N×2×3
        The value at (x, y) is taken from back·(x, y, 1).
    """
    height, width = images.shape[2:]
    y, x = jnp.mgrid[:height, :width].astype(jnp.float32)
    b = back[..., None, None]
    places = [b[:, i, 0] * x + b[:, i, 1] * y + b[:, i, 2] for i in (0, 1)]
    fixed = [jnp.rint(place * 2**FINE).astype(jnp.int32) for place in places]
    (left, right), (top, low) = ([(each >> FINE) + step for step in (0, 1)] for each in fixed)
    across, down = (each & (2**FINE - 1) for each in fixed)
    bordered = jnp.pad(images, ((0, 0), (0, 0), (1, 1), (1, 1)))

    def at(row: Any, column: Any) -> Any:
        rows, columns = jnp.clip(row, -1, height) + 1, jnp.clip(column, -1, width) + 1
        flat = bordered.reshape(*bordered.shape[:2], -1)
        index = (rows * (width + 2) + columns).reshape(len(images), 1, -1)
        return jnp.take_along_axis(flat, index, axis=2).reshape(images.shape).astype(jnp.int32)

    across, down, whole = across[:, None], down[:, None], 2**FINE
    upper = (whole - across) * at(top, left) + across * at(top, right)
    lower = (whole - across) * at(low, left) + across * at(low, right)
    mixed = (whole - down) * upper + down * lower
    return ((mixed + 2 ** (2 * FINE - 1)) >> 2 * FINE).astype(jnp.uint8)
