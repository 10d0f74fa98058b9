"""The one training loop (wu2016 §2.4, §3; li2017 §1.3.1; sjtu2025 pp. 5, 22–24).

Mini-batches go to an engine, which keeps the parameters and takes the steps; loss and right answers
come back. What chance decides is drawn anew from the seed and the iteration (`chance`), so that a
training that goes on from a checkpoint does what an uninterrupted one would.
"""

import math
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitile.engines import Engine, Team, make_engine
from digitile.engines.engine import Batches
from digitile.errors import TrainingError
from digitile.model import Model
from digitile.nn.finite import describe_nonfinite
from digitile.nn.init import Init
from digitile.nn.layer import Array
from digitile.nn.loss import select
from digitile.nn.network import Network
from digitile.nn.optimiser import OptimiserState
from digitile.nn.preprocess import FITTED, Preprocess
from digitile.training.batches import MiniBatches
from digitile.training.chance import Purpose, generator
from digitile.training.prepare import steps_per_epoch, steps_planned
from digitile.training.progress import Record, TrainingProgress
from digitile.training.schedule import Schedule
from digitile.training.settings import Settings
from digitile.training.source import Source

RUN_SECONDS = 0.1
"""Iterations are handed to the engine in runs of about this length."""


class Trainer:
    """One training, from its settings and pictures to its model.

    Raises `SettingError` where settings do not fit the network, or there is no such engine.

    Parameters
    ----------
    source : Source
        Pictures with as many classes as the network.
    engine : str or Engine
        A name from `digitile.engines`, or one made for this network.
    seed : int
        Of everything that is drawn at random.
    start : Model, optional
        Whose parameters and preprocessing to begin with; if not given, they are the settings'.
    threads : int or None
        See `make_engine`; without influence on what is computed.
    devices : int
        See `make_engine`; with influence on rounding only.
    team : Team, optional
        The processes that train together; this one alone, where it is not given.

    Attributes
    ----------
    progress : TrainingProgress
        With `state`, all that changes: with these two, `resume` goes on to the same bits.
    per_epoch, total : int
        Iterations in an epoch, and at most.
    """

    def __init__(
        self,
        settings: Settings,
        source: Source,
        engine: str | Engine,
        seed: int,
        *,
        start: Model | None = None,
        threads: int | None = None,
        devices: int = 1,
        team: Team | None = None,
    ) -> None:
        self.settings, self.source, self.seed = settings, source, seed
        self.team = team or Team()
        self.network = Network.parse(settings.network)
        if isinstance(engine, str):
            engine = make_engine(engine, self.network, threads, devices)
        self.engine = engine
        self.optimiser = settings.optimiser_for(self.network)
        self.schedule = Schedule.parse(settings.schedule)
        self.per_epoch = steps_per_epoch(settings, len(source))
        self.total = steps_planned(settings, len(source))
        self._validate_every = settings.validate_every or self.per_epoch
        if start is None:
            # blocks of pictures are not drawn for what needs none
            fitted = settings.preprocess in FITTED
            images = source.epoch(0).images if fitted else np.empty((0, 1, 1, 1), np.uint8)
            self.preprocess = Preprocess.fit(settings.preprocess, images)
            init, rng = Init.parse(settings.init), generator(seed, Purpose.INIT)
            theta = init.draw(self.network, settings.bias, rng)
        else:
            self.preprocess, theta = start.preprocess, start.theta
        self._batches = MiniBatches(settings, source, self.network, self.preprocess, seed)
        self.resume(self.optimiser.start(theta), TrainingProgress())

    def resume(self, state: OptimiserState, progress: TrainingProgress) -> None:
        """Go on from a state and progress of this training."""
        self.progress = progress
        self._training = self.engine.training(self.optimiser, state)

    @property
    def state(self) -> OptimiserState:
        """A copy of the optimiser's state after the last step."""
        return self._training.state()

    @property
    def theta(self) -> Array:
        """A copy of the parameters to predict with."""
        return self.state.predicting

    def model(self, about: dict[str, Any]) -> Model:
        """Return the network as trained so far."""
        return Model(self.network, self.theta, self.preprocess, self.source.classes, about)

    def run(self, pause_every: int = 0) -> Iterator[list[Record]]:
        """Train, and yield the records of one run of iterations after another.

        How many iterations an engine takes at once depends on its speed and does not change what
        they compute; the state is whole at each yield.

        Raises `TrainingError` where the loss is no longer a finite number.

        Parameters
        ----------
        pause_every : int
            Yield also after each iteration that this divides; 0 for when it suits the engine.
        """
        pause_every = pause_every or self.total
        fitting = 1
        while self.progress.stopped is None:
            most, started = int(self.team.agreed(np.array(fitting))), time.monotonic()
            left = pause_every - self.progress.iteration % pause_every
            batches = self._next_batches(min(most, left))
            steps = self._training.take(batches)
            seen = zip(batches.order, batches.lr, steps.losses, steps.correct, strict=True)
            records = [
                self._note(batches, chosen, lr, float(loss), int(correct))
                for chosen, lr, loss, correct in seen
            ]
            a_second = len(records) / (time.monotonic() - started)
            fitting = max(1, round(a_second * RUN_SECONDS))
            yield records

    def stop(self, why: str) -> None:
        """End training with the steps that were taken, if it has not ended."""
        self.progress.stopped = self.progress.stopped or why

    def _next_batches(self, most: int) -> Batches:
        """Return up to `most` mini-batches: equal ones of one epoch, up to a validation."""
        first, every = self.progress.iteration, self._validate_every
        count = min(most, self._batches.left(first), self.total - first, every - first % every)
        return self._batches.take(first, [self._lr(first + step) for step in range(count)])

    def _lr(self, iteration: int) -> float:
        errors = self.progress.errors
        return self.schedule.lr(self.settings.lr, iteration, self.per_epoch, self.total, errors)

    def _note(
        self, batches: Batches, chosen: NDArray[np.int64], lr: float, loss: float, correct: int
    ) -> Record:
        """Take one step into account, and say what it showed."""
        progress = self.progress
        if not math.isfinite(loss):
            raise TrainingError(self._why_diverged(batches.images[chosen], lr, loss))
        epoch = progress.iteration // self.per_epoch + 1
        smoothed = progress.add(loss, len(chosen), self.settings.smoothing)
        epoch_ends = progress.iteration % self.per_epoch == 0
        epoch_loss = progress.end_epoch(len(self.source)) if epoch_ends else None
        progress.stopped = progress.why_stop(epoch_loss, self.settings.stop_loss, self.total)
        return Record(
            iteration=progress.iteration,
            epoch=epoch,
            loss=loss,
            smoothed=smoothed,
            lr=lr,
            accuracy=self.network.accuracy(correct, select(batches.target, chosen)),
            validation_accuracy=self._validate() if self._is_time() else None,
            epoch_loss=epoch_loss,
        )

    def _why_diverged(self, images: NDArray[np.uint8], lr: float, loss: float) -> str:
        where = describe_nonfinite(self.network, self.state.theta, self.preprocess(images))
        return (
            f"the loss is {loss} at iteration {self.progress.iteration + 1}, where lr is {lr:g}"
            f"{f' ({where})' if where else ''}: training has diverged. "
            f"Set lr below {self.settings.lr:g}{'' if self.settings.clip else ', or clip=1'}."
        )

    def _is_time(self) -> bool:
        """Return whether to validate after this iteration: at times, and once at the latest."""
        progress = self.progress
        is_last_chance = progress.stopped is not None and not progress.errors
        return progress.iteration % self._validate_every == 0 or is_last_chance

    def _validate(self) -> float | None:
        """Measure the held-out pictures, where there are any, and remember their error rate."""
        if not len(self.source.validation.images):
            return None
        accuracy = self.measure()
        self.progress.errors.append(1 - accuracy)
        return accuracy

    def measure(self) -> float:
        """Return the accuracy on the held-out pictures."""
        images, target = self.source.validation
        scores = self.engine.scores(self.theta, self.preprocess(images))
        return self.network.accuracy(int(self.network.loss.count_correct(scores, target)), target)
