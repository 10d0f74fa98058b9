"""A training on the device, where parameters, the optimiser's memory and the pictures stay."""

import copy
from collections.abc import Iterator, Sequence
from typing import Any

import jax
import numpy as np
from numpy.typing import NDArray

from digitile.engines.engine import BatchCheck, Batches, Steps
from digitile.engines.xla.devices import everywhere
from digitile.engines.xla.processes import together
from digitile.engines.xla.programs import Programs
from digitile.nn.layer import Array
from digitile.nn.loss import Target, select
from digitile.nn.network import Network
from digitile.nn.optimiser import Optimiser, OptimiserState


class XlaTraining:
    """A network in training; see `Training`.

    Parameters
    ----------
    programs : Programs
        The network's.
    state : OptimiserState
        Where it goes on; left as it is.
    """

    def __init__(
        self, network: Network, programs: Programs, optimiser: Optimiser, state: OptimiserState
    ) -> None:
        self._network, self._programs = network, programs
        self._check = BatchCheck(network)
        self._optimiser = everywhere(optimiser, programs.mesh)
        # A copy: the program takes its memory for the next state.
        memory = {name: np.array(own, np.float32) for name, own in state.memory.items()}
        own = OptimiserState(np.array(state.theta, np.float32), memory, state.steps)
        self._state: Any = everywhere(own, programs.mesh)
        self._whole = copy.deepcopy(own)
        self._held: tuple[Any, Any, Any] = (None, None, None)

    def take(self, batches: Batches) -> Steps:
        """Take one step after another, on the device; see `Training.take`."""
        self._check(batches)
        ways = batches.augment.ways_back() if batches.augment else None
        made = batches.augment is not None and ways is None
        if made:
            batches = batches.augmented()
        losses, correct = [np.empty(0)], [np.empty(0, np.int64)]
        with together():
            preprocess = everywhere(batches.preprocess, self._programs.mesh)
            for part in _runs(len(batches.order), self._programs.lengths):
                data, chosen = self._sent(batches, part) if made else self._resident(batches, part)
                lr, noise = np.asarray(batches.lr[part], np.float32), _stacked(batches.noise[part])
                each = chosen, lr, noise, None if ways is None else ways[part]
                self._state, seen = self._programs.steps(
                    self._state, data, preprocess, self._optimiser, each
                )
                losses.append(seen[0])
                correct.append(seen[1])
            if jax.process_count() > 1:  # what is on the devices is lost where a process is lost
                self._whole = self._fetched()
            return Steps(np.concatenate(losses), np.concatenate(correct))

    def state(self) -> OptimiserState:
        """Return a copy of the state after the last step; see `Training.state`.

        Where another process was lost: after the last run of steps that all took.
        """
        return copy.deepcopy(self._whole) if jax.process_count() > 1 else self._fetched()

    def _fetched(self) -> OptimiserState:
        theta, memory, steps = self._state
        memory = {name: np.array(memory[name]) for name in self._optimiser.names}
        return OptimiserState(np.array(theta), memory, int(steps))

    def _resident(self, batches: Batches, part: slice) -> tuple[Any, NDArray[np.int32]]:
        """Return all pictures and their target, which stay on the device, and the steps' places."""
        images, target, resident = self._held
        if images is not batches.images or target is not batches.target:
            all_of_it = batches.images, as_target(batches.target)
            resident = everywhere(all_of_it, self._programs.mesh)
            self._held = batches.images, batches.target, resident
        return resident, batches.order[part].astype(np.int32)

    def _sent(self, batches: Batches, part: slice) -> tuple[Any, NDArray[np.int32]]:
        """Return the pictures that were made for these steps, their target, and the places.

        As many in each call, so that no program has to be compiled for another number of them.
        """
        order = batches.order[part]
        chosen, places = order.ravel(), np.arange(order.size, dtype=np.int32)
        data = batches.images[chosen], as_target(select(batches.target, chosen))
        return data, places.reshape(order.shape)


def as_target(target: Target) -> Any:
    """Return a target in the types that devices compute with."""
    return jax.tree.map(
        lambda array: np.asarray(array, np.int32 if array.dtype.kind in "iu" else np.float32),
        target,
    )


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
