"""From a picture of one thing, of any size and kind, to a network's input.

All that shows a picture of one digit to a network goes through here, so that training, measuring
and explaining see the same: a photo's dark digit on light paper is shown as MNIST's, bright on
black.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from digitile.data.fit import fit_picture
from digitile.data.isolate import isolate

DIGITS = frozenset("0123456789")


def network_input(
    picture: NDArray[np.uint8], shape: tuple[int, ...], classes: Sequence[str]
) -> NDArray[np.uint8]:
    """Return a picture as a network is shown it.

    Where all classes are digits, that is the digit alone, as by `isolate`; else the whole picture.
    It is brought to the shape as by `fit_picture`.

    Raises `PictureError` where a digit is looked for and there is none; `ShapeError` where `shape`
    is not that of pictures.

    Parameters
    ----------
    picture : ndarray, uint8, H×W×1 (gray), H×W×3 (RGB) or H×W×4 (RGBA)
    shape : (C, H, W)
        The network's input.
    classes : sequence of str
        What the network tells apart.

    Returns
    -------
    ndarray, uint8, C×H×W
    """
    if DIGITS.issuperset(classes):
        picture = isolate(picture)[:, :, None]
    return fit_picture(picture, shape)
