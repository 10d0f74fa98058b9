"""Picture files, possibly broken or hostile, as arrays of pixels, and back.

`pages` does it, with Pillow; `pdf` draws the pages of a PDF, and `heif` opens the photos of phones,
each with the library of an extra.
"""

from digitile.pictures.pages import (
    ENOUGH_PIXELS,
    FORMATS,
    MAX_BYTES,
    MAX_PAGES,
    MAX_PIXELS,
    MAX_SCANS,
    MAX_SIDE,
    PICTURE_SUFFIXES,
    READ_SUFFIXES,
    Page,
    Source,
    load_pages,
    load_picture,
    write_picture,
)

__all__ = [
    "ENOUGH_PIXELS",
    "FORMATS",
    "MAX_BYTES",
    "MAX_PAGES",
    "MAX_PIXELS",
    "MAX_SCANS",
    "MAX_SIDE",
    "PICTURE_SUFFIXES",
    "READ_SUFFIXES",
    "Page",
    "Source",
    "load_pages",
    "load_picture",
    "write_picture",
]
