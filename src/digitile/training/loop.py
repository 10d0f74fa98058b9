"""The one training loop (wu2016 §2.4, §3; li2017 §1.3.1; sjtu2025 pp. 5, 22–24).

Mini-batches go to an engine, which keeps the parameters and takes the steps; loss and right answers
come back. What chance decides is drawn anew from the seed and the iteration (`chance`), so that a
training that goes on from a checkpoint does what an uninterrupted one would.
"""

import math
import time
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitile.data.augment import Augment
from digitile.engines import Engine, Team, make_engine
from digitile.engines.engine import Batches
from digitile.errors import TrainingError
from digitile.model import Model
from digitile.nn.finite import describe_nonfinite
from digitile.nn.init import Init
from digitile.nn.layer import Array
from digitile.nn.loss import Target, select
from digitile.nn.network import Network
from digitile.nn.optimiser import State
from digitile.nn.preprocess import FITTED, Preprocess
from digitile.training.augmented import AugmentedPictures
from digitile.training.chance import Purpose, generator
from digitile.training.prepare import steps_per_epoch, steps_planned
from digitile.training.progress import Progress, Record
from digitile.training.schedule import Schedule
from digitile.training.settings import Settings
from digitile.training.source import Source

RUN_SECONDS = 0.1
"""Iterations are handed to the engine in runs of about this length."""

WholeNumbers = Callable[[Array, Target], float]


class Trainer:
    """One training, from its settings and pictures to its model.

    Parameters
    ----------
    settings : Settings
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
    whole_numbers : callable, optional
        Gives the share of whole numbers that scores read right, from the scores of the pictures
        of validation and their target; it is reported beside the accuracy.

    Attributes
    ----------
    progress : Progress
        With `state`, all that changes: with these two, `resume` goes on to the same bits.
    per_epoch, total : int
        Iterations in an epoch, and at most.

    Raises
    ------
    SettingError
        Where settings do not fit the network, or there is no such engine.
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
        whole_numbers: WholeNumbers | None = None,
    ) -> None:
        self.settings, self.source, self.seed = settings, source, seed
        self._whole_numbers = whole_numbers
        self.team = team or Team()
        self.network = Network.parse(settings.network)
        if isinstance(engine, str):
            engine = make_engine(engine, self.network, threads, devices)
        self.engine = engine
        self.optimiser = settings.optimiser_for(self.network)
        self.schedule = Schedule.parse(settings.schedule)
        self.augment = Augment.parse(settings.augment)
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
        self.resume(self.optimiser.start(theta), Progress())

    def resume(self, state: State, progress: Progress) -> None:
        """Go on from a state and progress of this training."""
        self.progress = progress
        self._training = self.engine.training(self.optimiser, state)

    @property
    def state(self) -> State:
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

        Parameters
        ----------
        pause_every : int
            Yield also after each iteration that this divides; 0 for when it suits the engine.

        Raises
        ------
        TrainingError
            Where the loss is no longer a finite number.
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

    def _next_batches(self, most: int) -> Batches:
        """Return up to `most` mini-batches: equal ones of one epoch, up to a validation."""
        first, every, size = self.progress.iteration, self._validate_every, self.settings.batch_size
        epoch, place = divmod(first, self.per_epoch)
        images, target = self.source.epoch(epoch)
        whole = len(self.source) // size
        count = max(1, min(most, whole - place, self.total - first, every - first % every))
        order = _epoch_order(self.seed, epoch, len(self.source)) % len(images)
        order = order[place * size : (place + count) * size].reshape(count, -1)
        iterations = range(first, first + count)
        augmented = None
        if self.augment != Augment():
            augmented = AugmentedPictures(self.augment, images, order, self.seed, first)
        return Batches(
            images=images,
            target=target,
            order=order,
            lr=[self._lr(iteration) for iteration in iterations],
            noise=[
                self.network.draw(generator(self.seed, Purpose.NOISE, iteration), order.shape[1])
                for iteration in iterations
            ],
            preprocess=self.preprocess,
            augment=augmented,
        )

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
        progress.stopped = self._why_stop(epoch_loss)
        accuracy, numbers = self._validate() if self._is_time() else (None, None)
        return Record(
            iteration=progress.iteration,
            epoch=epoch,
            loss=loss,
            smoothed=smoothed,
            lr=lr,
            accuracy=self._accuracy(correct, select(batches.target, chosen)),
            validation_accuracy=accuracy,
            validation_numbers=numbers,
            epoch_loss=epoch_loss,
        )

    def _why_diverged(self, images: NDArray[np.uint8], lr: float, loss: float) -> str:
        where = describe_nonfinite(self.network, self.state.theta, self.preprocess(images))
        return (
            f"the loss is {loss} at iteration {self.progress.iteration + 1}, where lr is {lr:g}"
            f"{f' ({where})' if where else ''}: training has diverged. "
            f"Set lr below {self.settings.lr:g}{'' if self.settings.clip else ', or clip=1'}."
        )

    def _why_stop(self, epoch_loss: float | None) -> str | None:
        """Return why training ends here; `epoch_loss` is that of an epoch that ends here."""
        bound = self.settings.stop_loss
        if epoch_loss is not None and epoch_loss < bound:
            return f"mean loss {epoch_loss:.6f} of the epoch is below {bound:g}"
        if self.progress.iteration == self.total:
            return f"all {self.total} iterations are done"
        return None

    def _is_time(self) -> bool:
        """Return whether to validate after this iteration: at times, and once at the latest."""
        progress = self.progress
        is_last_chance = progress.stopped is not None and not progress.errors
        return progress.iteration % self._validate_every == 0 or is_last_chance

    def _validate(self) -> tuple[float | None, float | None]:
        """Measure the held-out pictures, where there are any, and remember their error rate."""
        if not len(self.source.validation.images):
            return None, None
        accuracy, numbers = self.measure()
        self.progress.errors.append(1 - accuracy)
        return accuracy, numbers

    def measure(self) -> tuple[float, float | None]:
        """Return the accuracy on the held-out pictures, and the share of whole numbers if asked."""
        images, target = self.source.validation
        scores = self.engine.scores(self.theta, self.preprocess(images))
        accuracy = self._accuracy(int(self.network.loss.count_correct(scores, target)), target)
        numbers = self._whole_numbers(scores, target) if self._whole_numbers else None
        return accuracy, numbers

    def _accuracy(self, correct: int, target: Target) -> float:
        """Return the share of the answers that was right; 0 where a target asks for none."""
        answers = self.network.loss.count_answers(target, self.network.shapes[-1])
        return correct / max(1, answers)


@lru_cache(maxsize=1)
def _epoch_order(seed: int, epoch: int, count: int) -> NDArray[np.int64]:
    """Return the order of `count` pictures in an epoch."""
    return generator(seed, Purpose.ORDER, epoch).permutation(count)
