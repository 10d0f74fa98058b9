"""What is done with a picture, in a worker's process."""

from pathlib import Path
from typing import Any

import numpy as np

from digitile.errors import SettingError, UsageError
from digitile.lab.explain import Stage, follow
from digitile.lab.pixels import data_uri, limit_of, mosaic_png, picture_png
from digitile.nn.layer import Array, shape_text
from digitile.pictures import load_pages
from digitile.reader import Box, Reader
from digitile.web.seen import seen
from digitile.web.upload import Upload

COLUMNS = 10
"""Maps side by side."""


class Desk:
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

    def __call__(self, what: str, upload: Upload) -> dict[str, Any]:
        """Answer one question, ``read`` or ``look``."""
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
        model = self._reader.model
        walk = follow(model, seen(page, box)[None])
        return {
            "digit": data_uri(picture_png(walk.image, 1)),
            "scores": [
                {"class": name, "score": float(score)}
                for name, score in zip(model.classes, walk.scores, strict=True)
            ],
            "maps": [_shown(stages) for stages in _by_size(walk.stages)],
        }


def _box(text: str) -> Box:
    try:
        box = Box(*map(int, text.split(",")))
    except (ValueError, TypeError):
        box = Box(0, 0, 0, 0)
    if box.width < 1 or box.height < 1:
        raise UsageError(f"box is {text!r}, but must be x,y,width,height.")
    return box


def _by_size(stages: tuple[Stage, ...]) -> list[list[Stage]]:
    """Return the layers that give maps, those in one list whose maps are of one size."""
    found: list[list[Stage]] = []
    for stage in stages:
        if stage.y.ndim != 3:
            continue
        if found and found[-1][-1].y.shape == stage.y.shape:
            found[-1].append(stage)
        else:
            found.append([stage])
    return found


def _shown(stages: list[Stage]) -> dict[str, Any]:
    """Return what the last of some layers gives, as a picture in rows of maps."""
    maps = stages[-1].y
    return {
        "layers": [str(stage.layer) for stage in stages],
        "shape": shape_text(maps.shape),
        "columns": min(COLUMNS, len(maps)),
        "png": tiles_png(maps),
    }


def tiles_png(maps: Array, columns: int = COLUMNS) -> str:
    """Return maps, N×H×W, side by side, as the address of a PNG."""
    columns = min(columns, len(maps))
    rows = -(-len(maps) // columns)
    tiles = np.full((rows * columns, *maps.shape[1:]), np.nan, np.float32)
    tiles[: len(maps)] = maps
    sheet = tiles.reshape(rows, columns, *maps.shape[1:])
    return data_uri(mosaic_png(sheet, limit_of(maps), 2))
