"""How the tile engine would compute each convolution of a network, and what it compared."""

from dataclasses import dataclass

from digitile.engines.tile.convolution import Choice, choose
from digitile.engines.tile.plan import build, pack
from digitile.nn.conv import Conv
from digitile.nn.network import Network


@dataclass(frozen=True)
class Way:
    """One product of a convolution.

    Attributes
    ----------
    layer : str
        In the network's notation.
    product : str
        forward, weight gradient or input gradient.
    chosen : str
    prices : dict of str to float
        Half cycles a picture, as estimated, of each way that suits.
    """

    layer: str
    product: str
    chosen: str
    prices: dict[str, float]


def ways(network: Network) -> list[Way]:
    """Return every product of every convolution, in network order, as in training."""
    found = []
    for node in build(network, pack(network), 1, training=True).nodes:
        if isinstance(node.layer, Conv):
            choice: Choice = choose(node)
            found += [
                Way(str(node.layer), part.value, chosen, choice.prices[part])
                for part, chosen in choice.ways.items()
            ]
    return found
