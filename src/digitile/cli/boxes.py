"""Draws what was read on the picture it was read from."""

import io
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from digitile.errors import UsageError
from digitile.files import write_atomically
from digitile.pictures import load_pages
from digitile.reader import Reading

ACCEPTED, DOUBTFUL = (20, 140, 60), (220, 60, 30)


def draw_boxes(source: Path | bytes, reading: Reading, path: Path) -> None:
    """Write the first page of a picture with a box around each digit and mark, and it above.

    Raises
    ------
    UsageError
        Where the file cannot be written, or its name ends in no format of pictures.
    """
    page = next(load_pages(source))
    pixels = page.pixels[:, :, 0] if page.pixels.shape[2] == 1 else page.pixels
    picture = Image.fromarray(np.ascontiguousarray(pixels)).convert("RGB")
    scale = picture.width / page.width
    draw = ImageDraw.Draw(picture)
    for line in reading.lines:
        colour = ACCEPTED if line.accepted else DOUBTFUL
        signs = [(str(digit.digit), digit.box) for digit in line.digits]
        for sign, box in signs + [(mark.sign, mark.box) for mark in line.marks]:
            left, top = scale * box.x, scale * box.y
            right, bottom = left + scale * box.width, top + scale * box.height
            pen = max(1, round((bottom - top) / 60))
            draw.rectangle((left, top, right, bottom), outline=colour, width=pen)
            font = ImageFont.load_default(max(10.0, 0.3 * (bottom - top)))
            draw.text((left, top), sign, font=font, fill=colour, anchor="lb")
    content = io.BytesIO()
    try:
        kind = Image.registered_extensions()[path.suffix.lower()]
        picture.save(content, kind)
    except (KeyError, OSError, ValueError):
        raise UsageError(
            f"cannot write {path}: no format of pictures has its name's ending. "
            "Give a name ending in .png."
        ) from None
    write_atomically(path, content.getvalue())
