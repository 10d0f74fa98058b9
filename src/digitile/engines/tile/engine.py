"""The tile engine: `nn`'s networks in machine code made of one register tile."""

import logging
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from digitile.engines.engine import Step, Steps, check_labels, check_order
from digitile.engines.tile.atomics import SYNC_SIZE
from digitile.engines.tile.compile import JIT, keep_on_disk
from digitile.engines.tile.disk import is_compiled
from digitile.engines.tile.execute import (
    LOAD,
    STEP,
    STORE_GRADIENT,
    STORE_THETA,
    TRAIN,
    UPDATE,
    execute,
)
from digitile.engines.tile.packing import Packing
from digitile.engines.tile.plan import Plan
from digitile.errors import SettingError, ShapeError
from digitile.nn.layer import Array
from digitile.nn.loss import Labels
from digitile.nn.network import Network
from digitile.nn.optimiser import SGD
from digitile.nn.preprocess import Preprocess
from digitile.processors import processors

LANES = 4
"""Parts a mini-batch is cut into: as many threads can work on it. More cost more sums."""

LEAST = 5
"""Pictures of a mini-batch that make it worth another lane."""

BULK = 64
"""Pictures a lane takes at once in prediction."""

KEPT = 8
"""Plans that an engine keeps."""

_LOG = logging.getLogger(__name__)
_NO_FLOATS = np.empty(0, np.float32)
_NO_BYTES = np.empty(0, np.uint8)
_NO_LABELS = np.empty(0, np.int64)


class TileEngine:
    """One network on the register tile; float32.

    The same inputs give the same bits, whatever `threads` is. One engine may be called from
    several Python threads; they take turns.

    Parameters
    ----------
    network : Network
    threads : int or None
        Threads that work on a batch; None is one for each processor this process may use, at most
        `lanes`.
    lanes : int
        Parts a mini-batch is cut into, at most; fewer where they would have less than 5 pictures.
        The order of sums, and so the last bits, depend on it.

    Raises
    ------
    SettingError
        For fewer than 1 thread or lane.
    """

    moves = False

    def __init__(self, network: Network, threads: int | None = None, lanes: int = LANES) -> None:
        if lanes < 1 or (threads is not None and threads < 1):
            raise SettingError(f"threads={threads}, lanes={lanes}: give 1 or more of each.")
        self.network = network
        self.lanes = lanes
        self.threads = min(threads or processors(), lanes) if JIT else 1
        self._packing = Packing(network)
        self._parameters = self._packing.array()
        self._plans: dict[tuple[int, bool], Plan] = {}
        self._lock = Lock()
        self._held: Array | None = None
        self._helpers: ThreadPoolExecutor | None = None
        self._helpers_of = -1
        self._sync = np.zeros(SYNC_SIZE, np.int64)
        keep_on_disk(execute)
        if JIT and not is_compiled():
            _LOG.info("compiling the tile engine; later runs find its machine code on disk")

    @property
    def bytes(self) -> dict[str, int]:
        """What it holds: parameters, the plans' values and errors, and their tables."""
        plans = self._plans.values()
        tables = sum(plan.tables.nbytes + plan.program.nbytes for plan in plans)
        return {
            "parameters": self._parameters.nbytes,
            "values": sum(plan.bytes for plan in plans) - tables,
            "tables": tables,
        }

    def scores(self, theta: Array, x: Array) -> Array:
        """Return the class scores of preprocessed pictures; see `Engine.scores`."""
        self.network.check_input(x)
        out = np.empty((len(x), self.network.classes), np.float32)
        values = np.ascontiguousarray(x, np.float32).reshape(-1)
        bulk = BULK * self.lanes
        whole = len(x) // bulk * bulk
        orders = (np.arange(whole).reshape(-1, bulk), np.arange(whole, len(x))[None])
        with self._lock:
            own = self._to_load(theta)
            flags = STEP | (LOAD if own.size else 0)
            for order in orders:
                if order.size:
                    part = out[order.flat[0] : order.flat[-1] + 1]
                    self._call(
                        flags, self._plan(order.shape[1], False), theta=own, values=values,
                        orders=order, out=part.reshape(len(order), -1),
                    )  # fmt: skip
                    flags = STEP
        return out

    def gradient(self, theta: Array, x: Array, labels: Labels, noise: list[Array | None]) -> Step:
        """Return loss, scores and gradient of a mini-batch; see `Engine.gradient`."""
        self.network.check_input(x)
        check_labels(self.network, labels, len(x))
        scores = np.empty((len(x), self.network.classes), np.float32)
        gradient = np.empty(self.network.arena.size, np.float32)
        with self._lock:
            plan = self._plan(len(x), True)
            losses = np.zeros((1, len(plan.bounds) - 1))
            self._held = None
            self._call(
                LOAD | TRAIN | STEP | STORE_GRADIENT, plan, theta=theta, gradient=gradient,
                values=np.ascontiguousarray(x, np.float32).reshape(-1),
                labels=labels, orders=np.arange(len(x))[None], noise=_flat([noise]),
                out=scores.reshape(1, -1), losses=losses,
            )  # fmt: skip
        return Step(float(losses.sum() / len(x)), scores, gradient)

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
        """Take one step after another, all in one native call; see `Engine.train`.

        Raises
        ------
        ShapeError
            For arrays that do not fit each other or the network.
        """
        self.network.check_input(images)
        check_labels(self.network, labels, len(images))
        size = self.network.arena.size
        for name, array in (("theta", theta), ("velocity", velocity)):
            if array.shape != (size,):
                raise ShapeError(
                    f"{name} has shape {array.shape}, but the network has {size} parameters. "
                    "Give one value for each, in arena order."
                )
        check_order(order, len(images))
        steps, batch = order.shape
        scores = np.empty((steps, batch, self.network.classes), np.float32)
        shape = images.shape[1:]
        with self._lock:
            plan = self._plan(batch, True)
            losses = np.zeros((steps, len(plan.bounds) - 1))
            self._held = None
            packing = self._packing
            packed_velocity, packed_scale, packed_decay = (
                packing.packed(array) for array in (velocity, optimiser.scale, optimiser.decay)
            )
            new_theta, new_velocity = theta.astype(np.float32), np.empty(size, np.float32)
            self._call(
                LOAD | TRAIN | STEP | UPDATE | STORE_THETA, plan, theta=new_theta,
                gradient=new_velocity, pixels=np.ascontiguousarray(images).reshape(-1),
                labels=labels,
                shift=np.broadcast_to(preprocess.shift, shape).astype(np.float32).reshape(-1),
                scale=np.broadcast_to(preprocess.scale, shape).astype(np.float32).reshape(-1),
                orders=order, noise=_flat(noise), out=scores.reshape(steps, -1), losses=losses,
                velocity=packed_velocity, rates=packed_scale, decay=packed_decay,
                steps=np.asarray(rates, np.float32), momentum=optimiser.momentum,
            )  # fmt: skip
            theta[:] = new_theta
            velocity[:] = new_velocity
        right = scores.argmax(axis=2) == labels[order]
        return Steps(losses.sum(axis=1) / batch, np.count_nonzero(right, axis=1))

    def _to_load(self, theta: Array) -> Array:
        """Return a copy of the parameters, or nothing where prediction used the same ones last."""
        fixed = not theta.flags.writeable
        if self._held is theta and fixed:
            return _NO_FLOATS  # to compare them takes as long as to score a picture
        if self._held is not None and np.array_equal(self._held, theta):
            return _NO_FLOATS
        copy = theta.copy()
        self._held = theta if fixed else copy
        return copy

    def _plan(self, batch: int, training: bool) -> Plan:
        """Return the plan for a size of batch; those used last are kept."""
        key = (batch, training)
        plan = self._plans.pop(key, None)
        if plan is None:
            lanes = min(self.lanes, max(1, batch // LEAST))
            plan = Plan(self.network, self._packing, batch, lanes, training)
        self._plans[key] = plan
        while len(self._plans) > KEPT:
            del self._plans[next(iter(self._plans))]
        return plan

    def _call(
        self,
        flags: int,
        plan: Plan,
        *,
        orders: NDArray[np.int64],
        out: Array,
        theta: Array = _NO_FLOATS,
        gradient: Array = _NO_FLOATS,
        pixels: NDArray[np.uint8] = _NO_BYTES,
        shift: Array = _NO_FLOATS,
        scale: Array = _NO_FLOATS,
        values: Array = _NO_FLOATS,
        labels: Labels = _NO_LABELS,
        noise: Array | None = None,
        losses: NDArray[np.float64] | None = None,
        velocity: Array = _NO_FLOATS,
        rates: Array = _NO_FLOATS,
        decay: Array = _NO_FLOATS,
        steps: Array = _NO_FLOATS,
        momentum: float = 0.0,
    ) -> None:
        """Run `execute` on all threads and wait for them."""
        if losses is None:
            losses = np.zeros((len(orders), len(plan.bounds) - 1))
        if noise is None:
            noise = np.zeros((len(orders), 1), np.float32)
        packing = self._packing
        threads = min(self.threads, len(plan.bounds) - 1)
        self._sync[:] = 0
        arguments = (
            flags, threads, self._sync, plan.program, plan.groups, plan.input, plan.bounds,
            plan.memory, plan.places, plan.tables, self._parameters, packing.size,
            packing.derived, packing.predicting, packing.places,
            np.ascontiguousarray(theta, np.float32), gradient, pixels, shift, scale, values,
            np.ascontiguousarray(orders, np.int64), np.ascontiguousarray(labels, np.int64), noise,
            out, losses, velocity, rates, decay, np.ascontiguousarray(steps, np.float32),
            np.float32(momentum),
        )  # fmt: skip
        helpers = [self._pool().submit(execute, *arguments) for _ in range(threads - 1)]
        execute(*arguments)
        for helper in helpers:
            helper.result()

    def _pool(self) -> ThreadPoolExecutor:
        """Return the helping threads; new ones in a forked child, which inherits none."""
        if self._helpers is None or self._helpers_of != os.getpid():
            self._helpers = ThreadPoolExecutor(self.threads, "digitile-tile")
            self._helpers_of = os.getpid()
        return self._helpers


def _flat(noise: Sequence[list[Array | None]]) -> Array:
    """Return each step's random numbers in one row."""
    rows = [[a.astype(np.float32).ravel() for a in step if a is not None] for step in noise]
    return np.stack([np.concatenate([*row, np.zeros(1, np.float32)]) for row in rows])
