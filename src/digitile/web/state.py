"""What the server holds while it runs: the processes that read, and the trainings."""

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from fastapi import FastAPI, Request
from pydantic import BaseModel, ValidationError
from starlette.requests import ClientDisconnect
from starlette.types import Receive

from digitile.errors import DigitileError
from digitile.parallel.worker import Worker
from digitile.processors import processors
from digitile.web.body import receive_pictures
from digitile.web.folder import temporary_folder
from digitile.web.limits import Limits, client_of
from digitile.web.metrics import Metrics
from digitile.web.problems import Problem, content_of, problem_of, problem_of_parameters
from digitile.web.readers import Readers
from digitile.web.schema import Error, PictureAnswer
from digitile.web.tasks import PictureAnswers
from digitile.web.trainings import Trainings

MOST_WORKERS = 4
"""Processes that read pictures, at most."""

MOST_PICTURES = 20
"""Of one request."""

T = TypeVar("T")

_log = logging.getLogger("digitile.web")


class ServerState:
    """All that the server holds.

    Parameters
    ----------
    limits : Limits
    model : Path or None
        The reader's model file; None for the one that comes with digitile.
    data_folder : Path or None
        Where data sets are kept; None for the default.
    """

    def __init__(self, limits: Limits, model: Path | None, data_folder: Path | None) -> None:
        self.limits = limits
        self.loaded = False
        self.trainings: Trainings
        self.readers: Readers
        self.metrics = Metrics()
        self._model, self._data_folder = model, data_folder

    @asynccontextmanager
    async def lifespan(self, _app: FastAPI) -> AsyncIterator[None]:
        """Start the processes; end them, and drop what was trained, when the server stops."""
        arguments = self._model, self.limits.max_pixels
        size = min(processors(), MOST_WORKERS, self.limits.concurrency)
        workers = [Worker(PictureAnswers, arguments, tries=1) for _ in range(size)]
        self.readers = Readers(workers, self.limits)
        self._watch()
        with temporary_folder() as folder:
            self.trainings = Trainings(folder, self._data_folder)
            starting = asyncio.create_task(self._start_readers())
            try:
                yield
            finally:
                starting.cancel()
                self.readers.close()
                await self.trainings.close()

    async def let_go(self) -> None:
        """Let nothing begin any more, and end what would not end by itself."""
        self.readers.turns.close()
        await self.trainings.let_go()

    def _watch(self) -> None:
        readers, watch = self.readers, self.metrics.watch
        watch("pictures_waiting", "Pictures that wait for a process", lambda: readers.turns.waiting)
        watch("pictures_read_now", "Pictures that are being read", lambda: readers.turns.working)
        watch("processes_lost", "Processes that died or were ended", lambda: readers.lost)

    async def _start_readers(self) -> None:
        try:
            await self.readers.start()
        except DigitileError as error:
            _log.error("the reader could not start: %s", error)
        else:
            self.loaded = True

    async def answer(
        self, request: Request, kind: str, query: BaseModel, **more: object
    ) -> tuple[Any, str | None]:
        """Have a request's picture worked on; return the answer, and the picture's name.

        `more` are settings that the client does not choose.

        Raises
        ------
        Problem
            See `receive_pictures` and `Readers.ask`; 400 where the query's parameters and the
            form's do not fit together.
        ClientDisconnect
            Where nobody waits for the answer any more.
        """
        ((content, name),), fields = await receive_pictures(request, 1)
        settings = _together(request, query, fields) | more
        work = self.readers.ask((kind, content, settings), _client(request))
        return await unless_gone(request.receive, work), name

    async def read_each(self, request: Request, query: BaseModel) -> list[PictureAnswer]:
        """Have each picture of a request read, one after the other; see `answer`."""
        pictures, fields = await receive_pictures(request, MOST_PICTURES)
        settings = _together(request, query, fields)
        found = []
        for content, name in pictures:
            work = self.readers.ask(("read", content, settings), _client(request))
            try:
                pages = tuple(await unless_gone(request.receive, work))
                found.append(PictureAnswer(name=name, pages=pages, error=None))
            except (Problem, DigitileError) as error:
                problem = problem_of(error) if isinstance(error, DigitileError) else error
                told = Error.model_validate(content_of(problem, request.headers))
                found.append(PictureAnswer(name=name, pages=(), error=told))
        return found


def _client(request: Request) -> str:
    return client_of(request.client.host) if request.client else ""


def _together(request: Request, query: BaseModel, fields: dict[str, str]) -> dict[str, Any]:
    """Return the settings that a request's query and form give."""
    try:
        return query.model_validate({**request.query_params, **fields}).model_dump()
    except ValidationError as error:
        raise problem_of_parameters(error.errors()) from None


async def unless_gone(receive: Receive, work: Coroutine[Any, Any, T]) -> T:
    """Do some work, and cancel it when the client hangs up."""

    async def wait_for_end() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    working, gone = asyncio.create_task(work), asyncio.create_task(wait_for_end())
    try:
        await asyncio.wait((working, gone), return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise ClientDisconnect
        return working.result()
    finally:
        working.cancel()
        gone.cancel()
