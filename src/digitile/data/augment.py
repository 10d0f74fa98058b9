"""More training pictures from those there are: moved and bent.

wu2016 §2.2 shifts, mirrors and turns; Simard, Steinkraus and Platt 2003 bend. The notation names
what is done: ``shift(2) flip rotate(10)``, or ``none``. All of it is done at once, whatever its
order.
"""

import re
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from digitile.errors import NotationError, ShapeError

MAX_SHIFT = 1000
MAX_ELASTIC = 100
"""Bounds, in pixels, on what a notation may ask for."""

_TALLEST = 32_000
"""OpenCV counts rows of what it resamples in 16 bits, and float32 holds 1/256 so far."""

_PART = re.compile(r"([a-z]+)(?:\s*\(([^()]*)\))?(?!\S)", re.IGNORECASE)
_NUMBERS = {"shift": 1, "flip": 0, "rotate": 1, "scale": 1, "shear": 1, "elastic": 2}


@dataclass(frozen=True, eq=False)
class Drawn:
    """Random numbers for N pictures: where their pixels go.

    Attributes
    ----------
    flip : ndarray, bool, N
        Whether left and right are exchanged, before anything else.
    angle : ndarray, float64, N
        Degrees the picture then turns about its middle, anticlockwise.
    right, down : ndarray, int64, N
        Pixels it then moves; negative is left, up.
    wide, high : ndarray, float64, N
        Factors by which the picture is stretched after the flip.
    shear : ndarray, float64, N
        Columns that each row is moved to the left of the one below it, before the turn.
    bend : ndarray, float32, N×2×H×W; or None
        Pixels right and down of each place from where its value is taken, at last.
    """

    flip: NDArray[np.bool_]
    angle: NDArray[np.float64]
    right: NDArray[np.int64]
    down: NDArray[np.int64]
    wide: NDArray[np.float64]
    high: NDArray[np.float64]
    shear: NDArray[np.float64]
    bend: NDArray[np.float32] | None = None

    def matrices(self, height: int, width: int) -> NDArray[np.float64]:
        """Return the affine maps of H×W pictures, N×2×3: (x', y') = m·(x, y, 1).

        x counts columns and y rows, from 0 at the middle of the top left pixel.
        """
        cos, sin = np.cos(np.radians(self.angle)), np.sin(np.radians(self.angle))
        wide = np.where(self.flip, -self.wide, self.wide)
        maps = np.empty((len(self.flip), 2, 3))
        maps[:, 0, 0], maps[:, 0, 1] = cos * wide, (cos * self.shear + sin) * self.high
        maps[:, 1, 0], maps[:, 1, 1] = -sin * wide, (cos - sin * self.shear) * self.high
        middle = np.array([(width - 1) / 2, (height - 1) / 2])
        moved = np.stack([self.right, self.down], axis=1)
        maps[:, :, 2] = middle + moved - maps[:, :, :2] @ middle
        return maps

    def back(self, height: int, width: int) -> NDArray[np.float32]:
        """Return the ways back, from new pixels to where their values are taken, N×2×3."""
        maps = self.matrices(height, width)
        turned = np.linalg.inv(maps[:, :, :2])
        return np.concatenate([turned, -(turned @ maps[:, :, 2:])], axis=2).astype(np.float32)


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
    scale : float
        s: width and height change by a common factor and each by one of its own, all between
        e^(−s/2) and e^(s/2); 0 to 2.
    shear : float
        Most columns that a row is moved against the next, either way; 0 to 2.
    elastic : (float, float)
        Standard deviation of each pixel's displacement, 0 to 100 pixels, and σ of the Gaussian by
        which displacements are alike, 1 to 100 pixels (Simard 2003: α = 34 there is 1.4 here).

    Raises
    ------
    NotationError
        For a value out of range.
    """

    shift: int = 0
    flip: bool = False
    rotate: float = 0.0
    scale: float = 0.0
    shear: float = 0.0
    elastic: tuple[float, float] = (0.0, 4.0)

    def __post_init__(self) -> None:
        if not 0 <= self.shift <= MAX_SHIFT:
            raise NotationError(f"shift({self.shift}): give 0 to {MAX_SHIFT} whole pixels.")
        if not 0 <= self.rotate <= 180:
            raise NotationError(f"rotate({self.rotate}): give 0 to 180 degrees.")
        for name in ("scale", "shear"):
            if not 0 <= getattr(self, name) <= 2:
                raise NotationError(f"{name}({getattr(self, name)}): give 0 to 2.")
        far, smooth = self.elastic
        if not (0 <= far <= MAX_ELASTIC and 1 <= smooth <= MAX_ELASTIC):
            raise NotationError(
                f"elastic({far},{smooth}): give 0 to {MAX_ELASTIC} and 1 to {MAX_ELASTIC} pixels."
            )
        if far == 0:
            object.__setattr__(self, "elastic", (0.0, 4.0))

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
        found: dict[str, list[float]] = {}
        rest = text.strip()
        while rest or not found:
            match = _PART.match(rest)
            name = match[1].lower() if match else ""
            count = _NUMBERS.get(name, -1)
            if match is None or name in found or count < 0 or (count == 0) != (match[2] is None):
                raise NotationError(
                    f"augmentation {text[:80]!r}: cannot read {rest[:80]!r}"
                    f"{', a second ' + name if name in found else ''}. Write for example "
                    f"'shift(2) flip rotate(10)', or 'none'; known are {', '.join(_NUMBERS)}."
                )
            found[name] = _numbers(match[2], count, name, text) if count else []
            rest = rest[match.end() :].lstrip()
        shift = found.get("shift", [0.0])[0]
        if not shift.is_integer():
            raise NotationError(f"shift({shift}): give 0 to {MAX_SHIFT} whole pixels.")
        rotate, scale, shear = (found.get(name, [0.0])[0] for name in ("rotate", "scale", "shear"))
        far, smooth = found.get("elastic", [0.0, 4.0])
        return cls(int(shift), "flip" in found, rotate, scale, shear, (far, smooth))

    def __str__(self) -> str:
        """Return the notation, which `parse` reads back to an equal object."""
        parts = [f"shift({self.shift})"] if self.shift else []
        parts += ["flip"] if self.flip else []
        for name in ("rotate", "scale", "shear"):
            value = getattr(self, name)
            parts += [f"{name}({value!r})".replace(".0)", ")")] if value else []
        if self.elastic[0]:
            parts.append("elastic({!r},{!r})".format(*self.elastic))
        return " ".join(parts) or "none"

    def __call__(self, images: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
        """Return pictures, N×C×H×W, with all of it done to them; `images` are left alone."""
        height, width = images.shape[2:]
        return self.apply(images, self.draw(rng, len(images), height, width))

    @property
    def is_affine(self) -> bool:
        """Whether each picture is moved, and moved as a whole."""
        return self != Augment() and not self.elastic[0]

    def draw(self, rng: np.random.Generator, n: int, height: int, width: int) -> Drawn:
        """Draw where the pixels of `n` pictures of H×W go."""
        flip = (rng.random(n) < 0.5) & self.flip
        angle = rng.uniform(-self.rotate, self.rotate, n)
        right, down = rng.integers(-self.shift, self.shift, (2, n), endpoint=True)
        both, wide, high = rng.uniform(-self.scale / 2, self.scale / 2, (3, n))
        shear = rng.uniform(-self.shear, self.shear, n)
        far, smooth = self.elastic
        bend = None
        if far:
            fields = smooth_fields(rng, 2 * n, height, width, smooth)
            bend = np.float32(far) * fields.reshape(n, 2, height, width)
        stretch = np.exp(both + wide), np.exp(both + high)
        return Drawn(flip, angle, right, down, *stretch, shear, bend)

    def check_size(self, height: int, width: int) -> None:
        """Raise `ShapeError` where the shift could move a whole picture out of sight."""
        if self.shift >= min(height, width):
            raise ShapeError(
                f"shift({self.shift}) moves pictures of {height}×{width} out of sight. Use at most "
                f"{min(height, width) - 1}."
            )

    def apply(self, images: NDArray[np.uint8], drawn: Drawn) -> NDArray[np.uint8]:
        """Move pixels as drawn, bilinear; what comes in from outside is 0.

        Parameters
        ----------
        images : ndarray, uint8, N×C×H×W
            C is 1 to 4.
        drawn : Drawn
            Of N pictures.

        Returns
        -------
        ndarray, uint8, N×C×H×W
            `images` itself where nothing is moved.

        Raises
        ------
        ShapeError
            Where the shift could move a whole picture out of sight.
        """
        if self == Augment():
            return images
        height, width = images.shape[2:]
        self.check_size(height, width)
        places = _places(drawn, height, width)
        changed = np.empty_like(images)
        most = max(1, _TALLEST // (height + 1))
        for start in range(0, len(images), most):
            part = slice(start, start + most)
            changed[part] = _taken(images[part], places[:, part])
        return changed


def smooth_fields(
    rng: np.random.Generator, n: int, height: int, width: int, sigma: float
) -> NDArray[np.float32]:
    """Draw random fields: normal with deviation 1 everywhere, alike over about σ pixels.

    White noise is blurred by a Gaussian of σ. Noise on a grid of that width serves as well as on
    every pixel: what the coarser grid cannot hold, the Gaussian takes away but for 1 %.

    Returns
    -------
    ndarray, float32, N×H×W
    """
    down, right = _bumps(height, sigma), _bumps(width, sigma)
    noise = rng.standard_normal((n, down.shape[1], right.shape[1]), np.float32)
    return np.asarray(down @ noise @ right.T)


def _bumps(length: int, sigma: float) -> NDArray[np.float32]:
    """Return Gaussians round the nodes of a grid σ wide, length×nodes, each row of norm 1."""
    nodes = np.arange(-2 * sigma, length + 3 * sigma, sigma)
    bumps = np.exp(-0.5 * ((np.arange(length)[:, None] - nodes) / sigma) ** 2)
    return np.asarray(bumps / np.linalg.norm(bumps, axis=1, keepdims=True), np.float32)


def _places(drawn: Drawn, height: int, width: int) -> NDArray[np.float32]:
    """Return the column and row of each new pixel's value in the old picture, 2×N×H×W."""
    y, x = np.mgrid[:height, :width].astype(np.float32)
    b = drawn.back(height, width)[..., None, None]
    places = np.stack([b[:, i, 0] * x + b[:, i, 1] * y + b[:, i, 2] for i in (0, 1)])
    if drawn.bend is not None:
        places += drawn.bend.swapaxes(0, 1)
    # in 1/256, so that they stay the same wherever the picture stands in `_taken`
    return np.asarray(np.rint(places * 256) / 256, np.float32)


def _taken(images: NDArray[np.uint8], places: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return the pictures' values at `places`, all in one call, N×C×H×W.

    The pictures stand one below another with a row of zeros between them, which is also where
    places above and below a picture are sent.
    """
    n, channels, height, width = images.shape
    tall = np.zeros((n * (height + 1) + 1, width, channels), np.uint8)
    rows = tall[1:].reshape(n, height + 1, width, channels)
    rows[:, :height] = images.transpose(0, 2, 3, 1)
    starts = (1 + (height + 1) * np.arange(n, dtype=np.float32))[:, None, None]
    y = np.clip(places[1], -1, height) + starts
    shape = (n * height, width)
    taken = cv2.remap(tall, places[0].reshape(shape), y.reshape(shape), cv2.INTER_LINEAR)
    whole = taken.reshape(n, height, width, channels).astype(np.uint8)
    return np.ascontiguousarray(whole.transpose(0, 3, 1, 2))


def _numbers(words: str, count: int, name: str, text: str) -> list[float]:
    try:
        numbers = [float(word) for word in words.split(",")]
    except ValueError:
        raise NotationError(
            f"augmentation {text[:80]!r}: {words[:80]!r} is not numbers for {name}."
        ) from None
    if len(numbers) != count:
        raise NotationError(
            f"augmentation {text[:80]!r}: {name} takes {count} numbers, not {len(numbers)}."
        )
    return numbers
