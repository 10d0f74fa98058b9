"""The surest wrong answers, drawn side by side."""

import numpy as np

from digitile.data import Dataset
from digitile.inspect.worst import CELL, COLUMNS, TEXT, draw_worst
from digitile.training.metrics import Evaluation


def test_only_wrong_answers_are_drawn_the_surest_first() -> None:
    images = np.stack([np.full((1, 4, 4), 50 * i, np.uint8) for i in range(4)])
    labels = np.array([0, 1, 0, 1])
    scores = np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8], [0.1, 0.9]], np.float32)
    drawn = draw_worst(Evaluation(scores, labels), Dataset("two", images, labels, ("a", "b")))
    assert drawn.shape == (CELL + TEXT, COLUMNS * CELL, 3)
    middles = [int(drawn[CELL // 2, CELL // 2 + k * CELL, 0]) for k in range(3)]
    assert middles == [100, 50, 255]  # the third picture, the second, and paper
