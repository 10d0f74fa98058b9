"""One run to be done, as data: everything that determines it."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import Any

import msgspec

from digitile import __version__, recipes
from digitile.data import NAMES, Progress, Splits, load_data
from digitile.nn.network import Network
from digitile.papers.experiment import Arm, Classifier, Function, TrainingWork
from digitile.papers.results import FORMAT
from digitile.training.prepare import pictures_trained_on, steps_planned
from digitile.training.settings import Settings

QUICK_ITERATIONS = 60
QUICK_DATA = "digits"


CUT_SHORT = ("iterations", "validation", "validate_every", "train_pictures", "test_pictures")
"""Settings that the smoke test replaces."""


@dataclass(frozen=True)
class Task:
    """One run."""

    work: TrainingWork | Classifier
    settings: Settings | None  # of a training: the recipe's with all overrides
    # the data set's name, and a digest of its pictures and labels
    data: str
    sha256: str
    engine: str
    seed: int
    # about how long it takes, in units that are the same for all tasks; no part of the digest
    cost: float

    def describe(self) -> dict[str, Any]:
        """Return everything that determines the run, as JSON values."""
        if self.settings is None:
            what: dict[str, Any] = {"classifier": msgspec.structs.asdict(self.work)}
        else:
            assert isinstance(self.work, TrainingWork)
            what = {"settings": self.settings.as_json(), "watch": self.work.watch}
            what["engine"] = self.engine
        data = {"name": self.data, "sha256": self.sha256}
        return {"format": FORMAT, "version": __version__, **what, "data": data, "seed": self.seed}

    @property
    def label(self) -> str:
        """What a display calls it."""
        if isinstance(self.work, Classifier):
            kind = f"{self.work.neighbours}-nn" if self.work.method == "neighbours" else "svm"
            words = [kind, "deskewed" if self.work.deskew else ""]
        else:
            words = [self.work.recipe, *map(self._as_run, self.work.overrides)]
        words = [word for word in words if word and not word.startswith("network=")]
        return f"{' '.join(words)[:60]}, seed {self.seed}"

    def _as_run(self, override: str) -> str:
        """Return an override as the run has it: the smoke test replaces some."""
        name = override.partition("=")[0]
        return f"{name}={getattr(self.settings, name)}" if name in CUT_SHORT else override

    @property
    def digest(self) -> str:
        """The run's name: of everything that determines it."""
        text = json.dumps(self.describe(), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:32]


@dataclass(frozen=True)
class RunData:
    """A data set as runs need it: its name or folder, its pictures, and their digest."""

    name: str
    splits: Splits
    sha256: str


def data_of(arm: Arm) -> str:
    """Return the name of the data set an arm needs; empty for none."""
    if isinstance(arm.work, Function):
        return ""
    return recipes.find(arm.work.recipe)[0].data if isinstance(arm.work, TrainingWork) else "mnist"


def settings_of(work: TrainingWork, quick: bool) -> Settings:
    """Return a training's settings; those of the smoke test are cut short."""
    settings = recipes.find(work.recipe)[1].override(work.overrides)
    if not quick:
        return settings
    return replace(
        settings,
        iterations=min(settings.iterations or QUICK_ITERATIONS, QUICK_ITERATIONS),
        validation=min(settings.validation, 100),
        validate_every=min(settings.validate_every, 20),
        train_pictures=0,
        test_pictures=0,
    )


def tasks_of(
    arm: Arm, seeds: Iterable[int], source: RunData, engine: str, quick: bool
) -> list[Task]:
    """Return the runs of an arm that needs pictures."""
    data, sha256, splits = source.name, source.sha256, source.splits
    if isinstance(arm.work, TrainingWork):
        settings = settings_of(arm.work, quick)
        steps = steps_planned(settings, pictures_trained_on(settings, len(splits.train)))
        network = Network.parse(settings.network)
        work: TrainingWork | Classifier = arm.work
        each = sum(
            layer.multiply_adds(shape)
            for layer, shape in zip(network.layers, network.shapes, strict=False)
        )
        # About the seconds of one thread: what grows with the network, a picture's own, the start.
        cost = steps * settings.batch_size * (4e-11 * each + 1.2e-5) + 0.3
        return [Task(work, settings, data, sha256, engine, seed, cost) for seed in seeds]
    assert isinstance(arm.work, Classifier)
    work = arm.work
    if quick:
        work = msgspec.structs.replace(work, train_pictures=0, test_pictures=0)
    train = work.train_pictures or len(splits.train)
    test = work.test_pictures or len(splits.test)
    cost = train * (train + test) * (1e-7 if work.method == "svm" else 1e-8) + 0.3
    return [Task(work, None, data, sha256, engine, seed, cost) for seed in seeds]


def load_source(
    name: str,
    folder: str | PathLike[str] | None,
    shape: tuple[int, ...] | None,
    progress: Progress | None = None,
) -> RunData:
    """Load a data set as its digest is taken: in its own shape, if it has one of its own.

    Parameters
    ----------
    folder : path-like or None
        Where data sets are kept.
    shape : (C, H, W) or None
        To which a folder of pictures is brought.
    """
    known = name in NAMES
    splits = load_data(name, folder, None if known else shape, progress)
    # a worker may stand elsewhere
    return RunData(name if known else str(Path(name).resolve()), splits, digest_of(splits))


def digest_of(splits: Splits) -> str:
    """Return a digest of a data set's pictures and labels."""
    digest = hashlib.sha256()
    for part in (splits.train, splits.test):
        digest.update(part.images.tobytes())
        digest.update(part.labels.tobytes())
    return digest.hexdigest()
