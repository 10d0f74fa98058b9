"""A whole network, there and back: its layers' equations in a row.

theta are the parameters, flat, in arena order; x preprocessed pictures, N×C×H×W; noise is what
`Network.draw` drew for them, None in prediction; z the last layer's output.
"""

from collections.abc import Iterator, Sequence

from digitile.nn.layer import Array, Params, Saved
from digitile.nn.loss import Target
from digitile.nn.network import Network
from digitile.nn.residual import Add


def outputs(
    network: Network, theta: Array, x: Array, noise: list[Array | None] | None = None
) -> Iterator[tuple[Array, Saved]]:
    """Yield each layer's output in turn, and what it saved for the way back."""
    p = network.arena.views(theta)
    earlier: list[Array] = []  # the inputs of branches that have not ended
    for index, layer in enumerate(network.layers):
        earlier += [x] * network.branches[index]
        x, saved = layer.forward(x, p[index], noise[index] if noise else None)
        if isinstance(layer, Add):
            x = layer.join(x, earlier.pop())
        yield x, saved


def backward(
    network: Network, theta: Array, dz: Array, saved: Sequence[Saved]
) -> Iterator[tuple[Array, Params]]:
    """Yield each layer's dx and dp, the last layer's first.

    Parameters
    ----------
    dz : ndarray
        dE/dz.
    saved : sequence of Saved
        What each layer saved in `outputs`, the first layer's first.

    Yields
    ------
    dx : ndarray
        dE/dx for all that x goes into: the layer, and the ends of branches that begin there.
    dp : dict of str to ndarray
    """
    p = network.arena.views(theta)
    ends: list[Array] = []  # dE/dy at the ends of branches whose beginnings are still to come
    dy = dz
    for index in reversed(range(len(network.layers))):
        layer = network.layers[index]
        if isinstance(layer, Add):
            ends.append(dy)
        dy, dp = layer.backward(dy, saved[index], p[index])
        for _ in range(network.branches[index]):
            dy = dy + ends.pop()
        yield dy, dp


def predict(network: Network, theta: Array, x: Array) -> Array:
    """Return z.

    Nothing is saved: its memory serves the next layers.
    """
    for y, _ in outputs(network, theta, x):
        x = y
    return x


def gradient(
    network: Network, theta: Array, x: Array, target: Target, noise: list[Array | None]
) -> tuple[Array, Array, Array]:
    """Return the loss E, the scores and dE/dθ of one mini-batch.

    Returns
    -------
    loss : ndarray, one number
    scores : ndarray, shaped as z
    gradient : ndarray, flat
    """
    *_, (z, _) = passed = list(outputs(network, theta, x, noise))
    loss, saved_loss = network.loss.forward(z, target)
    dz = network.loss.backward(saved_loss)
    back = backward(network, theta, dz, [saved for _, saved in passed])
    dp = [own for _, own in back][::-1]
    return loss, network.loss.scores(z), network.arena.flat(dp, theta)
