"""Arrays as small pictures: signed values in one scheme of colours, enlarged, as PNG.

Red is above zero, blue below, white zero; the strongest colours stand at ±limit. (The scheme is
close to ColorBrewer's RdBu, which colour-blind readers can tell apart.)
"""

import base64
import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from digitile.nn.layer import Array

LEVELS = 63
"""Shades on each side of zero."""

ABSENT = 2 * LEVELS + 1
"""The palette's place for what is not there."""

GAP = 2
"""Pixels between the tiles of a mosaic."""

_ANCHORS = np.array(
    [[5, 48, 97], [67, 147, 195], [247, 247, 247], [214, 96, 77], [103, 0, 31]], float
)
_ABSENT_COLOUR = (200, 200, 200)


def palette() -> NDArray[np.uint8]:
    """Return the colours, 128×3: −limit … 0 … limit, then what is not there."""
    places = np.linspace(0, len(_ANCHORS) - 1, 2 * LEVELS + 1)
    each = [np.interp(places, np.arange(len(_ANCHORS)), _ANCHORS[:, k]) for k in range(3)]
    colours = np.rint(np.stack(each, axis=1))
    return np.concatenate([colours, [_ABSENT_COLOUR]]).astype(np.uint8)


def limit_of(values: Array) -> float:
    """Return the largest distance from zero, NaN left out; 0 where there is none."""
    return float(np.nanmax(np.abs(values))) if np.isfinite(values).any() else 0.0


def shades(values: Array, limit: float) -> NDArray[np.uint8]:
    """Return each value's place in the palette; NaN is what is not there."""
    share = np.clip(values / limit, -1, 1) if limit > 0 else np.zeros_like(values)
    places = np.rint(LEVELS * (1 + np.nan_to_num(share)))
    return np.where(np.isnan(values), ABSENT, places).astype(np.uint8)


def signed_png(values: Array, limit: float, zoom: int) -> bytes:
    """Return a picture of values, H×W, each `zoom`×`zoom` pixels, as PNG."""
    return mosaic_png(values[None, None], limit, zoom)


def mosaic_png(tiles: Array, limit: float, zoom: int) -> bytes:
    """Return tiles, R×C×H×W, in R rows and C columns with thin lines between them, as PNG."""
    rows, columns, height, width = tiles.shape
    high, wide = height * zoom + GAP, width * zoom + GAP
    sheet = np.full((rows * high - GAP, columns * wide - GAP), ABSENT, np.uint8)
    for r, row in enumerate(shades(tiles, limit)):
        for c, tile in enumerate(row):
            large = tile.repeat(zoom, axis=0).repeat(zoom, axis=1)
            sheet[r * high : r * high + len(large), c * wide : c * wide + large.shape[1]] = large
    image = Image.fromarray(sheet)
    image.putpalette(palette().tobytes())
    return _png(image)


def picture_png(picture: NDArray[np.uint8], zoom: int) -> bytes:
    """Return a gray or coloured picture, C×H×W with C 1 or 3, as PNG."""
    pixels = picture[0] if len(picture) == 1 else picture.transpose(1, 2, 0)
    image = Image.fromarray(np.ascontiguousarray(pixels))
    size = image.width * zoom, image.height * zoom
    return _png(image.resize(size, Image.Resampling.NEAREST))


def scale_png() -> bytes:
    """Return the scheme's colours from −limit to limit, left to right, as PNG."""
    return signed_png(np.linspace(-1, 1, 2 * LEVELS + 1)[None].repeat(10, axis=0), 1.0, 1)


def _png(image: Image.Image) -> bytes:
    content = io.BytesIO()
    image.save(content, "PNG", optimize=True)
    return content.getvalue()


def data_uri(png: bytes) -> str:
    """Return a PNG as an address that holds it."""
    return "data:image/png;base64," + base64.b64encode(png).decode()
