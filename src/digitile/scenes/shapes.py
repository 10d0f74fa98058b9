"""Strokes of digits and marks that are made up: those that too few of the writers have."""

import numpy as np

from digitile.scenes.glyphs import Points, Rng


def slash_through(lines: list[Points], rng: Rng) -> Points:
    """Return the stroke through a 0 that tells it from an O."""
    points = np.concatenate(lines)
    low, extent = points.min(0), np.ptp(points, axis=0)
    ends = np.array([[0.85, 0.1], [0.15, 0.9]]) + rng.normal(0, 0.12, (2, 2))
    return np.asarray(low + extent * ends, np.float32)


def _hooked_one(rng: Rng) -> list[Points]:
    """Return a 1 with an upstroke that rises at 40° to 68°, sometimes on a foot."""
    lean = rng.uniform(-0.05, 0.2)
    steep = np.radians(rng.uniform(40, 68))
    start = np.array([lean, 0]) + rng.uniform(0.2, 0.7) * np.array([-np.cos(steep), np.sin(steep)])
    lines = [np.array([start, [lean, 0], [rng.normal(0, 0.02), 1]])]
    if rng.random() < 0.2:
        lines.append(np.array([[-rng.uniform(0.15, 0.3), 1], [rng.uniform(0.15, 0.3), 1]]))
    return [line.astype(np.float32) for line in lines]


def _crossed_seven(rng: Rng) -> list[Points]:
    """Return a 7, mostly crossed, sometimes with a serif."""
    right, foot = rng.uniform(0.45, 0.75), rng.uniform(0.0, 0.3)
    top = [[0, rng.uniform(-0.05, 0.08)], [right, rng.uniform(-0.03, 0.03)]]
    middle = [(right + foot) / 2 + rng.uniform(-0.05, 0.08), 0.45]
    lines = [np.array([*top, middle, [foot, 1]])]
    if rng.random() < 0.75:
        tilt, half = rng.uniform(-0.06, 0.08), rng.uniform(0.12, 0.28)
        x, y = middle[0], middle[1] + rng.uniform(-0.08, 0.12)
        lines.append(np.array([[x - half, y + tilt], [x + half, y - tilt]]))
    if rng.random() < 0.25:
        lines.append(np.array([top[0], [rng.normal(0, 0.03), rng.uniform(0.1, 0.22)]]))
    return [line.astype(np.float32) for line in lines]


def _open_four(rng: Rng) -> list[Points]:
    """Return a 4 that is open above: a corner, and a stem through its arm."""
    x, y = rng.uniform(0.4, 0.6), rng.uniform(0.5, 0.7)
    left = [rng.uniform(0.05, 0.3), rng.uniform(0, 0.15)]
    corner = np.array([left, [0, y], [x + rng.uniform(0.08, 0.3), y + rng.normal(0, 0.03)]])
    stem = np.array([[x + rng.uniform(-0.02, 0.08), rng.uniform(0.05, 0.35)], [x - 0.05, 1]])
    return [corner.astype(np.float32), stem.astype(np.float32)]


def _point(rng: Rng) -> list[Points]:
    """Return a dab of the pen: wider than its strokes, so that it is seen wherever they are."""
    return [rng.uniform(0, rng.uniform(0.04, 0.12), (3, 2)).astype(np.float32)]


def _comma(rng: Rng) -> list[Points]:
    """Return a short stroke down to the left, curved or straight."""
    length, lean = rng.uniform(0.14, 0.3), rng.uniform(0.1, 0.8)
    t = np.linspace(0, 1, 6)[:, None]
    bulge = rng.uniform(0, 0.08) * t * (1 - t) * 4
    line = length * t * np.array([-lean, 1]) + bulge * np.array([1, 0])
    return [line.astype(np.float32)]


def _dash(rng: Rng) -> list[Points]:
    """Return a stroke across, nearly level."""
    length, tilt = rng.uniform(0.2, 0.6), rng.normal(0, 0.1)
    return [(length * np.array([[0, 0], [1, tilt]])).astype(np.float32)]


def _slash(rng: Rng) -> list[Points]:
    """Return a long stroke that leans to the right by 18° to 45°."""
    tall, lean = rng.uniform(1.05, 1.6), np.tan(np.radians(rng.uniform(18, 45)))
    return [np.array([[lean * tall, 0], [0, tall]], np.float32)]


MARKS = {".": _point, ",": _comma, "-": _dash, "/": _slash}
"""The marks of numbers, in heights of a digit."""

CONTINENTAL = {1: _hooked_one, 7: _crossed_seven, 4: _open_four}
"""Digits as most of the world writes them, and MNIST's writers did not."""
