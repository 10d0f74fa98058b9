"""The XLA engine: one network on one device, or on several that share each mini-batch."""

from math import prod
from typing import Any

import jax
import numpy as np

from digitile.engines.engine import Step, check_state
from digitile.engines.xla.devices import mesh_of
from digitile.engines.xla.programs import programs
from digitile.engines.xla.training import XlaTraining, as_target
from digitile.nn.layer import Array
from digitile.nn.loss import Target
from digitile.nn.network import Network
from digitile.nn.optimiser import Optimiser, OptimiserState

CHUNK, VALUES = 512, 2**25
"""Most pictures taken through the network at once in prediction, and values of a layer."""


class XlaEngine:
    """One network, compiled by XLA.

    The same inputs give the same bits on the same machine and number of devices. A program is
    compiled for each size of batch and of picture, when it is first met; in prediction batches are
    filled up to a power of two, and what was compiled for the last few sizes of picture is kept.

    Raises `SettingError` for more devices than there are.

    Parameters
    ----------
    devices : int
        How many of JAX's devices share a mini-batch; of each process, where there are several.
    looped : bool, optional
        Whether many steps are one program; if not given, on all devices but processors, where XLA
        computes a loop's convolutions several times slower.
    precision : str
        One of `digitile.engines.xla.precision`.
    """

    def __init__(
        self,
        network: Network,
        devices: int = 1,
        looped: bool | None = None,
        precision: str = "float32",
    ) -> None:
        self.network = network
        mesh = mesh_of(devices)
        if looped is None:
            looped = mesh.devices.flat[0].platform != "cpu"
        self._form = mesh, looped, precision
        self._programs = programs(network, *self._form)

    def scores(self, theta: Array, x: Array) -> Array:
        """Return the scores of preprocessed pictures; see `Engine.scores`."""
        network = self.network.for_pictures(x)
        predict = programs(network, *self._form).scores
        most = min(CHUNK, max(1, VALUES // max(map(prod, network.shapes))))
        size = min(most, 1 << (len(x) - 1).bit_length())
        theta, scores = _float32(theta), np.empty((len(x), *network.shapes[-1]), np.float32)
        for start in range(0, len(x), size):
            part = _float32(x[start : start + size])
            fill = [(0, size - len(part)), (0, 0), (0, 0), (0, 0)]
            found: Any = predict(theta, np.pad(part, fill))
            scores[start : start + size] = np.asarray(found)[: len(part)]
        return scores

    def gradient(self, theta: Array, x: Array, target: Target, noise: list[Array | None]) -> Step:
        """Return loss, scores and gradient of a mini-batch; see `Engine.gradient`."""
        self.network.check_input(x)
        self.network.loss.check_target(target, len(x), self.network.shapes[-1])
        found = self._programs.gradient(_float32(theta), _float32(x), as_target(target), noise)
        loss, scores, flat = jax.tree.map(np.asarray, found)
        return Step(float(loss), scores, flat)

    def training(self, optimiser: Optimiser, state: OptimiserState) -> XlaTraining:
        """Return a training that goes on from `state`; see `Engine.training`."""
        check_state(self.network, optimiser, state)
        return XlaTraining(self.network, self._programs, optimiser, state)


def _float32(array: Array) -> Array:
    return np.asarray(array, np.float32)
