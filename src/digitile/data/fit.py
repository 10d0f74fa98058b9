"""From pictures of any size, gray or coloured, to the shape a network takes."""

import cv2
import numpy as np
from numpy.typing import NDArray

from digitile.data.dataset import Dataset, check_size
from digitile.errors import ShapeError

Pixels = NDArray[np.uint8]


def fit_to(dataset: Dataset, shape: tuple[int, ...]) -> Dataset:
    """Bring a data set's pictures to a network's input.

    Parameters
    ----------
    dataset : Dataset
        Its pictures have 1 or 3 channels.
    shape : (C, H, W)
        C is 1 or 3.

    Returns
    -------
    Dataset
        `dataset` itself where its pictures have that shape; else each picture as by `fit_picture`.

    Raises
    ------
    ShapeError
        Where `shape` is not that of pictures.
    DataError
        Where the result would fill too much memory.
    """
    check_shape(shape)
    if dataset.shape == tuple(shape):
        return dataset
    check_size(dataset.name, len(dataset), shape)
    images = np.empty((len(dataset), *shape), np.uint8)
    for image, fitted in zip(dataset.images, images, strict=True):
        fitted[:] = fit_picture(image.transpose(1, 2, 0), shape)
    return Dataset(dataset.name, images, dataset.labels, dataset.classes)


def fit_picture(picture: Pixels, shape: tuple[int, ...]) -> Pixels:
    """Bring one picture to a network's input.

    Transparent parts are white, as on paper. Gray is repeated for each colour; colours become
    their luma (ITU-R BT.601). A picture that fits is enlarged by the largest whole factor that
    still does (bilinear), a larger one is shrunk by area, keeping its sides' ratio. The result
    stands in the middle; around it is 0.

    Parameters
    ----------
    picture : ndarray, uint8, H×W×1 (gray), H×W×3 (RGB) or H×W×4 (RGBA)
    shape : (C, H, W)
        C is 1 or 3.

    Returns
    -------
    ndarray, uint8, C×H×W

    Raises
    ------
    ShapeError
        Where `shape` is not that of pictures.
    """
    channels, height, width = check_shape(shape)
    resized = _resize(to_channels(np.ascontiguousarray(picture), channels), height, width)
    rows, columns = resized.shape[:2]
    top, left = (height - rows) // 2, (width - columns) // 2
    fitted = np.zeros((channels, height, width), np.uint8)
    fitted[:, top : top + rows, left : left + columns] = resized.transpose(2, 0, 1)
    return fitted


def check_shape(shape: tuple[int, ...]) -> tuple[int, int, int]:
    """Return `shape`, (C, H, W), where pictures can be brought to it; else raise `ShapeError`."""
    if len(shape) != 3 or shape[0] not in (1, 3) or min(shape) < 1:
        raise ShapeError(
            f"pictures cannot be brought to the shape {'×'.join(map(str, shape))}. Use 1 (gray) or "
            "3 (colour) × height × width, for example 1×28×28."
        )
    return shape[0], shape[1], shape[2]


def to_channels(picture: Pixels, channels: int) -> Pixels:
    """Return H×W×1, or H×W×3 where `channels` is 3 and the picture is coloured."""
    if picture.shape[2] == 4:
        alpha = cv2.merge([picture[:, :, 3]] * 3)
        ink = cv2.multiply(picture[:, :, :3], alpha, scale=1 / 255)
        picture = cv2.add(ink, cv2.bitwise_not(alpha)).astype(np.uint8)
    if picture.shape[2] == 3 and channels == 1:
        return cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)[:, :, None].astype(np.uint8)
    return picture


def _resize(picture: Pixels, height: int, width: int) -> Pixels:
    """Return the picture, h×w×c, as large as `fit_picture` says."""
    rows, columns, channels = picture.shape
    factor = min(height // rows, width // columns)
    if factor == 1:
        return picture
    if factor > 1:
        size, method = (factor * columns, factor * rows), cv2.INTER_LINEAR
    else:
        ratio = min(height / rows, width / columns)
        size = (max(1, round(ratio * columns)), max(1, round(ratio * rows)))
        method = cv2.INTER_AREA
    resized = cv2.resize(picture, size, interpolation=method)
    return resized.reshape(size[1], size[0], channels).astype(np.uint8)
