"""The reader: a model, loaded once, and what it reads on pictures."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from digitile.errors import PictureError
from digitile.model import Model, bundled_model, load_model
from digitile.pictures import MAX_PIXELS, Source, load_pages
from digitile.reader.fields import parse_field
from digitile.reader.page import read_page
from digitile.reader.reading import Reading
from digitile.reader.recognise import check_model
from digitile.reader.trust import threshold
from digitile.reader.turns import read_turned


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
        loaded = load_model(model or bundled_model())
        check_model(loaded)
        return cls(loaded)

    def read(
        self,
        image: Source,
        *,
        field: str | None = None,
        max_error: float | None = None,
        turn: bool = False,
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
        turn : bool
            Whether the picture may be upside down or sideways: it is read from all four sides.

        Raises
        ------
        PictureError
            For what cannot be decoded.
        SettingError
            For an unknown field or an error rate out of range.
        """
        return next(self.read_pages(image, field=field, max_error=max_error, turn=turn))

    def read_pages(
        self,
        image: Source,
        *,
        field: str | None = None,
        max_error: float | None = None,
        turn: bool = False,
        max_pixels: int = MAX_PIXELS,
    ) -> Iterator[Reading]:
        """Read every page of a picture (TIFF), one after the other; see `read`, `load_pages`."""
        rule = None if field is None else parse_field(field)
        least = threshold(self.model, max_error)
        path = str(image) if isinstance(image, Path) else None
        for number, page in enumerate(load_pages(image, max_pixels=max_pixels), 1):
            read = partial(read_page, page, self.model, least, rule)
            found, turned = read_turned(read) if turn else (read(), 0)
            lines, reason = ((), found) if isinstance(found, str) else (found, None)
            yield Reading(path, number, lines, reason, turned)

    def read_many(
        self,
        sources: Iterable[Source],
        *,
        processes: int = 1,
        field: str | None = None,
        max_error: float | None = None,
        turn: bool = False,
    ) -> Iterator[list[Reading] | PictureError]:
        """Read many pictures: of each, in their order, its pages or what was wrong with it.

        Parameters
        ----------
        sources : iterable of Path, bytes, ndarray or Pillow picture
        processes : int
            How many pictures are read at the same time.
        field, max_error, turn
            As for `read`.
        """
        work = partial(_read_file, self, field=field, max_error=max_error, turn=turn)
        if processes == 1:
            yield from map(work, sources)
            return
        # forking would copy the locks of threads that do not come along
        with get_context("spawn").Pool(processes, _one_thread) as pool:
            yield from pool.imap(work, sources, chunksize=4)


def _read_file(
    reader: Reader, source: Source, field: str | None, max_error: float | None, turn: bool
) -> list[Reading] | PictureError:
    try:
        return list(reader.read_pages(source, field=field, max_error=max_error, turn=turn))
    except PictureError as error:
        return error


def _one_thread() -> None:
    """Let a process of many use one core."""
    import cv2

    cv2.setNumThreads(1)
