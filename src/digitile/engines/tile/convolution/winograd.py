"""A convolution by Winograd's tiles: 36 multiplications where the direct form takes 100 or 144.

A tile is 2×2 outputs of a 5×5 kernel or 4×4 of a 3×3 one, which depend on 6×6 inputs:

    Y = Aᵀ·[(G·w·Gᵀ) ⊙ (Bᵀ·x·B)]·A        dw = Gᵀ·[Σ (Bᵀ·x·B) ⊙ (A·dY·Aᵀ)]·G

`transforms` has the matrices. Over all maps and tiles each ⊙ is thirty-six small products of
matrices, by the register tile. The input gradient is the first form, on errors within zeros and
kernels turned round. With stride 2, 4×4 outputs of a 3×3 kernel depend on 9×9 inputs, and take 81
multiplications by 36 different values of the kernel. A dilated convolution is one for each residue
of the pixels' numbers, of pixels that lie apart. As many tiles are taken at once as the cache
holds. Largest error against float64 in the parity tests: 1e-5 of the largest value, where the
direct form has 1e-6.

Values of tiles lie as [place in the tile, tile, map]; sums of the weight gradient as [place, input
map, output map]. Behind each place there is a gap: rows to spill, or a cache line, without which
the values of a tile would fall into the same few sets of the cache.
"""

from math import inf
from typing import Any, NamedTuple

import numpy as np

from digitile.engines.tile.compile import inlined, kernel
from digitile.engines.tile.convolution.part import Part, conv_of
from digitile.engines.tile.convolution.squares import Squares, TileGrid, read_squares, write_squares
from digitile.engines.tile.convolution.transforms import (
    NUMBERS,
    SCHEMES,
    SIDE,
    SQUARE,
    PixelField,
    tile_field,
    transform,
)
from digitile.engines.tile.lowering import Lowering, Node
from digitile.engines.tile.packing import Packing
from digitile.engines.tile.products import Offsets, tables_at
from digitile.engines.tile.records import Maps
from digitile.engines.tile.simd import WIDE, WIDTH, at
from digitile.engines.tile.storage import ALIGN, Storage, padded
from digitile.engines.tile.tile import MOST_ROWS, Matrices, matmul
from digitile.engines.tile.tile import price as tile_price

KERNELS, TURNED = "tiles", "tiles turned"
"""The names of these forms of w."""

LINE = 5
"""Half cycles to transform a vector of a line; prices are compared as in `tile.price`."""

CACHED = 230_000
"""Values of tiles that are taken at once: what a second-level cache of 1 MB holds beside w."""


class Winograd(NamedTuple):
    """y = W·x + b, or dx = Wᵀ·dy."""

    grid: TileGrid
    x: Squares
    y: Squares
    at_once: int  # tiles
    square: int  # room for one
    kernels: int  # in the parameters
    kernels_apart: int
    bias: int  # in the parameters, or zeros
    zeros: int
    terms: int  # of a sum: channels of x, without padding
    tables: Offsets
    widths: int
    parts: int


class WinogradWeights(NamedTuple):
    """Sums of dW += one image's tiles."""

    grid: TileGrid
    x: Squares
    dy: Squares
    at_once: int
    square: int
    sums: int
    sums_apart: int
    tables: Offsets
    widths: int
    parts: int


@inlined
def _kernel_place(q: int, p: int) -> Any:
    """Return which of a kernel's values the point (q, p) is multiplied by."""
    return min(q, SIDE - 1) * SIDE + min(p, SIDE - 1)


@kernel
def winograd(op: Any, s: int, lane: Any) -> None:
    """Compute a `Winograd` for image `s`, some tiles after the other."""
    memory, x, y, grid = lane.memory, op.x, op.y, op.grid
    square, zeros = at(memory, op.square), at(lane.parameters, op.zeros)
    tables, widths = tables_at(lane.tables, op.tables), at(lane.tables, op.widths)
    tiles = grid.d * grid.d * grid.rows * grid.columns
    for first in range(0, tiles, op.at_once):
        count = min(op.at_once, tiles - first)
        read_squares(x, grid, first, count, s, memory, square)
        for q in range(x.points):
            for p in range(x.points):
                place = q * x.points + p
                w = at(lane.parameters, op.kernels + _kernel_place(q, p) * op.kernels_apart)
                # What is added at the point 1 is added to every output.
                d = at(lane.parameters, op.bias) if q == 1 and p == 1 else zeros
                m = Matrices(at(memory, x.start + place * x.apart), w,
                             at(memory, y.start + place * y.apart), d, 0)  # fmt: skip
                matmul(m, tables, count, op.terms, widths, op.parts)
        write_squares(y, grid, first, count, s, memory, square)


@kernel
def winograd_weights(op: Any, s: int, lane: Any) -> None:
    """Compute a `WinogradWeights` for image `s`, some tiles after the other."""
    memory, x, dy, grid = lane.memory, op.x, op.dy, op.grid
    tables, widths = tables_at(lane.tables, op.tables), at(lane.tables, op.widths)
    tiles = grid.d * grid.d * grid.rows * grid.columns
    for first in range(0, tiles, op.at_once):
        count = min(op.at_once, tiles - first)
        read_squares(x, grid, first, count, s, memory, at(memory, op.square))
        read_squares(dy, grid, first, count, s, memory, at(memory, op.square))
        for q in range(x.points):
            for p in range(x.points):
                place = q * x.points + p
                sums = at(memory, op.sums + _kernel_place(q, p) * op.sums_apart)
                m = Matrices(at(memory, x.start + place * x.apart),
                             at(memory, dy.start + place * dy.apart), sums, sums, 1)  # fmt: skip
                matmul(m, tables, x.channels, count, widths, op.parts)


class FoldTiles(NamedTuple):
    """dw from the sums over all tiles."""

    dw: int
    sums: int
    sums_apart: int
    channels: int
    width: int  # output maps, padded
    kernel_size: int
    transform: int


@kernel
def fold_tiles(op: Any, lane: Any) -> None:
    """Compute a `FoldTiles`."""
    tap, k = op.channels * op.width, op.kernel_size
    for c in range(op.channels):
        sums = tile_field(at(lane.memory, op.sums + c * op.width), SIDE, op.sums_apart, op.width)
        dw = PixelField(at(lane.memory, op.dw + c * op.width), k * tap, tap, k, k, op.width)
        transform(op.transform, sums, dw)


class Kernels(NamedTuple):
    """G·w·Gᵀ, an input map at a time; or of kernels turned round, an output map at a time."""

    w: int
    target: int
    apart: int  # distance between places of the result
    channels: int
    width: int  # output maps, padded
    own: int  # input maps, padded
    kernel_size: int
    transform: int
    turned: int  # 1 for the kernels of the input gradient


@kernel
def transform_kernels(op: Any, piece: int, parameters: Any) -> None:
    """Compute one map of `Kernels`."""
    k, tap = op.kernel_size, op.channels * op.width
    width = op.own if op.turned else op.width
    target = at(parameters, op.target + piece * width)
    source = PixelField(at(parameters, op.w + piece * op.width), k * tap, tap, k, k, width)
    if op.turned:  # gathered where the result will be
        for i in range(k):
            for j in range(k):
                to = ((k - 1 - i) * SIDE + k - 1 - j) * op.apart
                for c in range(op.channels):
                    start = op.w + ((i * k + j) * op.channels + c) * op.width
                    target[to + c] = parameters[start + piece]
        source = PixelField(target, SIDE * op.apart, op.apart, k, k, width)
    transform(op.transform, source, tile_field(target, SIDE, op.apart, width))


def _number(node: Node, name: str) -> int:
    layer, _ = conv_of(node)
    return NUMBERS[layer.kernel_size, layer.stride, name]


def _squares(node: Node, part: Part) -> tuple[Squares, Squares]:
    """Return what a product reads and writes, or the two things it reads, as yet without places."""
    (layer, _), x, y = conv_of(node), node.x, node.y
    scheme = SCHEMES[layer.kernel_size, layer.stride]

    def squares(storage: Storage, maps: Maps, first: int, step: int, name: str) -> Squares:
        own = scheme[name]
        writes = name.endswith("output")
        points, side = (own.before, own.after) if writes else (own.after, own.before)
        return Squares(maps, storage.height, storage.width, storage.maps, first, step, side,
                       _number(node, name), points, -1, -1)  # fmt: skip

    m = scheme["output"].after
    if part is not Part.INPUT:
        other = (y.values, "output") if part is Part.FORWARD else (y.errors, "error")
        first = -(layer.pad // layer.dilation)
        return (
            squares(x, x.values, first, m * layer.stride, "input"),
            squares(y, other[0], 0, m, other[1]),
        )
    if layer.stride > 1:
        return (
            squares(y, y.errors, 0, m, "error input"),
            squares(x, x.errors, 0, m * layer.stride, "error output"),
        )
    first = -((layer.extent - 1 - layer.pad) // layer.dilation)
    return squares(y, y.errors, first, m, "input"), squares(x, x.errors, 0, m, "output")


def _grid(node: Node, target: Squares) -> TileGrid:
    layer, _ = conv_of(node)
    across = layer.dilation * target.step
    return TileGrid(layer.dilation, -(-target.height // across), -(-target.width // across))


def price(node: Node, part: Part) -> float:
    """Return the time of a product, in half cycles."""
    (layer, slot), x = conv_of(node), node.x
    if (layer.kernel_size, layer.stride) not in SCHEMES or x.stride != x.maps:
        return inf
    border = layer.extent - 1 - layer.pad if part is Part.INPUT else layer.pad
    if border < 0 or border % layer.dilation:
        return inf
    if layer.stride > 1 and (layer.dilation > 1 or layer.pad != 1):
        return inf
    own, width = padded(slot.channels), slot.width
    one, two = _squares(node, part)
    grid = _grid(node, two)
    tiles = grid.d**2 * grid.rows * grid.columns
    if part is Part.FORWARD:
        products = slot.channels * tile_price(width // WIDTH, tiles)
    elif part is Part.INPUT:
        products = slot.outputs * tile_price(own // WIDTH, tiles)
    else:
        products = tiles * tile_price(width // WIDTH, own)
    lines = sum(s.points * (s.side + s.points) * -(-s.channels // WIDE) for s in (one, two))
    return one.points**2 * products + LINE * tiles * lines


def _apart(channels: int, width: int) -> int:
    """Return the distance between places of transformed kernels: not a power of two."""
    return (channels + MOST_ROWS) * width + ALIGN


def derive(packing: Packing, node: Node, part: Part) -> None:
    """Add G·w·Gᵀ of the kernels, turned round for the input gradient."""
    layer, slot = conv_of(node)
    own, turned = padded(slot.channels), part is Part.INPUT
    if part is Part.WEIGHTS:
        return
    terms, width = (slot.outputs, own) if turned else (slot.channels, slot.width)
    apart = _apart(terms, width)
    start = packing.reserve(SQUARE * apart, width)
    slot.forms[TURNED if turned else KERNELS] = start
    record = Kernels(
        w=slot.w,
        target=start,
        apart=apart,
        channels=slot.channels,
        width=slot.width,
        own=own,
        kernel_size=layer.kernel_size,
        transform=_number(node, "kernel"),
        turned=int(turned),
    )
    (packing.backward if turned else packing.forward).append((record, terms))


def _placed(
    one: Squares, two: Squares, scratch: int
) -> tuple[Squares, Squares, dict[str, int], int]:
    """Return both with places in the scratch memory, the tiles' number and square, and the end."""
    most = CACHED // (one.points**2 * (one.channels + two.channels))
    at_once = max(MOST_ROWS, most // MOST_ROWS * MOST_ROWS)
    placed = []
    for squares in (one, two):
        apart = (at_once + MOST_ROWS) * squares.channels + ALIGN
        placed.append(squares._replace(start=scratch, apart=apart))
        scratch += squares.points**2 * apart
    end = scratch + max(squares.side**2 * squares.channels for squares in (one, two))
    return placed[0], placed[1], {"at_once": at_once, "square": scratch}, end


def allocate(lowering: Lowering, node: Node, part: Part) -> None:
    """Give tiles room in the scratch memory, and sums of the weight gradient a place."""
    _, slot = conv_of(node)
    lowering.need_scratch(_placed(*_squares(node, part), 0)[-1])
    if part is Part.WEIGHTS:
        node.detail.sums = lowering.memory(SQUARE * _apart(node.x.maps, slot.width)).start


def emit(lowering: Lowering, node: Node, part: Part) -> None:
    """Emit a product."""
    _, slot = conv_of(node)
    one, two, room, _ = _placed(*_squares(node, part), lowering.scratch)
    grid, tiles, width = _grid(node, two), room["at_once"], two.channels
    of_tiles = lowering.table(np.arange(tiles) * one.channels, 0)
    if part is Part.WEIGHTS:
        tables = Offsets(
            row=lowering.table(np.arange(one.channels), 0),
            col=of_tiles,
            brow=lowering.table(np.arange(tiles) * width),
            crow=lowering.table(np.arange(one.channels + MOST_ROWS) * width),
        )
        widths, parts = lowering.widths(width, one.channels)
        sums, apart = node.detail.sums, _apart(one.channels, width)
        lowering.emit(
            WinogradWeights(grid, one, two, **room, sums=sums, sums_apart=apart, tables=tables,
                            widths=widths, parts=parts)
        )  # fmt: skip
        return
    back, zeros = part is Part.INPUT, lowering.packing.zeros
    terms = slot.outputs if back else slot.channels
    tables = Offsets(
        row=of_tiles,
        col=lowering.table(np.arange(terms)),
        brow=lowering.table(np.arange(terms) * width),
        crow=lowering.table(np.arange(tiles + MOST_ROWS) * width),
    )
    widths, parts = lowering.widths(width, tiles)
    lowering.emit(
        Winograd(grid, one, two, **room, kernels=slot.forms[TURNED if back else KERNELS],
                 kernels_apart=_apart(terms, width), bias=zeros if back else slot.b, zeros=zeros,
                 terms=terms, tables=tables, widths=widths, parts=parts)
    )  # fmt: skip


def fold(lowering: Lowering, node: Node) -> None:
    """Emit dW from its sums over all images."""
    layer, slot = conv_of(node)
    record = FoldTiles(
        dw=slot.w,
        sums=node.detail.sums,
        sums_apart=_apart(node.x.maps, slot.width),
        channels=slot.channels,
        width=slot.width,
        kernel_size=layer.kernel_size,
        transform=_number(node, "gradient"),
    )
    lowering.emit(record, once=True)
