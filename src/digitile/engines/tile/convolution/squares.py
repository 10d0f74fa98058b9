"""The squares of pixels that Winograd's tiles read and write, and their transforms."""

from typing import Any, NamedTuple

from digitile.engines.tile.compile import inlined, kernel
from digitile.engines.tile.convolution.transforms import PixelField, clipped, tile_field, transform
from digitile.engines.tile.records import Maps
from digitile.engines.tile.simd import WIDTH, at, load, store


class TileGrid(NamedTuple):
    """Tiles: rows×columns of them for each field, of every d-th pixel, of which there are d×d."""

    d: int
    rows: int
    columns: int


class Squares(NamedTuple):
    """Squares of a picture's pixels, one for each tile, and their transforms."""

    maps: Maps
    height: int
    width: int
    channels: int  # padded
    first: int  # the first tile's first row and column: 0, or less within a border of zeros
    step: int  # from one tile to the next
    side: int  # pixels
    transform: int  # one of `transforms.NUMBERS`: pixels to points, or points to pixels
    points: int  # a side of the transform
    start: int  # of the transforms in the lane's memory, [place, tile, channel]
    apart: int  # distance between places


@inlined
def _field(squares: Any, grid: Any, number: int, s: int, memory: Any) -> Any:
    """Return the field that tile `number` of image `s` lies in."""
    maps, d, residue = squares.maps, grid.d, number // (grid.rows * grid.columns)
    down, right = residue // d, residue % d
    start = at(memory, maps.start + s * maps.step + down * maps.row + right * maps.pixel)
    height, width = (squares.height - down + d - 1) // d, (squares.width - right + d - 1) // d
    return PixelField(start, d * maps.row, d * maps.pixel, height, width, squares.channels)


@inlined
def _corner(squares: Any, grid: Any, number: int) -> Any:
    """Return the first row and column of a tile's square in its field."""
    own = number % (grid.rows * grid.columns)
    row, column = own // grid.columns, own % grid.columns
    return squares.first + row * squares.step, squares.first + column * squares.step


@inlined
def _transformed(squares: Any, tile: int, memory: Any) -> Any:
    """Return the places of tile `tile` of those at hand."""
    start = at(memory, squares.start + tile * squares.channels)
    return tile_field(start, squares.points, squares.apart, squares.channels)


@kernel
def read_squares(squares: Any, grid: Any, first: int, count: int, s: int, memory: Any,
                  square: Any) -> None:  # fmt: skip
    """Transform the squares of `count` tiles."""
    for t in range(count):
        field = _field(squares, grid, first + t, s, memory)
        top, left = _corner(squares, grid, first + t)
        pixels = clipped(field, top, left, squares.side, square)
        transform(squares.transform, pixels, _transformed(squares, t, memory))


@kernel
def write_squares(squares: Any, grid: Any, first: int, count: int, s: int, memory: Any,
                   square: Any) -> None:  # fmt: skip
    """Write the squares of `count` tiles from their transforms."""
    side = squares.side
    for t in range(count):
        field = _field(squares, grid, first + t, s, memory)
        top, left = _corner(squares, grid, first + t)
        tile = _transformed(squares, t, memory)
        height, width = min(side, field.height - top), min(side, field.width - left)
        target = at(field.values, top * field.row + left * field.pixel)
        if height == side and width == side:
            transform(
                squares.transform,
                tile,
                PixelField(target, field.row, field.pixel, side, side, field.maps),
            )
            continue
        transform(
            squares.transform,
            tile,
            PixelField(square, side * field.maps, field.maps, side, side, field.maps),
        )
        for y in range(height):
            for x in range(width):
                source = at(square, (y * side + x) * field.maps)
                for n in range(0, field.maps, WIDTH):
                    store(target, y * field.row + x * field.pixel + n, load(source, n))
