"""One run, done: trained, tested and summed up."""

import time
from collections.abc import Callable
from functools import lru_cache
from itertools import groupby
from pathlib import Path

import msgspec
import numpy as np

from digitile.data import Splits
from digitile.data.fit import fit_to
from digitile.errors import DataError, ModelFileError, TrainingError
from digitile.inspect import watch
from digitile.nn.network import Network
from digitile.papers.experiment import Classifier
from digitile.papers.results import Curve, Run, thin
from digitile.papers.task import Task, load_source
from digitile.training.loop import Trainer
from digitile.training.progress import Record
from digitile.training.run import Job, prepare, run

CHECKPOINT_SECONDS = 20.0


def perform(
    task: Task,
    folder: Path,
    data_folder: Path | None,
    threads: int,
    on_share: Callable[[float], None],
    should_stop: Callable[[], bool],
) -> Run | None:
    """Do one run, or go on with one that was interrupted.

    Parameters
    ----------
    folder : Path
        Where checkpoints go.
    data_folder : Path or None
        Where data sets are kept.
    threads : int
        For the engine.
    on_share : callable
        Called with the share that is done, 0 to 1.
    should_stop : callable
        Asked about ten times a second.

    Returns
    -------
    Run or None
        None where it was told to stop; a checkpoint is written. A run that was interrupted counts
        the seconds since it was taken up again.
    """
    if isinstance(task.work, Classifier):
        return _classify(task, task.work, _data(task.data, task.sha256, data_folder, None))
    assert task.settings is not None
    started = time.monotonic()
    shape = Network.parse(task.settings.network).input_shape
    splits = _data(task.data, task.sha256, data_folder, shape)
    out = folder / f"{task.digest}.safetensors"
    work = task.work
    job = Job(work.recipe, work.overrides, task.settings, task.data, task.engine, task.seed, out)
    trainer = _trainer(job, splits, threads)
    watcher = watch.Watcher(out.with_suffix(".watch.jsonl")) if work.watch else None

    def stop() -> bool:
        on_share(trainer.progress.iteration / trainer.total)
        return should_stop()

    values: dict[str, float] = {"diverged": 0.0}
    try:
        outcome = run(
            job,
            trainer,
            splits,
            callbacks=[watcher] if watcher else [],
            checkpoint_seconds=CHECKPOINT_SECONDS,
            should_stop=stop,
        )
        if outcome.test is None:
            return None
        stopped = outcome.stopped
        values["test_error"] = outcome.test.error_rate
    except TrainingError as error:  # a result as good as any: the settings do not train
        values["diverged"], stopped = 1.0, str(error)
    lines = job.history.read_bytes().splitlines()
    records = [msgspec.json.decode(line, type=Record) for line in lines]
    seen_values, curves = sum_up(records, trainer.per_epoch)
    if not values["diverged"]:
        values |= seen_values
    if watcher:
        looks = watch.read(watcher.path)
        seen_values, seen_curves = sum_up_looks(looks, trainer.network.names[-1])
        values |= seen_values
        curves |= seen_curves
        watcher.path.unlink()
    for path in (job.history, job.checkpoint, out):
        path.unlink(missing_ok=True)
    seconds = time.monotonic() - started
    return Run(task.seed, task.digest, seconds, stopped, values, curves)


@lru_cache(maxsize=2)  # a worker does many runs on the same pictures
def _data(name: str, sha256: str, folder: Path | None, shape: tuple[int, ...] | None) -> Splits:
    """Return the pictures that the run is meant for; another machine may have others."""
    source = load_source(name, folder, shape)
    if source.sha256 != sha256:
        raise DataError(
            f"the data set {name} is not here what it is where the run was asked for: its SHA-256 "
            f"is {source.sha256[:12]}…, not {sha256[:12]}…. Give all machines the same files."
        )
    if shape is None:
        return source.splits
    return Splits(fit_to(source.splits.train, shape), fit_to(source.splits.test, shape))


def _classify(task: Task, work: Classifier, splits: Splits) -> Run:
    from digitile.papers.baselines import error_rate

    started = time.monotonic()
    values = {"test_error": error_rate(work, splits, task.seed)}
    return Run(task.seed, task.digest, time.monotonic() - started, "", values, {})


def _trainer(job: Job, splits: Splits, threads: int) -> Trainer:
    """Return a trainer where its checkpoint left off, or at its start."""
    if job.checkpoint.exists():
        try:
            return prepare(job, splits, resume=True, overwrite=False, threads=threads)
        except ModelFileError:  # a broken checkpoint costs the time since the start, no more
            pass
    return prepare(job, splits, resume=False, overwrite=True, threads=threads)


def sum_up(records: list[Record], per_epoch: int) -> tuple[dict[str, float], dict[str, Curve]]:
    """Return numbers and curves of a training.

    Parameters
    ----------
    records : list of Record
        One of each iteration.
    per_epoch : int
        Iterations in an epoch.

    Returns
    -------
    values, curves : dict
        See `digitile.papers.numbers.NUMBERS` and `digitile.papers.results.Run.curves`. The
        training error of an epoch is that of its mini-batches, each before its step.
    """
    smoothed = [record.smoothed for record in records]
    curves = {"smoothed": thin([float(record.iteration) for record in records], smoothed)}
    values = {
        "final": smoothed[-1],
        "area": float(np.mean(smoothed)),
        "epochs": records[-1].iteration / per_epoch,
    }
    ends, losses, errors = [], [], []
    for _, epoch in groupby(records, key=lambda record: record.epoch):
        own = list(epoch)
        end = own[-1]
        if end.epoch_loss is not None:
            ends.append(float(end.iteration))
            losses.append(end.epoch_loss)
            errors.append(1 - float(np.mean([record.accuracy for record in own])))
    if ends:
        curves["epoch_loss"], curves["train_error"] = thin(ends, losses), thin(ends, errors)
        values["epoch_loss"], values["train_error"] = losses[-1], errors[-1]
        values["mean_epoch_loss"] = float(np.mean(losses))
    if len(ends) > 1:
        values["rises"] = float(np.mean(np.diff(losses) > 0))
    held_out = [
        (float(record.iteration), 1 - record.validation_accuracy)
        for record in records
        if record.validation_accuracy is not None
    ]
    if held_out:
        places, curve = [x for x, _ in held_out], [y for _, y in held_out]
        curves["validation_error"] = thin(places, curve)
        values["validation_error"] = curve[-1]
        values["mean_validation_error"] = float(np.mean(curve))
        if len(curve) > 3:
            values["wobble"] = float(np.mean(np.abs(np.diff(curve[len(curve) // 2 :]))))
    return values, curves


def sum_up_looks(
    looks: list[dict[str, float]], output: str
) -> tuple[dict[str, float], dict[str, Curve]]:
    """Return numbers and curves of what a `Watcher` has seen.

    Parameters
    ----------
    looks : list of dict
        As `watch.read` gives them.
    output : str
        The name of the last layer, whose units are meant to saturate: the numbers leave it out.
    """
    names = [name for name in looks[0] if name != "iteration"]
    curves = {}
    for name in names:
        seen = [(float(look["iteration"]), look[name]) for look in looks if name in look]
        curves[name] = Curve([x for x, _ in seen], [y for _, y in seen])
    values = {}
    for kind in ("saturated", "dead"):
        last = [
            curve.y[-1]
            for name, curve in curves.items()
            if name.startswith(f"{kind}/") and name != f"{kind}/{output}"
        ]
        if last:
            values[kind] = float(np.mean(last))
    lengths = [curve.y for name, curve in curves.items() if name.startswith("gradient")]
    # Means over time first: at a single look the last layer's gradient may be next to nothing.
    if len(lengths) > 1 and np.mean(lengths[-1]) > 0:
        values["gradient_ratio"] = float(np.mean(lengths[0]) / np.mean(lengths[-1]))
    return values, curves
