"""A training in a process of its own, told to the server as it goes."""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from digitile import recipes
from digitile.data import load
from digitile.lab.explain import kernels
from digitile.nn.conv import Conv
from digitile.nn.network import Network
from digitile.parallel.worker import Link, Work
from digitile.training.loop import Trainer
from digitile.training.progress import Record
from digitile.training.run import Job, prepare, run
from digitile.web.tasks import tiles_png

POINTS = 120
"""About so many points make a curve."""


class Lesson(NamedTuple):
    """A training that is wanted.

    Attributes
    ----------
    recipe, data : str
    data_folder : Path
        Where data sets are kept.
    seed : int
    out : Path
        Where the model goes.
    """

    recipe: str
    data: str
    data_folder: Path
    seed: int
    out: Path


def build_teacher() -> Work[Lesson, dict[str, Any]]:
    """Return what the process does."""
    return teach


def teach(lesson: Lesson, link: Link) -> dict[str, Any]:
    """Train, and tell what happens.

    Each message is a dict with ``points``, ``kernels`` or ``total``; the answer has ``result`` or
    ``error``.
    """
    recipe, data, data_folder, seed, out = lesson
    _, settings = recipes.find(recipe)
    splits = load(data, data_folder, shape=Network.parse(settings.network).input_shape)
    job = Job(recipe, (), settings, data, "tile", seed, out)
    trainer = prepare(job, splits.train, resume=False, overwrite=True)
    told = _Told(link, trainer)
    outcome = run(
        job,
        trainer,
        splits,
        checkpoint_seconds=float("inf"),
        on_record=told.note,
        should_stop=link.stopped,
    )
    told.send()
    if outcome.test is None:
        return {"error": outcome.stopped}
    test = outcome.test
    return {
        "result": {
            "stopped": outcome.stopped,
            "pictures": len(test.labels),
            "wrong": test.errors,
            "accuracy": 1 - test.error_rate,
        }
    }


class _Told:
    """Gathers records into points of the curves."""

    def __init__(self, link: Link, trainer: Trainer) -> None:
        self._link, self._trainer = link, trainer
        self._every = max(1, trainer.total // POINTS)
        self._right: list[float] = []
        self._points: list[dict[str, Any]] = []
        link.tell({"total": trainer.total, "kernels": _kernels(trainer)})

    def note(self, record: Record) -> None:
        """Take one iteration into account; every few of them, tell."""
        self._right.append(record.accuracy)
        measured = record.validation_accuracy
        if record.iteration % self._every and record.iteration > 1 and measured is None:
            return
        self._points.append(
            {
                "iteration": record.iteration,
                "epoch": record.epoch,
                "loss": record.smoothed,
                "accuracy": float(np.mean(self._right)),
                "validation": measured,
            }
        )
        self._right.clear()
        self.send()

    def send(self) -> None:
        """Send the points not yet sent, and the kernels as they are now."""
        self._link.tell({"points": self._points, "kernels": _kernels(self._trainer)})
        self._points = []


def _kernels(trainer: Trainer) -> str | None:
    """Return the first convolution's kernels as a picture; None without a convolution."""
    network = trainer.network
    for layer, p, shape in zip(
        network.layers, network.arena.views(trainer.theta), network.shapes, strict=False
    ):
        if isinstance(layer, Conv):
            dense = kernels(layer, p["w"], shape[0])
            return tiles_png(dense.reshape(-1, *dense.shape[2:]))
    return None
