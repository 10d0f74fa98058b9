"""Small materials, drawn here: a pen's digits of simple shapes, letters, words, blots of MNIST."""

import numpy as np

from digitile.data import Dataset
from digitile.data.strokes import Strokes
from digitile.data.unipen import Unipen

_RING = [(0.5 + 0.3 * np.cos(t), 0.5 + 0.5 * np.sin(t)) for t in np.linspace(0, 2 * np.pi, 20)]
SHAPES = {
    "0": [_RING],
    "1": [[(0.1, 0), (0.12, 1)]],
    "2": [[(0, 0.2), (0.3, 0), (0.6, 0.3), (0, 1), (0.6, 1)]],
    "3": [[(0, 0), (0.6, 0), (0.3, 0.4), (0.6, 0.7), (0, 1)]],
    "4": [[(0.4, 0), (0, 0.6), (0.6, 0.6)], [(0.45, 0.3), (0.45, 1)]],
    "5": [[(0.6, 0), (0, 0), (0, 0.5), (0.6, 0.7), (0, 1)]],
    "6": [[(0.5, 0), (0, 0.7), (0.3, 1), (0.6, 0.7), (0.1, 0.6)]],
    "7": [[(0, 0), (0.6, 0), (0.2, 1)]],
    "8": [[(0, 0), (0.6, 0), (0, 1), (0.6, 1), (0, 0)]],
    "9": [[(0.6, 0.3), (0, 0.3), (0.3, 0), (0.6, 0.3), (0.3, 1)]],
}
LETTERS = {
    "a": [[(0.6, 0), (0, 0.3), (0.6, 0.6), (0.6, 0), (0.7, 0.7)]],
    "k": [[(0, 0), (0, 1)], [(0.6, 0.3), (0, 0.6), (0.6, 1)]],
}
WORDS = {"hay": [[(0, 0), (0, 1), (0.5, 0.5), (1, 1), (1.5, 0.5), (2, 1)]]}


def strokes(name: str, shapes: dict[str, list], writers: int = 16) -> Strokes:
    """One character of each shape by each writer, in that order."""
    lines, counts, texts = [], [], []
    for _ in range(writers):
        for text, shape in shapes.items():
            lines += [np.rint(np.array(line) * 1000).astype(np.int16) for line in shape]
            counts.append(len(shape))
            texts.append(text)
    return Strokes(
        name,
        np.concatenate(lines),
        np.cumsum([0] + [len(line) for line in lines]),
        np.cumsum([0, *counts]),
        np.array(texts),
        np.repeat(np.arange(writers), len(shapes)),
    )


def unipen() -> Unipen:
    return Unipen(strokes("digits", SHAPES), strokes("signs", LETTERS), strokes("words", WORDS))


def mnist(count: int) -> Dataset:
    """Digits drawn as 20 pixels of steps: bars of as many pixels as the digit, above a foot."""
    images = np.zeros((count, 1, 28, 28), np.uint8)
    for number, image in enumerate(images[:, 0]):
        image[4:24, 12:15] = 255
        image[22:24, 12 - number % 10 : 15] = 255
    labels = np.arange(count, dtype=np.int64) % 10
    return Dataset("mnist", images, labels, tuple("0123456789"))
