"""HEIF files, the photos of phones (HEIC), opened by libheif; it comes with an extra."""

import io

from PIL import Image

from digitile.errors import PictureError, UsageError
from digitile.extras import extra

SUFFIXES = frozenset((".heic", ".heif"))

_HEVC = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx")
_CONTAINERS = (b"mif1", b"msf1")
_MOST_BRANDS = 100
"""Bytes of a header in which its brands are looked for."""


def is_heif(content: bytes) -> bool:
    """Return whether a file's content begins as a HEIF file of HEVC pictures does, not as AVIF."""
    if content[4:8] != b"ftyp":
        return False
    end = min(int.from_bytes(content[:4], "big"), _MOST_BRANDS)
    brands = [content[start : start + 4] for start in range(16, end, 4)]
    main = content[8:12]
    return main in _HEVC or (main in _CONTAINERS and any(brand in _HEVC for brand in brands))


def open_heif(content: bytes, name: str) -> Image.Image:
    """Open a HEIF file as Pillow opens others: its main picture, upright; nothing is decoded yet.

    Raises `PictureError` where the library is missing; `Exception` of nearly every kind, for a
    broken file.
    """
    try:
        with extra("heic"):
            from pillow_heif import HeifImageFile
    except UsageError as error:
        raise PictureError(f"{name} is a HEIC or HEIF photo: {error}") from error
    opened: Image.Image = HeifImageFile(io.BytesIO(content))
    return opened
