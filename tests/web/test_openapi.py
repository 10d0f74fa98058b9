"""The API's description, made from types, is sound, whole and true."""

import re
from collections.abc import Iterator
from typing import Any

from digitile.reader.fields import parse_field
from digitile.web.schema import MOST_FIELD
from tests.web.samples import DOCUMENT

OPERATIONS = {
    ("/api/v1/health", "get"),
    ("/api/v1/ready", "get"),
    ("/api/v1/read", "post"),
    ("/api/v1/read-many", "post"),
    ("/api/v1/draw", "post"),
    ("/api/v1/look", "post"),
    ("/api/v1/preview", "post"),
    ("/api/v1/form-draft", "post"),
    ("/api/v1/form", "post"),
    ("/api/v1/network", "get"),
    ("/api/v1/recipes", "get"),
    ("/api/v1/trainings", "get"),
    ("/api/v1/trainings", "post"),
    ("/api/v1/trainings/{id}", "get"),
    ("/api/v1/trainings/{id}", "delete"),
    ("/api/v1/trainings/{id}/events", "get"),
    ("/api/v1/trainings/{id}/classify", "post"),
    ("/api/v1/trainings/{id}/model", "get"),
}
ERROR = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}


def walk(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for one in inner:
        yield from walk(one)


def operations() -> dict[tuple[str, str], dict[str, Any]]:
    return {
        (path, method): operation
        for path, item in DOCUMENT["paths"].items()
        for method, operation in item.items()
    }


def test_it_describes_every_address_of_the_api_and_no_page() -> None:
    assert set(operations()) == OPERATIONS
    assert DOCUMENT["openapi"].startswith("3.1")


def test_every_operation_is_whole() -> None:
    names = [operation["operationId"] for operation in operations().values()]
    assert len(set(names)) == len(names)
    for (path, _), operation in operations().items():
        in_path = {one["name"] for one in operation.get("parameters", ()) if one["in"] == "path"}
        assert in_path == set(re.findall(r"\{(\w+)\}", path))
        assert operation["summary"]
        assert operation["description"].endswith(".")
        (success,) = (status for status in operation["responses"] if status.startswith("2"))
        assert operation["responses"][success]["content"], path


def test_every_error_is_described_as_the_server_s_own() -> None:
    for (path, _), operation in operations().items():
        errors = {s: one for s, one in operation["responses"].items() if not s.startswith("2")}
        assert "default" in errors, path
        assert all(one["description"] and one["content"] == ERROR for one in errors.values()), path
    statuses = set(operations()["/api/v1/read", "post"]["responses"])
    assert statuses == {"200", "400", "408", "413", "422", "503", "default"}
    assert "404" in operations()["/api/v1/trainings/{id}/events", "get"]["responses"]


def test_parameters_and_bodies_have_their_bounds() -> None:
    reading, looking = (operations()[path, "post"] for path in ("/api/v1/read", "/api/v1/look"))
    parameters = {
        one["name"]: one["schema"] for one in [*reading["parameters"], *looking["parameters"]]
    }
    assert set(parameters) == {"field", "max_error", "turn", "cells", "box", "turned"}
    assert parameters["field"]["anyOf"][0]["maxLength"] == MOST_FIELD
    for rule in parameters["field"]["examples"]:
        parse_field(rule)
    share, _ = parameters["max_error"]["anyOf"]
    assert (share["exclusiveMinimum"], share["exclusiveMaximum"]) == (0, 1)
    box, _ = parameters["box"]["anyOf"]
    assert re.match(box["pattern"], "0,12,3,4")
    assert not re.match(box["pattern"], "0,12,3,0")
    turned = parameters["turned"]
    assert [turned[key] for key in ("minimum", "maximum", "multipleOf")] == [0, 270, 90]
    for operation in (reading, looking):
        kinds = operation["requestBody"]["content"]
        assert set(kinds) == {"application/octet-stream", "multipart/form-data"}
    wanted = DOCUMENT["components"]["schemas"]["Wanted"]
    assert wanted["additionalProperties"] is False
    assert wanted["required"] == ["recipe"]


def test_references_lead_somewhere_and_all_schemas_are_used() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    used = {one["$ref"].rpartition("/")[2] for one in walk(DOCUMENT) if "$ref" in one}
    assert used == set(schemas)
    for schema in schemas.values():
        assert set(schema["required"]) <= set(schema["properties"])
