"""From a network to a program: which layer works where, and in which order.

The layers before the first fully connected one take one image after the other, from pixels to the
last pooling while it is hot in the cache; the rest take all images of a lane at once; then the
errors go back through the maps, image by image.
"""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitile.engines.tile import activations, conv, dropout, linear, loss, pool, tiles
from digitile.engines.tile.lowering import Lowering, Node
from digitile.engines.tile.packing import Packing, aligned, aligned_zeros
from digitile.engines.tile.storage import Storage, padded
from digitile.nn.activations import Activation, ReLU
from digitile.nn.conv import Conv
from digitile.nn.dropout import Dropout
from digitile.nn.layer import Layer, Shape
from digitile.nn.linear import Flatten, Linear
from digitile.nn.network import Network
from digitile.nn.pool import MaxPool, Pool, Subsample

LOWERINGS: dict[Any, ModuleType] = {
    Conv: conv,
    Linear: linear,
    Pool: pool,
    Activation: activations,
    Dropout: dropout,
}


class Plan:
    """A network's program for one size of batch, with all the memory it needs.

    Parameters
    ----------
    network : Network
    packing : Packing
    batch : int
        Images in a batch.
    lanes : int
        Parts the batch is cut into; what a lane computes does not depend on threads.
    training : bool

    Attributes
    ----------
    program : ndarray, int64, instructions×fields
    groups : ndarray, int64, 5
        Where the four parts of the program end: image by image, all at once, image by image back,
        once; and how many values are cleared before.
    input : ndarray, int64
        Where and how images are put: start, step, channels, height, width, row, pixel.
    bounds : ndarray, int64, lanes+1
        The images of each lane.
    tables : ndarray, int32
    memory : ndarray, float32, lanes×floats
        Gradients first, in the packing's order.
    places : ndarray, int32, lanes×ints
    """

    def __init__(
        self, network: Network, packing: Packing, batch: int, lanes: int, training: bool
    ) -> None:
        lanes = max(1, min(lanes, batch))
        self.batch = batch
        self.bounds = np.array([batch * lane // lanes for lane in range(lanes + 1)], np.int64)
        images = int(np.diff(self.bounds).max())
        lowering = Lowering(packing, images, training)
        nodes, first, last = _nodes(network, packing, batch, lowering)

        groups = []
        maps = [node for node in nodes if not node.whole]
        vectors = [node for node in nodes if node.whole]
        _emit(lowering, maps, "forward")
        groups.append(lowering.mark())
        _emit(lowering, vectors, "forward")
        loss.lower(lowering, network.loss, last, batch)
        if training:
            _emit(lowering, [node for node in vectors[::-1] if node.wants_dp], "backward")
        groups.append(lowering.mark())
        if training:
            _emit(lowering, [node for node in maps[::-1] if node.wants_dp], "backward")
        groups.append(lowering.mark())
        if training:
            for node in maps:
                if isinstance(node.layer, Conv) and node.wants_dp:
                    conv.finish(lowering, node)
        groups += [lowering.mark(), lowering.cleared]

        self.program = lowering.program()
        self.groups = np.array(groups, np.int64)
        self.tables = lowering.tables()
        self.input = np.array(
            [first.value + first.inside, first.value_step, first.channels, first.height,
             first.width, first.row, first.stride], np.int64,
        )  # fmt: skip
        self.memory = aligned_zeros(lanes, aligned(lowering.floats))
        self.places: NDArray[np.int32] = np.zeros((lanes, max(1, lowering.ints)), np.int32)

    @property
    def bytes(self) -> int:
        """The memory it holds."""
        arrays = (self.program, self.tables, self.memory, self.places)
        return sum(array.nbytes for array in arrays)


def _emit(lowering: Lowering, nodes: list[Node], which: str) -> None:
    for node in nodes:
        for kind, module in LOWERINGS.items():
            if isinstance(node.layer, kind):
                lower: Callable[[Lowering, Node], None] = getattr(module, which)
                lower(lowering, node)


def _order(network: Network) -> list[int]:
    """Return the layers' positions, a ReLU behind the max or min pooling that follows it.

    ReLU keeps the order of values, so the result is the same, and where it makes values equal it
    also makes their errors 0; but there are fewer values, and chosen cells follow a convolution.
    """
    order = list(range(len(network.layers)))
    for here, (one, two) in enumerate(pairwise(network.layers)):
        if isinstance(one, ReLU) and isinstance(two, MaxPool):
            order[here], order[here + 1] = order[here + 1], order[here]
    return order


def _nodes(
    network: Network, packing: Packing, batch: int, lowering: Lowering
) -> tuple[list[Node], Storage, Storage]:
    """Return the layers that compute something, the input's storage and the last one."""
    noises, at = [], 0
    pairs = list(zip(network.layers, network.shapes, strict=False))
    for layer, shape in pairs:
        noise = layer.draw(_NoChance(), batch, shape)  # type: ignore[arg-type]
        noises.append(at if noise is not None else -1)
        at += noise.size if noise is not None else 0
    order = _order(network)
    layers = [network.layers[index] for index in order]
    learning = [n for n, index in enumerate(order) if packing.slots[index] is not None]
    start = learning[0] if learning else len(layers)
    split = next((n for n, layer in enumerate(layers) if isinstance(layer, Linear)), len(layers))

    x = first = _storage(network.input_shape, layers, 0)
    nodes: list[Node] = []
    for n, (index, layer) in enumerate(zip(order, layers, strict=True)):
        if isinstance(layer, Flatten):
            continue
        y = x
        if isinstance(layer, (Conv, Pool, Linear)):
            shape = layer.output_shape((x.channels, x.height, x.width))
            y = _storage(shape, layers, n + 1)
        elif isinstance(layer, Activation) and x.held:
            y = replace(x, held=False)
        if lowering.training and n > start and isinstance(layer, Activation):
            y.held = y.held or not activations.saves(layer)
        wants = (n > start, n >= start)
        nodes.append(Node(layer, x, y, packing.slots[index], noises[index], n >= split, *wants))
        x = y
    for conv_node, pool_node in pairwise(nodes):
        if lowering.training and conv_node.wants_dp and isinstance(conv_node.layer, Conv):
            zeros = any(node.x is pool_node.y and isinstance(node.layer, ReLU) for node in nodes)
            conv.choose(conv_node, pool_node, zeros)
    _allocate(lowering, nodes, first, x)
    return nodes, first, x


class _NoChance:
    """Stands for a generator where only the numbers' count is asked for."""

    def random(self, shape: Shape, dtype: type) -> NDArray[np.float32]:
        """Return an array of `shape` that takes no memory."""
        return np.broadcast_to(np.float32(0), shape)


def _storage(shape: Shape, layers: list[Layer], n: int) -> Storage:
    """Return the storage that layer `n` reads, of values of `shape`."""
    channels, height, width = shape if len(shape) == 3 else (shape[0], 1, 1)
    reader = next((layer for layer in layers[n:] if isinstance(layer, (Conv, Pool, Linear))), None)
    border = reader.pad if isinstance(reader, Conv) else 0
    own = next((layer for layer in layers[n:] if not isinstance(layer, Flatten)), None)
    plain = n == 0 and isinstance(own, (Conv, Linear))
    return Storage(channels, height, width, border, channels if plain else padded(channels))


def _allocate(lowering: Lowering, nodes: list[Node], first: Storage, last: Storage) -> None:
    """Give each storage its regions, and each node what it keeps for its backward pass."""
    images, training = lowering.images, lowering.training
    if training:
        lowering.memory(lowering.packing.size, 1)
        for node in nodes:
            if isinstance(node.layer, Conv) and node.wants_dp:
                conv.allocate(lowering, node)
        lowering.cleared = lowering.floats
    storages: list[Storage] = []
    for storage in [first, *(s for node in nodes for s in (node.x, node.y)), last]:
        if not any(storage is known for known in storages):
            storages.append(storage)
    for storage in storages:
        readers = [node for node in nodes if node.x is storage]
        writers = [node for node in nodes if node.y is storage]
        tail = 2 * padded(1)
        for node in readers:
            if isinstance(node.layer, Conv):
                tail += (node.layer.kernel_size + 1) * storage.row
        for node in writers:
            tail += node.slot.group * node.slot.width if node.slot else 0
        whole = storage is last or any(node.whole for node in (*readers, *writers))
        kept = storage.held or any(isinstance(node.layer, (Conv, Linear)) for node in readers)
        every = whole or (training and kept)
        size = storage.size + tail
        storage.value, step = lowering.memory(size, images + 1 if every else 1)
        storage.value_step = step if every else 0
        if training:
            storage.error, step = lowering.memory(size, images + 1 if whole else 1)
            storage.error_step = step if whole else 0
    for node in nodes:
        if training and node.wants_dp:
            _keep(lowering, node)
    convolutions = [(n, n.slot) for n in nodes if n.slot and isinstance(n.layer, Conv)]
    aside = max((tiles.scratch(node, slot) for node, slot in convolutions), default=0)
    lowering.scratch, _ = lowering.memory(aside, 1)


def _keep(lowering: Lowering, node: Node) -> None:
    x, y, images = node.x, node.y, lowering.images
    if isinstance(node.layer, Activation) and activations.saves(node.layer):
        node.saved, node.saved_step = lowering.memory(x.size, images)
    elif pool.chooses(node.layer):
        node.saved, node.saved_step = lowering.places(y.height * y.width * y.stride, images)
    elif isinstance(node.layer, Subsample):
        node.saved, node.saved_step = lowering.memory(y.height * y.width * y.stride, images)
