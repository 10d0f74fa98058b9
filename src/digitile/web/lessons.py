"""A training in a process of its own, told to the server as it goes."""

from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np

from digitile import recipes
from digitile.data import load
from digitile.errors import DigitileError
from digitile.lab.explain import kernels
from digitile.nn.conv import Conv
from digitile.nn.network import Network
from digitile.training.loop import Trainer
from digitile.training.progress import Record
from digitile.training.run import Job, prepare, run
from digitile.web.tasks import tiles_png

POINTS = 120
"""About so many points make a curve."""


def teach(
    pipe: Connection, recipe: str, data: str, data_folder: Path | None, seed: int, out: Path
) -> None:
    """Train, and send what happens: a target for a process.

    Each message is a dict with ``points``, ``kernels``, ``result`` or ``error``. Training stops
    when the other end of the pipe has gone.
    """
    try:
        pipe.send(_train(pipe, recipe, data, data_folder, seed, out))
    except DigitileError as error:
        pipe.send({"error": str(error)})
    except OSError:  # nobody listens any more
        pass
    except Exception as error:
        pipe.send({"error": f"internal error, {type(error).__name__}: {error}"})


def _train(
    pipe: Connection, recipe: str, data: str, data_folder: Path | None, seed: int, out: Path
) -> dict[str, Any]:
    _, settings = recipes.find(recipe)
    splits = load(data, data_folder, shape=Network.parse(settings.network).input_shape)
    job = Job(recipe, (), settings, data, "tile", seed, out)
    trainer = prepare(job, splits.train, resume=False, overwrite=True)
    told = _Told(pipe, trainer)
    outcome = run(
        job,
        trainer,
        splits,
        checkpoint_seconds=float("inf"),
        on_record=told.note,
        should_stop=pipe.poll,
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

    def __init__(self, pipe: Connection, trainer: Trainer) -> None:
        self._pipe, self._trainer = pipe, trainer
        self._every = max(1, trainer.total // POINTS)
        self._right: list[float] = []
        self._points: list[dict[str, Any]] = []
        pipe.send({"total": trainer.total, "kernels": _kernels(trainer)})

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
        self._pipe.send({"points": self._points, "kernels": _kernels(self._trainer)})
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
