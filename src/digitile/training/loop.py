"""The one training loop (wu2016 §2.4, §3; li2017 §1.3.1; sjtu2025 pp. 5, 22–24).

Chance is drawn from generators made anew from (seed, purpose, count), so the state that a
checkpoint has to hold is small: a run that goes on draws what an uninterrupted one would.
"""

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitile.data.augment import Augment
from digitile.data.continental import with_continental
from digitile.data.dataset import Dataset
from digitile.data.nondigits import NONE, TRAINED, with_nondigits
from digitile.engines import Team, make_engine
from digitile.errors import SettingError, TrainingError
from digitile.model import Model
from digitile.nn.init import Init
from digitile.nn.layer import Array
from digitile.nn.network import Network
from digitile.nn.optimiser import SGD
from digitile.nn.preprocess import Preprocess
from digitile.training.schedule import Schedule
from digitile.training.settings import Settings

RUN_SECONDS = 0.1
"""Iterations are handed to the engine in runs of about this length."""


class Purpose(IntEnum):
    """What random numbers are for; each has a stream of its own."""

    SUBSET = 0
    SPLIT = 1
    INIT = 2
    ORDER = 3
    AUGMENT = 4
    NOISE = 5
    NONDIGITS = 6
    CALIBRATION = 7
    CONTINENTAL = 8
    REHEARSAL = 9
    FOLDS = 10


def generator(seed: int, purpose: Purpose, count: int = 0) -> np.random.Generator:
    """Return the generator for one purpose, and one epoch or iteration of it."""
    return np.random.default_rng((seed, int(purpose), count))


def subset(dataset: Dataset, count: int, seed: int, purpose: Purpose) -> Dataset:
    """Return `count` pictures drawn at random, or all where `count` is 0.

    Raises
    ------
    SettingError
        Where the data set has fewer.
    """
    if count == 0:
        return dataset
    if count > len(dataset):
        raise SettingError(f"{count} pictures wanted, but {dataset.name} has {len(dataset)}.")
    return dataset.take(generator(seed, purpose).permutation(len(dataset))[:count])


def parts(settings: Settings, dataset: Dataset, seed: int) -> tuple[Dataset, Dataset]:
    """Return the pictures that a training holds out, and those that it trains on.

    Raises
    ------
    SettingError
        Where none are left to train on.
    """
    chosen = subset(dataset, settings.train_pictures, seed, Purpose.SUBSET)
    if settings.validation >= len(chosen):
        raise SettingError(
            f"validation={settings.validation} leaves nothing of {len(chosen)} pictures to "
            "train on. Set validation lower."
        )
    order = generator(seed, Purpose.SPLIT).permutation(len(chosen))
    return chosen.take(order[: settings.validation]), chosen.take(order[settings.validation :])


@dataclass(frozen=True)
class Record:
    """What one iteration, validation or epoch has shown.

    Attributes
    ----------
    iteration : int
        Steps taken, from 1.
    epoch : int
        The epoch it belongs to, from 1.
    loss : float
        Mean loss of the batch, before the step.
    smoothed : float
        rL ← c·rL + (1 − c)·L, from the first L.
    lr : float
        The learning rate of the step.
    accuracy : float
        Share of the batch that was right, before the step.
    validation_accuracy : float or None
        Share of the held-out pictures that is right, after the step, when it was measured.
    epoch_loss : float or None
        Mean loss of the epoch, at its last iteration.
    """

    iteration: int
    epoch: int
    loss: float
    smoothed: float
    lr: float
    accuracy: float
    validation_accuracy: float | None = None
    epoch_loss: float | None = None

    def as_json(self) -> dict[str, Any]:
        """Return what is not None."""
        return {key: value for key, value in vars(self).items() if value is not None}


@dataclass
class Progress:
    """What changes while training, but for parameters and velocity: JSON values.

    Attributes
    ----------
    iteration : int
        Steps taken.
    smoothed : float or None
    epoch_sum : float
        Sum of the pictures' losses in this epoch.
    epoch_loss : float or None
        Mean loss of the last whole epoch.
    errors : list of float
        All validation error rates.
    stopped : str or None
        Why training ended.
    """

    iteration: int = 0
    smoothed: float | None = None
    epoch_sum: float = 0.0
    epoch_loss: float | None = None
    errors: list[float] = field(default_factory=list)
    stopped: str | None = None


_Pictures = tuple[
    NDArray[np.uint8], NDArray[np.int64], NDArray[np.int64], NDArray[np.float32] | None
]
"""Pictures, labels, each step's places in them, and how the engine is to move them."""


class Trainer:
    """One training, from its settings to its model.

    Parameters
    ----------
    settings : Settings
    dataset : Dataset
        The training part of a data set; validation pictures are taken out of it.
    engine : str
        A name from `digitile.engines`.
    seed : int
        Of everything that is drawn at random.
    threads : int or None
        See `make_engine`; without influence on what is computed.
    devices : int
        See `make_engine`; with influence on rounding only.
    team : Team, optional
        The processes that train together; this one alone, where it is not given.

    Attributes
    ----------
    theta, velocity : ndarray, float32, flat
        Parameters, and the optimiser's last step.
    progress : Progress
        The rest of the state: with these three, the run goes on to the same bits.
    per_epoch, total : int
        Iterations in an epoch, and at most.

    Raises
    ------
    SettingError
        Where settings and data do not fit.
    """

    def __init__(
        self,
        settings: Settings,
        dataset: Dataset,
        engine: str,
        seed: int,
        threads: int | None = None,
        devices: int = 1,
        team: Team | None = None,
    ) -> None:
        self.settings = settings
        self.team = team or Team()
        self.seed = seed
        self.network = Network.parse(settings.network)
        classes = len(dataset.classes) + bool(settings.nondigits)
        if classes != self.network.classes:
            more = f" with {NONE}" if settings.nondigits else ""
            raise SettingError(
                f"{dataset.name} has {classes} classes{more}, but the network ends in "
                f"{self.network.classes} outputs. Set network=… with as many as classes."
            )
        self.engine = make_engine(engine, self.network, threads, devices)
        self.held_out, self.training = parts(settings, dataset, seed)
        if settings.continental:
            rng = generator(seed, Purpose.CONTINENTAL)
            self.training = with_continental(self.training, settings.continental, rng)
        if settings.nondigits:
            self._draw_nondigits()
        self.preprocess = Preprocess.fit(settings.preprocess, self.training.images)
        self.augment = Augment.parse(settings.augment)
        self.schedule = Schedule.parse(settings.schedule)
        self.optimiser = SGD.of(
            self.network,
            settings.momentum,
            settings.weight_decay,
            settings.bias_lr,
            settings.layer_lr,
        )
        rng = generator(seed, Purpose.INIT)
        self.theta: Array = Init.parse(settings.init).draw(self.network, settings.bias, rng)
        self.velocity: Array = np.zeros_like(self.theta)
        self.progress = Progress()
        self._order_now, self._order_of = np.empty(0, np.int64), -1
        self.per_epoch = math.ceil(len(self.training) / settings.batch_size)
        planned = self.per_epoch * settings.epochs
        self.total = min(planned, settings.iterations or planned)

    def _draw_nondigits(self) -> None:
        """Put what is no digit beside training and held-out pictures, and make each of its own."""
        count = self.settings.nondigits
        held = round(count * len(self.held_out) / len(self.training))
        rng = generator(self.seed, Purpose.NONDIGITS)
        self.training = with_nondigits(self.training, count, rng, TRAINED)
        if len(self.held_out):
            self.held_out = with_nondigits(self.held_out, held, rng, TRAINED)

    def model(self, about: dict[str, Any]) -> Model:
        """Return the network as trained so far."""
        classes = self.training.classes
        return Model(self.network, self.theta.copy(), self.preprocess, classes, about)

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
        held_out = self.preprocess(self.held_out.images)
        most = 1
        while self.progress.stopped is None:
            started = time.monotonic()
            pause = pause_every or self.total
            left = pause - self.progress.iteration % pause
            records = self._advance(min(most, left), held_out)
            fitting = round(len(records) * RUN_SECONDS / (time.monotonic() - started))
            most = int(self.team.agreed(np.array(max(1, fitting))))
            yield records

    def _advance(self, most: int, held_out: Array) -> list[Record]:
        """Take up to `most` steps of one epoch with equal mini-batches, up to a validation."""
        settings, first = self.settings, self.progress.iteration
        epoch, place = divmod(first, self.per_epoch)
        every = settings.validate_every or self.per_epoch
        size, whole = settings.batch_size, len(self.training) // settings.batch_size
        count = max(1, min(most, whole - place, self.total - first, every - first % every))
        order = self._order(epoch)[place * size : (place + count) * size].reshape(count, -1)
        iterations = range(first, first + count)
        rates = [
            self.schedule.lr(
                settings.lr, iteration, self.per_epoch, self.total, self.progress.errors
            )
            for iteration in iterations
        ]
        noise = [
            self.network.draw(generator(self.seed, Purpose.NOISE, iteration), order.shape[1])
            for iteration in iterations
        ]
        images, labels, chosen, back = self._pictures(order, iterations)
        steps = self.engine.train(
            self.theta,
            self.velocity,
            images,
            labels,
            chosen,
            rates,
            preprocess=self.preprocess,
            optimiser=self.optimiser,
            noise=noise,
            back=back,
        )
        return [
            self._note(epoch, float(loss), int(correct), order.shape[1], lr, held_out)
            for loss, correct, lr in zip(steps.losses, steps.correct, rates, strict=True)
        ]

    def _order(self, epoch: int) -> NDArray[np.int64]:
        """Return the order of the pictures in an epoch."""
        if self._order_of != epoch:
            rng = generator(self.seed, Purpose.ORDER, epoch)
            self._order_now, self._order_of = rng.permutation(len(self.training)), epoch
        return self._order_now

    def _pictures(self, order: NDArray[np.int64], iterations: range) -> _Pictures:
        """Return what the engine trains on, augmented where that is set."""
        images, labels = self.training.images, self.training.labels
        if self.augment == Augment():
            return images, labels, order, None
        draws = [generator(self.seed, Purpose.AUGMENT, iteration) for iteration in iterations]
        if self.engine.moves and self.augment.is_affine:
            n, (height, width) = order.shape[1], images.shape[2:]
            self.augment.check_size(height, width)
            drawn = [self.augment.draw(rng, n, height, width) for rng in draws]
            return images, labels, order, np.stack([each.back(height, width) for each in drawn])
        batches = [
            self.augment(images[chosen], rng) for chosen, rng in zip(order, draws, strict=True)
        ]
        places = np.arange(order.size).reshape(order.shape)
        return np.concatenate(batches), labels[order.ravel()], places, None

    def _note(
        self, epoch: int, loss: float, correct: int, batch: int, lr: float, held_out: Array
    ) -> Record:
        """Take one step into account, and say what it showed."""
        progress, keep = self.progress, self.settings.smoothing
        progress.iteration += 1
        if not math.isfinite(loss):
            raise TrainingError(
                f"the loss is {loss} at iteration {progress.iteration}: training has diverged. "
                f"Set lr below {self.settings.lr:g}."
            )
        before = loss if progress.smoothed is None else progress.smoothed
        progress.smoothed = keep * before + (1 - keep) * loss
        progress.epoch_sum += loss * batch
        epoch_ends = progress.iteration % self.per_epoch == 0
        if epoch_ends:
            progress.epoch_loss = progress.epoch_sum / len(self.training)
            progress.epoch_sum = 0.0
        progress.stopped = self._why_stop(epoch_ends)
        return Record(
            iteration=progress.iteration,
            epoch=epoch + 1,
            loss=loss,
            smoothed=progress.smoothed,
            lr=lr,
            accuracy=correct / batch,
            validation_accuracy=self._validate(held_out),
            epoch_loss=progress.epoch_loss if epoch_ends else None,
        )

    def _why_stop(self, epoch_ends: bool) -> str | None:
        loss, bound = self.progress.epoch_loss, self.settings.stop_loss
        if epoch_ends and loss is not None and loss < bound:
            return f"mean loss {loss:.6f} of the epoch is below {bound:g}"
        if self.progress.iteration == self.total:
            return f"all {self.total} iterations are done"
        return None

    def _validate(self, held_out: Array) -> float | None:
        """Return the accuracy on the held-out pictures, when it is time."""
        every = self.settings.validate_every or self.per_epoch
        if len(held_out) == 0 or self.progress.iteration % every:
            return None
        answers = self.engine.scores(self.theta, held_out).argmax(axis=1)
        accuracy = float(np.mean(answers == self.held_out.labels))
        self.progress.errors.append(1 - accuracy)
        return accuracy
