"""The API's description is sound, and that of the application's addresses."""

import re
from collections.abc import Iterator
from typing import Any

from digitile.web.app import App
from digitile.web.limits import Limits
from digitile.web.openapi import document

DOCUMENT = document(Limits())


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
        if method != "parameters"
    }


def test_it_describes_every_address_of_the_api() -> None:
    routes = {
        (route.path, method.lower())
        for route in App(Limits(), None, None).routes()
        for method in (route.methods or ()) - {"HEAD"}
        if route.path.startswith("/api/")
    }
    assert set(operations()) == routes


def test_every_operation_is_whole() -> None:
    names = [operation["operationId"] for operation in operations().values()]
    assert len(set(names)) == len(names)
    for (path, _), operation in operations().items():
        item = DOCUMENT["paths"][path]
        parameters = [*item.get("parameters", ()), *operation.get("parameters", ())]
        in_path = {one["name"] for one in parameters if one["in"] == "path"}
        assert in_path == set(re.findall(r"\{(\w+)\}", path))
        assert operation["summary"]
        assert all(re.fullmatch(r"[2-5]\d\d", status) for status in operation["responses"])
        assert all(answer["description"] for answer in operation["responses"].values())


def test_references_lead_somewhere_and_all_schemas_are_used() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    used = {one["$ref"].rpartition("/")[2] for one in walk(DOCUMENT) if "$ref" in one}
    assert used == set(schemas)
    for schema in schemas.values():
        assert set(schema["required"]) <= set(schema["properties"])
