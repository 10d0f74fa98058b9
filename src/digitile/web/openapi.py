"""The API's description for programs, OpenAPI 3.1."""

from typing import Any

from digitile import __version__
from digitile.web.limits import Limits

Json = dict[str, Any]


def document(limits: Limits) -> Json:
    """Return the OpenAPI document."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "digitile",
            "version": __version__,
            "summary": "Reads handwritten digits, and trains the networks that read them.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "paths": _paths(limits),
        "components": {"schemas": _schemas()},
    }


def _paths(limits: Limits) -> Json:
    training = _answer("The training.", _ref("Training"))
    one = [_parameter("id", "path", "The training.", _STRING, needed=True)]
    unknown = {"404": _error("There is no such training.")}
    turned = {"enum": [0, 90, 180, 270], "default": 0}
    return {
        "/api/health": {"get": _get("health", "Is the server there?", {"type": "object"})},
        "/api/ready": {
            "get": {
                **_get("ready", "Can it read?", {"type": "object"}),
                "responses": {
                    "200": _answer("It can.", {"type": "object"}),
                    "503": _error("The model is being loaded."),
                },
            }
        },
        "/api/openapi.json": {"get": _get("openapi", "This document.", {"type": "object"})},
        "/api/read": {
            "post": _post(
                "read",
                "Read the digits of a picture.",
                [
                    _parameter("field", "query", "A rule for the text: length=8.", _STRING),
                    _parameter(
                        "max_error",
                        "query",
                        "The share of accepted lines that may be wrong.",
                        {"type": "number", "minimum": 0, "maximum": 1},
                    ),
                ],
                _ref("Answer"),
                limits,
            )
        },
        "/api/look": {
            "post": _post(
                "look",
                "Show one digit as the network sees it.",
                [
                    _parameter(
                        "box", "query", "Where it is: x,y,width,height.", _STRING, needed=True
                    ),
                    _parameter("turned", "query", "As in the Reading.", turned),
                ],
                _ref("Look"),
                limits,
            )
        },
        "/api/recipes": {
            "get": _get("recipes", "What can be trained here.", _list("recipes", _ref("Recipe")))
        },
        "/api/trainings": {
            "get": _get("trainings", "The latest trainings.", _list("trainings", _ref("Training"))),
            "post": {
                "operationId": "train",
                "summary": "Start a training; one runs at a time.",
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": _ref("Wanted")}},
                },
                "responses": {
                    "201": training,
                    "400": _error("An unknown recipe, or data that is not on this machine."),
                    "409": _error("Another training runs."),
                },
            },
        },
        "/api/trainings/{id}": {
            "parameters": one,
            "get": {
                "operationId": "training",
                "summary": "How far a training has come.",
                "responses": {"200": training, **unknown},
            },
            "delete": {
                "operationId": "stop",
                "summary": "Stop a training.",
                "responses": {"200": training, **unknown},
            },
        },
        "/api/trainings/{id}/events": {
            "parameters": one,
            "get": {
                "operationId": "events",
                "summary": "The training as server-sent events: each is a Training, with the points"
                " from place `since` on.",
                "responses": {
                    "200": {
                        "description": "Events until it is over.",
                        "content": {"text/event-stream": {"schema": _STRING}},
                    },
                    **unknown,
                },
            },
        },
        "/api/trainings/{id}/model": {
            "parameters": one,
            "get": {
                "operationId": "model",
                "summary": "The trained model.",
                "responses": {
                    "200": {
                        "description": "A model file (safetensors).",
                        "content": {"application/octet-stream": {}},
                    },
                    **unknown,
                },
            },
        },
    }


_STRING: Json = {"type": "string"}
_NUMBER: Json = {"type": "number"}
_INTEGER: Json = {"type": "integer"}


def _schemas() -> Json:
    nothing = {"type": "null"}
    text = {"type": ["string", "null"]}
    alternatives = {"type": "array", "items": _ref("Alternative")}
    box = _ref("Box")
    reading: Json = {
        "path": text,
        "page": _INTEGER,
        "lines": {"type": "array", "items": _ref("Line")},
        "reason": text,
        "turned": {"enum": [0, 90, 180, 270]},
        "grid": {"anyOf": [_ref("Grid"), nothing]},
    }
    return {
        "Error": _object(error=_STRING),
        "Box": _object(x=_INTEGER, y=_INTEGER, width=_INTEGER, height=_INTEGER),
        "Alternative": _object(text=_STRING, confidence=_NUMBER),
        "Digit": _object(
            digit={"type": "integer", "minimum": 0, "maximum": 9},
            confidence=_NUMBER,
            box=box,
            alternatives=alternatives,
        ),
        "Mark": _object(sign={"enum": [*".,-/"]}, confidence=_NUMBER, box=box),
        "Line": _object(
            text=_STRING,
            confidence=_NUMBER,
            accepted={"type": "boolean"},
            box=box,
            digits={"type": "array", "items": _ref("Digit")},
            marks={"type": "array", "items": _ref("Mark")},
            groups={"type": "array", "items": _STRING},
            alternatives=alternatives,
            evidence=_object(
                text=_NUMBER, weakest=_NUMBER, digits=_INTEGER, height=_NUMBER, share=_NUMBER
            ),
            measured={"type": "boolean"},
            repaired=text,
            value=text,
            note=text,
        ),
        "Cell": _object(text=_STRING, confidence=_NUMBER, accepted={"type": "boolean"}, box=box),
        "Grid": {
            "description": "Rows of cells, from top to bottom and from left to right; an empty "
            "cell's text is empty.",
            **_object(rows={"type": "array", "items": {"type": "array", "items": _ref("Cell")}}),
        },
        "Reading": _object(**reading),
        "Answer": {
            "description": "The first page's reading, and those of further pages (TIFF).",
            **_object(**reading, further={"type": "array", "items": _ref("Reading")}),
        },
        "Score": _object(**{"class": _STRING, "score": _NUMBER, "map": _STRING}),
        "Place": _object(x=_NUMBER, y=_NUMBER, width=_NUMBER, height=_NUMBER),
        "Rival": _object(**{"class": _STRING, "score": _NUMBER, "box": _ref("Place")}),
        "Look": {
            "description": "What the network is shown, enlarged or reduced to its scale, a square "
            "of `side` pixels; how likely each class is where the digit is, with a map of how "
            "likely it is everywhere; and what lost. Boxes are in pixels of the patch.",
            **_object(
                patch=_STRING,
                side=_INTEGER,
                box=_ref("Place"),
                scores={"type": "array", "items": _ref("Score")},
                rivals={"type": "array", "items": _ref("Rival")},
            ),
        },
        "Recipe": _object(
            name=_STRING,
            about=_STRING,
            network=_STRING,
            parameters=_INTEGER,
            epochs=_INTEGER,
            batch_size=_INTEGER,
            lr=_NUMBER,
            data={"type": "array", "items": _STRING},
        ),
        "Wanted": {
            "type": "object",
            "required": ["recipe"],
            "properties": {
                "recipe": _STRING,
                "data": {**_STRING, "default": "digits"},
                "seed": {**_INTEGER, "default": 0},
            },
        },
        "Point": _object(
            iteration=_INTEGER,
            epoch=_INTEGER,
            loss=_NUMBER,
            accuracy=_NUMBER,
            validation={"type": ["number", "null"]},
        ),
        "Result": _object(stopped=_STRING, pictures=_INTEGER, wrong=_INTEGER, accuracy=_NUMBER),
        "Training": _object(
            id=_STRING,
            recipe=_STRING,
            data=_STRING,
            state={"enum": ["running", "done", "stopped", "failed"]},
            total={"type": ["integer", "null"]},
            points={"type": "array", "items": _ref("Point")},
            since=_INTEGER,
            kernels=text,
            result={"anyOf": [_ref("Result"), nothing]},
            error=text,
        ),
    }


def _get(name: str, summary: str, schema: Json) -> Json:
    return {
        "operationId": name,
        "summary": summary,
        "responses": {"200": _answer(summary, schema)},
    }


def _post(name: str, summary: str, parameters: list[Json], schema: Json, limits: Limits) -> Json:
    """Return an operation on a picture."""
    form = {"type": "object", "properties": {"picture": {"type": "string", "format": "binary"}}}
    return {
        "operationId": name,
        "summary": summary,
        "parameters": parameters,
        "requestBody": {
            "required": True,
            "description": f"The picture: a file of at most {limits.max_bytes} bytes and "
            f"{limits.max_pixels} pixels. In a form, the parameters may be fields of it.",
            "content": {"application/octet-stream": {}, "multipart/form-data": {"schema": form}},
        },
        "responses": {
            "200": _answer(summary, schema),
            "400": _error("The form or a parameter is wrong."),
            "408": _error(f"The body was not there within {limits.timeout:g} s."),
            "413": _error("The body is too large."),
            "422": _error("This is no picture that can be read."),
            "503": _error("Too many pictures are in hand; Retry-After says when to come again."),
        },
    }


def _answer(description: str, schema: Json) -> Json:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _error(description: str) -> Json:
    return _answer(description, _ref("Error"))


def _parameter(name: str, place: str, description: str, schema: Json, needed: bool = False) -> Json:
    found = {"name": name, "in": place, "description": description, "schema": schema}
    return {**found, "required": True} if needed else found


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def _list(name: str, items: Json) -> Json:
    return _object(**{name: {"type": "array", "items": items}})


def _object(**properties: Json) -> Json:
    return {"type": "object", "required": list(properties), "properties": properties}
