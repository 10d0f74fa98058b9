"""What is done with a picture, in a worker's process."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitile.errors import SettingError, UsageError
from digitile.lab.pixels import data_uri, limit_of, mosaic_png, picture_png, signed_png
from digitile.lab.seen import Seen, see
from digitile.nn.layer import Array
from digitile.parallel.worker import Link
from digitile.pictures import load_pages
from digitile.reader import Box, Reader
from digitile.web.upload import Upload

COLUMNS = 10
"""Maps side by side."""

TURNS = ("0", "90", "180", "270")


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
        self._reader = Reader.load(model)
        self._max_pixels = max_pixels

    def __call__(self, question: tuple[str, Upload], _link: Link) -> dict[str, Any]:
        """Answer one question, ``read`` or ``look``."""
        what, upload = question
        return self._read(upload) if what == "read" else self._look(upload)

    def _read(self, upload: Upload) -> dict[str, Any]:
        text = upload.words.get("max_error")
        try:
            share = None if text is None else float(text)
        except ValueError:
            raise SettingError(f"max_error is {text!r}, but must be a number.") from None
        field = upload.words.get("field")
        if field is not None and field.startswith("regex"):  # a stranger's may run for ever
            raise SettingError(f"the field {field!r} is not served. Use another, or the reader.")
        first, *further = (
            {**reading.to_json(), "path": upload.name}
            for reading in self._reader.read_pages(
                upload.content,
                field=field,
                max_error=share,
                max_pixels=self._max_pixels,
            )
        )
        return {**first, "further": further}

    def _look(self, upload: Upload) -> dict[str, Any]:
        box = _box(upload.words.get("box", ""))
        page = next(load_pages(upload.content, max_pixels=self._max_pixels))
        if not (0 <= box.x < page.width and 0 <= box.y < page.height):
            raise UsageError(f"the box {box} is not within {page.width}×{page.height} pixels.")
        turned = upload.words.get("turned", "0")
        if turned not in TURNS:
            raise UsageError(f"turned is {turned!r}, but must be one of {', '.join(TURNS)}.")
        model = self._reader.model
        (seen,) = see(model, page, int(turned), [box])
        return _shown(seen, model.classes)


def _box(text: str) -> Box:
    try:
        box = Box(*map(int, text.split(",")))
    except (ValueError, TypeError):
        box = Box(0, 0, 0, 0)
    if box.width < 1 or box.height < 1:
        raise UsageError(f"box is {text!r}, but must be x,y,width,height.")
    return box


def _shown(seen: Seen, classes: Sequence[str]) -> dict[str, Any]:
    """Return what the network sees of a digit, its pictures as addresses."""
    digit = seen.digit.p[0]
    return {
        "patch": data_uri(picture_png(seen.patch[None], 1)),
        "side": len(seen.patch),
        "box": _place(seen.digit.boxes[0]),
        "scores": [
            {"class": name, "score": float(p), "map": data_uri(signed_png(scores, 1.0, 1))}
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
