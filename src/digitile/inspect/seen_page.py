"""The page that shows what a page network sees of each digit that was read on a picture."""

import numpy as np
from numpy.typing import NDArray

from digitile.inspect import pixels
from digitile.inspect.explain_page import thumbnail
from digitile.inspect.pages import render, words
from digitile.inspect.seen import SIDE, Seen, see
from digitile.model import Model
from digitile.nn.layer import shape_text
from digitile.pictures import Page
from digitile.reader import Digit, Reading

MOST_DIGITS = 40
"""More digits of a page are counted, not shown."""


def seen_page(model: Model, page: Page, reading: Reading, name: str, language: str) -> str:
    """Return the page as HTML, which needs nothing else.

    Raises `PictureError` where no digit was read.

    Parameters
    ----------
    model : Model
        That sees digits on pages.
    reading : Reading
        What the model has read on it.
    name : str
        The picture's name.
    language : "en" or "zh"
    """
    w = words(__package__, "seen", language)
    left, lines = MOST_DIGITS, []
    for line in reading.lines:
        shown = line.digits[:left]
        left -= len(shown)
        if shown:
            lines.append((line, _digits(model, page, reading, shown, w)))
    network = model.network
    return render(
        __package__,
        "seen.html",
        w=w,
        language=language,
        name=name,
        reading=reading,
        lines=lines,
        shown=MOST_DIGITS - left,
        all=sum(len(line.digits) for line in reading.lines),
        network=str(network),
        parameters=network.arena.size,
        shapes=[shape_text(shape) for shape in network.shapes],
        thumbnail=thumbnail(page.pixels),
        scale=pixels.data_uri(pixels.scale_png()),
    )


def _digits(
    model: Model, page: Page, reading: Reading, digits: tuple[Digit, ...], w: dict[str, str]
) -> list[dict[str, object]]:
    found = see(model, page, reading.turned, [digit.box for digit in digits])
    names = [w.get(f"class_{name}", name) for name in model.classes]
    return [_digit(digit, seen, names) for digit, seen in zip(digits, found, strict=True)]


def _digit(digit: Digit, seen: Seen, names: list[str]) -> dict[str, object]:
    p = seen.digit.p[0]
    return {
        "digit": digit.digit,
        "confidence": digit.confidence,
        "patch": pixels.data_uri(pixels.picture_png(seen.patch[None], 1)),
        "place": _place(seen.digit.boxes[0]),
        "classes": [
            (name, float(score), pixels.data_uri(pixels.signed_png(places, 1.0, 2)))
            for name, score, places in zip(names, p, seen.maps, strict=True)
        ],
        "rivals": [
            (names[int(p[:-1].argmax())], float(p[:-1].max()), _place(box))
            for p, box in zip(seen.rivals.p, seen.rivals.boxes, strict=True)
        ],
    }


def _place(box: NDArray[np.float64]) -> str:
    """Return where a box lies in its patch, in CSS."""
    left, top, right, bottom = 100 * box / SIDE
    return f"left:{left:.1f}%;top:{top:.1f}%;width:{right - left:.1f}%;height:{bottom - top:.1f}%"
