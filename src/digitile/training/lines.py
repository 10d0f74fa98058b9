"""What a reader makes of drawn pictures, line by line: of writers, fonts and scripts kept apart.

Each picture has a number, and is drawn from (seed, number) alone: the same ones for any number of
processes, and a smaller count is the beginning of a larger one. Pictures that cannot be drawn for
want of data are left out, and change no others.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from os import PathLike
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from digitile.data import Dataset, is_there, load_data
from digitile.engines import make_engine
from digitile.errors import TrainingError, WorkerLost
from digitile.model import Model
from digitile.parallel.pool import in_order
from digitile.parallel.process_pool import ProcessPool
from digitile.parallel.worker import Link, Work
from digitile.reader import Box, Evidence, Reader
from digitile.reader import Line as ReadLine
from digitile.reader.reader import use_one_core
from digitile.reader.sight import Sight
from digitile.scenes import Conditions, Materials, Scene, draw_nothing, draw_scene
from digitile.scenes.conditions import SIZES
from digitile.scenes.materials import has_scripts_apart
from digitile.scenes.nothing import KINDS as EMPTY
from digitile.scenes.nothing import enlarged
from digitile.scenes.texts import Marked, digits_text, marked_text

KINDS = ("number", "number", "number", "number", "small", "marks", "marks", "empty")
"""What the pictures show, in turn: numbers of digits ≥ 12 pixels tall; of digits of 8 to 12 pixels,
taken well; dates, amounts and negative numbers; nothing to read."""

TALL = 12.0
"""Height of digits, in pixels that the camera had for them, from which they are not small."""

CONTRAST, BLUR, NOISE = 0.35, 0.12, 0.1
"""A picture is ordinary where paper and ink are at least so far apart, as a share of the full
range; where its blur deviates by at most so much of a stroke's width; and its noise by at most so
much of the contrast. About four of ten pictures that training draws are."""

OVERLAP = 0.3
"""A line is read where a line lies that shares so much of the smaller one's area."""

AT_ONCE = 4
SECONDS = 600.0
"""Pictures that a process is given at a time, and the most that one may take."""


T = TypeVar("T")


class DrawnLine(NamedTuple):
    """A picture of a kind of `KINDS` or `EMPTY`, and how it was drawn."""

    kind: str
    picture: NDArray[np.uint8]  # H×W or H×W×3
    scene: Scene | None = None  # None for a picture with nothing to read
    paper: str = ""  # as `LineResult` has it
    values: tuple[str | None, ...] = ()  # of the scene's lines, as `LineResult` has them


@dataclass(frozen=True)
class LineResult:
    """A line that is there, or was read, or both."""

    picture: int  # its number
    kind: str  # of `KINDS`; of pictures with nothing to read, one of `EMPTY`
    # what is there and what was read; None where there is none
    truth: str | None
    text: str | None
    confidence: float  # of what was read, else 0
    accepted: bool  # whether the reader accepted it
    digits: int  # how many were read, or, where none was, are there
    height: float  # in pixels: the median of those read, or, where none was, of those there
    evidence: Evidence | None  # of what was read
    paper: str  # ``plain``, ``ruled`` or ``cells``; empty where there is nothing to read
    touching: bool  # whether its digits touch or overlap by their manner
    conditions: Conditions | None  # under which the picture was taken
    # the decimal number that is there; None where none is certain, and for digits alone
    true_value: str | None = None
    value: str | None = None  # what the reader made of the text

    @property
    def right(self) -> bool:
        """Whether what was read is what is there, and so is its value, where that is known."""
        known = self.truth is not None and self.true_value in (None, self.value)
        return known and self.text == self.truth

    @property
    def tall(self) -> bool:
        """Whether the digits have at least `TALL` pixels, as the camera had them."""
        return self.conditions is not None and _pixels(self.conditions) >= TALL

    @property
    def ordinary(self) -> bool:
        """Whether contrast, blur and noise are ordinary."""
        taken = self.conditions
        return (
            taken is not None
            and taken.contrast >= CONTRAST
            and taken.blur <= BLUR
            and taken.noise <= NOISE
        )


def _pixels(conditions: Conditions) -> float:
    return conditions.size * conditions.resolution


def kind_of(number: int) -> str:
    """Return what the picture with this number shows: one of `KINDS`, or of `EMPTY`."""
    kind = KINDS[number % len(KINDS)]
    return EMPTY[number // len(KINDS) % len(EMPTY)] if kind == "empty" else kind


def drawable(folder: str | PathLike[str], count: int) -> list[int]:
    """Return the numbers of the first `count` pictures that a data folder has all data for."""
    missing = set() if is_there("cifar10", folder) else {"cifar"}
    if not has_scripts_apart(folder):
        missing.add("script")
    return [number for number in range(count) if kind_of(number) not in missing]


def draw(materials: Materials, seed: int, number: int, lengths: tuple[int, int]) -> DrawnLine:
    """Draw the picture with a number, its numbers of so many digits at least and at most."""
    rng, kind = np.random.default_rng((seed, number)), kind_of(number)
    if kind in EMPTY:
        shape = int(rng.integers(120, 400)), int(rng.integers(160, 600))
        return DrawnLine(kind, draw_nothing(materials, rng, *shape, kind))
    given: dict[str, Any] = {}
    low, high = (SIZES[0], TALL) if kind == "small" else (TALL, SIZES[1])
    if kind == "small":
        given["contrast"] = float(rng.uniform(CONTRAST, 1))
        given["blur"], given["noise"] = (float(rng.uniform(0, most)) for most in (BLUR, NOISE))
    size = float(np.exp(rng.uniform(np.log(low), np.log(high))))
    count = int(rng.integers(2, 4)) if rng.random() < 0.15 else 1
    said = [
        marked_text(rng) if kind == "marks" else Marked(digits_text(rng, *lengths), None)
        for _ in range(count)
    ]
    texts = [one.text for one in said]
    ruled = bool(rng.random() < 0.4)
    height = (2 * count + rng.uniform(0, 3)) * size
    width = (max(map(len, texts)) + 2) * rng.uniform(0.9, 1.6) * size
    shape = int(np.clip(height, 40, 900)), int(np.clip(width, 60, 1600))
    scene = draw_scene(materials, rng, *shape, texts, ruled, size=size, **given)
    paper = "cells" if scene.manner.cell else "ruled" if ruled else "plain"
    return DrawnLine(kind, scene.view.picture, scene, paper, tuple(one.value for one in said))


def read_drawn(
    model: Model,
    folder: str | PathLike[str],
    numbers: Sequence[int],
    *,
    seed: int,
    lengths: tuple[int, int] = (4, 10),
    engine: str,
    processes: int,
    on_progress: Callable[[float], None],
) -> list[LineResult]:
    """Read drawn pictures of what is kept apart, and return all their lines.

    Raises `DataError` where what scenes are drawn from is missing or broken; `TrainingError` where
    a process dies again and again.

    Parameters
    ----------
    model : Model
        That sees digits on pages.
    folder : path-like
        Where data sets are kept.
    numbers : sequence of int
        Of the pictures; see `drawable`.
    lengths : tuple of int
        How many digits numbers have, at least and at most.
    engine : str
        That a network is computed by, in each process.
    processes : int
        Without influence on the result.
    on_progress : callable
        Called with the share that is done.
    """
    results = in_processes(
        _Reading, (model, folder, engine, seed, lengths), numbers, processes, on_progress
    )
    return [line for lines in results for line in lines]


class Bench:
    """What a process has that reads drawn pictures: what they are drawn from, and a reader."""

    def __init__(
        self,
        model: Model,
        folder: str | PathLike[str],
        engine: str,
        seed: int,
        lengths: tuple[int, int],
    ) -> None:
        use_one_core()
        self.reader = Reader(model, engine, threads=1)
        self.sight = Sight(model, make_engine(engine, model.network, 1))
        self._folder, self._seed, self._lengths = folder, seed, lengths

    @cached_property
    def _materials(self) -> Materials:
        return Materials.load(self._folder, kept_apart=True)

    @cached_property
    def _photos(self) -> Dataset:
        return load_data("cifar10", self._folder).test

    def draw(self, number: int) -> DrawnLine:
        """Draw a picture."""
        if kind_of(number) == "cifar":
            rng = np.random.default_rng((self._seed, number))
            photo = self._photos.images[rng.integers(len(self._photos))]
            return DrawnLine("cifar", enlarged(photo, rng))
        return draw(self._materials, self._seed, number, self._lengths)


class _Reading(Bench):
    def __call__(self, number: int, _link: Link) -> list[LineResult]:
        drawn = self.draw(number)
        return matched(number, drawn, self.reader.read(drawn.picture, cells=False).lines)


def in_processes(
    build: Callable[..., Work[int, T]],
    arguments: tuple[Any, ...],
    numbers: Sequence[int],
    processes: int,
    on_progress: Callable[[float], None],
) -> Iterator[T]:
    """Yield what a function, built in each process, makes of each number, in their order."""
    with ProcessPool(build, arguments, size=processes, seconds=SECONDS) as pool:
        for done, answer in enumerate(in_order(pool, numbers, AT_ONCE), 1):
            if isinstance(answer, WorkerLost):
                raise TrainingError(
                    f"a process that reads drawn pictures was lost: {answer} Is there enough "
                    "memory? Fewer processes take less."
                )
            yield answer
            on_progress(done / len(numbers))


def matched(number: int, drawn: DrawnLine, lines: Sequence[ReadLine]) -> list[LineResult]:
    """Return the lines of a picture: those there, with what was read, then those read only."""
    blank = LineResult(number, drawn.kind, None, None, 0.0, False, 0, 0.0, None, "", False, None)
    left, results, scene = list(lines), [], drawn.scene
    if scene is None:
        return [_with_read(blank, one) for one in left]
    touching, taken = scene.manner.gap <= 0, scene.conditions
    blank = replace(blank, paper=drawn.paper, touching=touching, conditions=taken)
    for line, value in zip(scene.lines, drawn.values, strict=True):
        digits = sum(map(str.isdigit, line.text))
        truth = replace(blank, truth=line.text, true_value=value, digits=digits, height=taken.size)
        shares = [_shared(line.box, one.box) for one in left]
        if shares and max(shares) >= OVERLAP:
            truth = _with_read(truth, left.pop(int(np.argmax(shares))))
        results.append(truth)
    return results + [_with_read(blank, one) for one in left]


def _with_read(result: LineResult, line: ReadLine) -> LineResult:
    return replace(
        result,
        text=line.text,
        value=line.value,
        confidence=line.confidence,
        accepted=line.accepted,
        digits=len(line.digits),
        height=line.evidence.height,
        evidence=line.evidence,
    )


def _shared(one: tuple[float, float, float, float], other: Box) -> float:
    """Return what two boxes share of the smaller one's area."""
    x, y, width, height = one
    across = min(x + width, other.x + other.width) - max(x, other.x)
    down = min(y + height, other.y + other.height) - max(y, other.y)
    least = max(1.0, min(width * height, other.width * other.height))
    return max(0.0, across) * max(0.0, down) / least
