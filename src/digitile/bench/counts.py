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
from digitile.nn.optimiser import Optimiser
from digitile.nn.residual import Add


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


def traffic(network: Network, batch: int, rule: Optimiser | None) -> int:
    """Return the bytes that one batch has to move, each value read once and written once.

    In float32. Pictures are read; the output of every layer that cannot work in place is written
    and read once, in training by the backward pass, whose errors can take its place; a residual
    connection reads what came into its branch once more. Parameters are read; training by `rule`
    also writes them, and reads and writes what it remembers of them. A program that keeps values
    in the cache moves less, one that makes several passes over them more.
    """
    moved = prod(network.input_shape)
    for layer, shape in zip(network.layers, network.shapes[1:], strict=True):
        match layer:
            case Activation() | Dropout() | Flatten():
                continue
            case Add():
                moved += prod(shape)
            case _:
                moved += 2 * prod(shape)
    parameters = 1 if rule is None else 2 + 2 * len(rule.names)
    return 4 * (batch * moved + parameters * network.arena.size)


def widened(network: Network, factor: int) -> Network:
    """Return the network with `factor` times the maps and hidden units.

    Raises `SettingError` for a convolution with a connection table; `ShapeError` where it grows too
    large.
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
