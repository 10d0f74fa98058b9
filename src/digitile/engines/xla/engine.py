"""The XLA engine: many steps a call, on the device, or on several that share each mini-batch."""

from collections.abc import Iterator, Sequence
from typing import Any

import jax
import numpy as np
from jax.sharding import NamedSharding, PartitionSpec
from numpy.typing import NDArray

from digitile.engines.engine import Step, Steps, check_labels, check_order
from digitile.engines.xla.devices import mesh_of
from digitile.engines.xla.precision import products
from digitile.engines.xla.processes import together
from digitile.engines.xla.programs import programs
from digitile.nn.layer import Array
from digitile.nn.loss import Labels
from digitile.nn.network import Network
from digitile.nn.optimiser import SGD
from digitile.nn.preprocess import Preprocess

CHUNK = 512
"""Pictures taken through the network at once in prediction."""

LENGTHS = {True: (32, 1), False: (1,)}
"""Steps that are compiled as one program, a loop or not; a run is put together of these."""


class XlaEngine:
    """One network, compiled by XLA.

    The same inputs give the same bits on the same machine and number of devices. A program is
    compiled for each size of batch, when it is first met.

    Parameters
    ----------
    network : Network
    devices : int
        How many of JAX's devices share a mini-batch; of each process, where there are several.
    looped : bool, optional
        Whether many steps are one program; if not given, on all devices but processors, where XLA
        computes a loop's convolutions several times slower.
    precision : str
        One of `digitile.engines.xla.precision`.

    Raises
    ------
    SettingError
        For more devices than there are.
    """

    moves = True

    def __init__(
        self,
        network: Network,
        devices: int = 1,
        looped: bool | None = None,
        precision: str = "float32",
    ) -> None:
        self.network = network
        self._mesh = mesh_of(devices)
        if looped is None:
            looped = self._mesh.devices.flat[0].platform != "cpu"
        self._lengths, self._precision = LENGTHS[looped], precision
        self._programs = programs(network, self._mesh, looped, precision)
        self._held: tuple[Any, Any, Any] = (None, None, None)

    def scores(self, theta: Array, x: Array) -> Array:
        """Return the class scores of preprocessed pictures; see `Engine.scores`."""
        self.network.check_input(x)
        scores = np.empty((len(x), self.network.classes), np.float32)
        size = min(len(x), CHUNK)
        with products(self._precision):
            for start in range(0, len(x), CHUNK):
                part = _float32(x[start : start + size])
                fill = [(0, size - len(part)), (0, 0), (0, 0), (0, 0)]
                found = self._programs.scores(_float32(theta), np.pad(part, fill))
                scores[start : start + size] = np.asarray(found)[: len(part)]
        return scores

    def gradient(self, theta: Array, x: Array, labels: Labels, noise: list[Array | None]) -> Step:
        """Return loss, scores and gradient of a mini-batch; see `Engine.gradient`."""
        self.network.check_input(x)
        check_labels(self.network, labels, len(x))
        with products(self._precision):
            loss, scores, flat = self._programs.gradient(
                _float32(theta), _float32(x), np.asarray(labels, np.int32), noise
            )
        return Step(float(loss), np.asarray(scores), np.asarray(flat))

    def train(
        self,
        theta: Array,
        velocity: Array,
        images: NDArray[np.uint8],
        labels: Labels,
        order: NDArray[np.int64],
        rates: Sequence[float],
        *,
        preprocess: Preprocess,
        optimiser: SGD,
        noise: Sequence[list[Array | None]],
        back: NDArray[np.float32] | None = None,
    ) -> Steps:
        """Take one step after another, on the device; see `Engine.train`."""
        self.network.check_input(images)
        check_labels(self.network, labels, len(images))
        check_order(order, len(images))
        fixed = [
            self._put(array)
            for array in (preprocess.shift, preprocess.scale, optimiser.scale, optimiser.decay)
        ]
        state: Any = (_float32(theta), _float32(velocity))
        losses, correct = [np.empty(0)], [np.empty(0, np.int64)]
        with products(self._precision), together():
            for part in _runs(len(order), self._lengths):
                data, chosen = self._data(images, labels, order[part])
                ways = None if back is None else back[part]
                each = (chosen, np.asarray(rates[part], np.float32), _stacked(noise[part]), ways)
                state, seen = self._programs.steps(state, data, fixed, optimiser.momentum, each)
                losses.append(seen[0])
                correct.append(seen[1])
            shown = np.concatenate(losses), np.concatenate(correct)
            theta[:], velocity[:] = [np.asarray(array) for array in state]  # both or none
        return Steps(*shown)

    def _data(
        self, images: NDArray[np.uint8], labels: Labels, order: NDArray[np.int64]
    ) -> tuple[Any, NDArray[np.int32]]:
        """Return pictures and labels for the device, and the steps' places in them.

        A training set lies there while the same array is given; of fewer pictures than the steps
        take, as when they are augmented for these steps, just those are sent.
        """
        if len(images) <= order.size:
            chosen = order.ravel()
            places = np.arange(order.size, dtype=np.int32).reshape(order.shape)
            return (images[chosen], labels[chosen].astype(np.int32)), places
        held_images, held_labels, resident = self._held
        if held_images is not images or held_labels is not labels:
            resident = self._put(images), self._put(labels.astype(np.int32))
            self._held = (images, labels, resident)
        return resident, order.astype(np.int32)

    def _put(self, array: NDArray[Any]) -> Any:
        """Return an array on all devices."""
        whole = NamedSharding(self._mesh, PartitionSpec())
        return jax.make_array_from_callback(array.shape, whole, lambda part: array[part])


def _float32(array: Array) -> Array:
    return np.asarray(array, np.float32)


def _runs(steps: int, lengths: tuple[int, ...]) -> Iterator[slice]:
    """Cut a run of steps into parts for which there is a program."""
    start = 0
    for length in lengths:
        while steps - start >= length:
            yield slice(start, start + length)
            start += length


def _stacked(noise: Sequence[list[Array | None]]) -> list[Array | None]:
    """Return each layer's random numbers of several steps in one array."""
    columns = ([own for own in column if own is not None] for column in zip(*noise, strict=True))
    return [np.stack(column) if column else None for column in columns]
