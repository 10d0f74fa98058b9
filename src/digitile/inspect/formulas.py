"""The equations that `digitile explain` prints: a table, ``templates/formulas.toml``."""

import tomllib
from dataclasses import dataclass
from importlib.resources import files

import msgspec

from digitile.nn.layer import Layer
from digitile.nn.loss import Loss


@dataclass(frozen=True)
class Formula:
    """A step's equation."""

    text: str
    source: str = ""  # its number in the papers, with what they print otherwise; may be empty


_TABLE = files(__package__) / "templates" / "formulas.toml"

FORMULAS = msgspec.convert(
    tomllib.loads(_TABLE.read_text(encoding="utf-8")), dict[str, dict[str, Formula]]
)
"""By the name of a layer's or loss's class, and by its step."""


def formula(of: Layer | Loss, step: str) -> Formula:
    """Return the equation of ``forward`` or ``backward``, of a loss also of ``scores``."""
    return FORMULAS[type(of).__name__][step]
