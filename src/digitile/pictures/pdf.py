"""The pages of a PDF as pixels, drawn by PDFium, the engine of Chrome; it comes with an extra."""

import math
import threading
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from digitile.errors import PictureError, UsageError
from digitile.extras import extra

if TYPE_CHECKING:
    import pypdfium2

DPI = 300
"""Dots an inch of a drawn page: what scanners put into a PDF."""

MOST_INSIDE = 150_000_000
"""Pixels of a picture in a page, which PDFium unpacks whole, at up to 4 bytes each. A4 with 1,200
dots an inch has 140 million."""

PASSWORD_NEEDED = 4
"""PDFium's number of this error."""

# PDFium must not be called by two threads at the same time, whatever the documents.
_LOCK = threading.Lock()


def is_pdf(content: bytes) -> bool:
    """Return whether a file's content begins as a PDF does."""
    return content[:1024].lstrip(b"\xef\xbb\xbf\0\t\n\f\r ").startswith(b"%PDF-")


def draw_page(
    content: bytes, name: str, index: int, most_pixels: int, most_side: int
) -> tuple[NDArray[np.uint8], int]:
    """Return a page of a PDF, and how many it has.

    Raises `PictureError` for a PDF that is broken or needs a password, and where the library is
    missing.

    Parameters
    ----------
    name : str
        What to call it in messages.
    index : int
        Of the page, from 0.
    most_pixels, most_side : int
        Of the drawn page: a larger one is drawn with fewer dots an inch.

    Returns
    -------
    ndarray, uint8, H×W×3
        RGB.
    """
    try:
        with extra("pdf"):
            import pypdfium2
    except UsageError as error:
        raise PictureError(f"{name} is a PDF: {error}") from error
    with _LOCK:
        try:
            with pypdfium2.PdfDocument(content) as document:
                pages = len(document)
                if pages < 1:
                    raise PictureError(f"{name} is a PDF without pages.")
                return _drawn(document[index], name, most_pixels, most_side), pages
        except pypdfium2.PdfiumError as error:
            if error.err_code == PASSWORD_NEEDED:
                raise PictureError(
                    f"{name} is a PDF that needs a password. Save it without one."
                ) from error
            reason = " ".join(str(error).split()).rstrip(".")
            raise PictureError(
                f"{name} is a PDF that is broken or cut short: {reason}. Save or copy it again."
            ) from error


def _drawn(
    page: "pypdfium2.PdfPage", name: str, most_pixels: int, most_side: int
) -> NDArray[np.uint8]:
    from pypdfium2.raw import FPDF_PAGEOBJ_IMAGE

    for image in page.get_objects([FPDF_PAGEOBJ_IMAGE]):
        wide, tall = image.get_px_size()
        if wide * tall > MOST_INSIDE:
            raise PictureError(
                f"{name} has a page with a picture of {wide}×{tall} pixels, but at most "
                f"{MOST_INSIDE} are unpacked. Make it smaller."
            )
    width, height = page.get_size()  # 1/72 inch
    if not (0 < width < math.inf and 0 < height < math.inf):
        raise PictureError(f"{name} has a page of {width}×{height} points, which is no size.")
    # a pixel is to spare on each side, since PDFium rounds up
    scale = min(
        DPI / 72, (most_side - 1) / max(width, height), (most_pixels / (width * height)) ** 0.5
    )
    bitmap = page.render(scale=scale, may_draw_forms=False, rev_byteorder=True)
    pixels = np.array(bitmap.to_numpy()[:, :, :3])
    bitmap.close()
    return pixels
