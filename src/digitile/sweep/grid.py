"""What a sweep varies, from text.

========================  ==========================================================================
``lr=0.01,0.1,1``         these values; commas within brackets belong to the value: ``step(0.1, 5)``
``layer_lr=1,0.5;1,1``    of a setting that is itself a list, with semicolons between
``batch_size=10..13``     the whole numbers from 10 to 13; also among others: ``1..3,8``
``seed=0..9``             repetitions: no setting, but what each setting's mean is over
``lr=0.01:1``             any number from 0.01 to 1, for a search that asks for numbers
``lr=0.01:1:log``         the same, evenly in the logarithm
========================  ==========================================================================
"""

import itertools
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields

from digitile.errors import SettingError
from digitile.training.settings import Settings

SEED = "seed"
MOST = 10_000
"""Runs of a sweep, at most."""

Overrides = tuple[str, ...]
"""One setting of everything that varies: ``name=value`` each."""

_WHOLE = re.compile(r"([0-9]{1,10})\.\.([0-9]{1,10})")
_NUMBER = r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?"
_RANGE = re.compile(rf"({_NUMBER}):({_NUMBER})(:log)?")


@dataclass(frozen=True)
class Choices:
    """A setting and the values that are tried; one value where it does not vary."""

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Range:
    """A setting and the numbers that it may be: `low` to `high`, both included."""

    name: str
    low: float
    high: float
    log: bool  # whether it is drawn evenly in the logarithm
    whole: bool  # whether whole numbers only


Axis = Choices | Range


@dataclass(frozen=True)
class SettingGrid:
    """What varies, and how often each setting is repeated."""

    axes: tuple[Axis, ...]
    seeds: tuple[int, ...]

    @property
    def varied(self) -> list[str]:
        """The names of what has more than one value."""
        return [axis.name for axis in self.axes if isinstance(axis, Range) or len(axis.values) > 1]

    def points(self) -> list[Overrides]:
        """Return every combination of the values.

        Raises `SettingError` where a range stands among them, or there are too many.
        """
        choices = []
        for axis in self.axes:
            if isinstance(axis, Range):
                raise SettingError(
                    f"{axis.name} is a range, of which a grid has no points. List values with "
                    "commas, or give --search tpe."
                )
            choices.append([f"{axis.name}={value}" for value in axis.values])
        count = math.prod(map(len, choices)) * len(self.seeds)
        if count > MOST:
            raise SettingError(
                f"the grid has {count:,} runs, more than {MOST:,}. Give fewer values, or --search "
                "tpe."
            )
        return list(itertools.product(*choices))


def read_grid(assignments: Iterable[str]) -> SettingGrid:
    """Read what varies; the module says how it is written.

    Raises `SettingError` where something cannot be read, or is set twice. Values are checked by
    `Settings.override`.
    """
    types = {field.name: field.type for field in fields(Settings)}
    axes: dict[str, Axis] = {}
    for assignment in assignments:
        name, equals, text = (part.strip() for part in assignment.partition("="))
        if not (name and equals and text):
            raise SettingError(f"{assignment!r} is not name=values, for example lr=0.01,0.1.")
        if name in axes:
            raise SettingError(f"{name} is set twice: {assignment!r}. List its values in one.")
        numbers = name == SEED or types.get(name) in (int, float)
        found = _RANGE.fullmatch(text) if numbers and name != SEED else None
        if found:
            axes[name] = _range(assignment, name, found, types[name] is int)
        else:
            between = ";" if types.get(name) not in (str, int, float, None) else ","
            axes[name] = Choices(name, _values(assignment, _split(text, between), numbers))
    seeds = axes.pop(SEED, Choices(SEED, ("0",)))
    assert isinstance(seeds, Choices)
    return SettingGrid(tuple(axes.values()), _seeds(seeds.values))


def _range(assignment: str, name: str, found: re.Match[str], whole: bool) -> Range:
    low, high, log = float(found[1]), float(found[2]), found[3] is not None
    if whole and not (low.is_integer() and high.is_integer()):
        raise SettingError(f"{assignment!r}: {name} takes whole numbers.")
    if not (low < high < math.inf):
        raise SettingError(f"{assignment!r}: the first number must be below the second one.")
    if log and low <= 0:
        raise SettingError(f"{assignment!r}: a logarithmic range starts above 0.")
    return Range(name, low, high, log, whole)


def _values(assignment: str, parts: Sequence[str], numbers: bool) -> tuple[str, ...]:
    values: dict[str, None] = {}
    for part in parts:
        found = _WHOLE.fullmatch(part) if numbers else None
        if not part:
            raise SettingError(f"{assignment!r}: there is an empty value.")
        if found is None:
            values[part] = None
            continue
        first, last = int(found[1]), int(found[2])
        if not 0 <= last - first < MOST:
            raise SettingError(
                f"{assignment!r}: {part} counts up, and to fewer than {MOST:,} numbers."
            )
        values |= dict.fromkeys(str(number) for number in range(first, last + 1))
    return tuple(values)


def _seeds(values: Sequence[str]) -> tuple[int, ...]:
    for value in values:
        if not re.fullmatch(r"[0-9]{1,10}", value) or int(value) >= 2**31:
            raise SettingError(f"{SEED}={value}: seeds are whole numbers from 0 to {2**31 - 1}.")
    return tuple(dict.fromkeys(int(value) for value in values))


def _split(text: str, between: str) -> list[str]:
    """Split at a sign, but not within brackets."""
    parts, depth = [""], 0
    for sign in text:
        depth += (sign in "([") - (sign in ")]")
        if sign == between and depth == 0:
            parts.append("")
        else:
            parts[-1] += sign
    return [part.strip() for part in parts]
