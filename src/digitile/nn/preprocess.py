"""From pixels to the network's input: (x − shift)·scale (wu2016 §2.1).

The numbers are kept in the model, and the same ones serve training and prediction. A
"dimension" is one pixel of one channel.
"""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from digitile.errors import SettingError
from digitile.nn.layer import Array

Kind = Literal["none", "scale", "even", "standardize", "center"]
KINDS: tuple[str, ...] = get_args(Kind)

FITTED = ("standardize", "center")
"""Those whose numbers come from pictures."""

MIDDLE, SPREAD = 128.0, 40.0
"""Mean and standard deviation of pictures whose contrast was evened; see `digitile.contrast`."""


@dataclass(frozen=True, eq=False)
class Preprocess:
    """A fixed map of pixels.

    Attributes
    ----------
    kind : str
        ``none`` (0 … 255 as they are), ``scale`` (divided by 255), ``even`` (minus `MIDDLE`,
        divided by `SPREAD`: zeros around a picture are its mean), ``standardize`` (minus the
        training mean, divided by its standard deviation, both per dimension; a dimension that
        never changes is only shifted), ``center`` (minus the training mean per dimension).
    shift, scale : ndarray, float32, 1×1×1 or C×H×W
    """

    kind: str
    shift: Array
    scale: Array

    @classmethod
    def fit(cls, kind: str, images: NDArray[np.uint8]) -> "Preprocess":
        """Take the numbers from training pictures.

        Parameters
        ----------
        kind : str
        images : ndarray, uint8, N×C×H×W
            Pictures of the training set only, N ≥ 1.

        Raises
        ------
        SettingError
            For an unknown `kind`.
        """
        if kind not in KINDS:
            raise SettingError(f"unknown preprocessing {kind!r}. Use one of: {', '.join(KINDS)}.")
        shift, scale = np.zeros((1, 1, 1)), np.ones((1, 1, 1))
        if kind == "scale":
            scale = scale / 255
        if kind == "even":
            shift, scale = shift + MIDDLE, scale / SPREAD
        if kind in FITTED:
            shift = images.mean(axis=0, dtype=np.float64)
        if kind == "standardize":
            spread = images.std(axis=0, dtype=np.float64)
            scale = np.divide(1.0, spread, out=np.ones_like(spread), where=spread > 0)
        return cls(kind, shift.astype(np.float32), scale.astype(np.float32))

    def __call__(self, images: NDArray[np.uint8]) -> Array:
        """Return the network's input, float32, N×C×H×W, for uint8 pictures of that shape."""
        return (images.astype(np.float32) - self.shift) * self.scale
