"""A convolution by Winograd's tiles: 36 multiplications where the direct form takes 100 or 144.

A tile is 2×2 outputs of a 5×5 kernel or 4×4 of a 3×3 one, which depend on 6×6 inputs:

    Y = Aᵀ·[(G·w·Gᵀ) ⊙ (Bᵀ·x·B)]·A        dw = Gᵀ·[Σ (Bᵀ·x·B) ⊙ (A·dY·Aᵀ)]·G

`transforms` has the matrices. Over all maps and tiles each ⊙ is thirty-six small products of
matrices, by the register tile. The input gradient is the first form, on errors within zeros and
kernels turned round. A dilated convolution is one for each residue of the pixels' numbers, of
pixels that lie apart. As many tiles are taken at once as the cache holds. Largest error against
float64 in the parity tests: 1e-5 of the largest value, where the direct form has 1e-6.

Values of tiles lie as [place in the tile, tile, map]; sums of the weight gradient as [place, input
map, output map]. Behind each place there is a gap: rows to spill, or a cache line, without which
the thirty-six values of a tile would fall into the same few sets of the cache.
"""

from math import inf
from typing import Any, NamedTuple

import numpy as np

from digitile.engines.tile.compile import kernel
from digitile.engines.tile.convolution.part import Part, conv_of
from digitile.engines.tile.convolution.transforms import (
    NAMES,
    OUTPUTS,
    SIDE,
    SQUARE,
    Field,
    clipped,
    tile_field,
    transform,
)
from digitile.engines.tile.lowering import Lowering, Node
from digitile.engines.tile.packing import Packing
from digitile.engines.tile.products import Offsets, tables_at
from digitile.engines.tile.records import Maps
from digitile.engines.tile.simd import WIDE, WIDTH, at, load, load_wide, store
from digitile.engines.tile.storage import ALIGN, padded
from digitile.engines.tile.tile import MOST_ROWS, Matrices, matmul
from digitile.engines.tile.tile import price as tile_price

KERNELS, TURNED = "tiles", "tiles turned"
"""The names of these forms of w."""

INPUT = NAMES.index("input")

LINE = 48
"""Half cycles to transform one line of six vectors; prices are compared as in `tile.price`."""

CACHED = 160_000
"""Values of tiles that are taken at once: what a second-level cache of 1 MB holds beside w."""


class Picture(NamedTuple):
    """Maps with their size; channels padded."""

    maps: Maps
    height: int
    width: int
    channels: int


@kernel
def _field(memory: Any, picture: Any, s: int, d: int, down: int, right: int) -> Any:
    """Return the field of every d-th pixel of image `s`, from pixel (down, right) on."""
    maps = picture.maps
    start = at(memory, maps.start + s * maps.step + down * maps.row + right * maps.pixel)
    height, width = (picture.height - down + d - 1) // d, (picture.width - right + d - 1) // d
    return Field(start, d * maps.row, d * maps.pixel, height, width, picture.channels)


class Corner(NamedTuple):
    """Where a tile is: its field's first pixel, and its own first pixel in the field."""

    down: int
    right: int
    top: int
    left: int


@kernel
def _count_tiles(picture: Any, d: int, step: int) -> Any:
    """Return the number of tiles of all fields of a picture, each as large as the largest."""
    height, width = (picture.height + d - 1) // d, (picture.width + d - 1) // d
    return d * d * ((height + step - 1) // step) * ((width + step - 1) // step)


@kernel
def _corner(picture: Any, d: int, step: int, number: int) -> Any:
    """Return where tile `number` is, field by field."""
    rows = ((picture.height + d - 1) // d + step - 1) // step
    across = ((picture.width + d - 1) // d + step - 1) // step
    residue, own = number // (rows * across), number % (rows * across)
    return Corner(residue // d, residue % d, own // across * step, own % across * step)


@kernel
def _write_tile(field: Any, corner: Any, square: Any, bias: Any) -> None:
    """Write what `square`, a field too, has of a tile's pixels, with the bias added."""
    for y in range(min(square.height, field.height - corner.top)):
        for x in range(min(square.width, field.width - corner.left)):
            source = at(square.values, y * square.row + x * square.pixel)
            to = (corner.top + y) * field.row + (corner.left + x) * field.pixel
            target, n = at(field.values, to), 0
            while n + WIDE <= field.maps:
                store(target, n, load_wide(source, n) + load_wide(bias, n))
                n += WIDE
            if n < field.maps:
                store(target, n, load(source, n) + load(bias, n))


class Winograd(NamedTuple):
    """y = W·x + b, or dx = Wᵀ·dy.

    Attributes
    ----------
    x, y : Picture
        What is read, within zeros, and what is written.
    border : int
        Zeros before x, in pixels.
    dilation : int
    step : int
        Outputs of a line of a tile.
    collect : int
        The transform of products to outputs.
    kernels, kernels_apart : int
        Where the transformed kernels start in the parameters, and how far their places are apart.
    bias : int
        Where the bias starts in the parameters, or zeros.
    zeros : int
        Where zeros start.
    channels : int
        Maps of x without padding: terms of a sum.
    tiles : int
        The most that are taken at once.
    values, values_apart, products, products_apart, square : int
        Where transformed tiles, products, and one tile start in the lane's memory.
    tables : Offsets
    widths, parts : int
        As in `Product`.
    """

    x: Picture
    y: Picture
    border: int
    dilation: int
    step: int
    collect: int
    kernels: int
    kernels_apart: int
    bias: int
    zeros: int
    channels: int
    tiles: int
    values: int
    values_apart: int
    products: int
    products_apart: int
    square: int
    tables: Offsets
    widths: int
    parts: int


@kernel
def winograd(op: Any, s: int, lane: Any) -> None:
    """Compute a `Winograd` for image `s`, some tiles after the other."""
    memory, step, d = lane.memory, op.step, op.dilation
    values, products, square = at(memory, op.values), at(memory, op.products), at(memory, op.square)
    border, bias = op.border // d, at(lane.parameters, op.bias)
    tiles = _count_tiles(op.y, d, step)
    for first in range(0, tiles, op.tiles):
        count = min(op.tiles, tiles - first)
        for t in range(count):
            corner = _corner(op.y, d, step, first + t)
            x = _field(memory, op.x, s, d, corner.down, corner.right)
            pixels = clipped(x, corner.top - border, corner.left - border, SIDE, square)
            transform(INPUT, pixels, tile_field(at(values, t * x.maps), op.values_apart, x.maps))
        for place in range(SQUARE):
            m = Matrices(at(values, place * op.values_apart),
                         at(lane.parameters, op.kernels + place * op.kernels_apart),
                         at(products, place * op.products_apart),
                         at(lane.parameters, op.zeros), 0)  # fmt: skip
            matmul(m, tables_at(lane.tables, op.tables), count, op.channels,
                   at(lane.tables, op.widths), op.parts)  # fmt: skip
        for t in range(count):
            corner = _corner(op.y, d, step, first + t)
            y = _field(memory, op.y, s, d, corner.down, corner.right)
            own = Field(square, step * y.maps, y.maps, step, step, y.maps)
            tile = tile_field(at(products, t * y.maps), op.products_apart, y.maps)
            transform(op.collect, tile, own)
            _write_tile(y, corner, own, bias)


class WinogradWeights(NamedTuple):
    """Sums of dW += one image's tiles; fields as in `Winograd`.

    Attributes
    ----------
    evaluate : int
        The transform of errors.
    errors, errors_apart : int
        Where the errors' transformed tiles start.
    sums, sums_apart : int
    """

    x: Picture
    dy: Picture
    border: int
    dilation: int
    step: int
    evaluate: int
    tiles: int
    values: int
    values_apart: int
    errors: int
    errors_apart: int
    square: int
    sums: int
    sums_apart: int
    tables: Offsets
    widths: int
    parts: int


@kernel
def winograd_weights(op: Any, s: int, lane: Any) -> None:
    """Compute a `WinogradWeights` for image `s`, some tiles after the other."""
    memory, step, d = lane.memory, op.step, op.dilation
    values, errors, square = at(memory, op.values), at(memory, op.errors), at(memory, op.square)
    border, tiles = op.border // d, _count_tiles(op.dy, d, step)
    for first in range(0, tiles, op.tiles):
        count = min(op.tiles, tiles - first)
        for t in range(count):
            corner = _corner(op.dy, d, step, first + t)
            x = _field(memory, op.x, s, d, corner.down, corner.right)
            pixels = clipped(x, corner.top - border, corner.left - border, SIDE, square)
            transform(INPUT, pixels, tile_field(at(values, t * x.maps), op.values_apart, x.maps))
            dy = _field(memory, op.dy, s, d, corner.down, corner.right)
            pixels = clipped(dy, corner.top, corner.left, step, square)
            tile = tile_field(at(errors, t * dy.maps), op.errors_apart, dy.maps)
            transform(op.evaluate, pixels, tile)
        for place in range(SQUARE):
            sums = at(memory, op.sums + place * op.sums_apart)
            m = Matrices(at(values, place * op.values_apart), at(errors, place * op.errors_apart),
                         sums, sums, 1)  # fmt: skip
            matmul(m, tables_at(lane.tables, op.tables), op.x.channels, count,
                   at(lane.tables, op.widths), op.parts)  # fmt: skip


class FoldTiles(NamedTuple):
    """dw from the sums over all tiles.

    Attributes
    ----------
    dw, sums, sums_apart : int
    channels, width, kernel_size : int
    gradient : int
        The transform of sums.
    """

    dw: int
    sums: int
    sums_apart: int
    channels: int
    width: int
    kernel_size: int
    gradient: int


@kernel
def fold_tiles(op: Any, lane: Any) -> None:
    """Compute a `FoldTiles`."""
    tap, k = op.channels * op.width, op.kernel_size
    for c in range(op.channels):
        sums = tile_field(at(lane.memory, op.sums + c * op.width), op.sums_apart, op.width)
        dw = Field(at(lane.memory, op.dw + c * op.width), k * tap, tap, k, k, op.width)
        transform(op.gradient, sums, dw)


class Kernels(NamedTuple):
    """G·w·Gᵀ, an input map at a time; or of kernels turned round, an output map at a time.

    Attributes
    ----------
    w, target, apart : int
        Where w and the result start, and how far the places of the result are apart.
    channels, width, own : int
        Input maps, output maps padded, input maps padded.
    kernel_size : int
    evaluate : int
        The transform of kernels.
    turned : int
        1 for the kernels of the input gradient.
    """

    w: int
    target: int
    apart: int
    channels: int
    width: int
    own: int
    kernel_size: int
    evaluate: int
    turned: int


@kernel
def transform_kernels(op: Any, piece: int, parameters: Any) -> None:
    """Compute one map of `Kernels`."""
    k, tap = op.kernel_size, op.channels * op.width
    width = op.own if op.turned else op.width
    target = at(parameters, op.target + piece * width)
    source = Field(at(parameters, op.w + piece * op.width), k * tap, tap, k, k, width)
    if op.turned:  # gathered where the result will be
        for i in range(k):
            for j in range(k):
                to = ((k - 1 - i) * SIDE + k - 1 - j) * op.apart
                for c in range(op.channels):
                    start = op.w + ((i * k + j) * op.channels + c) * op.width
                    target[to + c] = parameters[start + piece]
        source = Field(target, SIDE * op.apart, op.apart, k, k, width)
    transform(op.evaluate, source, tile_field(target, op.apart, width))


def _border(node: Node, part: Part) -> int:
    """Return the zeros that are read before the first pixel."""
    layer, _ = conv_of(node)
    return layer.extent - 1 - layer.pad if part is Part.INPUT else layer.pad


def price(node: Node, part: Part) -> float:
    """Return the time of a product, in half cycles."""
    (layer, slot), x, y = conv_of(node), node.x, node.y
    border = _border(node, part)
    if layer.kernel_size not in OUTPUTS or layer.stride > 1 or x.stride != x.maps:
        return inf
    if border < 0 or border % layer.dilation:
        return inf
    own, width = padded(slot.channels), slot.width
    target = x if part is Part.INPUT else y
    step = OUTPUTS[layer.kernel_size]
    fields = layer.dilation**2
    rows, columns = (-(-side // (layer.dilation * step)) for side in (target.height, target.width))
    tiles = fields * rows * columns
    if part is Part.FORWARD:
        products = slot.channels * tile_price(width // WIDTH, tiles)
    elif part is Part.INPUT:
        products = slot.outputs * tile_price(own // WIDTH, tiles)
    else:
        products = tiles * tile_price(width // WIDTH, own)
    lines = 2 * SIDE * _vectors(own) + (SIDE + step) * _vectors(width)
    return SQUARE * products + LINE * tiles * lines


def _vectors(width: int) -> int:
    return -(-width // WIDE)


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
        slot.w,
        start,
        apart,
        slot.channels,
        slot.width,
        own,
        layer.kernel_size,
        NAMES.index(f"kernel {layer.kernel_size}"),
        int(turned),
    )
    (packing.backward if turned else packing.forward).append((record, terms))


def _at_once(node: Node) -> int:
    """Return how many tiles are taken at once."""
    most = CACHED // (SQUARE * (node.x.maps + node.y.maps))
    return max(MOST_ROWS, most // MOST_ROWS * MOST_ROWS)


def allocate(lowering: Lowering, node: Node, part: Part) -> None:
    """Give tiles room in the scratch memory, and sums of the weight gradient a place."""
    _, slot = conv_of(node)
    tiles, x, y = _at_once(node), node.x.maps, node.y.maps
    room = (tiles + MOST_ROWS) * (x + y) + 2 * ALIGN + max(x, y)
    lowering.need_scratch(SQUARE * room)
    if part is Part.WEIGHTS:
        node.detail.sums = lowering.memory(SQUARE * _apart(x, slot.width)).start


def emit(lowering: Lowering, node: Node, part: Part) -> None:
    """Emit a product."""
    (layer, slot), x, y = conv_of(node), node.x, node.y
    tiles, border = _at_once(node), _border(node, part)
    values = Picture(x.values, x.height, x.width, x.maps)
    errors = Picture(y.errors, y.height, y.width, y.maps)
    if part is Part.WEIGHTS:
        _emit_weights(lowering, node, values, errors)
        return
    if part is Part.FORWARD:
        source, target = values, Picture(y.values, y.height, y.width, y.maps)
        kernels, channels, bias = slot.forms[KERNELS], slot.channels, slot.b
    else:
        source, target = errors, Picture(x.errors, x.height, x.width, x.maps)
        kernels, channels, bias = slot.forms[TURNED], slot.outputs, lowering.packing.zeros
    own, width = source.channels, target.channels
    apart, products_apart = ((tiles + MOST_ROWS) * maps + ALIGN for maps in (own, width))
    start = lowering.scratch
    products = start + SQUARE * apart
    tables = Offsets(
        row=lowering.table(np.arange(tiles) * own, 0),
        col=lowering.table(np.arange(channels)),
        brow=lowering.table(np.arange(channels) * width),
        crow=lowering.table(np.arange(tiles + MOST_ROWS) * width),
    )
    lowering.emit(
        Winograd(
            source, target, border, layer.dilation, OUTPUTS[layer.kernel_size],
            NAMES.index(f"output {layer.kernel_size}"), kernels,
            _apart(channels, width), bias, lowering.packing.zeros, channels, tiles, start, apart,
            products, products_apart, products + SQUARE * products_apart, tables,
            *lowering.widths(width, tiles),
        )
    )  # fmt: skip


def _emit_weights(lowering: Lowering, node: Node, x: Picture, dy: Picture) -> None:
    """Emit the sums of dW."""
    layer, slot = conv_of(node)
    tiles, start = _at_once(node), lowering.scratch
    apart, errors_apart = ((tiles + MOST_ROWS) * p.channels + ALIGN for p in (x, dy))
    errors = start + SQUARE * apart
    tables = Offsets(
        row=lowering.table(np.arange(x.channels), 0),
        col=lowering.table(np.arange(tiles) * x.channels),
        brow=lowering.table(np.arange(tiles) * dy.channels),
        crow=lowering.table(np.arange(x.channels + MOST_ROWS) * slot.width),
    )
    lowering.emit(
        WinogradWeights(
            x, dy, layer.pad, layer.dilation, OUTPUTS[layer.kernel_size],
            NAMES.index(f"error {layer.kernel_size}"), tiles, start, apart, errors,
            errors_apart, errors + SQUARE * errors_apart, node.detail.sums,
            _apart(x.channels, slot.width), tables, *lowering.widths(slot.width, x.channels),
        )
    )  # fmt: skip


def fold(lowering: Lowering, node: Node) -> None:
    """Emit dW from its sums over all images."""
    layer, slot = conv_of(node)
    apart = _apart(node.x.maps, slot.width)
    record = FoldTiles(
        slot.w,
        node.detail.sums,
        apart,
        slot.channels,
        slot.width,
        layer.kernel_size,
        NAMES.index(f"gradient {layer.kernel_size}"),
    )
    lowering.emit(record, once=True)
