"""A whole network, there and back: its layers' equations in a row."""

from digitile.nn.layer import Array, Params, Saved
from digitile.nn.loss import Labels
from digitile.nn.network import Network


def forward(
    network: Network, theta: Array, x: Array, noise: list[Array | None] | None = None
) -> tuple[Array, list[Saved]]:
    """Return the last layer's output z, and what each layer saved.

    Parameters
    ----------
    network : Network
    theta : ndarray, flat
    x : ndarray, N×C×H×W
        Preprocessed pictures.
    noise : list or None
        What `Network.draw` drew for them; None in prediction.

    Returns
    -------
    z : ndarray, N×classes
    saved : list of tuple
    """
    y, saved, p = x, [], network.arena.views(theta)
    for index, layer in enumerate(network.layers):
        y, own = layer.forward(y, p[index], noise[index] if noise else None)
        saved.append(own)
    return y, saved


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
    z, saved = forward(network, theta, x, noise)
    loss, saved_loss = network.loss.forward(z, labels)
    p, dp = network.arena.views(theta), list[Params]()
    dy = network.loss.backward(saved_loss)
    for index in reversed(range(len(network.layers))):
        dy, own = network.layers[index].backward(dy, saved[index], p[index])
        dp.insert(0, own)
    return loss, network.loss.scores(z), network.arena.flat(dp, theta)
