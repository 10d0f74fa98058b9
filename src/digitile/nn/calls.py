"""The small notation ``name(1, 0.5)`` of layers, initialisers and schedules."""

import math
import re
from collections.abc import Mapping

from digitile.errors import NotationError

_CALL = re.compile(r"([A-Za-z][A-Za-z0-9-]*)\s*(?:\(([^()]*)\))?")


def parse_call(
    text: str, arity: Mapping[str, tuple[int, int]], what: str
) -> tuple[str, list[float]]:
    """Read ``name`` or ``name(number, …)``.

    Parameters
    ----------
    text : str
        What to read.
    arity : mapping of str to (int, int)
        The names allowed, each with its least and greatest number of arguments.
    what : str
        What is read, for the message: "schedule".

    Returns
    -------
    name : str
    arguments : list of float

    Raises
    ------
    NotationError
        With what stands there and what may.
    """
    match = _CALL.fullmatch(text.strip())
    known = {name.lower(): name for name in arity}
    if match is None or match[1].lower() not in known:
        raise NotationError(f"unknown {what} {text!r}. Use one of: {', '.join(arity)}.")
    name = known[match[1].lower()]
    words = [word.strip() for word in match[2].split(",")] if match[2] else []
    try:
        numbers = [float(word) for word in words]
    except ValueError:
        numbers = [math.nan]
    least, most = arity[name]
    if not all(map(math.isfinite, numbers)) or not least <= len(numbers) <= most:
        count = f"{least}" if least == most else f"{least} to {most}"
        raise NotationError(f"{what} {text!r}: {name} takes {count} finite numbers in brackets.")
    return name, numbers


def call_text(name: str, numbers: list[float]) -> str:
    """Return the text that `parse_call` reads back: shortest exact numbers."""
    return name + (f"({','.join(f'{n!r}'.removesuffix('.0') for n in numbers)})" if numbers else "")
