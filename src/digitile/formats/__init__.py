"""Readings in formats of other programs: ALTO (`alto`) and hOCR (`hocr`)."""

from digitile.formats.alto import to_alto
from digitile.formats.hocr import to_hocr

__all__ = ["to_alto", "to_hocr"]
