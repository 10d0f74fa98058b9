"""A small stand-in for scenes: pages with one bar each; which way does it run, and where?"""

from pathlib import Path

import numpy as np

from digitile.nn.loss import Places
from digitile.training.blocks import Blocks, Draw
from digitile.training.run import Job
from digitile.training.settings import Settings
from digitile.training.source import Pictures

SETTINGS = Settings(
    network="1x16x24 - 8C3s2same - ReLU - 8C3s2same - ReLU - 7C1 - focal(1)+box(0.1)",
    epochs=4,
    batch_size=7,
    lr=0.01,
    schedule="cosine(0.001,0.1)",
    optimiser="adamw",
    clip=1.0,
    average=0.9,
    init="msra",
    validation=30,
    scenes=20,
    repeats=2,
)
CLASSES = ("tall", "wide", "none")


def draw(seed: int, block: int, count: int) -> Pictures:
    """Draw pages of 4×6 places, and what is there."""
    rng = np.random.default_rng((seed, block))
    images = rng.integers(0, 60, (count, 1, 16, 24), dtype=np.uint8)
    classes = np.full((count, 4, 6), 2)
    boxes = np.zeros((count, 4, 4, 6), np.float32)
    for page in range(count):
        i, j, kind = rng.integers(0, (4, 6, 2))
        cell = images[page, 0, 4 * i : 4 * i + 4, 4 * j : 4 * j + 4]
        (cell[:, 1:3] if kind == 0 else cell[1:3])[:] += 150
        classes[page, i, j] = kind
        boxes[page, 2 + kind, i, j] = 1
    return Pictures(images, Places(classes, np.ones((count, 4, 6), np.float32), boxes))


def drawing(seed: int, count: int) -> Draw:
    """Return the function that draws blocks, in a process of its own."""
    return lambda block: draw(seed, block, count)


def blocks(settings: Settings = SETTINGS, seed: int = 5, processes: int = 1) -> Blocks:
    return Blocks(
        drawing,
        (seed, settings.scenes),
        classes=CLASSES,
        size=settings.scenes,
        repeats=settings.repeats,
        epochs=settings.epochs,
        held_out=lambda: draw(99, 0, settings.validation),
        digest="pages",
        processes=processes,
    )


def job(out: Path) -> Job:
    return Job("pages", (), SETTINGS, "pages", "reference", 5, out)
