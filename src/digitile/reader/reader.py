"""The reader: a model, loaded once, and what it reads on pictures."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from os import PathLike
from typing import Any

from digitile.engines import check_engine, fastest_on_cpu, make_engine
from digitile.errors import PictureError, WorkerLost
from digitile.model import Model, bundled_model, load_model
from digitile.parallel.pool import in_order
from digitile.parallel.process_pool import ProcessPool
from digitile.parallel.worker import Link, Work
from digitile.pictures import MAX_PIXELS, Source, load_pages
from digitile.processors import processors
from digitile.reader.fields import parse_field
from digitile.reader.page import read_page
from digitile.reader.reading import Reading
from digitile.reader.sight import Sight, check_model
from digitile.reader.trust import threshold

AT_ONCE = 4
"""Pictures that a process of `read_many` is given at a time."""

SECONDS = 600.0
"""The most that a picture may take: a file of many large pages takes minutes."""

HUNDREDS, THOUSANDS = 300, 5000
"""From so many pictures on, several processes and the tile engine pay, and compiling it."""

Pages = list[Reading] | PictureError
"""The pages of a picture, or what was wrong with it."""


@dataclass(frozen=True, eq=False)
class Reader:
    """Reads digits with one model.

    Attributes
    ----------
    model : Model
        That sees digits on pages; see `digitile.reader.sight`.
    engine : str
        What computes the network: ``reference`` is ready at once; ``tile`` is several times faster,
        but comes with the extra ``train``, and takes a second to start, and half a minute once, to
        compile.
    threads : int, optional
        How many the engine uses; None leaves it to the engine.
    """

    model: Model
    engine: str = "reference"
    threads: int | None = None

    @classmethod
    def load(
        cls,
        model: str | PathLike[str] | None = None,
        engine: str = "reference",
        threads: int | None = None,
    ) -> "Reader":
        """Return a reader with a model file, by default the one that comes with digitile.

        Raises
        ------
        ModelFileError
            For a broken or foreign file.
        SettingError
            For a model that reads no digits, or an unknown engine.
        """
        loaded = load_model(model or bundled_model())
        check_model(loaded)
        check_engine(engine)
        return cls(loaded, engine, threads)

    @cached_property
    def _sight(self) -> Sight:
        return Sight(self.model, make_engine(self.engine, self.model.network, self.threads))

    def read(
        self,
        image: Source,
        *,
        field: str | None = None,
        max_error: float | None = None,
        turn: bool = True,
        cells: bool = True,
    ) -> Reading:
        """Read the first page of a picture.

        Parameters
        ----------
        image : path-like, bytes, ndarray or Pillow picture
            Of a path, as text or not, the picture file there.
        field : str, optional
            A rule the text must follow, such as ``length=8``; see `digitile.reader.fields`.
        max_error : float, optional
            The share of accepted lines that may be wrong, 0 … 1; without it, a line is accepted
            where it is likelier right than wrong.
        turn : bool
            Whether the picture is read upside down and sideways, too, where it has little to say
            as it stands.
        cells : bool
            Whether printed cells are looked for, which takes as long as reading a line or two.

        Raises
        ------
        PictureError
            For what cannot be decoded.
        SettingError
            For an unknown field or an error rate out of range.
        """
        return next(
            self.read_pages(image, field=field, max_error=max_error, turn=turn, cells=cells)
        )

    def read_pages(
        self,
        image: Source,
        *,
        field: str | None = None,
        max_error: float | None = None,
        turn: bool = True,
        cells: bool = True,
        max_pixels: int = MAX_PIXELS,
    ) -> Iterator[Reading]:
        """Read every page of a TIFF or PDF, one after the other; see `read` and `load_pages`."""
        known = None if field is None else parse_field(field)
        least = threshold(self.model, max_error)
        path = os.fspath(image) if isinstance(image, str | PathLike) else None
        for number, page in enumerate(load_pages(image, max_pixels=max_pixels), 1):
            found, turned, grid = read_page(page, self._sight, least, known, turn, cells)
            lines, reason = ((), found) if isinstance(found, str) else (found, None)
            size = page.width, page.height
            yield Reading(path, number, lines, reason, turned, grid, *size)

    def read_many(
        self,
        sources: Iterable[Source],
        *,
        processes: int = 1,
        field: str | None = None,
        max_error: float | None = None,
        turn: bool = True,
        cells: bool = True,
    ) -> Iterator[Pages]:
        """Read many pictures: of each, in their order, its pages or what was wrong with it.

        Parameters
        ----------
        sources : iterable of path-like, bytes, ndarray or Pillow picture
        processes : int
            How many pictures are read at the same time; `processes_for` says what pays. With more
            than one, a script must start under ``if __name__ == "__main__":``.
        field, max_error, turn, cells
            As for `read`.

        Raises
        ------
        UsageError
            Where a script starts processes when it is imported.
        """
        asked = {"field": field, "max_error": max_error, "turn": turn, "cells": cells}
        if processes == 1:
            for source in sources:
                yield _pages(self, asked, source)
            return
        own = Reader(self.model, self.engine, threads=1), asked
        with ProcessPool(_reading, own, size=processes, seconds=SECONDS) as pool:
            answers: Iterator[Pages | WorkerLost] = in_order(pool, sources, AT_ONCE)
            for answer in answers:
                # a picture on which a process died is a broken one
                yield PictureError(str(answer)) if isinstance(answer, WorkerLost) else answer


def engine_for(pictures: int) -> str:
    """Return the engine that reads so many pictures soonest, starting and compiling included."""
    fastest = fastest_on_cpu()
    if pictures >= THOUSANDS or fastest == "reference":
        return fastest
    if pictures < HUNDREDS:
        return "reference"
    from digitile.engines.tile.disk import is_compiled

    return fastest if is_compiled() else "reference"


def processes_for(pictures: int) -> int:
    """Return how many processes read so many pictures soonest."""
    return processors() if pictures >= HUNDREDS else 1


def _pages(reader: Reader, asked: dict[str, Any], source: Source) -> Pages:
    """Return a picture's pages, or what was wrong with it."""
    try:
        return list(reader.read_pages(source, **asked))
    except PictureError as error:
        return error


def _reading(reader: Reader, asked: dict[str, Any]) -> Work[Source, Pages]:
    """Return what a process of `read_many` does."""
    use_one_core()

    def read(source: Source, _link: Link) -> Pages:
        return _pages(reader, asked, source)

    return read


def use_one_core() -> None:
    """Let this process, one of many, use one thread for pictures and matrices."""
    import cv2
    from threadpoolctl import threadpool_limits

    cv2.setNumThreads(1)
    threadpool_limits(1)  # of the library that multiplies NumPy's matrices
