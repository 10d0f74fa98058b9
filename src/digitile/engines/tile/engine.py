"""The tile engine: `nn`'s networks in machine code made of one register tile."""

import logging
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from digitile.engines.engine import BatchCheck, Batches, Step, Steps, check_state
from digitile.engines.tile.atomics import SYNC_SIZE
from digitile.engines.tile.compile import JIT, entry_of, keep_on_disk
from digitile.engines.tile.disk import is_compiled
from digitile.engines.tile.execute import Batch, State, execute
from digitile.engines.tile.plan import Mode, Plan, derivations, pack, with_target
from digitile.engines.tile.records import rows_of
from digitile.engines.tile.update import CHUNK, pace_of, rule_of
from digitile.errors import SettingError
from digitile.nn.layer import Array, Shape
from digitile.nn.loss import Target
from digitile.nn.network import Network
from digitile.nn.optimiser import SGD, Optimiser, OptimiserState
from digitile.processors import processors

LANES = 4  # parts a mini-batch is cut into: as many threads can work on it; more cost more sums
LEAST = 5  # pictures of a mini-batch that make it worth another lane
HEAVY = 20_000_000  # multiply-adds of a picture that is worth a lane by itself
BULK = 64  # pictures a lane takes at once in prediction
KEPT = 8  # plans that an engine keeps

_NAME = "digitile-tile"  # of its threads
_LOG = logging.getLogger(__name__)


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
        Parts a mini-batch is cut into, at most; fewer where they would have too little to do.
        The order of sums, and so the last bits, depend on it.

    Raises
    ------
    SettingError
        For fewer than 1 thread or lane.
    """

    def __init__(self, network: Network, threads: int | None = None, lanes: int = LANES) -> None:
        if lanes < 1 or (threads is not None and threads < 1):
            raise SettingError(f"threads={threads}, lanes={lanes}: give 1 or more of each.")
        self.network = network
        self.lanes = lanes
        self.threads = min(threads or processors(), lanes) if JIT else 1
        self.packing = pack(network)
        self._least = 1 if sum(network.multiply_adds()) > HEAVY else LEAST
        self._state = self.still_state()
        self._plans: dict[tuple[Shape, int, Mode], Plan] = {}
        self._lock = Lock()
        self._held: Array | None = None
        self._pool, self._process = ThreadPoolExecutor(self.threads, _NAME), os.getpid()
        self._sync = np.zeros(SYNC_SIZE, np.int64)
        self._execute = execute
        keep_on_disk(execute)
        if JIT and not is_compiled():
            _LOG.info("compiling the tile engine; later runs find its machine code on disk")

    @property
    def bytes(self) -> dict[str, int]:
        """What it holds: parameters, the plans' values and errors, and their tables."""
        programs = [plan.program for plan in self._plans.values()]
        return {
            "parameters": self._state.parameters.nbytes,
            "values": sum(own.memory.nbytes + own.places.nbytes for own in programs),
            "tables": sum(own.tables.nbytes + own.rows.nbytes for own in programs),
        }

    def scores(self, theta: Array, x: Array) -> Array:
        """Return the scores of preprocessed pictures; see `Engine.scores`."""
        network = self.network.for_pictures(x)
        out = np.empty((len(x), *network.shapes[-1]), np.float32)
        values, bulk = np.ascontiguousarray(x, np.float32).reshape(-1), BULK * self.lanes
        with self._lock:
            stale = self._load(theta)
            for start in range(0, len(x), bulk):
                count = min(bulk, len(x) - start)
                plan = self.plan(count, Mode.PREDICT, network)
                part = out[start : start + count].reshape(1, -1)
                batch = plan.one_step._replace(values=values, scores=part)
                if start:
                    batch = batch._replace(order=batch.order + start)
                self._run(plan, self._state, batch, stale)
                stale = 0
        return out

    def gradient(self, theta: Array, x: Array, target: Target, noise: list[Array | None]) -> Step:
        """Return loss, scores and gradient of a mini-batch; see `Engine.gradient`."""
        network = self.network
        network.check_input(x)
        network.loss.check_target(target, len(x), network.shapes[-1])
        scores = np.empty((len(x), *network.shapes[-1]), np.float32)
        with self._lock:
            plan = self.plan(len(x), Mode.GRADIENT)
            batch = with_target(plan.steps(1), target)._replace(
                order=plan.one_step.order,
                values=np.ascontiguousarray(x, np.float32).reshape(-1),
                noise=_flat([noise]),
                scores=scores.reshape(1, -1),
            )
            self._held = None
            self._state.parameters[self.packing.places] = theta
            self._run(plan, self._state, batch, len(self._state.pieces))
            gradient = plan.program.memory[:, self.packing.places].sum(axis=0)
        return Step(float(batch.losses.sum() / len(x)), scores, gradient)

    def training(self, optimiser: Optimiser, state: OptimiserState) -> "TileTraining":
        """Return a training that goes on from `state`; see `Engine.training`."""
        check_state(self.network, optimiser, state)
        return TileTraining(self, optimiser, state)

    def take(self, state: State, batches: Batches, pace: NDArray[np.int64], stale: int) -> Steps:
        """Take steps on a training's own state; `pace` has a row for each."""
        steps, size = batches.order.shape
        shape, preprocess = batches.images.shape[1:], batches.preprocess
        with self._lock:
            plan = self.plan(size, Mode.TRAIN)
            batch = with_target(plan.steps(steps), batches.target)._replace(
                order=np.ascontiguousarray(batches.order, np.int64),
                pixels=np.ascontiguousarray(batches.images).reshape(-1),
                shift=np.broadcast_to(preprocess.shift, shape).astype(np.float32).reshape(-1),
                scale=np.broadcast_to(preprocess.scale, shape).astype(np.float32).reshape(-1),
                noise=_flat(batches.noise),
                pace=pace,
            )
            self._run(plan, state, batch, stale)
        return Steps(batch.losses.sum(axis=1) / size, batch.correct.sum(axis=1))

    def still_state(self) -> State:
        """Return a state of parameters that no optimiser moves."""
        size, none = self.packing.size, np.zeros(0, np.float32)
        return State(
            parameters=self.packing.array(),
            first=none,
            second=none,
            average=none,
            scale=np.zeros(size, np.float32),
            decay=none,
            real=none,
            squares=np.zeros(-(-size // CHUNK)),
            rule=rule_of(SGD(none, none)),
            **derivations(self.packing),
        )

    def _load(self, theta: Array) -> int:
        """Take parameters over, and return how many of their forms are to be derived."""
        held, fixed = self._held, not theta.flags.writeable
        # To compare them takes as long as to score a picture.
        if held is not None and ((held is theta and fixed) or np.array_equal(held, theta)):
            return 0
        self._held = theta if fixed else theta.copy()
        self._state.parameters[self.packing.places] = theta
        return len(self.packing.forward)

    def plan(self, batch: int, mode: Mode, network: Network | None = None) -> Plan:
        """Return the plan for a size of batch, and of pictures; those used last are kept."""
        network = network or self.network
        key = (network.input_shape, batch, mode)
        lanes = min(self.lanes, max(1, batch // self._least))
        plan = self._plans.pop(key, None) or Plan(network, self.packing, batch, lanes, mode)
        self._plans[key] = plan
        while len(self._plans) > KEPT:
            del self._plans[next(iter(self._plans))]
        return plan

    def _run(self, plan: Plan, state: State, batch: Batch, stale: int) -> None:
        """Run `execute` on all threads."""
        threads = min(self.threads, len(plan.program.bounds) - 1)
        if self._process != os.getpid():  # a forked child inherits no threads
            self._pool, self._process = ThreadPoolExecutor(self.threads, _NAME), os.getpid()
        self._sync[:] = 0
        arguments = (plan.program, state, batch, stale, threads, self._sync)
        helpers = [self._pool.submit(self._execute, *arguments) for _ in range(threads - 1)]
        self._execute(*arguments)
        for helper in helpers:
            helper.result()
        if self._execute is execute:
            self._execute = entry_of(execute)


class TileTraining:
    """A network in training on the register tile; see `Training`.

    Parameters and the optimiser's memory lie in the engine's order from step to step.

    Parameters
    ----------
    engine : TileEngine
    optimiser : Optimiser
    state : State
    """

    def __init__(self, engine: TileEngine, optimiser: Optimiser, state: OptimiserState) -> None:
        self._engine, self._optimiser = engine, optimiser
        self._check = BatchCheck(engine.network)
        self._steps, packing = state.steps, engine.packing
        parameters = packing.array()
        parameters[packing.places] = state.theta
        self._memory = {name: packing.packed(array) for name, array in state.memory.items()}
        none = np.zeros(0, np.float32)
        first, second = (*(self._memory[name] for name in optimiser.moments), none)[:2]
        self._state = engine.still_state()._replace(
            parameters=parameters,
            first=first,
            second=second,
            average=self._memory.get("average", none),
            scale=packing.packed(optimiser.scale),
            decay=packing.packed(optimiser.decay),
            real=packing.packed(np.ones_like(state.theta)),
            rule=rule_of(optimiser),
        )
        self._stale = len(self._state.pieces)

    def take(self, batches: Batches) -> Steps:
        """Take one step after another, all in one native call; see `Training.take`."""
        engine, first = self._engine, self._steps + 1
        self._check(batches)
        paces = [pace_of(self._optimiser, lr, first + k) for k, lr in enumerate(batches.lr)]
        steps = engine.take(self._state, batches.augmented(), rows_of(paces), self._stale)
        self._steps, self._stale = self._steps + len(paces), 0
        return steps

    def state(self) -> OptimiserState:
        """Return a copy of the state after the last step."""
        places = self._engine.packing.places
        memory = {name: array[places] for name, array in self._memory.items()}
        return OptimiserState(self._state.parameters[places], memory, self._steps)


def _flat(noise: Sequence[list[Array | None]]) -> Array:
    """Return each step's random numbers in one row."""
    rows = [[a.astype(np.float32).ravel() for a in step if a is not None] for step in noise]
    return np.stack([np.concatenate([*row, np.zeros(1, np.float32)]) for row in rows])
