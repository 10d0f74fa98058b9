"""A line whose text is known: where each of its signs is, and how likely the network found it."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from digitile.reader.candidates import SIGNS, Candidates
from digitile.reader.choice import steps_of, total_of
from digitile.reader.page import look
from digitile.reader.search import find_lines
from digitile.reader.sight import Gray, Sight
from digitile.reader.strip import Strip


class SeenLine(NamedTuple):
    """A line before anything is made of it: its strip, and the candidates in it."""

    strip: Strip
    line: Candidates


def lines_of(gray: Gray, sight: Sight) -> list[SeenLine]:
    """Return the lines that are seen on a gray picture as it stands, best first."""
    seen = [SeenLine(*look(gray, found.digits, sight)) for found in find_lines(gray, sight)]
    return [one for one in seen if len(one.line.p)]


class Aligned(NamedTuple):
    """A text, forced through a line's candidates."""

    log_p: float  # the logarithm of how likely the text is, of all that the candidates allow
    path: tuple[int, ...]  # the candidate of each sign, on the best way


def align(line: Candidates, text: str) -> Aligned | None:
    """Return the best way through a line's candidates whose text is the given one.

    As `digitile.reader.choice`, with the text held: one row of ways for each sign of it.

    Parameters
    ----------
    line : Candidates
        From left to right.
    text : str
        Of `SIGNS`.

    Returns
    -------
    Aligned or None
        None where there are too few candidates that do not overlap.
    """
    count = len(line.p)
    log_p = np.log(np.clip(line.p, 1e-6, 1.0))
    steps = steps_of(line)
    # row 0: nothing is read yet, and all ways stand at the start
    sums, best = np.full(count + 2, -np.inf), np.full(count + 2, -np.inf)
    sums[0] = best[0] = 0.0
    before = []
    for sign in [*map(SIGNS.index, text), None]:
        own = np.full(count + 2, -np.inf)
        if sign is None:
            own[-1] = 0.0
        else:
            own[1:-1] = log_p[:, sign]
        ways = best[:, None] + steps
        before.append(ways.argmax(axis=0))
        best = ways.max(axis=0) + own
        sums = np.logaddexp.reduce(sums[:, None] + steps, axis=0) + own
    if best[-1] == -np.inf:
        return None
    place, path = count + 1, []
    for row in reversed(before):
        place = int(row[place])
        path.append(place - 1)
    return Aligned(float(sums[-1] - total_of(line, steps)), tuple(path[-2::-1]))


def best_aligned(lines: Sequence[Candidates], text: str) -> tuple[int, Aligned] | None:
    """Return which of several lines a text is likeliest in, and how it lies in it."""
    ways = [(place, align(line, text)) for place, line in enumerate(lines)]
    found = [(place, way) for place, way in ways if way is not None]
    return max(found, key=lambda one: one[1].log_p) if found else None
