"""A training in a process of its own, told to the server as it goes."""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from digitile import recipes
from digitile.data import load_data
from digitile.inspect.explain import kernels
from digitile.model import save_model
from digitile.nn.conv import Conv
from digitile.nn.network import Network
from digitile.parallel.worker import Link, Work
from digitile.training.callbacks import Callback
from digitile.training.loop import Trainer
from digitile.training.outcome import Outcome
from digitile.training.progress import Record
from digitile.training.run import Job, prepare, run
from digitile.web.tasks import tiles_png

POINTS = 120
"""About so many points make a curve."""


class Lesson(NamedTuple):
    """A training that is wanted.

    Attributes
    ----------
    recipe : str
    overrides : tuple of str
        ``name=value`` settings that differ from the recipe's.
    data : str
    data_folder : Path
        Where data sets are kept.
    seed : int
    out : Path
        Where the model goes.
    """

    recipe: str
    overrides: tuple[str, ...]
    data: str
    data_folder: Path
    seed: int
    out: Path


def build_teacher() -> Work[Lesson, dict[str, Any]]:
    """Return what the process does."""
    return teach


def teach(lesson: Lesson, link: Link) -> dict[str, Any]:
    """Train, and tell what happens.

    Each message is a dict with ``points``, ``kernels``, ``classes`` or ``total``; the answer has
    ``result`` or ``error``. Before each message, the model as it is then is in the lesson's file.
    """
    recipe, overrides, data, data_folder, seed, out = lesson
    settings = recipes.find(recipe)[1].override(overrides)
    splits = load_data(data, data_folder, shape=Network.parse(settings.network).input_shape)
    job = Job(recipe, overrides, settings, data, "tile", seed, out)
    trainer = prepare(job, splits, resume=False, overwrite=True)
    outcome = run(
        job,
        trainer,
        splits,
        callbacks=[_Told(link, out)],
        checkpoint_seconds=float("inf"),
        should_stop=link.stopped,
    )
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


class _Told(Callback):
    """Gathers records into points of the curves, and tells them; keeps the model as it is."""

    def __init__(self, link: Link, out: Path) -> None:
        self._link, self._out = link, out
        self._right: list[float] = []
        self._points: list[dict[str, Any]] = []

    def on_start(self, trainer: Trainer) -> None:
        """Tell what is learnt in how many steps, and the first kernels."""
        self._trainer, self._interval = trainer, max(1, trainer.total // POINTS)
        self._keep()
        classes = list(trainer.source.classes)
        told = {"classes": classes, "total": trainer.total, "kernels": _kernels(trainer)}
        self._link.tell(told)

    def on_step(self, record: Record) -> None:
        """Take one iteration into account; every few of them, tell."""
        self._right.append(record.accuracy)
        measured = record.validation_accuracy
        if record.iteration % self._interval and record.iteration > 1 and measured is None:
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
        self._keep()
        self._send()

    def on_end(self, outcome: Outcome | None) -> None:
        """Tell the rest."""
        self._send()

    def _keep(self) -> None:
        """Write the model as it is now, to be tried; at the end `run` writes the tested one."""
        model = self._trainer.model({"iterations": self._trainer.progress.iteration})
        save_model(model, self._out)

    def _send(self) -> None:
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
