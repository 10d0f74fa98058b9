"""More training pictures from those there are: shifted, mirrored, turned a little (wu2016 §2.2).

The notation names what is done, in any order: ``shift(2) flip rotate(10)``, or ``none``.
"""

import re
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from digitile.errors import NotationError, ShapeError

MAX_SHIFT = 1000

_PART = re.compile(r"(?:(flip)|(shift|rotate)\s*\(([^()]*)\))(?!\S)", re.IGNORECASE)


@dataclass(frozen=True, eq=False)
class Drawn:
    """Random numbers for N pictures.

    Attributes
    ----------
    flip : ndarray, bool, N
        Whether left and right are exchanged, before anything else.
    angle : ndarray, float64, N
        Degrees the picture then turns about its middle, anticlockwise.
    right, down : ndarray, int64, N
        Pixels it then moves; negative is left, up.
    """

    flip: NDArray[np.bool_]
    angle: NDArray[np.float64]
    right: NDArray[np.int64]
    down: NDArray[np.int64]

    def matrices(self, height: int, width: int) -> NDArray[np.float64]:
        """Return the affine maps of H×W pictures, N×2×3: (x', y') = m·(x, y, 1).

        x counts columns and y rows, from 0 at the middle of the top left pixel.
        """
        cos, sin = np.cos(np.radians(self.angle)), np.sin(np.radians(self.angle))
        mirror = np.where(self.flip, -1.0, 1.0)
        maps = np.empty((len(self.flip), 2, 3))
        maps[:, 0, 0], maps[:, 0, 1] = cos * mirror, sin
        maps[:, 1, 0], maps[:, 1, 1] = -sin * mirror, cos
        middle = np.array([(width - 1) / 2, (height - 1) / 2])
        moved = np.stack([self.right, self.down], axis=1)
        maps[:, :, 2] = middle + moved - maps[:, :, :2] @ middle
        return maps


@dataclass(frozen=True)
class Augment:
    """What is done to training pictures that does not change what they show.

    Attributes
    ----------
    shift : int
        Most whole pixels a picture moves along each axis; 0 to 1000.
    flip : bool
        Whether left and right are exchanged, with probability ½.
    rotate : float
        Most degrees a picture turns, either way; 0 to 180.

    Raises
    ------
    NotationError
        For a value out of range.
    """

    shift: int = 0
    flip: bool = False
    rotate: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.shift <= MAX_SHIFT:
            raise NotationError(f"shift({self.shift}): give 0 to {MAX_SHIFT} whole pixels.")
        if not 0 <= self.rotate <= 180:
            raise NotationError(f"rotate({self.rotate}): give 0 to 180 degrees.")

    @classmethod
    def parse(cls, text: str) -> "Augment":
        """Read the notation.

        Raises
        ------
        NotationError
            For what cannot be read, stands there twice, or is out of range.
        """
        if text.strip().lower() == "none":
            return cls()
        found: dict[str, float] = {}
        rest = text.strip()
        while rest or not found:
            match = _PART.match(rest)
            name = (match[1] or match[2]).lower() if match else ""
            if match is None or name in found:
                raise NotationError(
                    f"augmentation {text[:80]!r}: cannot read {rest[:80]!r}"
                    f"{', a second ' + name if name else ''}. Write for example "
                    "'shift(2) flip rotate(10)', or 'none'."
                )
            found[name] = 0.0 if match[3] is None else _number(match[3], text)
            rest = rest[match.end() :].lstrip()
        shift = found.get("shift", 0.0)
        if not shift.is_integer():
            raise NotationError(f"shift({shift}): give 0 to {MAX_SHIFT} whole pixels.")
        return cls(int(shift), "flip" in found, found.get("rotate", 0.0))

    def __str__(self) -> str:
        """Return the notation, which `parse` reads back to an equal object."""
        parts = [f"shift({self.shift})"] if self.shift else []
        parts += ["flip"] if self.flip else []
        parts += [f"rotate({self.rotate!r})".replace(".0)", ")")] if self.rotate else []
        return " ".join(parts) or "none"

    def draw(self, rng: np.random.Generator, n: int) -> Drawn:
        """Draw the random numbers for `n` pictures."""
        flip = (rng.random(n) < 0.5) & self.flip
        angle = rng.uniform(-self.rotate, self.rotate, n)
        right, down = rng.integers(-self.shift, self.shift, (2, n), endpoint=True)
        return Drawn(flip, angle, right, down)

    def apply(self, images: NDArray[np.uint8], drawn: Drawn) -> NDArray[np.uint8]:
        """Change pictures as drawn, bilinear; what comes in from outside is 0.

        Parameters
        ----------
        images : ndarray, uint8, N×C×H×W
            C is 1 to 4.
        drawn : Drawn
            Of N pictures.

        Returns
        -------
        ndarray, uint8, N×C×H×W
            `images` itself where nothing is done.

        Raises
        ------
        ShapeError
            Where the shift could move a whole picture out of sight.
        """
        if self == Augment():
            return images
        height, width = images.shape[2:]
        if self.shift >= min(height, width):
            raise ShapeError(
                f"shift({self.shift}) moves pictures of {height}×{width} out of sight. Use at most "
                f"{min(height, width) - 1}."
            )
        pixels = np.ascontiguousarray(images.transpose(0, 2, 3, 1))
        changed = np.empty_like(pixels)
        for new, old, matrix in zip(changed, pixels, drawn.matrices(height, width), strict=True):
            new[:] = cv2.warpAffine(old, matrix, (width, height)).reshape(new.shape)
        return np.ascontiguousarray(changed.transpose(0, 3, 1, 2))


def _number(word: str, text: str) -> float:
    try:
        return float(word)
    except ValueError:
        raise NotationError(f"augmentation {text[:80]!r}: {word[:80]!r} is not a number.") from None
