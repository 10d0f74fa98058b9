"""A whole network, there and back: its layers' equations in a row."""

from collections.abc import Iterator

from digitile.nn.layer import Array, Params, Saved
from digitile.nn.loss import Labels
from digitile.nn.network import Network


def outputs(
    network: Network, theta: Array, x: Array, noise: list[Array | None] | None = None
) -> Iterator[tuple[Array, Saved]]:
    """Yield each layer's output in turn, and what it saved for the way back.

    Parameters
    ----------
    network : Network
    theta : ndarray, flat
    x : ndarray, N×C×H×W
        Preprocessed pictures.
    noise : list or None
        What `Network.draw` drew for them; None in prediction.
    """
    p = network.arena.views(theta)
    for index, layer in enumerate(network.layers):
        x, saved = layer.forward(x, p[index], noise[index] if noise else None)
        yield x, saved


def predict(network: Network, theta: Array, x: Array) -> Array:
    """Return the last layer's output z, N×classes, for preprocessed pictures, N×C×H×W.

    Nothing is saved: its memory serves the next layers.
    """
    for y, _ in outputs(network, theta, x):
        x = y
    return x


def gradient(
    network: Network, theta: Array, x: Array, labels: Labels, noise: list[Array | None]
) -> tuple[Array, Array, Array]:
    """Return the loss E, the scores and dE/dθ of one mini-batch.

    Parameters
    ----------
    network : Network
    theta : ndarray, flat
    x : ndarray, N×C×H×W
    labels : ndarray of int, N
    noise : list

    Returns
    -------
    loss : ndarray, one number
    scores : ndarray, N×classes
    gradient : ndarray, flat
    """
    *_, (z, _) = passed = list(outputs(network, theta, x, noise))
    loss, saved_loss = network.loss.forward(z, labels)
    p, dp = network.arena.views(theta), list[Params]()
    dy = network.loss.backward(saved_loss)
    for index in reversed(range(len(network.layers))):
        dy, own = network.layers[index].backward(dy, passed[index][1], p[index])
        dp.insert(0, own)
    return loss, network.loss.scores(z), network.arena.flat(dp, theta)
