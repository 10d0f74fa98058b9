"""From a picture of any size, with colours and transparency, to one gray picture to work on."""

import cv2
import numpy as np
from numpy.typing import NDArray

from digitile.errors import ShapeError

MOST_PIXELS = 4_000_000
"""Larger pictures are scaled down to so many pixels."""

GLANCE_SIDE = 64
"""The size at which the clearest channel is chosen."""

CLEARER = 1.5
"""A colour must show this many times the contrast of the brightness to be used instead."""

MANY_COLOURS = 40, 0.02
"""A photo has this share of its pixels at least this far from its median colour."""


def to_gray(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return one channel of a picture, in which writing is clearest, uint8 h×w.

    Parameters
    ----------
    picture : ndarray, uint8, H×W×1 (gray), H×W×3 (RGB) or H×W×4 (RGBA)

    Raises
    ------
    ShapeError
        For any other array, and for one without pixels.
    """
    if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] not in (1, 3, 4):
        raise ShapeError(
            f"a picture is uint8, H×W×1, H×W×3 or H×W×4, but this array is {picture.dtype}, "
            f"{'×'.join(map(str, picture.shape))}. Use load_picture, or reshape and scale it."
        )
    if picture.size == 0:
        raise ShapeError(f"the picture has no pixels: {'×'.join(map(str, picture.shape))}.")
    height, width = picture.shape[:2]
    scale = min(1.0, (MOST_PIXELS / (height * width)) ** 0.5)
    size = max(1, round(scale * width)), max(1, round(scale * height))
    if picture.shape[2] < 4:
        return _clearest_channel(resized(picture, size))
    alpha = picture[:, :, 3:]
    # weighted before scaling, so that hidden colours do not bleed into the seen ones
    opaque = np.repeat(alpha, 3, axis=2)
    seen = np.asarray(cv2.multiply(picture[:, :, :3], opaque, scale=1 / 255), np.uint8)
    laid = _on_ground(resized(seen, size), resized(alpha, size))
    return _clearest_channel(laid)


def edge_gray(gray: NDArray[np.uint8]) -> int:
    """Return the gray that a picture, h×w, would go on with beyond its edge."""
    return int(np.median(np.concatenate([gray[[0, -1]].ravel(), gray[:, [0, -1]].ravel()])))


def resized(picture: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """Return h×w×C of size (width, height), each pixel the mean of those it covers."""
    how = cv2.INTER_AREA if size[0] < picture.shape[1] else cv2.INTER_CUBIC
    small = cv2.resize(picture, size, interpolation=how)
    return np.asarray(small, np.uint8).reshape(size[1], size[0], -1)


def _on_ground(seen: NDArray[np.uint8], alpha: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return colours h×w×3, weighted by their alpha h×w×1, laid on an opaque ground.

    Where the opaque pixels are of one colour, transparency draws the shape: the ground is white,
    or black under light ink. Otherwise they are a photo: the ground is its median colour.
    """
    solid = alpha[:, :, 0] > 127
    if not solid.any():
        return np.full_like(seen, 255)
    colours = 255.0 * seen[solid] / alpha[solid]
    ground = np.median(colours, axis=0)
    distance, share = MANY_COLOURS
    if (np.abs(colours - ground).max(axis=1) > distance).mean() < share:
        ground = np.full(3, 0 if ground.mean() > 127 else 255)
    laid = seen + (1 - alpha / 255) * ground
    return np.rint(np.minimum(laid, 255)).astype(np.uint8)


def _clearest_channel(colours: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the brightness, h×w, or red, green or blue where writing is clearer in it."""
    if colours.shape[2] == 1:
        return colours[:, :, 0]
    gray = np.asarray(cv2.cvtColor(colours, cv2.COLOR_RGB2GRAY), np.uint8)
    channels = gray, *cv2.split(colours)
    contrast = _contrasts(np.asarray(cv2.merge(channels), np.uint8))
    contrast[0] *= CLEARER
    return np.asarray(channels[int(contrast.argmax())], np.uint8)


def _contrasts(channels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return each channel's standard deviation without what slow changes of light have part in."""
    scale = min(1.0, GLANCE_SIDE / max(channels.shape[:2]))
    height, width = (max(1, round(scale * side)) for side in channels.shape[:2])
    small = cv2.resize(channels, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32)
    sharp = small - cv2.GaussianBlur(small, (0, 0), max(height, width) / 6)
    return np.asarray(sharp.std(axis=(0, 1)))
