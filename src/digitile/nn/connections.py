"""Which input maps feed each output map of a convolution (LeCun et al. 1998; wu2016 §1.3.5).

A layer with such a table keeps its kernels one after the other, kernels×K×K, in the table's order.
"""

import numpy as np

from digitile.errors import ShapeError
from digitile.nn.arrays import namespace
from digitile.nn.layer import Array

Connections = tuple[tuple[int, ...], ...]
"""For each output map the input maps that feed it."""

LENET5_CONNECTIONS: Connections = (
    *((i, (i + 1) % 6, (i + 2) % 6) for i in range(6)),
    *((i, (i + 1) % 6, (i + 2) % 6, (i + 3) % 6) for i in range(6)),
    *((i, (i + 1) % 6, (i + 3) % 6, (i + 4) % 6) for i in range(3)),
    (0, 1, 2, 3, 4, 5),
)
"""Which of S2's six maps feed each of C3's sixteen (LeCun et al. 1998, table I): 60 kernels."""


def pairs_of(connections: Connections) -> list[tuple[int, int]]:
    """Return the output and the input map of each kernel."""
    return [(o, i) for o, row in enumerate(connections) for i in row]


def connections_text(connections: Connections) -> str:
    """Return a table in notation: lenet5, or rows such as 0.1;1.2;0.2."""
    if connections == LENET5_CONNECTIONS:
        return "lenet5"
    return ";".join(".".join(map(str, row)) for row in connections)


def check_connections(connections: Connections, layer: object, maps: int, c: int) -> None:
    """Raise `ShapeError` unless a table has a row for each of `maps`, of different ones of c."""
    if len(connections) != maps:
        raise ShapeError(
            f"{layer}: the table names {len(connections)} output maps, the layer has "
            f"{maps}. Give one row of input maps for each output map."
        )
    for row in connections:
        if not row or len(set(row)) != len(row) or not all(0 <= i < c for i in row):
            raise ShapeError(
                f"{layer}: table row {'.'.join(map(str, row)) or '(empty)'} must name different "
                f"input maps from 0 to {c - 1}."
            )


def dense(w: Array, connections: Connections | None, c: int) -> Array:
    """Return the kernels as O×C×K×K, zero where a table has no connection."""
    if connections is None:
        return w
    xp, kernels = namespace(w), np.full((len(connections), c), len(w))
    kernels[_places(connections)] = np.arange(len(w))
    whole: Array = xp.concat([w, xp.zeros_like(w[:1])])[kernels]
    return whole


def sparse(w: Array, connections: Connections | None) -> Array:
    """Return the connected kernels out of O×C×K×K: the transpose of `dense`."""
    return w if connections is None else w[_places(connections)]


def _places(connections: Connections) -> tuple[list[int], list[int]]:
    outputs, inputs = zip(*pairs_of(connections), strict=True)
    return list(outputs), list(inputs)
