"""Draws what was read on the picture it was read from."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from digitile.pictures import Source, load_pages
from digitile.reader import Reading

ACCEPTED, DOUBTFUL = (20, 140, 60), (220, 60, 30)


def draw_boxes(source: Source, reading: Reading) -> NDArray[np.uint8]:
    """Draw the first page of a picture, with a box around each digit and mark, and it above.

    Raises `PictureError` for what cannot be decoded.

    Parameters
    ----------
    source : Source
        The picture that was read.
    reading : Reading
        Of its first page.

    Returns
    -------
    ndarray, uint8, H×W×3
        RGB.
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
    return np.array(picture)
