"""From a model to one that also reads a new hand, learnt from a few dozen examples.

The training that made the model goes on for a moment: at a quarter of its learning rate, on
examples and old pictures in equal parts (rehearsal, Robins 1995), each time augmented anew. Then
the parameters go only a part of the way to where that led (Wortsman et al. 2022, WiSE-FT): that
keeps most of what is won and of what was known. The numbers were chosen on drawn hands;
docs/architecture.md has figures, of others.

So few examples cannot be divided into some to learn and some to test with. What the adapted model
does on the new hand is cross-validated: each example is answered by a network that was adapted to
others only. The model that is returned has learnt from all.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from digitile.data.continental import with_continental
from digitile.data.dataset import Dataset, Splits, join
from digitile.data.nondigits import NONE, TRAINED, with_nondigits
from digitile.errors import DataError, ModelFileError, UsageError
from digitile.model import Model
from digitile.nn.layer import Array
from digitile.training.calibration import calibrated
from digitile.training.chance import Purpose, generator
from digitile.training.loop import Trainer
from digitile.training.metrics import Evaluation, evaluate
from digitile.training.prepare import Parts, split
from digitile.training.settings import Settings

LEAST = 10
"""Fewest examples: with fewer, nothing that is measured on them says much."""

FOLDS = 5
"""Groups of examples that are answered by networks adapted to the other groups."""

EPOCHS = 3
SLOWER = 0.25
"""The first learning rate, relative to the one that the model was trained with."""

WAY = 0.7
"""How far the parameters go towards those that the training ends with."""

REHEARSED = 1000
"""Old pictures, and about as many copies of examples; more where there are more examples."""

MOST_COPIES = 20
"""Of each example: fewer than `REHEARSED` / `MOST_COPIES` examples must not outweigh the old."""

NONDIGITS, CONTINENTAL = 0.2, 0.03
"""Relative to the old pictures, what is drawn beside them where the model's training had it."""

AUGMENT = "shift(1) rotate(8) scale(0.15) shear(0.15)"
"""Where the model was trained without augmentation."""

MOST_BATCH = 100


@dataclass(frozen=True, eq=False)
class Adapted:
    """An adapted model, and what it is worth.

    Attributes
    ----------
    model : Model
    before, after : Evaluation
        Of the examples: by the model as it was, and cross-validated.
    old_before, old_after : Evaluation
        Of the old data's test pictures, by the model as it was, and by `model`.
    recalibrated : bool
        Whether temperature and error rates were measured anew; else they are those of the model
        as it was.
    """

    model: Model
    before: Evaluation
    after: Evaluation
    old_before: Evaluation
    old_after: Evaluation
    recalibrated: bool

    @property
    def gained(self) -> int:
        """Examples that were answered wrongly, and rightly after."""
        return int(np.count_nonzero(_right(self.after) & ~_right(self.before)))

    @property
    def lost(self) -> int:
        """Examples that were answered rightly, and wrongly after."""
        return int(np.count_nonzero(_right(self.before) & ~_right(self.after)))

    @property
    def helps(self) -> bool:
        """Whether more examples are right than before."""
        return self.gained > self.lost


def adapt(
    model: Model,
    examples: Dataset,
    old: Splits,
    *,
    engine: str,
    seed: int,
    on_progress: Callable[[float], None],
    threads: int | None = None,
) -> Adapted:
    """Adapt a model to labelled examples.

    Parameters
    ----------
    model : Model
        As `digitile.training.run` writes it: its `about` says how it was trained.
    examples : Dataset
        Of the model's classes and input shape.
    old : Splits
        What is not to be forgotten; rehearsed from the training part, measured on the test part.
        Temperature and error rates are measured anew, on the pictures held out of the model's
        training, where this is what it was trained on; elsewhere nothing here could do it.
    engine : str
        A name from `digitile.engines`.
    seed : int
        Of everything that is drawn at random.
    on_progress : callable
        Called with the share of the work that is done.
    threads : int or None
        See `make_engine`; without influence on the result.

    Raises
    ------
    DataError
        For fewer than `LEAST` examples, and data of other classes.
    ModelFileError
        Where the model does not say how it was trained.
    """
    if len(examples) < LEAST:
        raise DataError(
            f"{examples.name} has {len(examples)} different pictures, but adapting needs {LEAST} "
            "or more; 5 of each class are better. Add some."
        )
    own, own_seed, digest = _training_of(model)
    known = digest == old.train.digest()
    before, old_before = evaluate(model, examples, engine), evaluate(model, old.test, engine)
    nothing = old.train.take([])
    parts = split(own, old.train, own_seed) if known else Parts(old.train, nothing)
    rehearsed = _rehearsed(model, own, parts.training, max(REHEARSED, len(examples)), seed)
    settings = _gentler(own, model)
    after = np.empty((len(examples), len(model.classes)), np.float32)
    folds = _folds(examples.labels, seed)
    for number, fold in enumerate([*folds, np.empty(0, np.int64)]):
        seen = examples.take(np.setdiff1d(np.arange(len(examples)), fold))
        mixed = Parts(_mixed(rehearsed, seen), nothing)
        trainer = Trainer(settings, mixed, engine, seed, start=model, threads=threads)
        for _ in trainer.run():
            share = trainer.progress.iteration / trainer.total
            on_progress((number + share) / (len(folds) + 1))
        adapted = replace(model, theta=_part_way(model.theta, trainer.theta))
        if len(fold):
            after[fold] = adapted.scores(examples.images[fold], engine)
    recalibrated = own.calibration > 0 and len(parts.held_out) > 0
    if recalibrated:
        share, rng = own.nondigits / len(parts.training), generator(own_seed, Purpose.NONDIGITS)
        held_out = _with_none(parts.held_out, model, share, rng)
        adapted = calibrated(adapted, held_out, settings, trainer.engine, seed)
    return Adapted(
        adapted,
        before,
        Evaluation(after, examples.labels),
        old_before,
        evaluate(adapted, old.test, engine),
        recalibrated,
    )


def _right(evaluation: Evaluation) -> NDArray[np.bool_]:
    return np.asarray(evaluation.answers == evaluation.labels)


def _training_of(model: Model) -> tuple[Settings, int, str]:
    """Return the settings, the seed and the digest of the data of a model's training."""
    try:
        settings, seed = Settings.from_json(model.about["settings"]), int(model.about["seed"])
        if seed < 0:
            raise ValueError(f"seed {seed}")
        return settings, seed, str(model.about["data"]["sha256"])
    except (KeyError, TypeError, ValueError, UsageError) as error:
        raise ModelFileError(
            f"the model's header does not say how it was trained ({error}), which adapting goes on "
            "with. Use a model that digitile train has written."
        ) from None


def _gentler(own: Settings, model: Model) -> Settings:
    """Return the settings of a model's training for going on with it for a moment."""
    return Settings(
        network=str(model.network),
        epochs=EPOCHS,
        batch_size=min(own.batch_size, MOST_BATCH),
        lr=own.lr * SLOWER,
        schedule="linear(0)",
        optimiser=own.optimiser,
        momentum=own.momentum,
        weight_decay=own.weight_decay,
        bias_lr=own.bias_lr,
        layer_lr=own.layer_lr,
        clip=own.clip,
        augment=AUGMENT if own.augment == "none" else own.augment,
        calibration=own.calibration,
    )


def _rehearsed(model: Model, own: Settings, training: Dataset, count: int, seed: int) -> Dataset:
    """Return old pictures, with what was drawn beside them."""
    rng = generator(seed, Purpose.REHEARSAL)
    chosen = training.take(rng.permutation(len(training))[:count])
    if own.continental:
        chosen = with_continental(chosen, round(CONTINENTAL * len(chosen)), rng)
    return _with_none(chosen, model, NONDIGITS, rng)


def _with_none(digits: Dataset, model: Model, share: float, rng: np.random.Generator) -> Dataset:
    """Return pictures of all the model's classes: non-digits are drawn where there are none."""
    if (*digits.classes, NONE) != model.classes:
        return digits
    return with_nondigits(digits, round(share * len(digits)), rng, TRAINED)


def _mixed(rehearsed: Dataset, examples: Dataset) -> Dataset:
    """Return old pictures with as many copies of each example as make about their number."""
    copies = min(MOST_COPIES, math.ceil(len(rehearsed) / len(examples)))
    return join(rehearsed, examples.take(np.tile(np.arange(len(examples)), copies)))


def _folds(labels: NDArray[np.int64], seed: int) -> list[NDArray[np.int64]]:
    """Return places in `labels` in groups that share out each class evenly."""
    order = generator(seed, Purpose.FOLDS).permutation(len(labels))
    order = order[np.argsort(labels[order], kind="stable")]
    return [order[first::FOLDS] for first in range(FOLDS)]


def _part_way(old: Array, new: Array) -> Array:
    return np.asarray(old + np.float32(WAY) * (new - old))
