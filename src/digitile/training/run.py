"""A training as a user starts it: with its files, from the first picture to the tested model.

Beside the model ``NAME.safetensors`` lie ``NAME.history.jsonl``, one JSON record for each
iteration, and while it lasts ``NAME.checkpoint.safetensors``. A run that was killed goes on from
there.
"""

import itertools
import json
import os
import shlex
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from digitile.data.dataset import Dataset, Splits
from digitile.engines import Team
from digitile.errors import SettingError, UsageError, WorkerError
from digitile.files import write_atomically
from digitile.model import Model, save_model
from digitile.training.blocks import Blocks
from digitile.training.calibration import calibrated
from digitile.training.checkpoint import restore, save_checkpoint, share
from digitile.training.loop import Trainer, WholeNumbers
from digitile.training.metrics import Evaluation, evaluate
from digitile.training.prepare import Parts, prepare_pictures, subset
from digitile.training.progress import Record
from digitile.training.settings import Settings


@dataclass(frozen=True)
class Job:
    """What to train, on what, and where to put it.

    Attributes
    ----------
    recipe : str
        The recipe's name.
    overrides : tuple of str
        ``name=value`` settings that differ from the recipe's.
    settings : Settings
        The recipe's settings with the overrides.
    data : str
        The data set's name or folder.
    engine : str
    seed : int
    out : Path
        The model file.
    """

    recipe: str
    overrides: tuple[str, ...]
    settings: Settings
    data: str
    engine: str
    seed: int
    out: Path

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
        return shlex.join(words)

    def describe(self, data: Dataset | Blocks) -> dict[str, Any]:
        """Return the job as JSON values, with a digest of the training data."""
        return {
            "recipe": self.recipe,
            "settings": self.settings.as_json(),
            "data": {"name": self.data, "sha256": data.digest()},
            "engine": self.engine,
            "seed": self.seed,
        }


@dataclass(frozen=True)
class Outcome:
    """How a training ended.

    Attributes
    ----------
    stopped : str
        Why.
    model : Model or None
        None where it was interrupted.
    test : Evaluation or None
        None also where scenes were drawn: ``about["test"]`` has what validation measured.
    """

    stopped: str
    model: Model | None = None
    test: Evaluation | None = None


def prepare(
    job: Job,
    train: Dataset | Blocks,
    *,
    resume: bool,
    overwrite: bool,
    threads: int | None = None,
    devices: int = 1,
    team: Team | None = None,
    whole_numbers: WholeNumbers | None = None,
) -> Trainer:
    """Return a trainer at its start, or where its checkpoint left off.

    Parameters
    ----------
    job : Job
    train : Dataset or Blocks
        What to train on, a part of which is held out; blocks have that beside them.
    resume, overwrite : bool
        Whether to go on from a checkpoint, or to start anew where files are.
    threads, devices, team, whole_numbers
        See `Trainer`.

    Raises
    ------
    UsageError
        Where files of an earlier training would be lost, or there is nothing to resume; or where
        the processes of a team were not told the same.
    """
    team = team or Team()
    if team.leads:
        _check_files(job, resume=resume, overwrite=overwrite)
    trainer = Trainer(
        job.settings,
        train if isinstance(train, Blocks) else prepare_pictures(job.settings, train, job.seed),
        job.engine,
        job.seed,
        threads=threads,
        devices=devices,
        team=team,
        whole_numbers=whole_numbers,
    )
    about = job.describe(train)
    if team.leads and resume:
        restore(trainer, about, job.checkpoint)
    elif team.leads:
        job.checkpoint.unlink(missing_ok=True)
    if team.leads:
        _cut_history(job.history, trainer.progress.iteration)
    share(trainer, about)
    return trainer


def _check_files(job: Job, *, resume: bool, overwrite: bool) -> None:
    if resume and overwrite:
        raise SettingError("--resume goes on, --overwrite starts anew: give one of them.")
    if not job.out.parent.is_dir():
        raise UsageError(f"the folder {job.out.parent} does not exist. Make it, or choose another.")
    if job.out.is_dir():
        raise UsageError(f"{job.out} is a folder. Give the name of a file.")
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
    checkpoint_seconds: float,
    on_record: Callable[[Record], None],
    should_stop: Callable[[], bool],
    pause_every: int = 0,
    calibrate: Callable[[Model], Model] | None = None,
) -> Outcome:
    """Train to the end or until asked to stop, test, and write the model.

    Parameters
    ----------
    job : Job
    trainer : Trainer
        From `prepare`.
    data : Splits or Blocks
        Whose training part `prepare` was given, or the blocks it was given.
    checkpoint_seconds : float
        Time between checkpoints.
    on_record : callable
        Called with each record.
    should_stop : callable
        Asked about ten times a second; when true, a checkpoint is written and training stops.
    pause_every : int
        See `Trainer.run`.
    calibrate : callable, optional
        Gives the trained model with its trust in lines, where `data` are blocks.
    """
    about = job.describe(data.train if isinstance(data, Splits) else data)
    leads = trainer.team.leads
    saved_at = time.monotonic()
    with (job.history if leads else Path(os.devnull)).open("a", encoding="utf-8") as history:

        def save() -> None:
            history.flush()  # the history must reach at least as far as the checkpoint
            if leads:
                save_checkpoint(trainer, about, job.checkpoint)

        try:
            for records in trainer.run(pause_every):
                for record in records:
                    history.write(json.dumps(record.as_json()) + "\n")
                    on_record(record)
                stop = bool(trainer.team.agreed(np.array(should_stop())))
                if stop or time.monotonic() - saved_at >= checkpoint_seconds:
                    save()
                    saved_at = time.monotonic()
                if stop:
                    return Outcome(f"interrupted at iteration {trainer.progress.iteration}")
        except WorkerError:
            save()  # the state is that after the last whole run of steps
            raise
    progress = trainer.progress
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
        if calibrate is not None and leads:
            model = calibrate(model)
    model = replace(model, about=about)
    if leads:
        save_model(model, job.out)
        job.checkpoint.unlink(missing_ok=True)
    return Outcome(str(progress.stopped), model, test)


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
    accuracy, numbers = trainer.measure()
    measured = {"scenes": scenes, "accuracy": accuracy}
    return measured if numbers is None else {**measured, "numbers": numbers}


def _cut_history(path: Path, iterations: int) -> None:
    """Keep the first `iterations` records: what came after the checkpoint will come again."""
    if iterations == 0:
        path.unlink(missing_ok=True)
    elif path.exists():
        with path.open("rb") as file:
            write_atomically(path, b"".join(itertools.islice(file, iterations)))
