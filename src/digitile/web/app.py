"""The addresses and what they answer."""

import asyncio
import json
import mimetypes
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from digitile import __version__
from digitile.errors import DigitileError, PictureError, TrainingError, WorkerLost
from digitile.parallel.process_pool import ProcessPool
from digitile.processors import processors
from digitile.web.body import receive, receive_picture
from digitile.web.guard import Guard
from digitile.web.limits import Limits
from digitile.web.openapi import document
from digitile.web.tasks import PictureAnswers
from digitile.web.trainings import Training, Trainings
from digitile.web.upload import Upload

MOST_WORKERS = 4
"""Processes that read pictures, at most."""

PAGES = {"/": "index.html", "/train": "train.html"}


class App:
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
        self._limits = limits
        self._model_file = model
        self._data_folder = data_folder
        self._in_hand = 0
        self._static = _static()
        self._pool: ProcessPool[tuple[str, Upload], dict[str, Any]]
        self._loaded = False
        self.trainings: Trainings

    @asynccontextmanager
    async def lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        """Start the processes; end them, and drop what was trained, when the server stops."""
        count = min(processors(), MOST_WORKERS, self._limits.concurrency)
        self._pool = ProcessPool(
            PictureAnswers,
            (self._model_file, self._limits.max_pixels),
            size=count,
            seconds=self._limits.timeout,
            tries=1,
        )
        with tempfile.TemporaryDirectory(prefix="digitile-") as folder, self._pool:
            self.trainings = Trainings(Path(folder), self._data_folder)
            starting = asyncio.create_task(self._start_pool())
            try:
                yield
            finally:
                starting.cancel()
                await self.trainings.close()

    async def _start_pool(self) -> None:
        await asyncio.to_thread(self._pool.start)
        self._loaded = True

    def routes(self) -> list[Route]:
        """Return every address."""
        return [
            *(Route(path, self._page, name=name) for path, name in PAGES.items()),
            Route("/static/{name}", self._file),
            Route("/api/health", self._health),
            Route("/api/ready", self._ready),
            Route("/api/openapi.json", self._openapi),
            Route("/api/read", self._read, methods=["POST"]),
            Route("/api/look", self._look, methods=["POST"]),
            Route("/api/recipes", self._recipes),
            Route("/api/trainings", self._list, methods=["GET"]),
            Route("/api/trainings", self._start, methods=["POST"]),
            Route("/api/trainings/{id}", self._one, methods=["GET"]),
            Route("/api/trainings/{id}", self._stop, methods=["DELETE"]),
            Route("/api/trainings/{id}/events", self._events),
            Route("/api/trainings/{id}/model", self._model),
        ]

    async def _page(self, request: Request) -> Response:
        return self._static[PAGES[request.url.path]]

    async def _file(self, request: Request) -> Response:
        found = self._static.get(request.path_params["name"])
        if found is None:
            raise HTTPException(404, "there is no such file.")
        return found

    async def _health(self, _request: Request) -> Response:
        return JSONResponse({"status": "ok", "version": __version__})

    async def _ready(self, _request: Request) -> Response:
        if not self._loaded:
            raise HTTPException(503, "the model is being loaded.", {"Retry-After": "1"})
        return JSONResponse({"status": "ready"})

    async def _openapi(self, _request: Request) -> Response:
        return JSONResponse(document(self._limits))

    async def _read(self, request: Request) -> Response:
        return await self._answer(request, "read")

    async def _look(self, request: Request) -> Response:
        return await self._answer(request, "look")

    async def _answer(self, request: Request, what: str) -> Response:
        """Have a picture worked on, if there are not too many in hand."""
        if self._in_hand >= self._limits.concurrency:
            raise HTTPException(
                503,
                f"{self._in_hand} pictures are in hand, and no more at a time. Come again soon.",
                {"Retry-After": "1"},
            )
        self._in_hand += 1
        try:
            upload = await receive_picture(request, self._limits)
            (answer,) = await asyncio.wrap_future(self._pool.submit([(what, upload)]))
        finally:
            self._in_hand -= 1
        if isinstance(answer, WorkerLost):
            raise HTTPException(
                422,
                f"the picture could not be read within {self._limits.timeout:g} seconds. "
                "Make it smaller.",
            )
        return JSONResponse(answer)

    async def _recipes(self, _request: Request) -> Response:
        return JSONResponse({"recipes": self.trainings.recipes()})

    async def _list(self, _request: Request) -> Response:
        return JSONResponse({"trainings": [one.as_json() for one in self.trainings.list()]})

    async def _start(self, request: Request) -> Response:
        wanted = _object(await receive(request, self._limits))
        recipe, data = wanted.get("recipe"), wanted.get("data", "digits")
        seed = wanted.get("seed", 0)
        if not (
            isinstance(recipe, str)
            and isinstance(data, str)
            and type(seed) is int
            and 0 <= seed < 2**31
        ):
            raise HTTPException(400, 'send {"recipe": NAME, "data": NAME, "seed": 0}.')
        training = self.trainings.start(recipe, data, seed)
        return JSONResponse(training.as_json(), 201)

    async def _one(self, request: Request) -> Response:
        return JSONResponse(self._training(request).as_json())

    async def _stop(self, request: Request) -> Response:
        training = self._training(request)
        await self.trainings.stop(training)
        return JSONResponse(training.as_json())

    async def _events(self, request: Request) -> Response:
        events = self.trainings.follow(self._training(request))
        return StreamingResponse(events, media_type="text/event-stream")

    async def _model(self, request: Request) -> Response:
        training = self._training(request)
        if training.state != "done":
            raise HTTPException(404, "this training has no model (yet).")
        name = f"{training.recipe.replace('/', '-')}-{training.data}.safetensors"
        return FileResponse(training.model, filename=name, media_type="application/octet-stream")

    def _training(self, request: Request) -> Training:
        training = self.trainings.get(request.path_params["id"])
        if training is None:
            raise HTTPException(404, "there is no such training.")
        return training


def make_app(
    limits: Limits,
    *,
    model: Path | None = None,
    data_folder: Path | None = None,
    names: frozenset[str] = frozenset(),
) -> tuple[ASGIApp, App]:
    """Return the ASGI application, and what it holds.

    Parameters
    ----------
    limits : Limits
    model : Path, optional
        The reader's model file, by default the one that comes with digitile.
    data_folder : Path, optional
        Where data sets are kept.
    names : set of str
        Host names of this server, besides localhost and any address.
    """
    app = App(limits, model, data_folder)
    inner = Starlette(
        routes=app.routes(),
        lifespan=app.lifespan,
        exception_handlers={
            HTTPException: _refused,
            DigitileError: _wrong,
            ClientDisconnect: _gone,
            Exception: _broken,
        },
    )
    inner.router.redirect_slashes = False
    return Guard(inner, names), app


def _static() -> dict[str, Response]:
    """Return the pages' files: only what is listed here can be asked for."""
    found = {}
    for file in files("digitile.web").joinpath("static").iterdir():
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        kind = "text/javascript" if file.name.endswith(".js") else kind
        found[file.name] = Response(
            file.read_bytes(), media_type=kind, headers={"Cache-Control": "no-cache"}
        )
    return found


def _object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise HTTPException(400, "the body is not a JSON object.")
    return value


async def _refused(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return JSONResponse({"error": error.detail}, error.status_code, error.headers)


async def _wrong(_request: Request, error: Exception) -> Response:
    status = (
        422 if isinstance(error, PictureError) else 409 if isinstance(error, TrainingError) else 400
    )
    return JSONResponse({"error": str(error)}, status)


async def _gone(_request: Request, _error: Exception) -> Response:
    return Response(status_code=400)


async def _broken(_request: Request, _error: Exception) -> Response:
    return JSONResponse({"error": "internal error: see what the server printed."}, 500)
