"""What a step takes, by the network alone: operations, and bytes that have to move."""

from dataclasses import replace
from math import prod

from digitile.errors import SettingError
from digitile.nn.activations import Activation
from digitile.nn.conv import Conv
from digitile.nn.dropout import Dropout
from digitile.nn.layer import Layer
from digitile.nn.linear import Flatten, Linear
from digitile.nn.network import Network


def training_flops(network: Network) -> int:
    """Return what one picture's step takes: multiply-adds × 2, zeros counted, padding not.

    Forward, weights' gradient and inputs' gradient take the same; the first layer with weights has
    no input's gradient to compute.
    """
    adds = network.multiply_adds()
    return 2 * (3 * sum(adds) - next((count for count in adds if count), 0))


def prediction_flops(network: Network) -> int:
    """Return what one picture's forward pass takes: multiply-adds × 2."""
    return 2 * sum(network.multiply_adds())


def traffic(network: Network, batch: int, train: bool) -> int:
    """Return the bytes that one batch has to move, each value read once and written once.

    In float32. Pictures are read; the output of every layer that cannot work in place is written
    and read once, in training by the backward pass, whose errors can take its place. Parameters
    are read; training also writes them, and reads and writes their velocity. A program that keeps
    values in the cache moves less, one that makes several passes over them more.
    """
    pairs = zip(network.layers, network.shapes[1:], strict=True)
    kept = [prod(s) for layer, s in pairs if not isinstance(layer, (Activation, Dropout, Flatten))]
    values = batch * (prod(network.input_shape) + 2 * sum(kept))
    return 4 * (values + (4 if train else 1) * network.arena.size)


def widened(network: Network, factor: int) -> Network:
    """Return the network with `factor` times the maps and hidden units.

    Raises
    ------
    SettingError
        For a convolution with a connection table.
    ShapeError
        Where it grows too large.
    """
    layers = list(network.layers)
    weighted = [n for n, layer in enumerate(layers) if isinstance(layer, (Conv, Linear))]
    for n in weighted[:-1]:  # the last makes the classes
        layers[n] = _widened(layers[n], factor)
    return Network(network.input_shape, tuple(layers), network.loss)


def _widened(layer: Layer, factor: int) -> Layer:
    match layer:
        case Conv(connections=None):
            return replace(layer, maps=factor * layer.maps)
        case Conv() if factor > 1:
            raise SettingError(
                f"{layer} cannot be {factor} times as wide: its connection table says which maps "
                "it has. Choose a recipe without one."
            )
        case Linear():
            return replace(layer, units=factor * layer.units)
    return layer
