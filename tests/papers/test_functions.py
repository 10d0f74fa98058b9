import math

import numpy as np
import pytest

from digitile.papers.experiment import Function
from digitile.papers.functions import draw


@pytest.mark.parametrize(
    ("word", "f", "slopes"),
    [
        ("tanh", math.tanh, {-2: 0.0706508, 0: 1, 2: 0.0706508}),  # 1 − tanh²
        ("tanhkx(0.13)", lambda x: math.tanh(x) + 0.13 * x, {-2: 0.2006508, 0: 1.13, 2: 0.2006508}),
        ("sigmoid", lambda x: 1 / (1 + math.exp(-x)), {-2: 0.1049936, 0: 0.25, 2: 0.1049936}),
        ("ReLU", lambda x: max(0, x), {-2: 0, 0: 0, 2: 1}),
        ("leaky(0.05)", lambda x: x if x > 0 else 0.05 * x, {-2: 0.05, 0: 0.05, 2: 1}),
    ],
)
def test_functions(word: str, f: object, slopes: dict[int, float]) -> None:
    run = draw(Function(word))
    curve, slope = run.curves["f"], run.curves["df"]
    assert (curve.x[0], curve.x[-1], len(curve.x)) == (-5, 5, 101)
    assert curve.y == pytest.approx([f(x) for x in curve.x], abs=1e-12)  # type: ignore[operator]
    for place, expected in slopes.items():
        assert run.values[f"slope_{place}"] == pytest.approx(expected, abs=1e-7)
    # The derivative is that of the curve: central differences, away from the kink.
    numeric = np.gradient(np.array(curve.y), np.array(curve.x))
    away = np.abs(np.array(curve.x)) > 0.15
    assert np.abs(numeric - slope.y)[away][1:-1].max() < 0.005
