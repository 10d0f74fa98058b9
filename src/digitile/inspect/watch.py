"""What goes on inside a network while it learns (ma2018 §3: vanishing gradients, dead neurons).

The same few pictures are taken through the network again and again, by the layers' own equations:

``gradient/LAYER``
    ‖∂E/∂w‖, the length of the gradient of the layer's weights.
``saturated/LAYER``
    Of sigmoid, tanh and tanh + kx: the share of units, over all pictures, whose slope f'(z) is
    below `SATURATED` times the steepest, f'(0). ma2018 calls tanh saturated beyond |z| = 2, where
    its slope is 0.07.
``dead/LAYER``
    Of ReLU: the share of maps (of single units, behind a fully connected layer) that answer no
    picture of the probe at any place, so that nothing changes their weights. Single places of a
    map do not count: those at a picture's border never see ink.
"""

import json
import math
from os import PathLike
from pathlib import Path

import msgspec
import numpy as np

from digitile.files import write_atomically
from digitile.nn import passes
from digitile.nn.activations import LeakyReLU, ReLU, Sigmoid, Tanh, TanhKx
from digitile.nn.layer import Array, Layer
from digitile.nn.loss import Target, select
from digitile.nn.network import Network
from digitile.training.callbacks import Callback
from digitile.training.loop import Trainer
from digitile.training.progress import Record

SATURATED = 0.05
PICTURES = 100
"""Pictures of the probe."""
POINTS = 40
"""How often a training is looked into, about."""


def measure(
    network: Network, theta: Array, x: Array, target: Target, noise: list[Array | None]
) -> dict[str, float]:
    """Return the values above for one state of a network; arrays are as in `digitile.nn.passes`."""
    p = network.arena.views(theta)
    saved, shown = [], {}
    outputs = passes.outputs(network, theta, x, noise)
    for name, layer, own, (y, kept) in zip(network.names, network.layers, p, outputs, strict=True):
        saved.append(kept)
        if isinstance(layer, Sigmoid | Tanh | TanhKx):
            slope, _ = layer.backward(np.ones_like(y), kept, own)
            shown[f"saturated/{name}"] = float(
                np.mean(slope < SATURATED * slope_of(layer, np.zeros(1)).item())
            )
        elif isinstance(layer, ReLU) or (isinstance(layer, LeakyReLU) and layer.alpha == 0):
            shown[f"dead/{name}"] = float(np.mean((y == 0).all(axis=(0, *range(2, y.ndim)))))
    dz = network.loss.backward(network.loss.forward(y, target)[1])
    back = passes.backward(network, theta, dz, saved)
    gradients = [dp for _, dp in back][::-1]
    lengths = {
        f"gradient/{name}": float(np.linalg.norm(dp["w"]))
        for name, dp in zip(network.names, gradients, strict=True)
        if "w" in dp
    }
    return {**lengths, **shown}


class Watcher(Callback):
    """Looks into a training, and writes what it sees to a file.

    Parameters
    ----------
    path : path-like
        JSON lines, each an iteration with its values. Where training goes on, so does the file.

    Attributes
    ----------
    every : int
        Iterations between looks.
    """

    def __init__(self, path: str | PathLike[str]) -> None:
        path = Path(path)
        self.path = path

    def on_start(self, trainer: Trainer) -> None:
        """Choose the pictures, and look at a network that has not been trained."""
        self.every = math.ceil(trainer.total / POINTS)
        self._trainer = trainer
        images, target = trainer.source.epoch(0)
        probe = images[:PICTURES]
        self._x, self._target = trainer.preprocess(probe), select(target, slice(PICTURES))
        self._noise = trainer.network.draw(np.random.default_rng(trainer.seed), len(probe))
        done = trainer.progress.iteration
        kept = [look for look in read(self.path) if look["iteration"] <= done] if done else []
        write_atomically(self.path, "".join(map(_line, kept)).encode())
        if done == 0:
            self._look(0)

    def on_step(self, record: Record) -> None:
        """Look, when it is time."""
        if record.iteration % self.every == 0:
            self._look(record.iteration)

    def _look(self, iteration: int) -> None:
        network, theta = self._trainer.network, self._trainer.state.theta
        with np.errstate(over="ignore", invalid="ignore"):
            seen = measure(network, theta, self._x, self._target, self._noise)
        finite = {name: value for name, value in seen.items() if math.isfinite(value)}
        with self.path.open("a", encoding="utf-8") as file:
            file.write(_line({"iteration": iteration, **finite}))


def read(path: str | PathLike[str]) -> list[dict[str, float]]:
    """Return what a watcher has written; a last line that was cut short is left out."""
    path = Path(path)
    looks: list[dict[str, float]] = []
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else []:
        try:
            looks.append(msgspec.json.decode(line, type=dict[str, int | float]))
        except ValueError:
            break
    return looks


def _line(look: dict[str, float]) -> str:
    return json.dumps(look) + "\n"


def slope_of(layer: Layer, x: Array) -> Array:
    """Return f'(x), elementwise: what comes back of an error of 1."""
    y, saved = layer.forward(x, {})
    dx: Array = layer.backward(np.ones_like(y), saved, {})[0]
    return dx
