"""The addresses: what each takes and answers, of which the API's description is made."""

import asyncio
import mimetypes
import reprlib
from collections.abc import AsyncIterator
from dataclasses import replace
from importlib.resources import files
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, Response
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer
from fastapi.sse import EventSourceResponse
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.routing import BaseRoute, Route

from digitile import __version__
from digitile.errors import DigitileError
from digitile.web import forms, networks, schema
from digitile.web.access import Access
from digitile.web.examples import example_pictures
from digitile.web.forms import DrawnForm
from digitile.web.metrics import FORMAT
from digitile.web.problems import Problem, answer, problem_of, problem_of_parameters
from digitile.web.state import MOST_PICTURES, ServerState

PREFIX = "/api/v1"

PAGES = {"index.html": "/", "train.html": "/train", "forms.html": "/forms"}

FILE = {"type": "string", "format": "binary"}
FORM = "multipart/form-data"
PICTURE = {
    "requestBody": {
        "required": True,
        "description": "The picture's file. In a form, the parameters may be fields of it.",
        "content": {
            "application/octet-stream": {},
            FORM: {"schema": {"type": "object", "properties": {"picture": FILE}}},
        },
    }
}
PICTURES = {
    "requestBody": {
        "required": True,
        "description": f"A form with up to {MOST_PICTURES} files, in fields of any name.",
        "content": {
            FORM: {
                "schema": {
                    "type": "object",
                    "properties": {"picture": {"type": "array", "items": FILE}},
                }
            }
        },
    }
}


class Events(EventSourceResponse):
    """Server-sent events; without a media type, so that errors are described as JSON."""

    media_type = None  # type: ignore[assignment]


def _error(description: str) -> dict[str, Any]:
    return {"model": schema.Error, "description": description}


async def _no_settings(_settings: Annotated[schema.NoSettings, Query()]) -> None:
    """Refuse parameters where none are taken."""


def _state(request: Request) -> ServerState:
    state: ServerState = request.app.state.server
    return state


def _access(request: Request) -> Access:
    access: Access = request.app.state.access
    return access


pictures = APIRouter(
    prefix=PREFIX,
    responses={
        400: _error("The form or a parameter is wrong."),
        408: _error("The body was not there in time."),
        413: _error("The body is too large."),
        422: _error("This is no picture that can be read."),
        503: _error("Too many pictures are in hand; Retry-After says when to come again."),
    },
)
plain = APIRouter(prefix=PREFIX, dependencies=[Depends(_no_settings)])
measured = APIRouter(dependencies=[Depends(_no_settings)])
one = APIRouter(
    prefix="/trainings/{id}",
    responses={404: _error("There is no such training, or no model of it yet.")},
)


@pictures.post("/read", openapi_extra=PICTURE)
async def read(
    request: Request, settings: Annotated[schema.ReadSettings, Query()]
) -> schema.Answer:
    """Read the digits of a picture."""
    pages, name = await _state(request).answer(request, "read", settings)
    first, *further = (replace(page, path=name) for page in pages)
    return schema.Answer(**vars(first), further=tuple(further))


@pictures.post("/read-many", openapi_extra=PICTURES)
async def read_many(
    request: Request, settings: Annotated[schema.ReadSettings, Query()]
) -> schema.Answers:
    """Read the digits of several pictures; one that cannot be read does not stop the others."""
    return schema.Answers(pictures=await _state(request).read_each(request, settings))


@pictures.post(
    "/draw",
    openapi_extra=PICTURE,
    response_class=Response,
    responses={200: {"content": {"image/jpeg": {}}}},
)
async def draw(request: Request, settings: Annotated[schema.ReadSettings, Query()]) -> Response:
    """Read the digits of a picture, and send its first page with them drawn on it."""
    drawn, _ = await _state(request).answer(request, "draw", settings)
    return Response(drawn, media_type="image/jpeg")


@pictures.post("/look", openapi_extra=PICTURE, response_model=schema.Look)
async def look(request: Request, settings: Annotated[schema.LookSettings, Query()]) -> Any:
    """Show one digit as the network sees it."""
    return (await _state(request).answer(request, "look", settings))[0]


@pictures.post("/preview", openapi_extra=PICTURE, response_model=schema.Preview)
async def preview(request: Request, settings: Annotated[schema.PreviewSettings, Query()]) -> Any:
    """Send a page of a picture as one that every browser shows."""
    return (await _state(request).answer(request, "preview", settings))[0]


@pictures.post("/form-draft", openapi_extra=PICTURE, response_model=DrawnForm)
async def form_draft(request: Request, settings: Annotated[schema.NoSettings, Query()]) -> Any:
    """Find what is printed on a level picture of a form: its fields, and by what it is found."""
    return (await _state(request).answer(request, "form", settings))[0]


@plain.get("/health")
async def health() -> dict[str, str]:
    """Tell that the server is there."""
    return {"status": "ok", "version": __version__}


@plain.get("/ready", responses={503: _error("The model is being loaded.")})
async def ready(request: Request) -> dict[str, str]:
    """Tell whether the server can read."""
    if not _state(request).loaded:
        raise Problem("loading")
    return {"status": "ready"}


@plain.get("/recipes")
async def recipes(request: Request) -> schema.Recipes:
    """List what can be trained here."""
    if not _access(request).train:
        return schema.Recipes(recipes=[])
    return schema.Recipes(recipes=await asyncio.to_thread(_state(request).trainings.recipes))


@plain.get("/trainings")
async def trainings(request: Request) -> schema.TrainingList:
    """List the latest trainings, the newest first."""
    return schema.TrainingList(trainings=_state(request).trainings.list())


@plain.post(
    "/trainings",
    status_code=201,
    responses={
        403: _error("Trainings are switched off."),
        409: _error("Another training runs."),
    },
)
async def train(request: Request, wanted: schema.Wanted) -> schema.TrainingState:
    """Start a training; one runs at a time."""
    if not _access(request).train:
        raise Problem("training_off")
    return await _state(request).trainings.start(wanted)


async def _find(request: Request, id: str) -> schema.TrainingState:
    training = _state(request).trainings.get(id)
    if training is None:
        raise Problem("unknown_training")
    return training


Found = Annotated[schema.TrainingState, Depends(_find)]


@one.get("")
async def training(found: Found) -> schema.TrainingState:
    """Tell how far a training has come."""
    return found


@one.delete("")
async def stop(request: Request, found: Found) -> schema.TrainingState:
    """Stop a training."""
    await _state(request).trainings.stop(found)
    return found


@one.get("/events", response_class=Events)
async def events(request: Request, found: Found) -> AsyncIterator[schema.TrainingState]:
    """Send a training as it goes, first all of it, then the points from place `since` on."""
    async for news in _state(request).trainings.follow(found):
        yield news


@one.post("/classify", openapi_extra=PICTURE, response_model=schema.Classified)
async def classify(request: Request, found: Found) -> Any:
    """Have a picture told by the network as it is now, while it learns and afterwards."""
    if not found.model.exists():
        raise Problem("no_model")
    answering = _state(request).answer(request, "classify", schema.NoSettings(), model=found.model)
    return (await answering)[0]


@one.get(
    "/model",
    response_class=FileResponse,
    responses={200: {"content": {"application/octet-stream": {}}}},
)
async def model(found: Found) -> FileResponse:
    """Send the trained model, a safetensors file."""
    if found.state != "done":
        raise Problem("no_model")
    name = f"{found.recipe.replace('/', '-')}-{found.data}.safetensors"
    return FileResponse(found.model, filename=name, media_type="application/octet-stream")


plain.include_router(one)


@measured.get("/metrics", include_in_schema=False)
async def metrics(request: Request) -> Response:
    """Send counts of requests and of what is in hand, for Prometheus."""
    return Response(_state(request).metrics.text(), media_type=FORMAT)


def large_paths() -> frozenset[str]:
    """Return the paths whose bodies are pictures."""
    return frozenset(route.path for route in pictures.routes if isinstance(route, APIRoute))


def make_app(state: ServerState, access: Access) -> FastAPI:
    """Return the application; its description is at ``openapi.json`` under `PREFIX`."""
    app = FastAPI(
        title="digitile",
        version=__version__,
        summary="Reads handwritten digits, and trains the networks that read them.",
        description=f"A picture is a file of at most {state.limits.max_bytes} bytes and "
        f"{state.limits.max_pixels} pixels.",
        license_info={"name": "MIT", "identifier": "MIT"},
        openapi_url=f"{PREFIX}/openapi.json",
        docs_url=None,  # FastAPI's pages load scripts from another host
        redoc_url=None,
        routes=_pages(),
        redirect_slashes=False,
        lifespan=state.lifespan,
        responses={"default": _error("What is wrong, and what was expected.")},
        generate_unique_id_function=lambda route: route.name,
        exception_handlers={
            HTTPException: _refused,
            RequestValidationError: _invalid,
            DigitileError: _wrong,
            ClientDisconnect: _gone,
            Exception: _broken,
        },
    )
    app.state.server, app.state.access = state, access
    bearer = [Depends(HTTPBearer(auto_error=False))] if access.tokens else []  # for its description
    for router in (pictures, plain, measured):
        app.include_router(router, dependencies=bearer)
    for module in (networks, forms):
        app.include_router(module.router, prefix=PREFIX, dependencies=bearer)
    return app


def _pages() -> list[BaseRoute]:
    """Return the pages and their files: only what is listed here can be asked for."""
    routes: list[BaseRoute] = []
    for file in files("digitile.web").joinpath("static").iterdir():
        kind = (
            "text/javascript" if file.name.endswith(".js") else mimetypes.guess_type(file.name)[0]
        )
        page = Response(file.read_bytes(), media_type=kind, headers={"Cache-Control": "no-cache"})
        path = PAGES.get(file.name, f"/static/{file.name}")
        routes.append(Route(path, page, methods=["GET"]))
    for name, content in example_pictures().items():
        picture = Response(content, media_type=mimetypes.guess_type(name)[0])
        routes.append(Route(f"/static/examples/{name}", picture, methods=["GET"]))
    return routes


async def _refused(request: Request, error: Exception) -> Response:
    """Answer what Starlette and FastAPI refuse, and our own problems."""
    assert isinstance(error, HTTPException)
    if isinstance(error, Problem):
        problem = error
    elif error.status_code == 404:
        problem = Problem("not_found", path=reprlib.repr(request.url.path))
    elif error.status_code == 405:
        allowed = (error.headers or {}).get("Allow", "another")
        problem = Problem(
            "method_not_allowed", {"Allow": allowed}, method=request.method, allowed=allowed
        )
    else:
        problem = Problem("invalid_request", reason=error.detail)
    return answer(problem, request.headers)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return answer(problem_of_parameters(error.errors()), request.headers)


async def _wrong(request: Request, error: Exception) -> Response:
    assert isinstance(error, DigitileError)
    return answer(problem_of(error), request.headers)


async def _gone(request: Request, _error: Exception) -> Response:
    return answer(Problem("client_gone"), request.headers)


async def _broken(request: Request, _error: Exception) -> Response:
    return answer(Problem("internal"), request.headers)
