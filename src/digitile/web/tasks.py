"""What is done with a picture, in a worker's process."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitile.errors import PictureError, SettingError, UsageError
from digitile.lab.explain import Stage, follow
from digitile.lab.pixels import data_uri, limit_of, mosaic_png, picture_png
from digitile.nn.layer import Array, shape_text
from digitile.pictures import load_picture
from digitile.reader import Reader, isolate
from digitile.web.upload import Upload

MARGIN = 0.15
"""Paper kept around a digit's box, as a share of its longer side."""

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
        pixels = load_picture(upload.content, max_pixels=self._max_pixels)
        return self._read(pixels, upload) if what == "read" else self._look(pixels, upload)

    def _read(self, pixels: NDArray[np.uint8], upload: Upload) -> dict[str, Any]:
        text = upload.words.get("max_error")
        try:
            share = None if text is None else float(text)
        except ValueError:
            raise SettingError(f"max_error is {text!r}, but must be a number.") from None
        reading = self._reader.read(pixels, field=upload.words.get("field"), max_error=share)
        height, width = pixels.shape[:2]
        return {**reading.to_json(), "path": upload.name, "width": width, "height": height}

    def _look(self, pixels: NDArray[np.uint8], upload: Upload) -> dict[str, Any]:
        text = upload.words.get("box")
        digit = isolate(pixels if text is None else _cut(pixels, text))
        if isinstance(digit, str):
            raise PictureError(f"no digit found: {digit}.")
        model = self._reader.model
        walk = follow(model, digit.image[None])
        return {
            "digit": data_uri(picture_png(walk.image, 1)),
            "scores": [
                {"class": name, "score": float(score)}
                for name, score in zip(model.classes, walk.scores, strict=True)
            ],
            "maps": [_shown(stages) for stages in _by_size(walk.stages)],
        }


def _cut(pixels: NDArray[np.uint8], text: str) -> NDArray[np.uint8]:
    """Return a box of a picture, given as ``x,y,width,height``, with some paper around it."""
    try:
        x, y, width, height = (int(part) for part in text.split(","))
    except ValueError:
        raise UsageError(f"box is {text!r}, but must be x,y,width,height.") from None
    margin = max(2, round(MARGIN * max(width, height)))
    rows = slice(max(0, y - margin), max(0, y + height + margin))
    columns = slice(max(0, x - margin), max(0, x + width + margin))
    part = pixels[rows, columns]
    if width < 1 or height < 1 or part.size == 0:
        raise UsageError(f"the box {text} is not within the picture.")
    return np.ascontiguousarray(part)


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
