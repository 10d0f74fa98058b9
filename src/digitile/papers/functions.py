"""Activation functions and their derivatives, by the layers' equations (ma2018 Figs. 4, 5, 8)."""

import numpy as np

from digitile.inspect.watch import slope_of
from digitile.nn.layer import Layer
from digitile.nn.network import Network
from digitile.papers.experiment import Function
from digitile.papers.results import Curve, Run

FARTHEST = 5.0
STEP = 0.1


def layer_of(word: str) -> Layer:
    """Return an activation from its notation, or raise `NotationError`."""
    return Network.parse(f"1x1x1 - {word} - flatten - squared").layers[0]


def draw(function: Function) -> Run:
    """Return f and f' on −5 … 5, and f' at the places the paper speaks of."""
    layer = layer_of(function.word)
    half = round(FARTHEST / STEP)
    x = np.arange(-half, half + 1) * STEP
    f, df = layer.forward(x, {})[0], slope_of(layer, x)
    values = {
        f"slope_{place}": float(slope_of(layer, np.array([float(place)])).item())
        for place in (-2, 0, 2)
    }
    values["least_slope"] = float(df.min())
    places = x.round(6).tolist()
    curves = {"f": Curve(places, f.tolist()), "df": Curve(places, df.tolist())}
    return Run(0, "", 0.0, "", values, curves)
