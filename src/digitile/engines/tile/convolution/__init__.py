"""Convolution: its products, the ways to compute them, and which way is taken.

`part` says what the products are and what a way has to offer; `direct`, `grouped`, `sparse` and
`winograd` are the ways. The cheapest is taken, by the prices that `choose` compares; another than
the direct one only where it saves enough to be worth its different rounding.
"""

from dataclasses import dataclass
from math import inf
from types import ModuleType

from digitile.engines.tile.convolution import direct, grouped, sparse, winograd
from digitile.engines.tile.convolution.part import Part, conv_of
from digitile.engines.tile.lowering import Lowering, Node
from digitile.engines.tile.packing import Packing
from digitile.engines.tile.products import SumRows
from digitile.nn.pool import MaxPool, StochasticPool

WAYS: dict[str, ModuleType] = {
    "direct": direct,
    "grouped": grouped,
    "sparse": sparse,
    "winograd": winograd,
}

GAIN = 0.9  # another way than the direct one is taken where it takes less than this of its time


@dataclass
class Choice:
    """How one convolution is computed."""

    ways: dict[Part, str]  # of each product that is computed
    prices: dict[Part, dict[str, float]]  # what was compared, in half cycles
    sums: int = -1  # where sums of the weight gradient lie that are not in the form of w


def choose(node: Node) -> Choice:
    """Return the cheapest way of each product of a convolution."""
    wanted = {Part.FORWARD: True, Part.WEIGHTS: node.wants_dp, Part.INPUT: node.wants_dx}
    ways, prices = {}, {}
    for part in (part for part, want in wanted.items() if want):
        found = {name: way.price(node, part) for name, way in WAYS.items()}
        prices[part] = {name: price for name, price in found.items() if price < inf}
        best = min(prices[part], key=lambda name: prices[part][name])
        saves = prices[part][best] < GAIN * prices[part]["direct"]
        ways[part] = best if saves else "direct"
    return Choice(ways, prices)


def derive(packing: Packing, node: Node) -> None:
    """Add the forms of w that the ways read."""
    for part, way in choose(node).ways.items():
        WAYS[way].derive(packing, node, part)


def allocate(lowering: Lowering, node: Node) -> None:
    """Choose the ways, and give them their memory."""
    node.detail = choose(node)
    _, slot = conv_of(node)
    if not lowering.training:
        way = node.detail.ways[Part.FORWARD]
        # A picture of another size may prefer a way whose form of w was not derived.
        form = {"grouped": grouped.forms_of(node)[0], "winograd": winograd.KERNELS}.get(way)
        node.detail.ways = {Part.FORWARD: way if form is None or form in slot.forms else "direct"}
    for part, way in node.detail.ways.items():
        WAYS[way].allocate(lowering, node, part)


def forward(lowering: Lowering, node: Node) -> None:
    """Emit y = W·X + b."""
    WAYS[node.detail.ways[Part.FORWARD]].emit(lowering, node, Part.FORWARD)


def backward(lowering: Lowering, node: Node) -> None:
    """Emit dW = dY·Xᵀ, db = Σ dY, dX = Wᵀ·dY."""
    _, slot = conv_of(node)
    ways = node.detail.ways
    WAYS[ways[Part.WEIGHTS]].emit(lowering, node, Part.WEIGHTS)
    pool = node.follower
    chosen = pool is not None and isinstance(pool.layer, (MaxPool, StochasticPool))
    dy = pool.y if pool is not None and chosen else node.y  # the same errors without their zeros
    table = lowering.table(dy.pixels(), dy.size)
    lowering.emit(SumRows(dy.error, table, dy.height * dy.width, slot.width, slot.b))
    if node.wants_dx:
        WAYS[ways[Part.INPUT]].emit(lowering, node, Part.INPUT)


def finish(lowering: Lowering, node: Node) -> None:
    """Emit dW from sums over all images that lie in another form."""
    WAYS[node.detail.ways[Part.WEIGHTS]].fold(lowering, node)


def skips_pooling(node: Node) -> bool:
    """Tell whether nobody reads the errors that a pooling sends to this convolution."""
    return node.wants_dp and not node.wants_dx and node.detail.ways[Part.WEIGHTS] == "sparse"
