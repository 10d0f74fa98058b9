"""The reader: a model, loaded once, and what it reads on pictures."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from digitile.errors import PictureError
from digitile.model import Model, bundled_model, load_model
from digitile.pictures import load_picture
from digitile.reader.digit import read_digit
from digitile.reader.reading import Alternative, Box, Digit, Line, Reading

Source = Path | bytes | NDArray[np.uint8] | Image.Image
"""A file, the content of one, an array (uint8, H×W, H×W×1, H×W×3 RGB or H×W×4 RGBA) or a Pillow
picture."""


@dataclass(frozen=True, eq=False)
class Reader:
    """Reads digits with one model.

    Attributes
    ----------
    model : Model
        Of 1×28×28 pictures; its classes are 0 … 9, and `none` where it knows what is no digit.
    """

    model: Model

    @classmethod
    def load(cls, model: Path | None = None) -> "Reader":
        """Return a reader with a model file, by default the one that comes with digitile.

        Raises
        ------
        ModelFileError
            For a broken or foreign file.
        SettingError
            For a model that reads no digits.
        """
        return cls(load_model(model or bundled_model()))

    def read(
        self, image: Source, *, field: str | None = None, max_error: float | None = None
    ) -> Reading:
        """Read the first page of a picture.

        Parameters
        ----------
        image : Path, bytes, ndarray or Pillow picture
        field : str, optional
            A rule the text must follow, such as ``length=8``; see `digitile.reader.fields`.
        max_error : float, optional
            The share of accepted lines that may be wrong, 0 … 1; without it, a line is accepted
            where it is likelier right than wrong.

        Raises
        ------
        PictureError
            For what cannot be decoded.
        SettingError
            For an unknown field or an error rate out of range.
        """
        return next(self.read_pages(image, field=field, max_error=max_error))

    def read_pages(
        self, image: Source, *, field: str | None = None, max_error: float | None = None
    ) -> Iterator[Reading]:
        """Read every page of a picture (TIFF), one after the other; see `read`."""
        path = str(image) if isinstance(image, Path) else None
        if isinstance(image, Image.Image):
            image = np.asarray(image.convert("RGB"))
        pixels = load_picture(image) if isinstance(image, Path | bytes) else image
        found = read_digit(pixels if pixels.ndim == 3 else pixels[:, :, None], self.model)
        if found.digit is None or found.box is None or found.scores is None:
            yield Reading(path, 1, (), found.reason)
            return
        left, top, right, bottom = found.box
        box = Box(left, top, right - left, bottom - top)
        ranked = sorted(range(10), key=lambda d: -found.scores[d] if found.scores else 0)[1:4]
        others = tuple(Alternative(str(d), found.scores[d]) for d in ranked)
        digit = Digit(found.digit, found.confidence, box, others)
        text = str(found.digit)
        accepted = found.confidence >= (0.5 if max_error is None else 1 - max_error)
        line = Line(text, found.confidence, accepted, box, (digit,), (text,), others)
        yield Reading(path, 1, (line,))

    def read_many(
        self,
        paths: Iterable[Path],
        *,
        processes: int = 1,
        field: str | None = None,
        max_error: float | None = None,
    ) -> Iterator[list[Reading] | PictureError]:
        """Read many picture files: of each, in their order, its pages or what was wrong with it."""
        for path in paths:
            try:
                yield list(self.read_pages(path, field=field, max_error=max_error))
            except PictureError as error:
                yield error
