"""The reader: a model, loaded once, and what it reads on pictures."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import islice
from pathlib import Path
from typing import Any

from digitile.engines import check_engine, make_engine
from digitile.errors import PictureError
from digitile.model import Model, bundled_model, load_model
from digitile.pictures import MAX_PIXELS, Source, load_pages
from digitile.reader.fields import parse_field
from digitile.reader.page import read_page
from digitile.reader.reading import Reading
from digitile.reader.sight import Sight, check_model
from digitile.reader.trust import threshold
from digitile.workers import LostError, SteadyWorker, crew

AT_ONCE = 4
"""Pictures of one question to a process of `read_many`."""

SECONDS = 600.0
"""The most that one question may take: a file of many large pages takes minutes."""


@dataclass(frozen=True, eq=False)
class Reader:
    """Reads digits with one model.

    Attributes
    ----------
    model : Model
        That sees digits on pages; see `digitile.reader.sight`.
    engine : str
        What computes the network: ``reference`` is ready at once; ``tile`` is several times faster,
        but takes a second to start, and half a minute once, to compile.
    threads : int, optional
        How many the engine uses; None leaves it to the engine.
    """

    model: Model
    engine: str = "reference"
    threads: int | None = None

    @classmethod
    def load(
        cls, model: Path | None = None, engine: str = "reference", threads: int | None = None
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
            Whether the picture is read upside down and sideways, too, where it has little to say
            as it stands.

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
        turn: bool = True,
        max_pixels: int = MAX_PIXELS,
    ) -> Iterator[Reading]:
        """Read every page of a picture (TIFF), one after the other; see `read`, `load_pages`."""
        known = None if field is None else parse_field(field)
        least = threshold(self.model, max_error)
        path = str(image) if isinstance(image, Path) else None
        for number, page in enumerate(load_pages(image, max_pixels=max_pixels), 1):
            found, turned, grid = read_page(page, self._sight, least, known, turn)
            lines, reason = ((), found) if isinstance(found, str) else (found, None)
            yield Reading(path, number, lines, reason, turned, grid)

    def read_many(
        self,
        sources: Iterable[Source],
        *,
        processes: int = 1,
        field: str | None = None,
        max_error: float | None = None,
        turn: bool = True,
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
        if processes == 1:
            desk = _Desk(self, field, max_error, turn)
            yield from map(desk.read, sources)
            return
        own = Reader(self.model, self.engine, threads=1), field, max_error, turn
        workers = [SteadyWorker(_lone_desk, own, SECONDS) for _ in range(processes)]
        with crew(workers, SteadyWorker.ask_each) as submit:
            waiting: deque[Future[list[Any]]] = deque()
            rest = iter(sources)
            while some := list(islice(rest, AT_ONCE)):
                waiting.append(submit(some))
                if len(waiting) > 2 * processes:  # no worker is ever idle, and nothing piles up
                    yield from map(_result, waiting.popleft().result())
            for future in waiting:
                yield from map(_result, future.result())


class _Desk:
    """What a process of `read_many` does."""

    def __init__(
        self, reader: Reader, field: str | None, max_error: float | None, turn: bool
    ) -> None:
        self._read = partial(reader.read_pages, field=field, max_error=max_error, turn=turn)

    def __call__(self, sources: Sequence[Source]) -> list[list[Reading] | PictureError]:
        return [self.read(source) for source in sources]

    def read(self, source: Source) -> list[Reading] | PictureError:
        """Return a picture's pages, or what was wrong with it."""
        try:
            return list(self._read(source))
        except PictureError as error:
            return error


def _lone_desk(reader: Reader, field: str | None, max_error: float | None, turn: bool) -> _Desk:
    """Return the desk of one process of many."""
    use_one_core()
    return _Desk(reader, field, max_error, turn)


def _result(answer: Any) -> list[Reading] | PictureError:
    """Return a worker's answer; a picture on which it died is a broken one."""
    result: list[Reading] | PictureError = answer
    return PictureError(str(answer)) if isinstance(answer, LostError) else result


def use_one_core() -> None:
    """Let this process, one of many, use one thread for pictures and matrices."""
    import cv2
    from threadpoolctl import threadpool_limits

    cv2.setNumThreads(1)
    threadpool_limits(1)  # of the library that multiplies NumPy's matrices
