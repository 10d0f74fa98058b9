"""Draws a form's fields on a scan, to look at."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from digitile.errors import PictureError
from digitile.forms.form import Form
from digitile.forms.place import find_form, moved
from digitile.pictures import Source, load_pages
from digitile.reader.gray import to_gray

OUTLINE = (200, 40, 120)


def draw_fields(source: Source, form: Form) -> NDArray[np.uint8]:
    """Draw the first page of a picture, with each cell of a form outlined and each field's name.

    Raises `PictureError` for what cannot be decoded, and where the form is not found.

    Parameters
    ----------
    source : str, Path, bytes, ndarray or Pillow picture

    Returns
    -------
    ndarray, uint8, H×W×3
        RGB.
    """
    page = next(load_pages(source))
    gray = to_gray(page.pixels)
    place = find_form(form, gray)
    if isinstance(place, str):
        raise PictureError(f"the form was not found: {place}. Give a scan of all of it.")
    pixels = page.pixels[:, :, 0] if page.pixels.shape[2] == 1 else page.pixels
    picture = Image.fromarray(np.ascontiguousarray(pixels)).convert("RGB")
    scale = np.array(picture.size) / gray.shape[::-1]
    draw, pen = ImageDraw.Draw(picture), max(1, round(max(picture.size) / 700))
    for field in form.fields:
        for cell in moved(field.cell_corners, place) * scale:
            draw.polygon([(float(x), float(y)) for x, y in cell], outline=OUTLINE, width=pen)
        corners = moved(field.corners, place) * scale
        tall = float(np.linalg.norm(corners[3] - corners[0]))
        font = ImageFont.load_default(max(12.0, 0.35 * tall))
        place_of_name = float(corners[0, 0]), float(corners[0, 1])
        draw.text(place_of_name, field.name, font=font, fill=OUTLINE, anchor="lb")
    return np.array(picture)
