"""How the tile engine would compute each convolution of a network, and what it compared."""

from dataclasses import dataclass

from digitile.engines.tile.convolution import Choice, choose
from digitile.engines.tile.plan import build, pack
from digitile.nn.conv import Conv
from digitile.nn.network import Network


@dataclass(frozen=True)
class ProductWay:
    """One product of a convolution."""

    layer: str  # in the network's notation
    product: str  # forward, weight gradient or input gradient
    chosen: str
    prices: dict[str, float]  # half cycles a picture, as estimated, of each way that suits


def ways(network: Network) -> list[ProductWay]:
    """Return every product of every convolution, in network order, as in training."""
    found = []
    for node in build(network, pack(network), 1, training=True).nodes:
        if isinstance(node.layer, Conv):
            choice: Choice = choose(node)
            found += [
                ProductWay(str(node.layer), part.value, chosen, choice.prices[part])
                for part, chosen in choice.ways.items()
            ]
    return found
