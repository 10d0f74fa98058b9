"""From a model that sees pages to one that also reads a new hand, learnt from a few photos.

The training that made the model goes on for a moment: at a quarter of its learning rate, on scenes
of the examples and on drawn ones in equal parts (rehearsal, Robins 1995). Then the parameters go
only a part of the way to where that led (Wortsman et al. 2022, WiSE-FT): that keeps most of what is
won and of what was known.

So few examples cannot be divided into some to learn and some to test with. What the adapted model
does on the new hand is cross-validated: each example is read by a network that was adapted to
others only. The model that is returned has learnt from all.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitile.data import default_folder
from digitile.data.examples import Example, digest_of
from digitile.engines import Engine, make_engine
from digitile.errors import DataError, ModelFileError, UsageError
from digitile.model import Model
from digitile.nn.layer import Array
from digitile.nn.loss import Places, select
from digitile.parallel.worker import ignore
from digitile.reader.sight import Sight, check_model
from digitile.scenes import Materials, Scenes, draw_block
from digitile.training.chance import Purpose, generator
from digitile.training.lessons import TextLesson, is_right, lesson_of, scenes_of
from digitile.training.loop import Trainer
from digitile.training.settings import Settings
from digitile.training.source import Pictures

LEAST = 5
"""Fewest examples that something can be learnt from: with fewer, nothing measured says much."""

FOLDS = 4
"""Groups of examples that are read by networks adapted to the other groups."""

EPOCHS = 2
SLOWER = 0.25
"""The first learning rate, relative to the one that the model was trained with."""

WAY = 0.7
"""How far the parameters go towards those that the training ends with."""

REHEARSED = 512
"""Scenes drawn beside as many of examples, in an epoch."""

KEPT_APART = 256
"""Scenes that what was forgotten is measured on."""

LOOKING = 0.2
"""The share of the work that is over when the examples have been looked at."""

ORIGIN = ("recipe", "settings", "data", "engine", "seed")
"""What an adapted model's `about` keeps of how the first one was trained."""


@dataclass(frozen=True, eq=False)
class Adapted:
    """An adapted model, and what it is worth."""

    # its ``about["adapted"]`` has an entry for each time it was adapted, the last one for this
    model: Model
    # whether each example that could be learnt from is read right: by the model as it was,
    # and cross-validated
    before: NDArray[np.bool_]
    after: NDArray[np.bool_]
    # places with a digit on drawn scenes of what is kept apart, and those that were right by the
    # model as it was, and by `model`
    old_places: int
    old_before: int
    old_after: int
    skipped: tuple[tuple[str, str], ...]  # pictures that nothing could be learnt from, and why

    @property
    def gained(self) -> int:
        """Examples that were read wrongly, and rightly after."""
        return int((self.after & ~self.before).sum())

    @property
    def lost(self) -> int:
        """Examples that were read rightly, and wrongly after."""
        return int((self.before & ~self.after).sum())

    @property
    def helps(self) -> bool:
        """Whether more examples are right than before."""
        return self.gained > self.lost


def adapt(
    model: Model,
    examples: Sequence[Example],
    folder: str | PathLike[str] | None = None,
    *,
    engine: str = "tile",
    seed: int = 0,
    on_progress: Callable[[float], None] = ignore,
    threads: int | None = None,
) -> Adapted:
    """Adapt a model to labelled photos.

    Parameters
    ----------
    model : Model
        That sees pages, as `digitile.training.run` writes it: its `about` says how it was trained.
    examples : sequence of Example
        See `digitile.data.examples.load_examples`.
    folder : path-like, optional
        Where data sets are kept, what scenes are drawn from; `default_folder` if not given.
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
        Where fewer than `LEAST` examples can be learnt from, and where what scenes are drawn from
        is missing.
    ModelFileError
        Where the model does not say how it was trained.
    SettingError
        For a model that does not see pages.
    """
    check_model(model)
    settings, digest = _gentler(model), digest_of(examples)
    kept = default_folder() if folder is None else Path(folder)
    known, apart = (Materials.load(kept, kept_apart=not_seen) for not_seen in (False, True))
    made = make_engine(engine, model.network, threads)
    lessons, skipped = _lessons(examples, Sight(model, made), on_progress)
    old = draw_block(apart, 0, 0, KEPT_APART)
    rehearsed = draw_block(known, seed, 0, REHEARSED)
    total = (FOLDS + 1) * EPOCHS * 2 * REHEARSED // settings.batch_size
    done = 0

    def adapted(part: Sequence[TextLesson], number: int) -> Model:
        nonlocal done
        source = _Mixed(model.classes, rehearsed, part, seed, number)
        trainer = Trainer(settings, source, made, seed, start=model)
        for records in trainer.run():
            done += len(records)
            on_progress(LOOKING + (1 - LOOKING) * min(1.0, done / total))
        return replace(model, theta=_part_way(model.theta, trainer.theta))

    before = _read(lessons, Sight(model, made))
    after = np.zeros(len(lessons), bool)
    for number, fold in enumerate(_folds(len(lessons), seed)):
        others = [lessons[place] for place in np.setdiff1d(np.arange(len(lessons)), fold)]
        one = adapted(others, number)
        after[fold] = _read([lessons[place] for place in fold], Sight(one, made))
    result = adapted(lessons, FOLDS)
    places, old_before = _places_right(model, old, made)
    _, old_after = _places_right(result, old, made)
    on_progress(1.0)
    found = Adapted(result, before, after, places, old_before, old_after, tuple(skipped))
    asked = {"texts": len(examples), "sha256": digest}
    entry = {**_entry(asked, found), "engine": engine, "seed": seed}
    return replace(found, model=replace(result, about=_about(model, entry)))


def _entry(asked: dict[str, Any], found: Adapted) -> dict[str, Any]:
    """Return what an adapted model's file says of the examples, and of what they brought."""
    return {
        "examples": {
            **asked,
            "learnt": len(found.before),
            "right_before": int(found.before.sum()),
            "right_after": int(found.after.sum()),
            "gained": found.gained,
            "lost": found.lost,
            "skipped": [list(one) for one in found.skipped],
        },
        "old": {
            "name": "scenes",
            "places": found.old_places,
            "right_before": found.old_before,
            "right_after": found.old_after,
        },
        "helps": found.helps,
    }


def _about(model: Model, entry: dict[str, Any]) -> dict[str, Any]:
    """Return how the first model was trained, and each time it was adapted, this one last."""
    kept = {key: model.about[key] for key in ORIGIN if key in model.about}
    earlier = model.about.get("adapted", [])
    return {**kept, "adapted": [*(earlier if isinstance(earlier, list) else []), entry]}


def _lessons(
    examples: Sequence[Example], sight: Sight, on_progress: Callable[[float], None]
) -> tuple[list[TextLesson], list[tuple[str, str]]]:
    """Return what there is to learn, and the pictures that there is nothing to learn from."""
    lessons: list[TextLesson] = []
    skipped: list[tuple[str, str]] = []
    for number, example in enumerate(examples, 1):
        found = lesson_of(example, sight)
        if isinstance(found, str):
            skipped.append((example.name, found))
        else:
            lessons.append(found)
        on_progress(LOOKING * number / len(examples))
    if len(lessons) < LEAST:
        first = f" Of others, {skipped[0][0]}: {skipped[0][1]}." if skipped else ""
        raise DataError(
            f"{len(lessons)} of the {len(examples)} texts can be learnt from, but adapting needs "
            f"{LEAST} or more; 5 of each digit are better.{first} Add some."
        )
    return lessons, skipped


def _gentler(model: Model) -> Settings:
    """Return the settings of a model's training for going on with it for a moment."""
    try:
        own = Settings.from_json(model.about.get("settings"))
    except UsageError as error:
        raise ModelFileError(
            "adapting goes on with a model's training, but the header of this model does not say "
            f"how it was trained: {error}"
        ) from None
    return replace(
        own,
        network=str(model.network),
        epochs=EPOCHS,
        lr=own.lr * SLOWER,
        schedule="linear(0)",
        average=0.0,
        iterations=0,
        stop_loss=0.0,
        validation=0,
        validate_every=0,
    )


class _Mixed:
    """`digitile.training.source.Source`: drawn scenes, and anew for each epoch those of lessons."""

    def __init__(
        self,
        classes: tuple[str, ...],
        rehearsed: Scenes,
        lessons: Sequence[TextLesson],
        seed: int,
        number: int,
    ) -> None:
        self.classes, self._rehearsed, self._lessons = classes, rehearsed, lessons
        self._seed, self._number = seed, number
        self._epoch, self._pictures = 0, self._draw(0)
        nothing = np.empty(0, np.int64)
        self.validation = Pictures(rehearsed.images[:0], select(rehearsed.target, nothing))

    def __len__(self) -> int:
        return len(self._pictures.images)

    def epoch(self, number: int) -> Pictures:
        """Return the pictures of an epoch."""
        if number != self._epoch:
            self._epoch, self._pictures = number, self._draw(number)
        return self._pictures

    def _draw(self, epoch: int) -> Pictures:
        rng = generator(self._seed, Purpose.REHEARSAL, EPOCHS * self._number + epoch)
        drawn = self._rehearsed
        own = scenes_of(self._lessons, len(drawn.images), rng)
        both = drawn.target, own.target
        target = Places(
            np.concatenate([places.classes for places in both]),
            np.concatenate([places.weights for places in both]),
            np.concatenate([places.boxes for places in both]),
        )
        return Pictures(np.concatenate([drawn.images, own.images]), target)


def _read(lessons: Sequence[TextLesson], sight: Sight) -> NDArray[np.bool_]:
    return np.array([is_right(lesson, sight) for lesson in lessons], bool)


def _places_right(model: Model, pictures: Scenes, engine: Engine) -> tuple[int, int]:
    """Return how many places of scenes have a digit or mark, and how many of them are right."""
    loss = model.network.loss
    scores = engine.scores(model.theta, model.preprocess(pictures.images))
    count = loss.count_answers(pictures.target, model.network.shapes[-1])
    return count, int(loss.count_correct(scores, pictures.target))


def _folds(count: int, seed: int) -> list[NDArray[np.int64]]:
    """Return places in groups that no two of share one."""
    order = generator(seed, Purpose.FOLDS).permutation(count)
    return [order[first::FOLDS] for first in range(FOLDS)]


def _part_way(old: Array, new: Array) -> Array:
    return np.asarray(old + np.float32(WAY) * (new - old))
