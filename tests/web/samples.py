"""Pictures to send, and what the API's description says of an answer."""

import io
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from digitile.web.access import Access
from digitile.web.app import make_app
from digitile.web.limits import Limits
from digitile.web.state import ServerState

DOCUMENT = make_app(ServerState(Limits(), None, None), Access()).openapi()
EXAMPLES = Path(__file__).parents[2] / "examples"
THREE = (EXAMPLES / "three-blue-ink.jpg").read_bytes()
EIGHT = (EXAMPLES / "eight-small.png").read_bytes()


def png(width: int, height: int) -> bytes:
    content = io.BytesIO()
    Image.new("1", (width, height), 1).save(content, "PNG")
    return content.getvalue()


BLANK = png(300, 200)


def _two_seven(boxes: int = 0) -> bytes:
    """A 2 and a 7, in the first and second of some printed boxes."""
    image = Image.new("L", (600 + 240 * max(boxes - 2, 0), 300), 255)
    draw = ImageDraw.Draw(image)
    for number in range(boxes):
        draw.rectangle((20 + 270 * number, 15, 290 + 270 * number, 280), None, 130, 3)
    for stroke in (
        [(90, 105), (120, 60), (168, 60), (180, 105), (90, 225), (198, 222)],
        [(360, 66), (480, 66), (408, 234)],
    ):
        draw.line(stroke, 0, 14, "curve")
    content = io.BytesIO()
    image.save(content, "PNG")
    return content.getvalue()


TWO_SEVEN = _two_seven()
IN_BOXES = _two_seven(3)


def check(value: Any, schema: dict[str, Any], document: dict[str, Any], where: str = "$") -> None:
    """Fail unless a value is as a schema says: the part of JSON Schema that the API uses."""
    kinds = {
        "object": dict, "array": list, "string": str, "integer": int, "number": (int, float),
        "boolean": bool, "null": type(None),
    }  # fmt: skip
    if "$ref" in schema:
        name = schema["$ref"].removeprefix("#/components/schemas/")
        schema = document["components"]["schemas"][name]
    if "anyOf" in schema:
        fits = []
        for one in schema["anyOf"]:
            try:
                check(value, one, document, where)
                fits.append(one)
            except AssertionError:
                pass
        assert fits, where
        return
    if "enum" in schema:
        assert value in schema["enum"], where
    if "type" in schema:
        wanted = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        assert any(isinstance(value, kinds[kind]) for kind in wanted), f"{where}: {value!r}"
        assert isinstance(value, bool) <= ("boolean" in wanted), where
    if isinstance(value, dict) and "properties" in schema:
        assert set(schema.get("required", ())) <= set(value), where
        assert set(value) <= set(schema["properties"]), where
        for key, inner in value.items():
            check(inner, schema["properties"][key], document, f"{where}.{key}")
    if isinstance(value, list) and "items" in schema:
        for i, inner in enumerate(value):
            check(inner, schema["items"], document, f"{where}[{i}]")


def answer_schema(document: dict[str, Any], path: str, method: str, status: int) -> dict[str, Any]:
    answer = document["paths"][path][method]["responses"][str(status)]
    return answer["content"]["application/json"]["schema"]
