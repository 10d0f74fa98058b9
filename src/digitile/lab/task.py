"""One run to be done, as data: everything that determines it."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from digitile import __version__, recipes
from digitile.data import NAMES, Progress, Splits, load
from digitile.lab.experiment import Arm, Classifier, Function, Training
from digitile.lab.results import FORMAT
from digitile.nn.network import Network
from digitile.training.prepare import pictures_trained_on, steps_planned
from digitile.training.settings import Settings

QUICK_ITERATIONS = 60
QUICK_DATA = "digits"


@dataclass(frozen=True)
class Task:
    """One run.

    Attributes
    ----------
    work : Training or Classifier
    settings : Settings or None
        Of a training: the recipe's with all overrides.
    data, sha256 : str
        The data set's name, and a digest of its pictures and labels.
    engine : str
    seed : int
    cost : float
        About how long it takes, in units that are the same for all tasks; no part of the digest.
    """

    work: Training | Classifier
    settings: Settings | None
    data: str
    sha256: str
    engine: str
    seed: int
    cost: float

    def describe(self) -> dict[str, Any]:
        """Return everything that determines the run, as JSON values."""
        if self.settings is None:
            what: dict[str, Any] = {"classifier": asdict(self.work)}
        else:
            assert isinstance(self.work, Training)
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
            words = [self.work.recipe, *self.work.overrides]
        words = [word for word in words if word and not word.startswith("network=")]
        return f"{' '.join(words)[:60]}, seed {self.seed}"

    @property
    def digest(self) -> str:
        """The run's name: of everything that determines it."""
        text = json.dumps(self.describe(), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:32]


def data_of(arm: Arm) -> str:
    """Return the name of the data set an arm needs; empty for none."""
    if isinstance(arm.work, Function):
        return ""
    return recipes.find(arm.work.recipe)[0].data if isinstance(arm.work, Training) else "mnist"


def settings_of(work: Training, quick: bool) -> Settings:
    """Return a training's settings; those of the smoke version are cut short."""
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
    arm: Arm,
    seeds: Iterable[int],
    splits: Splits,
    sha256: str,
    data: str,
    engine: str,
    quick: bool,
) -> list[Task]:
    """Return the runs of an arm that needs pictures."""
    if isinstance(arm.work, Training):
        settings = settings_of(arm.work, quick)
        steps = steps_planned(settings, pictures_trained_on(settings, len(splits.train)))
        network = Network.parse(settings.network)
        work: Training | Classifier = arm.work
        each = sum(
            layer.multiply_adds(shape)
            for layer, shape in zip(network.layers, network.shapes, strict=False)
        )
        # About the seconds of one thread: what grows with the network, a picture's own, the start.
        cost = steps * settings.batch_size * (4e-11 * each + 1.2e-5) + 0.3
        return [Task(work, settings, data, sha256, engine, seed, cost) for seed in seeds]
    assert isinstance(arm.work, Classifier)
    work = replace(arm.work, train_pictures=0, test_pictures=0) if quick else arm.work
    train = work.train_pictures or len(splits.train)
    test = work.test_pictures or len(splits.test)
    cost = train * (train + test) * (1e-7 if work.method == "svm" else 1e-8) + 0.3
    return [Task(work, None, data, sha256, engine, seed, cost) for seed in seeds]


def load_source(
    name: str,
    folder: Path | None,
    shape: tuple[int, ...] | None,
    progress: Progress | None = None,
) -> Splits:
    """Load a data set as its digest is taken: in its own shape, if it has one of its own.

    Parameters
    ----------
    name : str
    folder : Path or None
        Where data sets are kept.
    shape : (C, H, W) or None
        To which a folder of pictures is brought.
    progress : Progress, optional
    """
    return load(name, folder, None if name in NAMES else shape, progress)


def digest_of(splits: Splits) -> str:
    """Return a digest of a data set's pictures and labels."""
    digest = hashlib.sha256()
    for part in (splits.train, splits.test):
        digest.update(part.images.tobytes())
        digest.update(part.labels.tobytes())
    return digest.hexdigest()
