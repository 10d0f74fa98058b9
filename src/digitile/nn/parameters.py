"""All parameters of a network in one flat array, with named views into it.

So an optimiser step is one vector operation, and a checkpoint one array.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import NDArray

from digitile.nn.arrays import namespace
from digitile.nn.layer import Array, Parameter, Params


@dataclass(frozen=True)
class Slot:
    """Where one parameter lies.

    Attributes
    ----------
    name : str
        Layer and parameter: ``conv1.w``.
    layer : int
        Position of the layer in the network, from 0.
    parameter : Parameter
    start, stop : int
        Its place in the flat array.
    """

    name: str
    layer: int
    parameter: Parameter
    start: int
    stop: int


class Arena:
    """The table of all parameters.

    Parameters
    ----------
    layers : sequence of (str, tuple of Parameter)
        Each layer's name and what it learns, in network order.

    Attributes
    ----------
    slots : tuple of Slot
    size : int
        Parameters in all.
    """

    def __init__(self, layers: Sequence[tuple[str, tuple[Parameter, ...]]]) -> None:
        slots: list[Slot] = []
        at = 0
        for index, (name, parameters) in enumerate(layers):
            for parameter in parameters:
                end = at + prod(parameter.shape)
                slots.append(Slot(f"{name}.{parameter.name}", index, parameter, at, end))
                at = end
        self.slots = tuple(slots)
        self.size = at
        self._layers = len(layers)

    def views(self, flat: Array) -> list[Params]:
        """Return, for each layer, its parameters by name as views into `flat`."""
        found: list[Params] = [{} for _ in range(self._layers)]
        for slot in self.slots:
            view = flat[slot.start : slot.stop].reshape(slot.parameter.shape)
            found[slot.layer][slot.parameter.name] = view
        return found

    def flat(self, values: list[Params], like: Array) -> Array:
        """Return each layer's parameters in one flat array of the kind of `like`: undo `views`."""
        parts = [values[slot.layer][slot.parameter.name].reshape(-1) for slot in self.slots]
        joined: Array = namespace(like).concat([like[:0], *parts])
        return joined

    def named(self, flat: Array) -> dict[str, Array]:
        """Return all parameters by their full names, as views into `flat`."""
        views = self.views(flat)
        return {slot.name: views[slot.layer][slot.parameter.name] for slot in self.slots}

    def mask(self, name: str) -> NDArray[np.bool_]:
        """Return which entries of the flat array belong to parameters called `name`."""
        mask = np.zeros(self.size, bool)
        for slot in self.slots:
            if slot.parameter.name == name:
                mask[slot.start : slot.stop] = True
        return mask
