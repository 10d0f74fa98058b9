"""Under which conditions a picture is taken: each drawn by itself, within what can be read."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from digitile.scenes.glyphs import Rng

SIZES = (8, 60)
"""Heights of digits, in pixels, that are taught."""

SIZES_AT_ALL = (6, 80)
"""Heights below and above which digits are none."""

SIZE_RANGES = ((19, 42), (14, 52), SIZES, (SIZES_AT_ALL[1], 220))
"""Heights that digits are drawn in: those a reader brings them to, from the smallest to the largest
that it looks for, all that are taught, and too large ones."""


@dataclass(frozen=True)
class Conditions:
    """How a picture was taken.

    Attributes
    ----------
    size : float
        The height of its digits, in pixels.
    angle : float
        How far it is turned, in degrees clockwise.
    turn : int
        Quarter turns clockwise besides.
    perspective : float
        How much nearer one side is than the other.
    paper : float
        Where between the darkest and the brightest that `contrast` allows the paper is, 0 … 1.
    contrast : float
        Between paper and ink, 0.15 … 1.
    rules : float
        Contrast of the paper's printed lines, as a share of the ink's; below 0 for lines that are
        lighter where ink is darker.
    light : float
        How much darker the darkest place is than the brightest, 0 … 0.6.
    shadow : float
        How much darker it is in a shadow, 0 … 0.5; 0 without one.
    texture : float
        Its deviation, as a share of `contrast`.
    grain : float
        How much the ink varies, 0 … 1.
    blur : float
        Deviation of a Gaussian, as a share of the strokes' width, 0 … 0.2.
    resolution : float
        Which share of the picture's rows and columns the camera had, at most 1.
    sharpened : float
        How much the edges are raised afterwards, 0 … 1.5.
    noise : float
        Its deviation, as a share of `contrast`.
    bilevel : bool
        Black or white only, as from a scanner.
    stretched : bool
        Levels spread from 0 to 255.
    jpeg : int
        Quality, 0 for none.
    """

    size: float
    angle: float
    turn: int
    perspective: float
    light_on_dark: bool
    paper: float
    contrast: float
    rules: float
    light: float
    shadow: float
    texture: float
    grain: float
    blur: float
    resolution: float
    sharpened: float
    noise: float
    bilevel: bool
    stretched: bool
    jpeg: int


def draw_conditions(rng: Rng, **given: Any) -> Conditions:
    """Draw conditions, each independent of the others, but for those that are `given`.

    Raises
    ------
    TypeError
        For a name that is no condition.
    """
    chance = rng.random(12)
    drawn = Conditions(
        size=draw_size(rng),
        angle=float(rng.uniform(-20, 20) if chance[0] < 0.35 else rng.normal(0, 2)),
        turn=int(rng.choice([1, 2, 3])) if chance[1] < 0.06 else 0,
        perspective=float(rng.uniform(0, 0.3)) if chance[2] < 0.4 else 0.0,
        light_on_dark=bool(chance[3] < 0.35),
        paper=float(rng.beta(1.5, 0.7)),
        contrast=float(rng.uniform(0.15, 0.5) if chance[4] < 0.4 else rng.uniform(0.35, 1)),
        rules=float(rng.uniform(0.1, 0.8)) * (-1 if chance[5] < 0.05 else 1),
        light=float(rng.uniform(0, 0.6 if chance[6] < 0.2 else 0.3)),
        shadow=float(rng.uniform(0.1, 0.5)) if chance[7] < 0.15 else 0.0,
        texture=min(0.12, float(rng.exponential(0.04))),
        grain=float(rng.uniform(0, 0.7)) if chance[8] < 0.35 else 0.0,
        blur=float(rng.uniform(0, 0.2)),
        resolution=float(rng.uniform(0.35, 1)) if chance[9] < 0.4 else 1.0,
        sharpened=float(rng.uniform(0.2, 1.5)) if rng.random() < 0.15 else 0.0,
        noise=min(0.2, float(rng.exponential(0.05))),
        bilevel=bool(rng.random() < 0.04),
        stretched=bool(chance[10] < 0.35),
        jpeg=int(rng.integers(15, 95)) if chance[11] < 0.5 else 0,
    )
    drawn = replace(drawn, **given)
    if drawn.bilevel:  # light, noise and grain would make all of some part black, or white
        even: dict[str, Any] = {"light": 0.0, "shadow": 0.0, "noise": min(drawn.noise, 0.05)}
        even |= {"texture": min(drawn.texture, 0.03), "grain": min(drawn.grain, 0.2)}
        drawn = replace(drawn, **even | given)
    # at least ten rows to a digit, where it has as many
    least = min(1.0, 10 / drawn.size)
    return (
        drawn if "resolution" in given else replace(drawn, resolution=max(least, drawn.resolution))
    )


def draw_size(rng: Rng) -> float:
    """Draw a height of digits: mostly about what lines are read at, some of any size taught.

    A few are far too tall, so that a part of a digit is no digit.
    """
    low, high = SIZE_RANGES[rng.choice(len(SIZE_RANGES), p=(0.6, 0.2, 0.15, 0.05))]
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def draw_resolution(rng: Rng, size: float) -> float:
    """Draw a resolution as a reader meets it that brings digits of 8 pixels or more to `size`."""
    return float(np.exp(rng.uniform(np.log(min(1.0, SIZES[0] / size)), 0)))


def readable(conditions: Conditions, stroke: float) -> Conditions:
    """Return the conditions, mended where strokes of `stroke` pixels would be lost.

    A stroke thinner than a pixel has that share of the contrast only, so there must be more of
    that, and less texture and noise.
    """
    resolution = min(1.0, max(conditions.resolution, 0.7 / stroke))
    share = min(1.0, stroke * resolution)
    contrast = min(1.0, max(conditions.contrast, 0.17 / share))
    return replace(
        conditions,
        resolution=resolution,
        contrast=contrast,
        texture=share * conditions.texture,
        noise=share * conditions.noise,
        bilevel=conditions.bilevel and stroke * resolution > 2,
    )
