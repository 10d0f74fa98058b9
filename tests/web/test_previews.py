"""Pictures that browsers cannot show, as the server shows them; and the examples of the page."""

import base64
import io
from pathlib import Path

import httpx
import numpy as np
from PIL import Image

from digitile.web.examples import EXAMPLES, example_pictures
from tests.web.samples import DOCUMENT, answer_schema, check
from tests.web.samples import EXAMPLES as FOLDER


def tiff(*pages: Image.Image) -> bytes:
    content = io.BytesIO()
    pages[0].save(content, "TIFF", save_all=True, append_images=pages[1:])
    return content.getvalue()


def test_a_page_is_shown(client: httpx.Client) -> None:
    two = tiff(Image.new("L", (2500, 100), 40), Image.new("RGBA", (30, 60), (0, 0, 0, 0)))
    for page, size, shown_size, gray in (
        (1, (2500, 100), (2000, 80), 40),
        (2, (30, 60), None, 255),
    ):
        answer = client.post("/api/v1/preview", params={"page": page}, content=two)
        assert answer.status_code == 200, answer.text
        check(answer.json(), answer_schema(DOCUMENT, "/api/v1/preview", "post", 200), DOCUMENT)
        assert (answer.json()["width"], answer.json()["height"]) == size
        kind, _, content = answer.json()["picture"].partition(",")
        assert kind == "data:image/jpeg;base64"
        with Image.open(io.BytesIO(base64.b64decode(content))) as shown:
            assert shown.size == (shown_size or size)
            assert abs(float(np.asarray(shown).mean()) - gray) < 2
    assert client.post("/api/v1/preview", params={"page": 3}, content=two).status_code == 422
    assert client.post("/api/v1/preview", params={"page": 0}, content=two).status_code == 400
    assert client.post("/api/v1/preview", content=b"II*\0garbage").status_code == 422


def test_the_examples_are_those_of_the_repository(client: httpx.Client) -> None:
    pictures = example_pictures()
    assert tuple(pictures) == EXAMPLES
    pages = client.get("/").text + client.get("/forms").text
    for name, content in pictures.items():
        assert content == Path(FOLDER / name).read_bytes()
        assert client.get(f"/static/examples/{name}").content == content
        assert f'data-sample="{name}"' in pages
    assert client.get("/static/examples/zero-pencil.jpg").status_code == 404
