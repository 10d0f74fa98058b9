"""The server's trainings: one at a time, each watched by as many pages as like."""

import asyncio
import json
import secrets
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from digitile import recipes
from digitile.data.download import is_there
from digitile.data.sources import NAMES, default_folder
from digitile.errors import DigitileError, SettingError, TrainingError, WorkerLost
from digitile.nn.network import Network
from digitile.parallel.worker import Worker
from digitile.web.lessons import Lesson, build_teacher

KEPT = 10
"""Trainings that are remembered."""

HEARTBEAT_SECONDS = 10.0

DIGITS_PICTURES = 1442
"""Training pictures of the set `digits`; the others have enough for every recipe."""


@dataclass
class Training:
    """One training, as far as it has come.

    Attributes
    ----------
    id : str
    recipe, data : str
    model : Path
        Where the trained model will be.
    state : str
        ``running``, ``done``, ``stopped`` or ``failed``.
    total : int or None
        Iterations planned.
    points : list of dict
        The curves.
    kernels : str or None
        The first convolution's kernels now, the address of a PNG.
    result : dict or None
        The test, once it is done.
    error : str or None
        Why it failed.
    """

    id: str
    recipe: str
    data: str
    model: Path
    state: str = "running"
    total: int | None = None
    points: list[dict[str, Any]] = field(default_factory=list)
    kernels: str | None = None
    result: dict[str, Any] | None = None
    error: str | None = None

    def as_json(self, since: int = 0) -> dict[str, Any]:
        """Return all of it, but of the points only those from place `since`."""
        shown = {key: value for key, value in vars(self).items() if key != "model"}
        return {**shown, "points": self.points[since:], "since": since}


class Trainings:
    """Starts, watches and stops trainings.

    Parameters
    ----------
    folder : Path
        For the models.
    data_folder : Path or None
        Where data sets are kept.
    """

    def __init__(self, folder: Path, data_folder: Path | None) -> None:
        self._folder = folder
        self._data_folder = data_folder or default_folder()
        self._all: dict[str, Training] = {}
        self._changed = asyncio.Condition()
        self._worker: Worker[Lesson, dict[str, Any]] | None = None
        self._closing = False

    def recipes(self) -> list[dict[str, Any]]:
        """Return what can be trained here, each with the data sets it can be trained on."""
        here = [n for n in NAMES if n == "digits" or is_there(n, self._data_folder)]
        found = []
        for name in recipes.names():
            recipe, settings = recipes.find(name)
            if settings.scenes:  # hours
                continue
            fitting: tuple[str, ...] = (recipe.data, "digits")
            if settings.train_pictures > DIGITS_PICTURES:
                fitting = (recipe.data,)
            offered = [data for data in fitting if data in here]
            if not offered:
                continue
            network = Network.parse(settings.network)
            found.append(
                {
                    "name": name,
                    "about": recipe.about,
                    "network": settings.network,
                    "parameters": network.arena.size,
                    "epochs": settings.epochs,
                    "batch_size": settings.batch_size,
                    "lr": settings.lr,
                    "data": offered,
                }
            )
        return found

    def list(self) -> list[Training]:
        """Return all that are remembered, the latest first."""
        return list(reversed(self._all.values()))

    def get(self, key: str) -> Training | None:
        """Return one, or None."""
        return self._all.get(key)

    def start(self, recipe: str, data: str, seed: int) -> Training:
        """Start a training.

        Raises
        ------
        SettingError
            For an unknown recipe, or data that is not on this machine or too little.
        TrainingError
            While another runs.
        """
        wanted = recipes.find(recipe)[0].data
        offered = next((one["data"] for one in self.recipes() if one["name"] == recipe), ())
        if data not in offered:
            where = f"on: {', '.join(offered)}" if offered else f"with {wanted} only"
            raise SettingError(
                f"{recipe} can be trained here {where}. `digitile data fetch {wanted}` fetches it."
            )
        if any(one.state == "running" for one in self._all.values()):
            raise TrainingError("a training is running. Stop it first, or wait.")
        key = secrets.token_urlsafe(9)
        training = Training(key, recipe, data, self._folder / f"{key}.safetensors")
        self._all[key] = training
        for old in list(self._all.values())[:-KEPT]:
            old.model.unlink(missing_ok=True)
            del self._all[old.id]
        lesson = Lesson(recipe, data, self._data_folder, seed, training.model)
        self._worker = Worker(build_teacher, tries=1)
        arguments = (training, lesson, self._worker, asyncio.get_running_loop())
        threading.Thread(target=self._listen, args=arguments, daemon=True).start()
        return training

    def _listen(
        self,
        training: Training,
        lesson: Lesson,
        worker: Worker[Lesson, dict[str, Any]],
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        """Have a lesson taught, in a thread, and note what its process tells, until it is over."""

        def note(message: dict[str, Any]) -> None:
            try:
                asyncio.run_coroutine_threadsafe(self._take(training, message), loop).result()
            except (RuntimeError, asyncio.CancelledError):  # the server has ended
                worker.close()

        try:
            note(worker.ask(lesson, note))
        except WorkerLost:
            note({"error": "its process has died."})
        except DigitileError as error:
            note({"error": str(error)})
        except RuntimeError as error:
            note({"error": f"internal error, {error}"})
        finally:
            worker.close()

    async def _take(self, training: Training, message: dict[str, Any]) -> None:
        """Note what a process sent."""
        async with self._changed:
            if training.state == "running":
                training.points += message.pop("points", ())
                for key, value in message.items():
                    setattr(training, key, value)
                if training.error is not None:
                    training.state = "failed"
                elif training.result is not None:
                    training.state = "done"
            self._changed.notify_all()

    async def stop(self, training: Training) -> None:
        """End a training, if it still runs; what it has learned so far is dropped."""
        if training.state != "running":
            return
        async with self._changed:
            training.state = "stopped"
            if self._worker is not None:
                self._worker.close()
            self._changed.notify_all()

    async def follow(self, training: Training) -> AsyncIterator[str]:
        """Yield a training as server-sent events: all of it, then what is new."""
        sent = 0
        while not self._closing:
            yield f"data: {json.dumps(training.as_json(sent))}\n\n"
            sent = len(training.points)
            seen = _fingerprint(training)
            while seen == _fingerprint(training) and not self._closing:
                if training.state != "running":
                    return
                try:
                    async with asyncio.timeout(HEARTBEAT_SECONDS), self._changed:
                        await self._changed.wait()
                except TimeoutError:
                    yield ": still here\n\n"

    async def let_go(self) -> None:
        """End all event streams, so that the server can stop."""
        async with self._changed:
            self._closing = True
            self._changed.notify_all()

    async def close(self) -> None:
        """End what runs."""
        await self.let_go()
        for training in self._all.values():
            await self.stop(training)


def _fingerprint(training: Training) -> tuple[object, ...]:
    """Return what changes whenever a training has something to tell."""
    return training.state, len(training.points), training.kernels, training.total
