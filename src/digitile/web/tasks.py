"""What is done with a picture, in a worker's process."""

import base64
import io
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from digitile.data.intake import network_input
from digitile.errors import PictureError, SettingError, UsageError
from digitile.forms import printed_form
from digitile.inspect.boxes import draw_boxes
from digitile.inspect.pixels import data_uri, limit_of, mosaic_png, picture_png, signed_png
from digitile.inspect.seen import Seen, see
from digitile.model import load_model
from digitile.nn.layer import Array
from digitile.parallel.worker import Link
from digitile.pictures import load_pages
from digitile.reader import Box, Reader, Reading
from digitile.reader.reader import use_one_core

COLUMNS = 10
"""Maps side by side."""

PREVIEW_SIDE = 2000
"""Most pixels of a side of a preview: more than a page shows on most screens."""

PREVIEW_QUALITY = 90


DRAWN_QUALITY = 90
"""Of a JPEG: letters stay sharp, and a photo takes a tenth of what it does as PNG."""

Question = tuple[str, bytes, dict[str, Any]]
"""Which answer of `PictureAnswers` is wanted, a picture's file, and the arguments after it."""


class PictureAnswers:
    """Answers what the server asks about pictures.

    Parameters
    ----------
    model : Path or None
        The model file; None for the one that comes with digitile.
    max_pixels : int
        Of a picture.
    """

    def __init__(self, model: Path | None, max_pixels: int) -> None:
        use_one_core()
        self._reader = Reader.load(model)
        self._max_pixels = max_pixels

    def __call__(self, question: Question, _link: Link) -> Any:
        """Answer one question."""
        kind, picture, settings = question
        answers: dict[str, Callable[..., Any]] = {
            "read": self._read,
            "draw": self._draw,
            "look": self._look,
            "preview": self._preview,
            "classify": self._classify,
            "form": self._form,
        }
        return answers[kind](picture, **settings)

    def _read(self, picture: bytes, field: str | None, **settings: Any) -> list[Reading]:
        if field is not None and field.startswith("regex"):  # a stranger's may run for ever
            raise SettingError(f"the field {field!r} is not served. Use another, or the reader.")
        pages = self._reader.read_pages(
            picture, field=field, max_pixels=self._max_pixels, **settings
        )
        return list(pages)

    def _draw(self, picture: bytes, **settings: Any) -> bytes:
        reading = self._read(picture, **settings)[0]
        content = io.BytesIO()
        drawn = Image.fromarray(draw_boxes(picture, reading))
        drawn.save(content, "JPEG", quality=DRAWN_QUALITY)
        return content.getvalue()

    def _look(self, picture: bytes, box: str | None, turned: int) -> dict[str, Any]:
        if box is None:
            raise UsageError("the box is missing: send box=x,y,width,height.")
        place = Box(*map(int, box.split(",")))
        page = next(load_pages(picture, max_pixels=self._max_pixels))
        if not (place.x < page.width and place.y < page.height):
            raise UsageError(f"the box {box} is not within {page.width}×{page.height} pixels.")
        model = self._reader.model
        (seen,) = see(model, page, turned, [place])
        return _shown(seen, model.classes)

    def _preview(self, picture: bytes, page: int) -> dict[str, Any]:
        pages = load_pages(picture, max_pixels=self._max_pixels)
        found = next(islice(pages, page - 1, None), None)
        if found is None:
            raise PictureError(f"the picture has no page {page}. Ask for an earlier one.")
        return {"width": found.width, "height": found.height, "picture": _jpeg(found.pixels)}

    def _classify(self, picture: bytes, model: Path) -> dict[str, Any]:
        page = next(load_pages(picture, max_pixels=self._max_pixels))
        trained = load_model(model)
        shown = network_input(page.pixels, trained.network.input_shape, trained.classes)
        (scores,) = trained.scores(shown[None])
        return {
            "iterations": trained.about["iterations"],
            "scores": [
                {"class": name, "score": float(score)}
                for name, score in zip(trained.classes, scores, strict=True)
            ],
        }

    def _form(self, picture: bytes) -> dict[str, Any]:
        form = printed_form(picture, max_pixels=self._max_pixels)
        told: dict[str, Any] = msgspec.to_builtins(form)
        return told


def _jpeg(pixels: NDArray[np.uint8]) -> str:
    """Return a page on white, scaled down, as the address of a JPEG."""
    image = Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels)
    if image.mode == "RGBA":
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
    image.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE))
    content = io.BytesIO()
    image.save(content, "JPEG", quality=PREVIEW_QUALITY)
    return f"data:image/jpeg;base64,{base64.b64encode(content.getvalue()).decode()}"


def _shown(seen: Seen, classes: Sequence[str]) -> dict[str, Any]:
    """Return what the network sees of a digit, its pictures as addresses."""
    digit = seen.digit.p[0]
    return {
        "patch": data_uri(picture_png(seen.patch[None], 1)),
        "side": len(seen.patch),
        "box": _place(seen.digit.boxes[0]),
        "scores": [
            {
                "class": name,
                "score": float(p),
                "map": data_uri(signed_png(scores, 1.0, 1)),
                "values": np.rint(100 * scores).astype(int).ravel().tolist(),
            }
            for name, p, scores in zip(classes, digit, seen.maps, strict=True)
        ],
        "rivals": [
            {"class": classes[int(p[:-1].argmax())], "score": float(p[:-1].max())}
            | {"box": _place(box)}
            for p, box in zip(seen.rivals.p, seen.rivals.boxes, strict=True)
        ],
    }


def _place(box: NDArray[np.float64]) -> dict[str, float]:
    left, top, right, bottom = map(float, box)
    return {"x": left, "y": top, "width": right - left, "height": bottom - top}


def tiles_png(maps: Array, columns: int = COLUMNS) -> str:
    """Return maps, N×H×W, side by side, as the address of a PNG."""
    columns = min(columns, len(maps))
    rows = -(-len(maps) // columns)
    tiles = np.full((rows * columns, *maps.shape[1:]), np.nan, np.float32)
    tiles[: len(maps)] = maps
    sheet = tiles.reshape(rows, columns, *maps.shape[1:])
    return data_uri(mosaic_png(sheet, limit_of(maps), 2))
