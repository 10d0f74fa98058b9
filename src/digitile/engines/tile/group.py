"""A convolution's output pixels in groups: neighbours' maps fill one wide row of the tile.

Six maps fill less than half of a vector. Side by side, the maps of g pixels fill it, against
weights that stand g times in a row, each time one tap further on:

    y[p + q, o] = Σ_t x[p + t]·wg[t, q, o]        wg[(i, j), q, o] = w[(i, j − q), o], 0 outside

That is (k + g − 1)/k times as many terms, for a g-th of the rows. The weight gradient is summed in
the same form, and brought into that of w once for each lane.
"""

from typing import TYPE_CHECKING, Any

from digitile.engines.tile.compile import kernel
from digitile.engines.tile.simd import WIDTH, add, load, store
from digitile.engines.tile.tile import ROWS, price

if TYPE_CHECKING:
    from digitile.engines.tile.packing import Slot

GAIN = 0.92
"""Groups are made where they take less than this part of the time."""


def forward_size(kernel_size: int, width: int, height: int, columns: int) -> int:
    """Return how many pixels to a group take the least time in the forward pass; 1 for none.

    Parameters
    ----------
    kernel_size : int
    width : int
        Maps, padded.
    height, columns : int
        Sides of the output.
    """

    def time(g: int) -> float:
        terms = kernel_size * (kernel_size + g - 1)
        return terms * price(g * width // WIDTH, height * columns // g)

    best = min(_sizes(width, columns), key=time)
    return best if time(best) < GAIN * time(1) else 1


def pays_back(slot: "Slot") -> bool:
    """Tell whether the weight gradient takes less time in groups, too."""
    return slot.group > 1 and _grouped_price(slot) < GAIN * price(slot.width // WIDTH, slot.rows)


def weights_price(slot: "Slot", pixels: int) -> float:
    """Return the time of a dense weight gradient, in half cycles."""
    each = _grouped_price(slot) if pays_back(slot) else price(slot.width // WIDTH, slot.rows)
    return each * pixels


def _grouped_price(slot: "Slot") -> float:
    return price(slot.group * slot.width // WIDTH, slot.group_rows) / slot.group


def _sizes(width: int, columns: int) -> list[int]:
    widest = max(ROWS) * WIDTH
    return [g for g in (1, 2, 4) if columns % g == 0 and g * width <= max(width, widest)]


@kernel
def group_tap(row: Any, tap: int, par: Any) -> None:
    """Copy the weights of one tap of wg, and with the first the biases, from w and b.

    A row is (…, …, w, b, wg, bg, side, channels, width, g), as `Packing.derived` has them.
    """
    side, channels, width, g = row[6], row[7], row[8], row[9]
    i, j = tap // (side + g - 1), tap % (side + g - 1)
    for q in range(g):
        if tap == 0:
            _copy(par, row[3], row[5] + q * width, width)
        if 0 <= j - q < side:
            for c in range(channels):
                source = row[2] + ((i * side + j - q) * channels + c) * width
                _copy(par, source, row[4] + ((tap * channels + c) * g + q) * width, width)


@kernel
def _copy(par: Any, source: int, target: int, width: int) -> None:
    for n in range(0, width, 8):
        store(par, target + n, load(par, source + n))


@kernel
def fold_groups(op: Any, mem: Any) -> None:
    """Add the weight gradient of groups to that of w.

    An op is (dwg, dw, side, channels, width, g).
    """
    side, channels, width, g = op[3], op[4], op[5], op[6]
    for tap in range(side * (side + g - 1)):
        i, j = tap // (side + g - 1), tap % (side + g - 1)
        for q in range(g):
            if 0 <= j - q < side:
                for c in range(channels):
                    source = op[1] + ((tap * channels + c) * g + q) * width
                    target = op[2] + ((i * side + j - q) * channels + c) * width
                    for n in range(0, width, 8):
                        total = add(load(mem, target + n), load(mem, source + n))
                        store(mem, target + n, total)
