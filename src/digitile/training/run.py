"""A training as a user starts it: with its files, from the first picture to the tested model.

Beside the model ``NAME.safetensors`` lie ``NAME.history.jsonl``, one JSON record for each
iteration, and while it lasts ``NAME.checkpoint.safetensors``. A run that was killed goes on from
there.
"""

import logging
import os
import shlex
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from digitile.data import Progress, default_folder, load_data
from digitile.data.dataset import Dataset, Splits
from digitile.engines import Team
from digitile.errors import SettingError, TrainingError, UsageError, WorkerError
from digitile.extras import require
from digitile.files import check_regular, writing
from digitile.model import Model, load_model, save_model
from digitile.nn.network import Network
from digitile.parallel.worker import ignore
from digitile.processors import processors
from digitile.training.blocks import Blocks
from digitile.training.calibration import calibrated
from digitile.training.callbacks import Callback, Callbacks
from digitile.training.checkpoint import restore, save_checkpoint, share
from digitile.training.history import HistoryFile
from digitile.training.line_trust import calibrate
from digitile.training.loop import Trainer
from digitile.training.metrics import Evaluation, evaluate
from digitile.training.outcome import Outcome
from digitile.training.prepare import Parts, prepare_pictures, subset
from digitile.training.scenes import NAME, blocks_of_scenes
from digitile.training.settings import Settings

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Job:
    """What to train, on what, and where to put it."""

    recipe: str  # the recipe's name
    overrides: tuple[str, ...]  # ``name=value`` settings that differ from the recipe's
    settings: Settings  # the recipe's settings with the overrides
    data: str  # the data set's name or folder
    engine: str
    seed: int
    out: Path  # the model file
    data_folder: Path | None = None  # where data sets are kept; None for `default_folder`
    # a model whose parameters the training begins with; None for the settings' first ones
    start: Path | None = None

    @property
    def checkpoint(self) -> Path:
        """Where the state lies while training."""
        return self.out.with_suffix(".checkpoint.safetensors")

    @property
    def history(self) -> Path:
        """Where the records go."""
        return self.out.with_suffix(".history.jsonl")

    @property
    def command(self) -> str:
        """The command that trains the same again."""
        words = ["digitile", "train", self.recipe, "--data", self.data]
        words += ["--engine", self.engine, "--seed", str(self.seed)]
        for override in self.overrides:
            words += ["--set", override]
        if self.start:
            words += ["--start", str(self.start)]
        return shlex.join(words)

    def describe(self, data: Dataset | Blocks) -> dict[str, Any]:
        """Return the job as JSON values, with a digest of the training data."""
        about = {
            "recipe": self.recipe,
            "settings": self.settings.as_json(),
            "data": {"name": self.data, "sha256": data.digest()},
            "engine": self.engine,
            "seed": self.seed,
        }
        if self.start:
            about["start"] = {"sha256": sha256(self.start.read_bytes()).hexdigest()}
        return about


@contextmanager
def open_pictures(job: Job, progress: Progress | None = None) -> Iterator[Splits | Blocks]:
    """Yield the data set of a job, or scenes, of which processes draw more meanwhile.

    Raises `SettingError` or `DataError`, see `digitile.data.load_data` and `blocks_of_scenes`.

    Parameters
    ----------
    progress : Progress, optional
        Shows downloads.
    """
    if job.data == NAME:
        folder, drawing = job.data_folder or default_folder(), max(1, processors() // 2)
        with blocks_of_scenes(job.settings, folder, job.seed, drawing) as blocks:
            yield blocks
    else:
        shape = Network.parse(job.settings.network).input_shape
        yield load_data(job.data, job.data_folder, shape=shape, progress=progress)


def prepare(
    job: Job,
    data: Splits | Blocks,
    *,
    resume: bool = False,
    overwrite: bool = False,
    threads: int | None = None,
    devices: int = 1,
    team: Team | None = None,
) -> Trainer:
    """Return a trainer at its start, or where its checkpoint left off.

    Raises `UsageError` where files of an earlier training would be lost, or there is nothing to
    resume; where the processes of a team were not told the same; or where a library is missing;
    `SettingError` where the model to start from has another network, or other classes.

    Parameters
    ----------
    data : Splits or Blocks
        Of the training part of a data set, some is held out; blocks have that beside them.
    resume, overwrite : bool
        Whether to go on from a checkpoint, or to start anew where files are.
    threads, devices, team
        See `Trainer`.
    """
    if job.settings.calibration:
        require("train", "scipy", "sklearn")
    team = team or Team()
    if team.leads:
        _check_files(job, resume=resume, overwrite=overwrite)
    train = _trained_on(data)
    trainer = Trainer(
        job.settings,
        train if isinstance(train, Blocks) else prepare_pictures(job.settings, train, job.seed),
        job.engine,
        job.seed,
        start=None if job.start is None else _start(job.start, job.settings, train.classes),
        threads=threads,
        devices=devices,
        team=team,
    )
    about = job.describe(train)
    if team.leads and resume:
        restore(trainer, about, job.checkpoint)
    elif team.leads:
        with writing(job.checkpoint):
            job.checkpoint.unlink(missing_ok=True)
    if team.leads:
        HistoryFile.cut(job.history, trainer.progress.iteration)
    share(trainer, about)
    return trainer


def _start(path: Path, settings: Settings, classes: Sequence[str]) -> Model:
    """Return the model that a training begins with."""
    model = load_model(path)
    if str(model.network) != str(Network.parse(settings.network)):
        raise SettingError(
            f"{path} has the network {model.network}, but the settings have {settings.network}. "
            "Set network to the model's, or start from another model."
        )
    if model.classes != tuple(classes):
        raise SettingError(
            f"{path} tells {', '.join(model.classes)} apart, but the data has "
            f"{', '.join(classes)}. Start from a model of the same classes."
        )
    return model


def _trained_on(data: Splits | Blocks) -> Dataset | Blocks:
    return data.train if isinstance(data, Splits) else data


def _check_files(job: Job, *, resume: bool, overwrite: bool) -> None:
    if resume and overwrite:
        raise SettingError("--resume goes on, --overwrite starts anew: give one of them.")
    if not job.out.parent.is_dir():
        raise UsageError(f"the folder {job.out.parent} does not exist. Make it, or choose another.")
    if job.out.is_dir():
        raise UsageError(f"{job.out} is a folder. Give the name of a file.")
    for path in (job.out, job.checkpoint, job.history):
        check_regular(path)
    if resume and not job.checkpoint.exists():
        done = f"{job.out} is finished. " if job.out.exists() else ""
        raise UsageError(f"nothing to resume: {done}there is no {job.checkpoint}.")
    kept = [path for path in (job.checkpoint, job.out) if path.exists()]
    if kept and not (resume or overwrite):
        raise UsageError(
            f"{kept[0]} is there already. Give --resume to go on with an unfinished training, "
            "--overwrite to start anew, or another --out."
        )


def run(
    job: Job,
    trainer: Trainer,
    data: Splits | Blocks,
    *,
    callbacks: Sequence[Callback] = (),
    checkpoint_seconds: float = 20.0,
    should_stop: Callable[[], bool] = lambda: False,
    on_calibration: Callable[[float], None] = ignore,
) -> Outcome:
    """Train to the end or until interrupted, test, and write the model.

    A model of scenes is calibrated at the end, where the settings say on how many pictures.

    Parameters
    ----------
    trainer : Trainer
        From `prepare`.
    data : Splits or Blocks
        Which `prepare` was given.
    callbacks : sequence of Callback
        Of several processes, each calls its own, and those of the one that leads may end training.
    checkpoint_seconds : float
        Time between checkpoints.
    should_stop : callable
        Asked about ten times a second; when true, a checkpoint is written and training is
        interrupted.
    on_calibration : callable
        Called with the share of the calibration that is done.
    """
    about = job.describe(_trained_on(data))
    called, outcome = Callbacks(callbacks), None
    called.on_start(trainer)
    try:
        if _train(job, trainer, about, called, checkpoint_seconds, should_stop):
            outcome = _finish(job, trainer, data, about, on_calibration)
        else:
            outcome = Outcome(f"interrupted at iteration {trainer.progress.iteration}")
    finally:
        called.on_end(outcome)
    return outcome


def _train(
    job: Job,
    trainer: Trainer,
    about: dict[str, Any],
    called: Callback,
    checkpoint_seconds: float,
    should_stop: Callable[[], bool],
) -> bool:
    """Train, and return whether it is to the end; if not, there is a checkpoint."""

    def save() -> None:
        history.flush()  # it must reach at least as far as the checkpoint
        if trainer.team.leads:
            save_checkpoint(trainer, about, job.checkpoint)

    with HistoryFile(job.history if trainer.team.leads else Path(os.devnull)) as history:
        saved_at = time.monotonic()
        try:
            for records in trainer.run(called.every):
                reason = ""
                for record in records:
                    history.write(record)
                    wish = called.on_step(record)
                    reason = reason or wish or ""
                interrupted, ends = trainer.team.agreed(np.array([should_stop(), reason != ""]))
                if ends:
                    trainer.stop(trainer.team.agreed_bytes(reason.encode()).decode())
                if interrupted or time.monotonic() - saved_at >= checkpoint_seconds:
                    save()
                    saved_at = time.monotonic()
                if interrupted:
                    return False
        except WorkerError:
            save()  # the state is that after the last whole run of steps
            raise
    return True


def _finish(
    job: Job,
    trainer: Trainer,
    data: Splits | Blocks,
    about: dict[str, Any],
    on_calibration: Callable[[float], None],
) -> Outcome:
    """Test what was trained, calibrate it, and write the model."""
    progress, leads = trainer.progress, trainer.team.leads
    about["command"] = job.command
    about["iterations"], about["epoch_loss"] = progress.iteration, progress.epoch_loss
    about["stopped"] = progress.stopped
    if isinstance(data, Splits):
        model, test = _tested(job, trainer, data)
        errors = {"errors": test.errors, "error_rate": test.error_rate}
        about["test"] = {"pictures": len(test.labels), **errors}
    else:
        model, test = trainer.model({}), None
        about["test"] = _measured(trainer)
        if leads and job.data == NAME and job.settings.calibration:
            model = _with_trust(job, model, on_calibration)
    model = replace(model, about=about)
    if leads:
        save_model(model, job.out)
        job.checkpoint.unlink(missing_ok=True)
    return Outcome(str(progress.stopped), model, test)


def _with_trust(job: Job, model: Model, on_progress: Callable[[float], None]) -> Model:
    """Return a model of scenes with its trust in lines, where enough could be measured for it."""
    try:
        return calibrate(
            model,
            job.data_folder,
            job.settings.calibration,
            engine=job.engine,
            on_progress=on_progress,
        )
    except TrainingError as error:
        _log.warning("the model stays without trust in lines: %s", error)
        return model


def _tested(job: Job, trainer: Trainer, splits: Splits) -> tuple[Model, Evaluation]:
    """Return the trained model, calibrated, and its answers to the test pictures."""
    model, source = trainer.model({}), trainer.source
    if job.settings.calibration and isinstance(source, Parts):
        model = calibrated(model, source.held_out, job.settings, trainer.engine, job.seed)
    chosen = subset(splits.test, job.settings.test_pictures, job.seed)
    return model, evaluate(model, chosen, job.engine)


def _measured(trainer: Trainer) -> dict[str, Any]:
    """Return what the scenes kept apart show of the trained network."""
    scenes = len(trainer.source.validation.images)
    if not scenes:
        return {"scenes": 0}
    return {"scenes": scenes, "accuracy": trainer.measure()}
