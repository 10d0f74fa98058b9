"""The server's trainings: one at a time, each watched by as many pages as like."""

import asyncio
import secrets
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from digitile import recipes
from digitile.data.download import is_there
from digitile.data.fit import check_shape
from digitile.data.sources import NAMES, default_folder
from digitile.errors import DigitileError, SettingError, TrainingError, WorkerLost
from digitile.nn.network import Network
from digitile.parallel.worker import Worker
from digitile.training.settings import Settings
from digitile.web.lessons import Lesson, build_teacher
from digitile.web.networks import parse_bounded
from digitile.web.schema import OfferedRecipe, TrainingState, Wanted

KEPT = 10
"""Trainings that are remembered."""

DIGITS_PICTURES = 1442
"""Training pictures of the set `digits`; the others have enough for every recipe."""


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
        self._all: dict[str, TrainingState] = {}
        self._changed = asyncio.Condition()
        self._worker: Worker[Lesson, dict[str, Any]] | None = None
        self._closing = False
        self._started = 0

    def recipes(self) -> list[OfferedRecipe]:
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
                OfferedRecipe(
                    name=name,
                    about=recipe.about,
                    network=settings.network,
                    parameters=network.arena.size,
                    epochs=settings.epochs,
                    batch_size=settings.batch_size,
                    lr=settings.lr,
                    classes=network.classes,
                    data=offered,
                )
            )
        return found

    def list(self) -> list[TrainingState]:
        """Return all that are remembered, the latest first."""
        return list(reversed(self._all.values()))

    def get(self, key: str) -> TrainingState | None:
        """Return one, or None."""
        return self._all.get(key)

    async def start(self, wanted: Wanted) -> TrainingState:
        """Start a training.

        Raises
        ------
        SettingError
            For an unknown recipe, data that is not on this machine or too little, and settings
            that do not fit.
        UsageError
            For a network that cannot be read.
        TrainingError
            While another runs.
        """
        settings, network = await asyncio.to_thread(self._check, wanted)
        if any(one.state == "running" for one in self._all.values()):
            raise TrainingError("a training is running. Stop it first, or wait.")
        key = secrets.token_urlsafe(9)
        model = self._folder / f"{key}.safetensors"
        self._started += 1
        training = TrainingState(
            id=key,
            number=self._started,
            recipe=wanted.recipe,
            data=wanted.data,
            network=str(network),
            parameters=network.arena.size,
            lr=settings.lr,
            batch_size=settings.batch_size,
            epochs=settings.epochs,
            seed=wanted.seed,
            model=model,
        )
        self._all[key] = training
        for old in list(self._all.values())[:-KEPT]:
            for file in self._folder.glob(f"{old.id}.*"):  # its model, history and checkpoint
                file.unlink(missing_ok=True)
            del self._all[old.id]
        lesson = Lesson(
            wanted.recipe,
            wanted.overrides(),
            wanted.data,
            self._data_folder,
            wanted.seed,
            training.model,
        )
        self._worker = Worker(build_teacher, tries=1)
        arguments = (training, lesson, self._worker, asyncio.get_running_loop())
        threading.Thread(target=self._listen, args=arguments, daemon=True).start()
        return training

    def _check(self, wanted: Wanted) -> tuple[Settings, Network]:
        """Return the settings, or raise an error for what cannot be trained here."""
        recipe, settings = recipes.find(wanted.recipe)
        offered = next((one for one in self.recipes() if one.name == wanted.recipe), None)
        if offered is None or wanted.data not in offered.data:
            where = f"on: {', '.join(offered.data)}" if offered else f"with {recipe.data} only"
            raise SettingError(
                f"{wanted.recipe} can be trained here {where}. `digitile data fetch {recipe.data}` "
                "fetches it."
            )
        settings = settings.override(wanted.overrides())
        network = parse_bounded(settings.network)
        settings.optimiser_for(network)
        check_shape(network.input_shape)
        if network.classes != offered.classes:
            raise SettingError(
                f"the network ends in {network.classes} outputs, but {wanted.data} has "
                f"{offered.classes} classes. End it in as many."
            )
        return settings, network

    def _listen(
        self,
        training: TrainingState,
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

    async def _take(self, training: TrainingState, message: dict[str, Any]) -> None:
        """Note what a process sent."""
        async with self._changed:
            if training.state == "running":
                training.points = [*training.points, *message.pop("points", ())]
                for key, value in message.items():
                    setattr(training, key, value)
                if training.error is not None:
                    training.state = "failed"
                elif training.result is not None:
                    training.state = "done"
            self._changed.notify_all()

    async def stop(self, training: TrainingState) -> None:
        """End a training, if it still runs; what it has learned so far is dropped."""
        if training.state != "running":
            return
        async with self._changed:
            training.state = "stopped"
            if self._worker is not None:
                self._worker.close()
            self._changed.notify_all()

    async def follow(self, training: TrainingState) -> AsyncIterator[TrainingState]:
        """Yield a training as it goes: all of it, then what is new."""
        sent = 0
        while not self._closing:
            seen, news = _fingerprint(training), training.news(sent)
            sent += len(news.points)
            yield news
            if news.state != "running":
                return
            async with self._changed:
                while seen == _fingerprint(training) and not self._closing:
                    await self._changed.wait()

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


def _fingerprint(training: TrainingState) -> tuple[object, ...]:
    """Return what changes whenever a training has something to tell."""
    return training.state, len(training.points), training.kernels, training.total
