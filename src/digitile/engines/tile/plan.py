"""From a network to a program: which layer works where, and in which order.

The layers before the first fully connected one take one image after the other, from pixels to the
last pooling while it is hot in the cache; the rest take all images of a lane at once; then the
errors go back through the maps, image by image. A network without fully connected layers takes
each image there and back before the next.
"""

from collections import defaultdict
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from itertools import pairwise
from math import prod
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitile.engines.tile import activations, convolution, dropout, linear, loss, pool, residual
from digitile.engines.tile.convolution.grouped import SIZES
from digitile.engines.tile.execute import DERIVATIONS, OPERATIONS, Batch, Program
from digitile.engines.tile.images import PutImage
from digitile.engines.tile.lowering import Lowering, Node
from digitile.engines.tile.packing import Packing
from digitile.engines.tile.products import Clear
from digitile.engines.tile.records import Region, assemble, rows_of
from digitile.engines.tile.storage import Storage, aligned, aligned_zeros, padded
from digitile.nn.activations import Activation, ReLU
from digitile.nn.conv import Conv
from digitile.nn.dropout import Dropout
from digitile.nn.layer import Layer, Shape
from digitile.nn.linear import Flatten, Linear
from digitile.nn.loss import Places, Target
from digitile.nn.network import Network
from digitile.nn.pool import MaxPool, PoolLayer
from digitile.nn.residual import Add

LOWERINGS: dict[Any, ModuleType] = {
    Conv: convolution,
    Linear: linear,
    PoolLayer: pool,
    Activation: activations,
    Dropout: dropout,
    Add: residual,
}


NO_FLOATS = np.zeros(1, np.float32)


class Mode(Enum):
    """What a plan is for: scores, a gradient of values, or training steps on pixels."""

    PREDICT = auto()
    GRADIENT = auto()
    TRAIN = auto()


@dataclass
class Graph:
    """A network's layers that compute something, in the engine's order.

    Attributes
    ----------
    nodes : list of Node
    first, last : Storage
        The network's input and output.
    ends : dict of int to list of Node
        For the number of a node, the ends of the branches that begin there.
    whole : int
        From which node on all images of a lane are computed at once.
    """

    nodes: list[Node]
    first: Storage
    last: Storage
    ends: dict[int, list[Node]] = field(default_factory=lambda: defaultdict(list))
    whole: int = 0


def pack(network: Network) -> Packing:
    """Return where a network's parameters and all their forms lie."""
    packing = Packing(network)
    for node in build(network, packing, 1, training=True).nodes:
        module = _module(node.layer)
        if hasattr(module, "derive"):
            module.derive(packing, node)
    packing.close()
    return packing


def derivations(packing: Packing) -> dict[str, NDArray[np.int64]]:
    """Return kinds, records and pieces of all forms, those for prediction first; see `State`."""
    both = [*packing.forward, *packing.backward]
    kinds, rows = assemble(DERIVATIONS, [record for record, _ in both])
    pieces = np.array([pieces for _, pieces in both], np.int64)
    return {"derivations": kinds, "rows": rows, "pieces": pieces}


class Plan:
    """A network's program for one size of batch, with all the memory it needs.

    Parameters
    ----------
    network : Network
    packing : Packing
        Of this network, or of the same one for pictures of another size.
    batch : int
        Images in a batch.
    lanes : int
        Parts the batch is cut into; what a lane computes does not depend on threads.
    mode : Mode

    Attributes
    ----------
    program : Program
    graph : Graph
    one_step : Batch
        One step on the first `batch` pictures.
    """

    def __init__(
        self, network: Network, packing: Packing, batch: int, lanes: int, mode: Mode
    ) -> None:
        lanes = max(1, min(lanes, batch))
        bounds = np.array([batch * lane // lanes for lane in range(lanes + 1)], np.int64)
        training = mode is not Mode.PREDICT
        lowering = Lowering(packing, batch, int(np.diff(bounds).max()), training)
        self.graph = build(network, packing, batch, training)
        cleared = _allocate(lowering, self.graph)
        self._emit(lowering, network, cleared, mode)
        operations, rows = assemble(OPERATIONS, lowering.records)
        passes = rows_of(lowering.passes)
        memory = aligned_zeros(lanes, aligned(lowering.floats))
        places = np.zeros((lanes, max(1, lowering.ints)), np.int32)
        self.program = Program(operations, rows, passes, bounds, lowering.tables(), memory, places)
        self._scores = np.zeros((1, batch * prod(network.shapes[-1])), np.float32)
        self.one_step = self.steps(1)._replace(order=np.arange(batch)[None])

    def steps(self, count: int) -> Batch:
        """Return the batch of `count` steps, with room for what they show, without pictures."""
        lanes = len(self.program.bounds) - 1
        return Batch(
            order=np.zeros((count, 1), np.int64),
            pixels=np.zeros(1, np.uint8),
            values=NO_FLOATS,
            shift=NO_FLOATS,
            scale=NO_FLOATS,
            labels=np.zeros(1, np.int64),
            weights=NO_FLOATS,
            boxes=NO_FLOATS,
            noise=np.zeros((count, 1), np.float32),
            pace=np.zeros((0, 1), np.int64),
            scores=self._scores,
            losses=np.zeros((count, lanes)),
            correct=np.zeros((count, lanes), np.int64),
        )

    def _emit(self, lowering: Lowering, network: Network, cleared: int, mode: Mode) -> None:
        graph, first = self.graph, self.graph.first
        if mode is not Mode.PREDICT:
            lowering.emit(Clear(Region(0, 0), cleared), once=True)
        raw = int(mode is Mode.TRAIN)
        lowering.emit(PutImage(first.values, first.channels, first.height, first.width, raw))
        for node in graph.nodes:
            _module(node.layer).forward(lowering, node)
        loss.lower(lowering, network.loss, graph.last)
        if mode is Mode.PREDICT:
            return
        for number, node in reversed(list(enumerate(graph.nodes))):
            if node.wants_dp and not _is_needless(graph, number):
                _module(node.layer).backward(lowering, node)
            for end in graph.ends[number]:
                if node.wants_dx:
                    residual.join(lowering, node.x, end.y)
        for node in graph.nodes:
            if isinstance(node.layer, Conv) and node.wants_dp:
                convolution.finish(lowering, node)


def with_target(batch: Batch, target: Target) -> Batch:
    """Return a batch with the target of all pictures, flat."""
    if isinstance(target, Places):
        return batch._replace(
            labels=np.ascontiguousarray(target.classes, np.int64).reshape(-1),
            weights=np.ascontiguousarray(target.weights, np.float32).reshape(-1),
            boxes=np.ascontiguousarray(target.boxes, np.float32).reshape(-1),
        )
    return batch._replace(labels=np.ascontiguousarray(target, np.int64))


def _module(layer: Layer) -> ModuleType:
    return next(module for kind, module in LOWERINGS.items() if isinstance(layer, kind))


def _is_needless(graph: Graph, number: int) -> bool:
    """Tell whether node `number` is a pooling whose errors the convolution before it skips."""
    before = graph.nodes[number - 1] if number else None
    is_pool = isinstance(graph.nodes[number].layer, PoolLayer)
    return is_pool and before is not None and isinstance(before.layer, Conv) and (
        convolution.skips_pooling(before)
    )  # fmt: skip


def _order(network: Network) -> list[int]:
    """Return the layers' positions, a ReLU behind the max or min pooling that follows it.

    ReLU keeps the order of values, so the result is the same, and where it makes values equal it
    also makes their errors 0; but there are fewer values, and chosen cells follow a convolution.
    """
    order = list(range(len(network.layers)))
    for here, (one, two) in enumerate(pairwise(network.layers)):
        if isinstance(one, ReLU) and isinstance(two, MaxPool) and not network.branches[here + 1]:
            order[here], order[here + 1] = order[here + 1], order[here]
    return order


def build(  # noqa: C901 - a case for each kind of layer
    network: Network, packing: Packing, batch: int, training: bool
) -> Graph:
    """Return the layers that compute something, with their storages, as yet without places."""
    noises = _noises(network, batch)
    order = _order(network)
    layers = [network.layers[index] for index in order]
    learning = [n for n, index in enumerate(order) if packing.slots[index] is not None]
    start = learning[0] if learning else len(layers)
    linear_at = next((n for n, own in enumerate(layers) if isinstance(own, Linear)), len(layers))

    x = _storage(network.input_shape, layers, 0)
    if network.branches[0]:
        x = replace(x, stride=padded(x.channels))
    graph = Graph([], x, x)
    open_branches: list[tuple[Storage, int]] = []
    for n, (index, layer) in enumerate(zip(order, layers, strict=True)):
        for _ in range(network.branches[n]):
            x.held = True
            open_branches.append((x, len(graph.nodes)))
        if n == linear_at:
            graph.whole = len(graph.nodes)
        if isinstance(layer, Flatten):
            continue
        y = x
        if isinstance(layer, (Conv, PoolLayer, Linear, Add)):
            shape = layer.output_shape((x.channels, x.height, x.width))
            y = _storage(shape, layers, n + 1)
        elif x.held:
            y = replace(x, held=False)
        if training and n > start and isinstance(layer, Activation):
            y.held = y.held or not activations.keeps_input(layer)
        node = Node(layer, x, y, packing.slots[index], noises[index], n > start, n >= start)
        if isinstance(layer, Add):
            node.detail, begin = open_branches.pop()
            graph.ends[begin].append(node)
        graph.nodes.append(node)
        x = y
    if linear_at == len(layers):
        graph.whole = len(graph.nodes)
    graph.last = x
    for one, two in pairwise(graph.nodes):
        if two.x is one.y and not one.y.held:
            one.follower = two
    return graph


def _noises(network: Network, batch: int) -> list[int]:
    """Return where each layer's random numbers start in those of a step; -1 for none."""
    noises, place = [], 0
    for layer, shape in zip(network.layers, network.shapes, strict=False):
        noise = layer.draw(_NoChance(), batch, shape)  # type: ignore[arg-type]
        noises.append(-1 if noise is None else place)
        place += 0 if noise is None else noise.size
    return noises


class _NoChance:
    """Stands for a generator where only the numbers' count is asked for."""

    def random(self, shape: Shape, dtype: type) -> NDArray[np.float32]:
        """Return an array of `shape` that takes no memory."""
        return np.broadcast_to(np.float32(0), shape)


def _storage(shape: Shape, layers: list[Layer], n: int) -> Storage:
    """Return the storage that layer `n` reads, of values of `shape`."""
    channels, height, width = shape if len(shape) == 3 else (shape[0], 1, 1)
    readers = (Conv, PoolLayer, Linear, Add)
    reader = next((layer for layer in layers[n:] if isinstance(layer, readers)), None)
    border = reader.pad if isinstance(reader, Conv) else 0
    own = next((layer for layer in layers[n:] if not isinstance(layer, Flatten)), None)
    plain = n == 0 and isinstance(own, (Conv, Linear))
    return Storage(channels, height, width, border, channels if plain else padded(channels))


def _allocate(lowering: Lowering, graph: Graph) -> int:
    """Give each storage its regions, and each node what it keeps; return what is cleared."""
    images, nodes = lowering.images, graph.nodes
    lowering.copies = images if graph.whole < len(nodes) else 1
    if lowering.training:
        lowering.memory(lowering.packing.size)
    for node in nodes:
        if isinstance(node.layer, Conv):
            convolution.allocate(lowering, node)
    cleared = lowering.floats
    storages = dict.fromkeys([graph.first, *(s for node in nodes for s in (node.x, node.y))])
    sizes = {storage: _size(storage, nodes) for storage in storages}
    for storage, size in sizes.items():
        users = [(n, node) for n, node in enumerate(nodes) if storage in (node.x, node.y)]
        whole = any(n >= graph.whole for n, _ in users)
        read = (node.layer for _, node in users if node.x is storage)
        kept = storage.held or any(isinstance(layer, (Conv, Linear)) for layer in read)
        every = whole or (lowering.training and kept and lowering.copies > 1)
        storage.value = lowering.memory(size, images + 1 if every else 1)
        if lowering.training and lowering.copies > 1:
            storage.error = lowering.memory(size, images + 1 if whole else 1)
    if lowering.training and lowering.copies == 1:
        _share_errors(lowering, graph, sizes)
    for node in nodes:
        module = _module(node.layer)
        if not isinstance(node.layer, Conv) and hasattr(module, "allocate"):
            module.allocate(lowering, node)
    lowering.lay_scratch()
    return cleared


def _size(storage: Storage, nodes: list[Node]) -> int:
    """Return what a storage takes, with what tiles may read or write behind its end."""
    size = storage.size + 2 * padded(1)
    for node in nodes:
        if node.x is storage and isinstance(node.layer, Conv):
            size += (node.layer.extent + 1) * storage.row
        if node.y is storage and node.slot:
            size += max(SIZES) * node.slot.width
    return size


def _share_errors(lowering: Lowering, graph: Graph, sizes: dict[Storage, int]) -> None:
    """Give errors their places, where others lay that are no longer needed: the cache holds more.

    The last storage's stay alone: the loss writes no padding, which is 0 from the start.
    """
    graph.last.error = lowering.memory(sizes[graph.last])
    needed = {storage: _needed(storage, graph) for storage in sizes if storage is not graph.last}
    placed: dict[Storage, int] = {}
    for storage in sorted(needed, key=lambda own: -sizes[own]):
        start, own = 0, needed[storage]
        near = (
            other for other in placed if needed[other][0] <= own[1] and own[0] <= needed[other][1]
        )
        for other in sorted(near, key=lambda other: placed[other]):
            if placed[other] < start + sizes[storage]:
                start = max(start, placed[other] + aligned(sizes[other]))
        placed[storage] = start
    shared = lowering.memory(max((start + sizes[own] for own, start in placed.items()), default=0))
    for storage, start in placed.items():
        storage.error = Region(shared.start + start, 0)


def _needed(storage: Storage, graph: Graph) -> tuple[int, int]:
    """Return the first and the last node during whose way back a storage's errors are needed."""
    reads = [n for n, node in enumerate(graph.nodes) if node.x is storage]
    writes = [n for n, node in enumerate(graph.nodes) if node.y is storage]
    # A convolution reads the errors behind the pooling that follows it; see its `backward`.
    writes += [n - 1 for n in writes if isinstance(graph.nodes[n].layer, PoolLayer)]
    joins = [begin for begin, ends in graph.ends.items() if any(end.y is storage for end in ends)]
    return min([*reads, *writes, *joins]), max([*reads, *writes])
